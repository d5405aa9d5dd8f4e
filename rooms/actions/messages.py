import uuid
from collections.abc import Callable
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from eclipse import ratelimit
from eclipse.ratelimit import RateLimited
from eclipse.statements import Insert
from rooms import markdown, push, timeline
from rooms.models import Channel, Message

from .activity import mark_active
from .on_commit import tell
from .reading import move_mark


def _next_seq(channel: Channel) -> int:
    """Count one more change of the channel, holding its row until the transaction ends.

    The lock is what makes "changed after seq N" complete: no later number can be seen before an earlier one.
    """
    with connection.cursor() as cursor:
        # In SQL, because the ORM's update cannot return the number that it made.
        cursor.execute("UPDATE rooms_channel SET seq = seq + 1 WHERE id = %s RETURNING seq", [channel.pk])
        return int(cursor.fetchone()[0])


_insert = Insert(Message)


class AlreadySent(Exception):
    """The `client_id` stands for another message: one with another text, or in another channel."""


class NothingToAnswer(Exception):
    """The message that was to be answered is not in this channel, or was deleted meanwhile."""


def post_message(
    *, actor: User, channel: Channel, body: str, client_id: uuid.UUID, reply_to: int | None = None
) -> Message:
    """Store a message and show it on every open page; the same `client_id` again answers the message of then.

    `reply_to` is the number of the message that it answers. Raises `RateLimited`, `AlreadySent` and `NothingToAnswer`.
    `body` has passed `validators.validate_body`.
    """
    try:
        ratelimit.spend("messages", actor.pk)
        # Before the channel is locked: everybody else who writes there would wait for it.
        body_html = markdown.render(body)
        return _store(actor, channel, body, body_html, client_id, reply_to)
    except (IntegrityError, RateLimited, NothingToAnswer):
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
    seq = _next_seq(channel)
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

    Raises `RateLimited`.
    """
    if body == message.body:
        return message
    ratelimit.spend("edits", actor.pk)
    body_html = markdown.render(body)
    return _change(message, push.message_edited, body=body, body_html=body_html, edited_at=timezone.now())


def delete_message(*, actor: User, message: Message) -> Message:
    """Take a message's text away for good and leave a tombstone, so that pages that were away learn of it."""
    if message.is_deleted:
        return message
    return _change(message, push.message_deleted, body="", body_html="", deleted_at=timezone.now())


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


def delete_all(messages: "QuerySet[Message]") -> int:
    """Delete these messages, inside the caller's transaction; how many there were. Channels are locked one by one."""
    count = 0
    for message in messages.filter(deleted_at=None).select_related("channel__room").order_by("channel_id", "pk"):
        _change(message, push.message_deleted, body="", body_html="", deleted_at=timezone.now())
        count += 1
    return count
