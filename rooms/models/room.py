from django.conf import settings
from django.core.validators import MinLengthValidator
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from eclipse.text import validate_plain_text
from rooms import permissions


class Visibility(models.TextChoices):
    PUBLIC = "public", _("Public: anyone may read and join")
    PRIVATE = "private", _("Private: only members know that it exists")


class RoomQuerySet(models.QuerySet["Room"]):
    def public(self) -> "RoomQuerySet":
        return self.filter(visibility=Visibility.PUBLIC)

    def of(self, user: object) -> "RoomQuerySet":
        """The rooms that `user` belongs to, in the order they were joined."""
        return self.filter(memberships__user=user).order_by("memberships__joined_at", "pk")


class Room(models.Model):
    """A community: its channels, its members, and what each role may do."""

    slug = models.SlugField(_("address"), max_length=50, unique=True)
    name = models.CharField(_("name"), max_length=60, validators=[MinLengthValidator(2), validate_plain_text])
    description = models.CharField(_("description"), max_length=300, blank=True, validators=[validate_plain_text])
    visibility = models.CharField(_("visibility"), max_length=8, choices=Visibility, default=Visibility.PUBLIC)
    creator = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="rooms_created"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    members = models.ManyToManyField(settings.AUTH_USER_MODEL, through="Membership", related_name="rooms")

    objects = RoomQuerySet.as_manager()

    # How much the reader has not read, where rooms/unread.py counted it.
    unread: int

    class Meta:
        verbose_name = _("room")
        verbose_name_plural = _("rooms")
        # Django's own add, change, delete and view would be a second, undeclared set of rights.
        default_permissions = ()
        permissions = [(codename, label) for codename, label in permissions.LABELS.items()]

    def __str__(self) -> str:
        return self.name

    @property
    def is_public(self) -> bool:
        return self.visibility == Visibility.PUBLIC

    @property
    def topic(self) -> str:
        """Where the room's small news is published (see eclipse/hub/)."""
        return f"room.{self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("rooms:room", args=[self.slug])
