import math
import uuid
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from django.utils.translation import ngettext

from accounts.models import User
from eclipse import ratelimit
from eclipse.ratelimit import RateLimited
from eclipse.statements import Insert
from rooms import access, markdown, permissions, push, timeline, word_filter
from rooms.models import Channel, Message
from rooms.models.audit_entry import Deed

from .activity import mark_active
from .audit import record
from .authority import authorise
from .on_commit import tell
from .reading import move_mark
from .word_filter import FilteredWord

# As many as a page of history shows at once.
MOST_DELETED_AT_ONCE = 100


def _next_seq(channel: Channel, changes: int = 1) -> int:
    """Count so many changes of the channel, holding its row until the transaction ends; `Http404` where it is gone.

    Answers the number of the last of them.

    The lock is what makes "changed after seq N" complete: no later number can be seen before an earlier one.
    """
    with connection.cursor() as cursor:
        # In SQL, because the ORM's update cannot return the number that it made.
        cursor.execute(
            "UPDATE rooms_channel SET seq = seq + %s WHERE id = %s AND deleted_at IS NULL RETURNING seq",
            [changes, channel.pk],
        )
        return int(_first_of(cursor)[0])


def _first_of(cursor: Any) -> tuple[Any, ...]:
    row: tuple[Any, ...] | None = cursor.fetchone()
    if row is None:
        # The channel was deleted since the edge saw it.
        raise Http404
    return row


# Counts as `_next_seq` does, and tells in the same breath whether this is anything but the plain case: a member who is
# not timed out, in a channel where every member writes.
_NEXT_SEQ_AND_STANDING = """
    UPDATE rooms_channel SET seq = seq + 1 WHERE id = %s AND deleted_at IS NULL RETURNING seq, slow_mode,
    is_locked OR audience <> 'everyone'
    OR EXISTS (
        SELECT 1 FROM rooms_timeout AS timeout
        WHERE timeout.room_id = rooms_channel.room_id AND timeout.user_id = %s AND timeout.until > %s
    ),
    (
        SELECT nickname FROM rooms_membership AS member
        WHERE member.room_id = rooms_channel.room_id AND member.user_id = %s
    )
"""


def _next_seq_for(author: User, channel: Channel) -> tuple[int, str]:
    """`_next_seq` and the nickname of somebody who writes, if they still may: what the edge saw may not be so now.

    Raises `PermissionDenied`, `Http404` and `SlowMode`.
    """
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    with connection.cursor() as cursor:
        cursor.execute(_NEXT_SEQ_AND_STANDING, [channel.pk, author.pk, now, author.pk])
        seq, slow_mode, special, nickname = _first_of(cursor)
    if special or slow_mode or nickname is None:
        standing = access.get_channel_by_id(author, channel.room.slug, channel.pk, permissions.SEND_MESSAGES)
        if slow_mode and not standing.may(permissions.BYPASS_SLOW_MODE):
            _check_slow_mode(author, channel, timedelta(seconds=slow_mode))
    return int(seq), nickname or ""


class SlowMode(RateLimited):
    """The channel is in slow mode, and its author's last message there is too young."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("slow mode", retry_after)

    def explain(self) -> str:
        return ngettext(
            "This channel is in slow mode. Your text is kept: send it in %(seconds)d second.",
            "This channel is in slow mode. Your text is kept: send it in %(seconds)d seconds.",
            self.retry_after,
        ) % {"seconds": self.retry_after}


def _check_slow_mode(author: User, channel: Channel, pause: timedelta) -> None:
    # A tombstone counts: deleting what one wrote must not buy the next message.
    mine = Message.objects.filter(author=author, channel=channel).order_by("-created_at")
    last: datetime | None = mine.values_list("created_at", flat=True).first()
    wait = (last + pause - timezone.now()).total_seconds() if last is not None else 0
    if wait > 0:
        raise SlowMode(math.ceil(wait))


def _check_words(author: User, channel: Channel, body: str, body_html: str) -> None:
    room = channel.room
    word = word_filter.find(room.filtered_words, body, body_html) if room.filtered_words else None
    # Whoever edits the filter may quote it. Asked only now: nearly nothing that is written is caught.
    if word is not None and not access.room_access(author, room).may(permissions.EDIT_WORD_FILTER):
        raise FilteredWord(word)


_insert = Insert(Message)


class AlreadySent(Exception):
    """The `client_id` stands for another message: one with another text, or in another channel."""


class NothingToAnswer(Exception):
    """The message that was to be answered is not in this channel, or was deleted meanwhile."""


def post_message(
    *, actor: User, channel: Channel, body: str, client_id: uuid.UUID, reply_to: int | None = None
) -> Message:
    """Store a message and show it on every open page; the same `client_id` again answers the message of then.

    `reply_to` is the number of the message that it answers.
    Raises `RateLimited` (`SlowMode`), `FilteredWord`, `AlreadySent` and `NothingToAnswer`, and what `access` raises
    where the right was taken in the meantime. `body` has passed `validators.validate_body`; `channel` knows its room.
    """
    try:
        ratelimit.spend("messages", actor.pk)
        # Before the channel is locked: everybody else who writes there would wait for it.
        body_html = markdown.render(body)
        _check_words(actor, channel, body, body_html)
        return _store(actor, channel, body, body_html, client_id, reply_to)
    except (IntegrityError, RateLimited, FilteredWord, NothingToAnswer, PermissionDenied, Http404):
        # Looked up only here, because nearly every message is new: the constraint, which took this one and its seq
        # back, tells of a retry as surely. A retry is answered though the limit is spent, or what it answers is gone.
        posted = _already_posted(actor, client_id)
        if posted is None:
            raise
    if not _is_repeat(posted, channel, body):
        raise AlreadySent
    return posted


@transaction.atomic
def _store(
    actor: User, channel: Channel, body: str, body_html: str, client_id: uuid.UUID, reply_to: int | None
) -> Message:
    mark_active(channel.room)
    seq, nickname = _next_seq_for(actor, channel)
    answered = None
    # With the channel's row held: no deletion comes between the look and the answer.
    if reply_to is not None and (answered := timeline.answerable(channel, reply_to)) is None:
        raise NothingToAnswer
    message = Message(
        channel=channel,
        author=actor,
        client_id=client_id,
        body=body,
        body_html=body_html,
        reply_to=answered,
        changed_seq=seq,
        created_at=timezone.now(),
    )
    message.author_nickname = nickname
    _insert(message)
    # Whoever writes has read: their other pages see it by the message itself (static/js/unread.js).
    move_mark(user=actor, channel=channel, message_id=message.pk)
    tell(push.message_created, message)
    return message


def _already_posted(actor: User, client_id: uuid.UUID) -> Message | None:
    return Message.objects.filter(author=actor, client_id=client_id).select_related("channel__room").first()


def _is_repeat(message: Message, channel: Channel, body: str) -> bool:
    """Whether this is what was sent under the `client_id`; what it was edited to since is its own affair."""
    changed_since = message.edited_at is not None or message.is_deleted
    return message.channel_id == channel.pk and (changed_since or message.body == body)


def edit_message(*, actor: User, message: Message, body: str) -> Message:
    """Replace a message's text; the same text again changes nothing, and a deleted message stays deleted.

    Raises `RateLimited` and `FilteredWord`.
    """
    if body == message.body:
        return message
    ratelimit.spend("edits", actor.pk)
    body_html = markdown.render(body)
    _check_words(actor, message.channel, body, body_html)
    return _change(message, push.message_edited, body=body, body_html=body_html, edited_at=timezone.now())


@transaction.atomic
def delete_message(*, actor: User, message: Message, reason: str = "") -> Message:
    """Take a message's text away for good and leave a tombstone, so that pages that were away learn of it.

    Another's message needs the right to it at this moment, and the audit log tells of it; `authorise` raises.
    """
    if message.is_deleted:
        return message
    if message.author_id == actor.pk:
        return _delete(message)
    room, author = message.channel.room, message.author
    authorise(actor=actor, room=room, codename=permissions.DELETE_ANY_MESSAGE)
    changed = _delete(message)
    if changed.is_deleted:
        record(
            Deed.MESSAGE_DELETED,
            actor=actor, room=room, subject=author, channel=message.channel, reason=reason, message=message.pk,
        )  # fmt: skip
    return changed


@transaction.atomic
def delete_messages(*, actor: User, channel: Channel, message_ids: Iterable[int], reason: str = "") -> int:
    """Delete these of a channel's messages, at most `MOST_DELETED_AT_ONCE`; how many were there to delete."""
    authorise(actor=actor, room=channel.room, codename=permissions.DELETE_MANY_MESSAGES)
    ids = sorted(set(message_ids))[:MOST_DELETED_AT_ONCE]
    count = bury(Message.objects.filter(channel=channel, pk__in=ids))
    if count:
        record(Deed.MESSAGES_DELETED, actor=actor, room=channel.room, channel=channel, reason=reason, deleted=count)
    return count


@transaction.atomic
def pin_message(*, actor: User, message: Message, reason: str = "") -> Message:
    """Put a message among those that the channel keeps at hand; pinning it twice changes nothing."""
    return _set_pin(actor, message, Deed.MESSAGE_PINNED, timezone.now(), reason)


@transaction.atomic
def unpin_message(*, actor: User, message: Message, reason: str = "") -> Message:
    """Take a message from among the pinned ones; where it is none nothing changes."""
    return _set_pin(actor, message, Deed.MESSAGE_UNPINNED, None, reason)


def _set_pin(actor: User, message: Message, deed: Deed, pinned_at: datetime | None, reason: str) -> Message:
    room = message.channel.room
    authorise(actor=actor, room=room, codename=permissions.PIN_MESSAGES)
    if message.is_deleted or message.is_pinned == (pinned_at is not None):
        return message
    changed = _change(message, push.message_edited, pinned_at=pinned_at)
    if not changed.is_deleted:
        record(
            deed,
            actor=actor, room=room, subject=message.author, channel=message.channel, reason=reason, message=message.pk,
        )  # fmt: skip
    return changed


def _delete(message: Message) -> Message:
    now = timezone.now()
    return _change(message, push.message_deleted, body="", body_html="", pinned_at=None, deleted_at=now)


def _change(message: Message, told: Callable[[Message], None], **values: Any) -> Message:
    """Store and tell a change of `message`; the tombstone where somebody deleted it in the meantime."""
    with transaction.atomic():
        seq = _next_seq(message.channel)
        there = Message.objects.filter(pk=message.pk, deleted_at=None).update(changed_seq=seq, **values)
        if there:
            for name, value in {"changed_seq": seq, **values}.items():
                setattr(message, name, value)
            tell(told, message)
        else:
            # Nothing changed, so nothing may be counted: pages would look for the change.
            transaction.set_rollback(True)
    if not there:
        message.refresh_from_db()
    return message


# Each with a number of its own, in the order in which they were written.
_BURY = """
    UPDATE rooms_message SET body = '', body_html = '', pinned_at = NULL, deleted_at = %s, changed_seq = %s + place
    FROM (
        SELECT id AS buried, ROW_NUMBER() OVER (ORDER BY id) AS place FROM rooms_message WHERE id IN ({ids})
    ) AS numbered
    WHERE id = buried
"""


def bury(messages: "QuerySet[Message]") -> int:
    """Make tombstones of these messages, inside the caller's transaction; how many there were.

    As `delete_message` does it, in one statement and one publication a channel. Channels are locked one by one.
    """
    count = 0
    channels = messages.filter(deleted_at=None).order_by("channel_id").values_list("channel_id", flat=True).distinct()
    for channel in Channel.objects.select_for_update().filter(pk__in=list(channels)).order_by("pk"):
        # Looked up with the channel's row held: what somebody else deletes meanwhile must not be counted.
        ids = list(messages.filter(channel=channel, deleted_at=None).order_by("pk").values_list("pk", flat=True))
        if not ids:
            continue
        seq = _next_seq(channel, len(ids))
        now = connection.ops.adapt_datetimefield_value(timezone.now())
        with connection.cursor() as cursor:
            cursor.execute(_BURY.format(ids=",".join(["%s"] * len(ids))), [now, seq - len(ids), *ids])
        tell(push.messages_deleted, channel, ids, seq)
        count += len(ids)
    return count
