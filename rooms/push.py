"""What open pages are told: each function renders its fragment once, for everybody, and publishes it.

The fragments hold no request, user, rights or token; what depends on who reads is done by the page (static/js/).
Envelopes are `<hx-push event="…">`, named as the function here.
"""

from collections.abc import Iterable, Sequence

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.html import format_html

from accounts.models import User
from eclipse.hub import hub
from rooms.models import Channel, Membership, Message, Room
from rooms.models.channel import members_topic
from rooms.presence import presence
from rooms.unread import unread_in_room

# Told by the clock, so that a page can tell a quiet line from a dead one (static/js/connection.js).
BEAT = '<hx-push event="beat"></hx-push>'


def message_envelope(event: str, message: Message) -> str:
    """The fragment by which a page learns of a message's creation or change."""
    # Neutral words and UTC: each page puts its own language and zone (static/js/words.js, times.js).
    with translation.override("en"), timezone.override("UTC"):
        return render_to_string(f"push/{event}.html", {"message": message, "channel": message.channel})


def message_created(message: Message) -> None:
    channel = message.channel
    hub.publish(channel.topic, message_envelope("message_created", message))
    hub.publish(
        channel.news_topic,
        format_html(
            '<hx-push event="channel_active" room="{}" channel="{}" message="{}" author="{}"></hx-push>',
            channel.room_id, channel.pk, message.pk, message.author_id or "",
        ),
    )  # fmt: skip


def message_edited(message: Message) -> None:
    hub.publish(message.channel.topic, message_envelope("message_edited", message))


def message_deleted(message: Message) -> None:
    hub.publish(message.channel.topic, message_envelope("message_deleted", message))


def messages_deleted(channel: Channel, ids: Sequence[int], seq: int) -> None:
    """Many at once, in the order of their changes, of which `seq` is the last: pages make the tombstones themselves."""
    hub.publish(
        channel.topic,
        format_html(
            '<hx-push event="messages_deleted" channel="{}" seq="{}" messages="{}"></hx-push>',
            channel.pk, seq, " ".join(map(str, ids)),
        ),
    )  # fmt: skip


def change_event(message: Message) -> str:
    """Which event tells a page that was away about this message as it is now."""
    if message.is_deleted:
        return "message_deleted"
    return "message_edited" if message.edited_at else "message_created"


def channel_read(user: User, channel: Channel) -> None:
    """Tell the reader's other pages what stays unread in the channel (`channel_left`) and the whole room (`left`)."""
    unread = unread_in_room(channel.room_id, user)
    hub.publish(
        f"user.{user.pk}",
        format_html(
            '<hx-push event="channel_read" room="{}" channel="{}" channel_left="{}" left="{}"></hx-push>',
            channel.room_id, channel.pk, unread.get(channel.pk, 0), sum(unread.values()),
        ),
    )  # fmt: skip


def member_joined(membership_id: int) -> None:
    membership = Membership.objects.select_related("user", "room").get(pk=membership_id)
    with translation.override("en"):
        fragment = render_to_string(
            "push/member_joined.html",
            {
                "member": membership,
                "room": membership.room,
                "online": membership.user_id in presence().online([membership.user_id]),
            },
        )
    hub.command(f"user.{membership.user_id}", hub.RECHECK)
    hub.publish(members_topic(membership.room_id), fragment)


def member_changed(membership_id: int) -> None:
    """A member's role or name in the room is another: their line in every list, and what their sockets may do."""
    membership = Membership.objects.select_related("user", "room").filter(pk=membership_id).first()
    if membership is None:
        # Gone since: `member_left` says so.
        return
    online = membership.user_id in presence().online([membership.user_id])
    with translation.override("en"):
        fragment = render_to_string(
            "push/member_changed.html", {"member": membership, "room": membership.room, "online": online}
        )
    hub.recheck(f"user.{membership.user_id}", everything=True)
    hub.publish(members_topic(membership.room_id), fragment)


def matrix_changed(room: Room) -> None:
    """What the room's roles may do is another: its members' pages load what they may do now, sockets look again."""
    hub.publish(room.topic, format_html('<hx-push event="matrix_changed" room="{}"></hx-push>', room.pk))
    hub.recheck(room.topic)


def member_left(room_id: int, user_id: int) -> None:
    fragment = format_html('<hx-push event="member_left" room="{}" user="{}"></hx-push>', room_id, user_id)
    hub.publish(members_topic(room_id), fragment)
    # The person's own pages have to know, whether they could see the members or not; hearing it twice changes nothing.
    hub.publish(f"user.{user_id}", fragment)
    hub.recheck(f"user.{user_id}", everything=True)


def standing_changed(room_id: int, user_id: int) -> None:
    """What somebody may do in a room changed: their sockets look again, and their pages load what they may see now."""
    hub.publish(
        f"user.{user_id}",
        format_html('<hx-push event="standing_changed" room="{}" user="{}"></hx-push>', room_id, user_id),
    )
    hub.recheck(f"user.{user_id}", everything=True)


def report_closed(report_id: int, user_id: int) -> None:
    """The reporter's open pages ask what became of their report, each in its own language."""
    hub.publish(
        f"user.{user_id}",
        format_html(
            '<hx-partial hx-target="main > :first-child" hx-swap="afterend">'
            '<div class="notices" role="status" hx-get="{}" hx-trigger="load" hx-swap="innerHTML"></div></hx-partial>',
            reverse("rooms:report-outcome", args=[report_id]),
        ),
    )


def channel_limited(channel: Channel) -> None:
    """A channel's slow mode or lock changed: its pages show what stands in the composer's place, sockets look again."""
    hub.publish(channel.topic, format_html('<hx-push event="channel_limited" channel="{}"></hx-push>', channel.pk))
    # Nobody hears less for it: nobody is held out of the channel while it is being looked at.
    hub.command(channel.topic, hub.RECHECK)


def presence_changed(user_ids: Iterable[int], *, online: bool) -> None:
    """One publication per room and person who came or went: never one per viewer."""
    rows = Membership.objects.filter(user__in=list(user_ids)).values_list("room_id", "user_id")
    for room_id, user_id in rows:
        hub.publish(
            members_topic(room_id),
            format_html(
                '<hx-push event="presence_changed" room="{}" user="{}" presence="{}"></hx-push>',
                room_id, user_id, "online" if online else "offline",
            ),
        )  # fmt: skip


def typing(channel_id: int, user: User, name: str = "") -> None:
    """`name` is what the person is called in the room, where that is not their own name."""
    hub.publish(
        f"channel.{channel_id}",
        format_html(
            '<hx-push event="typing" channel="{}" user="{}" name="{}"></hx-push>',
            channel_id, user.pk, name or user.name,
        ),
    )  # fmt: skip


def seq_envelope(channel_id: int, seq: int) -> str:
    """The fragment that tells a page how far its channel has come: a page that lacks something then asks for it."""
    return f'<hx-push event="channel_seq" channel="{channel_id}" seq="{seq}"></hx-push>'


def channel_seqs(channel_ids: Iterable[int]) -> dict[int, str]:
    """`seq_envelope` of each of these channels, in one query."""
    rows = Channel.objects.filter(pk__in=list(channel_ids)).values_list("pk", "seq")
    return {channel_id: seq_envelope(channel_id, seq) for channel_id, seq in rows}


def caught_up_envelope(channel_id: int, seq: int, *, more: bool) -> str:
    """The fragment after a catch-up: the page has seen everything up to `seq`; `more` tells it to ask again."""
    return format_html(
        '<hx-push event="caught_up" channel="{}" seq="{}" more="{}"></hx-push>', channel_id, seq, int(more)
    )
