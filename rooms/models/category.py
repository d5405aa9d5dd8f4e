from django.db import models
from django.utils.translation import gettext_lazy as _

from eclipse.text import validate_plain_text

from .room import Room


class Category(models.Model):
    """A heading under which some of a room's channels stand."""

    room = models.ForeignKey(Room, models.CASCADE, related_name="categories")
    name = models.CharField(_("name"), max_length=50, validators=[validate_plain_text])
    position = models.PositiveIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.name
