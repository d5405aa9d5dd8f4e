import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django import template
from django.conf import settings
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from accounts.models import User
from rooms import markdown
from rooms.access import RoomAccess
from rooms.administration.navigation import SettingsPage, settings_pages
from rooms.models import Channel, Message, Room

register = template.Library()

AVATAR_COLOURS = 8
EMPTY_COVER = '<span class="spoiler__cover" data-word="spoiler"></span>'


@register.filter
def body(message: Message) -> SafeString:
    """The message's HTML as it was sanitised when written, with the spoilers' covers in the reader's language."""
    html = message.body_html
    if EMPTY_COVER in html:
        word = _("Spoiler")
        html = html.replace(EMPTY_COVER, f'<span class="spoiler__cover" data-word="spoiler">{word}</span>')
    # Safe because rooms.markdown sanitised it before it was stored.
    return SafeString(html)


@register.filter
def instant(moment: datetime) -> str:
    """A moment for `datetime` attributes: ISO 8601 in UTC."""
    return moment.astimezone(UTC).isoformat()


@register.filter
def quote(message: Message) -> str:
    """One line of the message, to stand above an answer."""
    return markdown.plain_line(message.body)


@register.filter
def initials(name: str) -> str:
    """One or two letters that stand for a name where there is no picture."""
    letters = [word[0] for word in re.findall(r"[^\W_]+", name)]
    return "".join(letters[:2] or [name[:1]]).upper()


@register.filter
def avatar_colour(user: User | None) -> int:
    """Which of the avatar colours is this person's: always the same one."""
    return user.pk % AVATAR_COLOURS if user is not None and user.pk else 0


@register.filter
def may(access: RoomAccess, codename: str) -> bool:
    """Whether the right is there: `{% if access|may:"kick_members" %}`; `KeyError` for one that was never declared."""
    return access.may(codename)


@register.filter
def icon_address(room: Room) -> str:
    """Where the room's picture is; nothing where it has none."""
    return f"{settings.MEDIA_URL}{room.icon}" if room.icon else ""


@register.simple_tag(name="settings_pages")
def pages_of_settings(access: RoomAccess) -> list[SettingsPage]:
    """The pages of the room's settings that the person may open."""
    return settings_pages(access)


@dataclass(frozen=True)
class ChannelGroup:
    """Channels under one heading of the room's column."""

    heading: str
    channels: list[Channel]


@register.simple_tag
def channel_groups(channels: Sequence[Channel]) -> list[ChannelGroup]:
    """The channels by category, those of none first: text and voice each under a heading of their own."""
    groups: dict[str | int, ChannelGroup] = {}
    for channel in channels:
        if channel.category is not None:
            group = groups.setdefault(channel.category.pk, ChannelGroup(channel.category.name, []))
        elif channel.is_voice:
            group = groups.setdefault("voice", ChannelGroup(_("Voice channels"), []))
        else:
            group = groups.setdefault("text", ChannelGroup(_("Text channels"), []))
        group.channels.append(channel)
    # The lists that every room begins with, before its own.
    order = {"text": 0, "voice": 1}
    return [groups[key] for key in sorted(groups, key=lambda key: order.get(str(key), 2))]


# One number for each plural form that the language has, by the form's name in Unicode's CLDR (as JavaScript's
# Intl.PluralRules tells it): gettext numbers the forms, and this page's script does not know gettext.
PLURAL_SAMPLES = {"en": {"one": 1, "other": 2}, "ru": {"one": 1, "few": 2, "many": 5, "other": 5}}


@register.simple_tag
def plural_forms(key: str) -> SafeString:
    """The plural forms of one of the words that the page's script counts with, as entries of `_words.html`."""
    forms = {
        "new_messages": lambda count: ngettext("%(count)s new message", "%(count)s new messages", count),
        "unread": lambda count: ngettext("%(count)s unread", "%(count)s unread", count),
        "left": lambda count: ngettext("%(count)s character left", "%(count)s characters left", count),
        "over": lambda count: ngettext("%(count)s character too many", "%(count)s characters too many", count),
    }
    samples = PLURAL_SAMPLES.get((get_language() or "en").partition("-")[0], PLURAL_SAMPLES["en"])
    return format_html_join(
        "\n",
        '<i data-key="{}.{}">{}</i>',
        ((key, form, forms[key](count) % {"count": "{count}"}) for form, count in samples.items()),
    )
