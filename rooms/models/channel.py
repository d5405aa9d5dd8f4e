from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from eclipse.text import validate_plain_text
from rooms.permissions import RANK, Role

from .category import Category
from .room import Room

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    from voice.state import Participant


class ChannelKind(models.TextChoices):
    TEXT = "text", _("Text")
    VOICE = "voice", _("Voice")


class Audience(models.TextChoices):
    EVERYONE = "everyone", _("Everyone reads and writes")
    READ_ONLY = "read_only", _("Members read, moderators write")
    MODERATORS = "moderators", _("Only moderators see it")


# How the same is said of a voice channel.
VOICE_AUDIENCES: Mapping[str, "_StrPromise"] = MappingProxyType(
    {
        Audience.EVERYONE: _("Everyone listens and speaks"),
        Audience.READ_ONLY: _("Members listen, moderators speak"),
        Audience.MODERATORS: _("Only moderators see it"),
    }
)

# Seconds that may be asked for between two messages of one person.
LONGEST_SLOW_MODE = 6 * 60 * 60
# People in one call, where a channel has a limit at all.
LARGEST_USER_LIMIT = 99
# Kilobits a second of a microphone: below the first Opus is hard to follow, above the last nobody hears a difference.
LOWEST_BITRATE, HIGHEST_BITRATE, USUAL_BITRATE = 16, 128, 40


def moderators_topic(room_id: int) -> str:
    """What the sockets of a room's moderators hear beside the room's own topic."""
    return f"room.{room_id}.moderators"


def members_topic(room_id: int) -> str:
    """What tells of people (who is here, who came and went), to the sockets of those who may see the room's members."""
    return f"room.{room_id}.members"


def voice_topic(channel_id: int) -> str:
    """What the sessions of a call tell each other, and by which they are asked to look again (voice/sessions.py)."""
    return f"voice.{channel_id}"


class ChannelQuerySet(models.QuerySet["Channel"]):
    def text(self) -> "ChannelQuerySet":
        return self.filter(kind=ChannelKind.TEXT)

    def voice(self) -> "ChannelQuerySet":
        return self.filter(kind=ChannelKind.VOICE)

    def known_to(self, rank: int) -> "ChannelQuerySet":
        """Those that somebody of this rank in the room may know of."""
        return self if rank >= RANK[Role.MODERATOR] else self.exclude(audience=Audience.MODERATORS)


class ChannelManager(models.Manager.from_queryset(ChannelQuerySet)):  # type: ignore[misc]
    """The channels that are there."""

    def get_queryset(self) -> ChannelQuerySet:
        return super().get_queryset().filter(deleted_at=None)


class Channel(models.Model):
    """A place in a room to write or to speak.

    `seq` counts the channel's changes: whoever creates, edits or deletes a message takes this row's lock, adds
    one and stamps the message with it, so that "everything after seq N" never misses a change (docs/architecture.md).
    """

    room = models.ForeignKey(Room, models.CASCADE, related_name="channels")
    kind = models.CharField(_("kind"), max_length=5, choices=ChannelKind, default=ChannelKind.TEXT)
    slug = models.SlugField(_("address"), max_length=50)
    name = models.CharField(_("name"), max_length=50, validators=[validate_plain_text])
    subject = models.CharField(_("topic"), max_length=200, blank=True, validators=[validate_plain_text])
    category = models.ForeignKey(
        Category, models.SET_NULL, null=True, blank=True, related_name="channels", verbose_name=_("category")
    )
    audience = models.CharField(_("who it is for"), max_length=10, choices=Audience, default=Audience.EVERYONE)
    is_locked = models.BooleanField(_("locked"), default=False)
    slow_mode = models.PositiveIntegerField(
        _("slow mode"), default=0, validators=[MaxValueValidator(LONGEST_SLOW_MODE)], help_text=_("In seconds; 0: off.")
    )
    # The limits of a call, in a voice channel.
    user_limit = models.PositiveSmallIntegerField(
        _("how many may be in it"),
        default=0,
        validators=[MaxValueValidator(LARGEST_USER_LIMIT)],
        help_text=_("At most 99; 0: as many as like."),
    )
    bitrate = models.PositiveSmallIntegerField(
        _("sound quality"),
        default=USUAL_BITRATE,
        validators=[MinValueValidator(LOWEST_BITRATE), MaxValueValidator(HIGHEST_BITRATE)],
        help_text=_("Kilobits a second of each voice, from 16 to 128. Speech is clear at 40, music wants 96."),
    )
    position = models.PositiveIntegerField(_("position"), default=0)
    seq = models.PositiveBigIntegerField(default=0, editable=False)

    # Since when it is there for nobody; its messages go a little at a time (rooms/actions/clearing.py), and then it.
    deleted_at = models.DateTimeField(null=True, editable=False)

    objects = ChannelManager()
    # Deleted ones too.
    everything = ChannelQuerySet.as_manager()

    # How much the reader has not read, where rooms/unread.py counted it.
    unread: int
    # Who is in a voice channel, where voice/roster.py looked it up, and how new that is.
    voices: "Sequence[Participant] | None" = ()
    voices_version: int = 0

    class Meta:
        verbose_name = _("channel")
        verbose_name_plural = _("channels")
        ordering = ["position", "pk"]
        indexes = [
            models.Index(fields=["deleted_at"], condition=models.Q(deleted_at__isnull=False), name="channel_deleted")
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["room", "slug"], condition=models.Q(deleted_at=None), name="channel_slug_unique_in_room"
            ),
            models.CheckConstraint(
                condition=models.Q(user_limit__lte=LARGEST_USER_LIMIT), name="channel_user_limit_in_bounds"
            ),
            models.CheckConstraint(
                condition=models.Q(bitrate__gte=LOWEST_BITRATE, bitrate__lte=HIGHEST_BITRATE),
                name="channel_bitrate_in_bounds",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_voice(self) -> bool:
        return self.kind == ChannelKind.VOICE

    @property
    def audience_words(self) -> str:
        """Whom it is for, in words that fit its kind."""
        return str(VOICE_AUDIENCES[self.audience] if self.is_voice else Audience(self.audience).label)

    @property
    def topic(self) -> str:
        """Where the channel's fragments are published (see eclipse/hub/)."""
        return f"channel.{self.pk}"

    @property
    def news_topic(self) -> str:
        """Where it is told that somebody wrote here: to the room, or to those alone who may know of the channel."""
        return moderators_topic(self.room_id) if self.audience == Audience.MODERATORS else f"room.{self.room_id}"

    @property
    def people_topic(self) -> str:
        """Where it is told who is in a voice channel: to those alone who may see people, and know of the channel."""
        hidden = self.audience == Audience.MODERATORS
        return moderators_topic(self.room_id) if hidden else members_topic(self.room_id)

    def get_absolute_url(self) -> str:
        return reverse("rooms:channel", args=[self.room.slug, self.slug])
