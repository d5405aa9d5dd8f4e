from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.validators import MinLengthValidator
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from eclipse.folding import FoldedField
from eclipse.text import validate_plain_text
from rooms import permissions

if TYPE_CHECKING:
    from accounts.models import User

    from .game_tag import GameTag


RESTORABLE_FOR = timedelta(days=7)


class Visibility(models.TextChoices):
    PUBLIC = "public", _("Public: anyone may read and join")
    PRIVATE = "private", _("Private: only members know that it exists")


class RoomQuerySet(models.QuerySet["Room"]):
    def there(self) -> "RoomQuerySet":
        """Those that are not deleted."""
        return self.filter(deleted_at=None)

    def restorable(self) -> "RoomQuerySet":
        """Those that are deleted, and have not been for too long."""
        return self.filter(deleted_at__gte=timezone.now() - RESTORABLE_FOR)

    def public(self) -> "RoomQuerySet":
        return self.there().filter(visibility=Visibility.PUBLIC)

    def of(self, user: "User") -> "RoomQuerySet":
        """The rooms that `user` belongs to, in the order they were joined."""
        return self.there().filter(memberships__user=user).order_by("memberships__joined_at", "pk")


class Room(models.Model):
    """A community: its channels, its members, and what each role may do."""

    slug = models.SlugField(_("address"), max_length=50, unique=True)
    name = models.CharField(_("name"), max_length=60, validators=[MinLengthValidator(2), validate_plain_text])
    description = models.CharField(_("description"), max_length=300, blank=True, validators=[validate_plain_text])
    # What rooms are searched by (rooms/discovery/).
    words = FoldedField("name", "description")
    visibility = models.CharField(_("visibility"), max_length=8, choices=Visibility, default=Visibility.PUBLIC)
    creator = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="rooms_created"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    guests_may_read = models.BooleanField(
        _("guests may read"), default=True, help_text=_("In a public room: also people who are not members.")
    )
    # Lines of words that nobody may write here (rooms/word_filter.py).
    filtered_words = models.TextField(_("word filter"), blank=True, max_length=4000)
    icon = models.CharField(max_length=100, blank=True, editable=False)
    tags = models.ManyToManyField("rooms.GameTag", blank=True, related_name="rooms", verbose_name=_("game tags"))
    # When somebody last wrote, give or take some minutes: what rooms are sorted by.
    active_at = models.DateTimeField(default=timezone.now, editable=False)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)
    members = models.ManyToManyField(settings.AUTH_USER_MODEL, through="Membership", related_name="rooms")

    objects = RoomQuerySet.as_manager()

    # What a card shows, where rooms/discovery/ looked it up: the tags that everybody may see, and how many are here.
    approved_tags: "list[GameTag]"
    here: int
    # How much the reader has not read, where rooms/unread.py counted it.
    unread: int

    class Meta:
        verbose_name = _("room")
        verbose_name_plural = _("rooms")
        # Django's own add, change, delete and view would be a second, undeclared set of rights.
        default_permissions = ()
        indexes = [
            models.Index(fields=["-active_at", "-id"], name="room_by_activity"),
            models.Index(fields=["deleted_at"], condition=models.Q(deleted_at__isnull=False), name="room_deleted"),
        ]
        permissions = [(codename, label) for codename, label in permissions.LABELS.items()]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **options: Any) -> None:
        if options.get("update_fields") is not None:
            options["update_fields"] = {*options["update_fields"], "words"}
        super().save(*args, **options)

    @property
    def is_public(self) -> bool:
        return self.visibility == Visibility.PUBLIC

    @property
    def restorable_until(self) -> datetime | None:
        """When a deleted room goes for good; `None` for one that is there."""
        return self.deleted_at + RESTORABLE_FOR if self.deleted_at is not None else None

    @property
    def topic(self) -> str:
        """Where the room's small news is published (see eclipse/hub/)."""
        return f"room.{self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("rooms:room", args=[self.slug])
