"""Pages of a channel's history, by key and never by offset, and how a page's messages stand together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.utils import timezone

from rooms.models import Channel, Message

PAGE_SIZE = 50
# Messages of one person within this time stand under one heading.
GROUP_WITHIN = timedelta(minutes=7)


@dataclass(frozen=True)
class Entry:
    """A message, and what stands before it on this page."""

    message: Message
    grouped: bool
    new_day: date | None
    first_unread: bool = False


@dataclass(frozen=True)
class Page:
    """Some messages of a channel in order, and whether there are more on either side."""

    messages: Sequence[Message]
    has_older: bool
    has_newer: bool

    @property
    def first_id(self) -> int:
        return self.messages[0].pk if self.messages else 0

    @property
    def last_id(self) -> int:
        return self.messages[-1].pk if self.messages else 0

    @property
    def entries(self) -> list[Entry]:
        return arrange(self.messages)

    def entries_since(self, read_until: int, reader_id: int | None) -> list[Entry]:
        """The entries, with the first one that `reader_id` has not read marked as such."""
        entries = self.entries
        for index, entry in enumerate(entries):
            if entry.message.pk > read_until and entry.message.author_id != reader_id:
                # The line would stand above what is already the beginning: nothing to tell apart.
                if index > 0 or self.has_older:
                    entries[index] = replace(entry, first_unread=True, grouped=False)
                break
        return entries


@dataclass(frozen=True)
class Changes:
    """Messages of a channel in the order of their changes, up to the channel's count `seq`; whether there are more."""

    messages: Sequence[Message]
    seq: int
    more: bool


def latest(channel: Channel, limit: int = PAGE_SIZE) -> Page:
    """The newest `limit` messages."""
    found = list(Message.objects.for_display().filter(channel=channel).order_by("-pk")[: limit + 1])
    return Page(_named(channel, reversed(found[:limit])), has_older=len(found) > limit, has_newer=False)


def before(channel: Channel, message_id: int, limit: int = PAGE_SIZE) -> Page:
    """The `limit` messages that come right before the one with this id."""
    query = Message.objects.for_display().filter(channel=channel, pk__lt=message_id)
    found = list(query.order_by("-pk")[: limit + 1])
    newer = Message.objects.filter(channel=channel, pk__gte=message_id).exists()
    return Page(_named(channel, reversed(found[:limit])), has_older=len(found) > limit, has_newer=newer)


def after(channel: Channel, message_id: int, limit: int = PAGE_SIZE) -> Page:
    """The `limit` messages that come right after the one with this id."""
    query = Message.objects.for_display().filter(channel=channel, pk__gt=message_id)
    found = list(query.order_by("pk")[: limit + 1])
    older = Message.objects.filter(channel=channel, pk__lte=message_id).exists()
    return Page(_named(channel, found[:limit]), has_older=older, has_newer=len(found) > limit)


def around(channel: Channel, message_id: int, limit: int = PAGE_SIZE) -> Page:
    """The message with this id in the middle of a page."""
    half = limit // 2
    earlier, later = before(channel, message_id, half), after(channel, message_id - 1, limit - half)
    return Page([*earlier.messages, *later.messages], has_older=earlier.has_older, has_newer=later.has_newer)


def changed_after(channel: Channel, seq: int, limit: int) -> Changes:
    """The messages created, edited or deleted after `seq`, as they are now."""
    # The count that `channel` was read with comes before the messages: what is committed between the two has a higher
    # one, and is asked for again.
    until = channel.seq
    query = Message.objects.for_display().filter(channel=channel, changed_seq__gt=seq).order_by("changed_seq")
    found = list(query[: limit + 1])
    messages, more = _named(channel, found[:limit]), len(found) > limit
    return Changes(messages, seq=messages[-1].changed_seq if more else until, more=more)


def answerable(channel: Channel, message_id: int) -> Message | None:
    """The message with this id, if it can be answered: it was written in this channel and is still there."""
    return Message.objects.for_display().filter(channel=channel, pk=message_id, deleted_at=None).first()


def _named(channel: Channel, messages: Iterable[Message]) -> list[Message]:
    """The messages, each knowing its channel (and its room) without another query."""
    result = list(messages)
    for message in result:
        message.channel = channel
    return result


def arrange(messages: Sequence[Message]) -> list[Entry]:
    """Where a day begins and where one person goes on, in the active time zone."""
    entries = []
    previous: Message | None = None
    for message in messages:
        day = timezone.localtime(message.created_at).date()
        new_day = day if previous is None or timezone.localtime(previous.created_at).date() != day else None
        grouped = (
            new_day is None
            and previous is not None
            and previous.author_id == message.author_id
            and message.author_id is not None
            and message.reply_to_id is None
            and not message.is_deleted
            and not previous.is_deleted
            and message.created_at - previous.created_at < GROUP_WITHIN
        )
        entries.append(Entry(message, grouped, new_day))
        previous = message
    return entries
