from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from eclipse.folding import FoldedField, look
from eclipse.text import validate_plain_text


class GameTagQuerySet(models.QuerySet["GameTag"]):
    def approved(self) -> "GameTagQuerySet":
        return self.filter(is_approved=True)

    def waiting(self) -> "GameTagQuerySet":
        """Those that staff have not decided about."""
        return self.filter(is_approved=False)


class GameTag(models.Model):
    """A game by which rooms are found; one that is not approved yet is shown by the room that proposed it alone."""

    name = models.CharField(_("name"), max_length=50, unique=True, validators=[validate_plain_text])
    # Of two names that look alike, proposed at the same moment, the database lets one through.
    key = FoldedField("name", how=look, unique=True)
    slug = models.SlugField(_("address"), max_length=50, unique=True)
    # Other names under which people look for it, one a line.
    aliases = models.TextField(_("other names"), blank=True, max_length=500)
    is_approved = models.BooleanField(_("approved"), default=False)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")

    objects = GameTagQuerySet.as_manager()

    class Meta:
        verbose_name = _("game tag")
        verbose_name_plural = _("game tags")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def other_names(self) -> list[str]:
        return [line.strip() for line in self.aliases.splitlines() if line.strip()]
