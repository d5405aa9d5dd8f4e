import uuid

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.models import User
from eclipse import ratelimit
from rooms import markdown, push
from rooms.models import Channel, Message

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


def post_message(
    *, actor: User, channel: Channel, body: str, client_id: uuid.UUID, reply_to: Message | None = None
) -> Message:
    """Store a message and show it on every open page; the same `client_id` again answers the message of then.

    Raises `RateLimited`. `body` has passed `validators.validate_body`.
    """
    try:
        return _post(actor, channel, body, client_id, reply_to)
    except IntegrityError:
        # Two retries at once: the other one was stored, and this one, its seq included, was taken back.
        posted = _already_posted(actor, client_id)
        if posted is None:
            raise
        return posted


@transaction.atomic
def _post(actor: User, channel: Channel, body: str, client_id: uuid.UUID, reply_to: Message | None) -> Message:
    posted = _already_posted(actor, client_id)
    if posted is not None:
        return posted
    ratelimit.spend("messages", actor.pk)
    message = Message.objects.create(
        channel=channel,
        author=actor,
        client_id=client_id,
        body=body,
        body_html=markdown.render(body),
        reply_to=reply_to if reply_to is not None and reply_to.channel_id == channel.pk else None,
        changed_seq=_next_seq(channel),
        created_at=timezone.now(),
    )
    # Whoever writes has read: their other pages see it by the message itself (static/js/unread.js).
    move_mark(user=actor, channel=channel, message_id=message.pk)
    tell(push.message_created, message)
    return message


def _already_posted(actor: User, client_id: uuid.UUID) -> Message | None:
    return Message.objects.filter(author=actor, client_id=client_id).select_related("channel__room").first()


@transaction.atomic
def edit_message(*, actor: User, message: Message, body: str) -> Message:
    """Replace a message's text; the same text again changes nothing. Raises `RateLimited`."""
    if body == message.body:
        return message
    ratelimit.spend("edits", actor.pk)
    message.changed_seq = _next_seq(message.channel)
    message.body = body
    message.body_html = markdown.render(body)
    message.edited_at = timezone.now()
    changed = Message.objects.filter(pk=message.pk, deleted_at=None).update(
        changed_seq=message.changed_seq, body=message.body, body_html=message.body_html, edited_at=message.edited_at
    )
    if changed:
        tell(push.message_edited, message)
    return message


@transaction.atomic
def delete_message(*, actor: User, message: Message) -> Message:
    """Take a message's text away for good and leave a tombstone, so that pages that were away learn of it."""
    if message.is_deleted:
        return message
    message.changed_seq = _next_seq(message.channel)
    message.body = message.body_html = ""
    message.deleted_at = timezone.now()
    changed = Message.objects.filter(pk=message.pk, deleted_at=None).update(
        changed_seq=message.changed_seq, body="", body_html="", deleted_at=message.deleted_at
    )
    if changed:
        tell(push.message_deleted, message)
    return message
