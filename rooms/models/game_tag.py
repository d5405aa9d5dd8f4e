from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from eclipse.text import validate_plain_text


class GameTag(models.Model):
    """A game by which rooms are found; one that is not approved yet is shown by the room that proposed it alone."""

    name = models.CharField(_("name"), max_length=50, unique=True, validators=[validate_plain_text])
    slug = models.SlugField(_("address"), max_length=50, unique=True)
    # Other names under which people look for it, one a line.
    aliases = models.TextField(_("other names"), blank=True, max_length=500)
    is_approved = models.BooleanField(_("approved"), default=False)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("game tag")
        verbose_name_plural = _("game tags")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
