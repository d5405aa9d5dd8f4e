"""A room's channels and the categories they stand in: made, named, narrowed, ordered and deleted."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from slugify import slugify

from accounts.models import User
from eclipse.errors import Refused
from rooms import addresses, permissions, push, push_rooms
from rooms.access import RoomAccess, narrowed
from rooms.models import Category, Channel, Erasure, Report, Room
from rooms.models.audit_entry import Deed
from rooms.models.channel import Audience, ChannelKind

from .audit import record
from .authority import authorise
from .on_commit import tell
from .room_settings import SlugTaken
from .word_filter import check_words

# Words that stand for pages of their own under /rooms/<room>/.
RESERVED_CHANNEL_SLUGS = frozenset({"settings", "members", "join", "leave", "sidebar", "report"})
MOST_CHANNELS = 200
MOST_CATEGORIES = 50
SLUG_LENGTH = 40
EDITABLE = frozenset({"name", "subject", "slug", "audience", "category"})
# Of a voice channel beside.
CALL_LIMITS = frozenset({"user_limit", "bitrate"})


class LastChannel(Refused):
    """A room keeps one text channel that its members may see."""

    words = gettext_lazy("It is the room's last text channel that everybody sees: a room needs one.")


class TooMany(Refused):
    """The room has as many channels or categories as a room may have."""

    def __init__(self, most: int) -> None:
        self.most = most
        super().__init__(f"{most} at most")

    def explain(self) -> str:
        return _("A room has at most %(most)d of these.") % {"most": self.most}


def free_channel_slug(room: Room, name: str) -> str:
    """An address in `room` for a channel called `name`: transliterated, numbered where it is taken or reserved."""
    base = _words(name)
    similar = set(Channel.objects.filter(room=room, slug__startswith=base).values_list("slug", flat=True))
    similar |= RESERVED_CHANNEL_SLUGS
    slug, number = base, 1
    while slug in similar:
        number += 1
        slug = f"{base}-{number}"
    return slug


def _words(name: str) -> str:
    return slugify(name, max_length=SLUG_LENGTH, word_boundary=True) or "channel"


def address_for(channel: Channel, asked: str, audience: str) -> str:
    """Where `channel` is when `asked` is asked for: one for moderators alone has a key in its address."""
    was_hidden, is_hidden = channel.audience == Audience.MODERATORS, audience == Audience.MODERATORS
    return addresses.changed(channel.slug, asked, was_hidden=was_hidden, is_hidden=is_hidden)


def create_channel(
    *,
    actor: User,
    room: Room,
    name: str,
    kind: str = ChannelKind.TEXT,
    slug: str = "",
    subject: str = "",
    audience: str = Audience.EVERYONE,
    category: Category | None = None,
    **limits: int,
) -> Channel:
    """A new channel at the end of its category; without a slug it gets one made from its name.

    That of a channel for moderators alone has a key in it.

    `limits` are those of `CALL_LIMITS`, of a voice channel. Raises `SlugTaken`, `TooMany`, `FilteredWord` and what
    `authorise` raises.
    """
    _check_settings(kind, limits)
    channel = Channel(kind=kind, slug=slug, name=name, subject=subject, audience=audience, **limits)
    try:
        return _create_channel(actor, room, channel, category)
    except IntegrityError as error:
        raise SlugTaken from error


@transaction.atomic
def _create_channel(actor: User, room: Room, channel: Channel, category: Category | None) -> Channel:
    access = authorise(actor=actor, room=room, codename=permissions.MANAGE_CHANNELS).access
    stored = access.room
    check_words(access, name=channel.name, subject=channel.subject)
    if channel.slug in RESERVED_CHANNEL_SLUGS:
        raise SlugTaken
    # Those that the actor may know of: how many there are beside is none of theirs.
    if Channel.objects.known_to(access.rank).filter(room=stored).count() >= MOST_CHANNELS:
        raise TooMany(MOST_CHANNELS)
    channel.room = stored
    if channel.audience == Audience.MODERATORS:
        channel.slug = addresses.unguessable(channel.slug or _words(channel.name))
    else:
        channel.slug = channel.slug or free_channel_slug(stored, channel.name)
    channel.category = _category_of(stored, category)
    channel.position = _end(stored)
    channel.save(force_insert=True)
    _number(stored)
    record(Deed.CHANNEL_CREATED, actor=actor, room=stored, channel=channel)
    tell(push_rooms.channel_changed, channel)
    return channel


def edit_channel(*, actor: User, channel: Channel, **values: Any) -> Channel:
    """Give these of `EDITABLE` and `CALL_LIMITS` new values; those that are the same count for nothing.

    Raises `SlugTaken`, `LastChannel`, `FilteredWord`, what `authorise` raises, and `Http404` where the channel went or
    was hidden.
    """
    _check_settings(channel.kind, values.keys() - EDITABLE)
    try:
        return _edit_channel(actor, channel, values)
    except IntegrityError as error:
        raise SlugTaken from error


@transaction.atomic
def _edit_channel(actor: User, channel: Channel, values: dict[str, Any]) -> Channel:
    access = authorise(actor=actor, room=channel.room, codename=permissions.MANAGE_CHANNELS).access
    stored = _channel_in(access, channel)
    if values.get("category") is not None:
        values["category"] = _category_of(access.room, values["category"])
    if values.keys() & {"slug", "audience"}:
        audience = values.get("audience", stored.audience)
        values["slug"] = address_for(stored, values.get("slug", stored.slug), audience)
    changed = {name: value for name, value in values.items() if getattr(stored, name) != value}
    if not changed:
        return stored
    check_words(access, **{name: changed[name] for name in ("name", "subject") if name in changed})
    if changed.get("slug") in RESERVED_CHANNEL_SLUGS:
        raise SlugTaken
    if changed.get("audience") == Audience.MODERATORS:
        _keep_one(stored)
    before = {name: _told(getattr(stored, name)) for name in changed}
    was_hidden = stored.audience == Audience.MODERATORS
    for name, value in changed.items():
        setattr(stored, name, value)
    if "category" in changed:
        stored.position = _end(access.room)
    stored.save(update_fields=[*changed, "position"])
    if "category" in changed:
        _number(access.room)
    after = {name: _told(value) for name, value in changed.items()}
    record(Deed.CHANNEL_EDITED, actor=actor, room=access.room, channel=stored, before=before, after=after)
    if "audience" in changed:
        tell(push_rooms.audience_narrowed, stored)
    if "slug" in changed or ("audience" in changed and stored.audience != Audience.MODERATORS):
        tell(push_rooms.channel_moved, stored)
    if stored.audience == Audience.MODERATORS and not was_hidden:
        # It has gone from everybody's column.
        tell(push_rooms.room_changed, access.room)
    if CALL_LIMITS & changed.keys():
        tell(push.channel_limited, stored)
    tell(push_rooms.channel_changed, stored)
    return stored


@transaction.atomic
def move_channel(
    *, actor: User, channel: Channel, category: Category | None = None, before: Channel | None = None
) -> Channel:
    """Put a channel into `category` (`None`: into none), before that channel there or at the end.

    Told relative to another channel, so that two who order at once do not undo each other. Raises what `edit_channel`
    raises.
    """
    access = authorise(actor=actor, room=channel.room, codename=permissions.MANAGE_CHANNELS).access
    stored = _channel_in(access, channel)
    if before is not None:
        before = _channel_in(access, before)
    category = _category_of(access.room, category)
    ordered = [each for each in _in_order(access.room) if each.pk != stored.pk]
    was = (stored.category_id, stored.position)
    stored.category = category
    if before is None or before.pk == stored.pk or before.category_id != stored.category_id:
        ordered.append(stored)
    else:
        ordered.insert([each.pk for each in ordered].index(before.pk), stored)
    _store_order(ordered)
    if (stored.category_id, stored.position) != was:
        stored.save(update_fields=["category"])
        record(Deed.CHANNELS_ORDERED, actor=actor, room=access.room, channel=stored)
        tell(push_rooms.channel_changed, stored)
    return stored


@transaction.atomic
def delete_channel(*, actor: User, channel: Channel, reason: str = "") -> None:
    """Delete a channel for good, with every message in it: it is there for nobody, and goes a little at a time.

    Raises `LastChannel`, what `authorise` raises, and `Http404` where it has gone already.
    """
    access = authorise(actor=actor, room=channel.room, codename=permissions.DELETE_CHANNELS).access
    stored = _channel_in(access, channel)
    _keep_one(stored)
    record(Deed.CHANNEL_DELETED, actor=actor, room=access.room, channel=stored, reason=reason)
    # What was reported keeps what was quoted, as of any message that is gone.
    Report.objects.filter(room=access.room, message__channel=stored).update(message=None)
    Erasure.objects.filter(channel=stored).delete()
    stored.deleted_at = timezone.now()
    stored.save(update_fields=["deleted_at"])
    tell(push_rooms.channel_deleted, stored)


@transaction.atomic
def create_category(*, actor: User, room: Room, name: str) -> Category:
    """A new heading below the others. Raises `TooMany`, `FilteredWord` and what `authorise` raises."""
    access = authorise(actor=actor, room=room, codename=permissions.MANAGE_CHANNELS).access
    stored = access.room
    check_words(access, name=name)
    count = Category.objects.filter(room=stored).count()
    if count >= MOST_CATEGORIES:
        raise TooMany(MOST_CATEGORIES)
    last = Category.objects.filter(room=stored).aggregate(last=Max("position"))["last"]
    category = Category.objects.create(room=stored, name=name, position=0 if last is None else last + 1)
    record(Deed.CHANNELS_ORDERED, actor=actor, room=stored, category=name)
    return category


@transaction.atomic
def edit_category(*, actor: User, category: Category, name: str) -> Category:
    """Call a category something else. Raises `FilteredWord`, what `authorise` raises, and `Http404` if it is gone."""
    stored, access = _authorised_category(actor, category)
    room = access.room
    if stored.name != name:
        check_words(access, name=name)
        was, stored.name = stored.name, name
        stored.save(update_fields=["name"])
        record(Deed.CHANNELS_ORDERED, actor=actor, room=room, category=name, category_was=was)
        tell(push_rooms.room_changed, room)
    return stored


@transaction.atomic
def move_category(*, actor: User, category: Category, before: Category | None = None) -> Category:
    """Put a category with its channels before that one, or at the end. Raises what `edit_category` raises."""
    stored, access = _authorised_category(actor, category)
    room = access.room
    if before is not None:
        before = _category_of(room, before)
    ordered = [each for each in Category.objects.filter(room=room) if each.pk != stored.pk]
    numbers = [each.pk for each in ordered]
    was = stored.position
    ordered.insert(numbers.index(before.pk) if before is not None and before.pk in numbers else len(ordered), stored)
    for position, each in enumerate(ordered):
        each.position = position
    Category.objects.bulk_update(ordered, ["position"])
    if stored.position != was:
        _number(room)
        record(Deed.CHANNELS_ORDERED, actor=actor, room=room, category=stored.name)
        tell(push_rooms.room_changed, room)
    return stored


@transaction.atomic
def delete_category(*, actor: User, category: Category) -> None:
    """Take a heading away; its channels stay, above the other categories. Raises what `edit_category` raises."""
    stored, access = _authorised_category(actor, category)
    room = access.room
    name = stored.name
    stored.delete()
    _number(room)
    record(Deed.CHANNELS_ORDERED, actor=actor, room=room, category_was=name)
    tell(push_rooms.room_changed, room)


def _authorised_category(actor: User, category: Category) -> tuple[Category, RoomAccess]:
    access = authorise(actor=actor, room=category.room, codename=permissions.MANAGE_CHANNELS).access
    stored = _category_of(access.room, category)
    assert stored is not None, "a category was given"
    return stored, access


def _check_settings(kind: str, names: Iterable[str]) -> None:
    unknown = set(names) - (CALL_LIMITS if kind == ChannelKind.VOICE else frozenset())
    if unknown:
        raise TypeError(f"not settings of a {kind} channel: {sorted(unknown)}")


def _channel_in(access: RoomAccess, channel: Channel) -> Channel:
    """The channel as it is under the room's lock; `Http404` where it went, or may no longer be known of."""
    stored = Channel.objects.select_related("category").filter(room=access.room, pk=channel.pk).first()
    if stored is None:
        raise Http404
    stored.room = access.room
    narrowed(access, stored)
    return stored


def _category_of(room: Room, category: Category | None) -> Category | None:
    """The category as it is under the room's lock; `Http404` where it went or is another room's."""
    if category is None:
        return None
    stored = Category.objects.filter(room=room, pk=category.pk).first()
    if stored is None:
        raise Http404
    return stored


def _keep_one(channel: Channel) -> None:
    """Refuse where no text channel would be left that members may see."""
    if channel.is_voice:
        return
    others = Channel.objects.text().filter(room=channel.room_id).exclude(pk=channel.pk)
    if not others.exclude(audience=Audience.MODERATORS).exists() and channel.audience != Audience.MODERATORS:
        raise LastChannel


def _end(room: Room) -> int:
    """A position behind all channels."""
    last = Channel.objects.filter(room=room).aggregate(last=Max("position"))["last"]
    return 0 if last is None else last + 1


def _in_order(room: Room) -> list[Channel]:
    """All of a room's channels as the column shows them: those in no category first."""
    channels = Channel.objects.select_related("category").filter(room=room)
    return sorted(channels, key=_place)


def _place(channel: Channel) -> tuple[int, int, int, int]:
    category = channel.category
    if category is None:
        return (-1, 0, channel.position, channel.pk)
    return (category.position, category.pk, channel.position, channel.pk)


def _number(room: Room) -> None:
    """Keep `position` in step with the categories, so that the room's first channel is the one that stands first."""
    _store_order(_in_order(room))


def _store_order(ordered: Sequence[Channel]) -> None:
    placed = list(enumerate(ordered))
    # Within a category by the wish; the categories among each other by their own order.
    placed.sort(key=lambda entry: (*_place(entry[1])[:2], entry[0]))
    for position, (_wish, channel) in enumerate(placed):
        channel.position = position
    Channel.objects.bulk_update([channel for _wish, channel in placed], ["position"])


def _told(value: Any) -> Any:
    """A value as the audit log keeps it."""
    return value.name if isinstance(value, Category) else value
