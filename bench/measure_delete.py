"""What deleting very much costs whoever waits for it, and whoever writes meanwhile: `bench/delete`."""

import os
import sys
import threading
import time
import uuid
from collections.abc import Callable
from datetime import timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "eclipse.settings")
django.setup()

from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from accounts.actions import register
from accounts.models import User
from bench.load import describe_machine, table
from eclipse import ratelimit
from rooms import actions
from rooms.actions.clearing import clear_some
from rooms.actions.members import add_member
from rooms.live import BREATH
from rooms.models import Channel, Message, Room
from rooms.permissions import Role

CHANNEL_OF = 100_000
# What somebody may write in an hour, and in a day, at the limit of ten messages in ten seconds.
HOUR, DAY = 3_600, 86_400
WRITE_EVERY = 0.02
HEADER = ("measured", "messages", "until the answer", "longest wait of others", "until all is gone")


def fill(channel: Channel, author: User, count: int) -> None:
    """So many messages of one person in the last day, each tenth an answer to the one before."""
    now = timezone.now()
    for start in range(0, count, 10_000):
        stop = min(start + 10_000, count)
        stored = Message.objects.bulk_create(
            Message(
                channel=channel,
                author=author,
                body="so, who brings the healing potions to the raid on Thursday evening?",
                body_html="<p>so, who brings the healing potions to the raid on Thursday evening?</p>",
                changed_seq=number + 1,
                created_at=now - timedelta(seconds=count - number) * (80_000 / max(count, 80_000)),
            )
            for number in range(start, stop)
        )
        for answer in stored[1::10]:
            answer.reply_to_id = answer.pk - 1
        Message.objects.bulk_update(stored[1::10], ["reply_to"], batch_size=500)
    Channel.objects.filter(pk=channel.pk).update(seq=count)


class Writer(threading.Thread):
    """Somebody who writes elsewhere all the time; `longest` is how long they had to wait for it at most."""

    def __init__(self, author: User, channel: Channel) -> None:
        super().__init__()
        self._author, self._channel = author, channel
        self._done = threading.Event()
        self.longest = 0.0

    def run(self) -> None:
        while not self._done.wait(WRITE_EVERY):
            began = time.monotonic()
            with ratelimit.suspended():
                actions.post_message(
                    actor=self._author, channel=self._channel, body="Still here", client_id=uuid.uuid4()
                )
            self.longest = max(self.longest, time.monotonic() - began)
        connection.close()

    def stop(self) -> float:
        self._done.set()
        self.join()
        return self.longest


def measure(name: str, count: int, act: Callable[[], object], writer: Writer) -> tuple[str, ...]:
    writer.start()
    time.sleep(0.5)
    began = time.monotonic()
    act()
    answered = time.monotonic() - began
    while clear_some():
        # As the live processes do it: others come in between.
        time.sleep(BREATH)
    gone = time.monotonic() - began
    return name, f"{count:,}", *(f"{1000 * seconds:,.0f} ms" for seconds in (answered, writer.stop(), gone))


def text_channel(room: Room) -> Channel:
    channel = Channel.objects.text().select_related("room").filter(room=room).first()
    assert channel is not None, "each room begins with one"
    return channel


def main() -> None:
    call_command("prepare", stdout=sys.stderr)
    alice, carol = (register(username=name, password=uuid.uuid4().hex) for name in ("alice", "carol"))
    with ratelimit.suspended():
        elsewhere = actions.create_room(actor=alice, name="Elsewhere")
    rows = []
    for name, count in (
        ("a channel deleted", CHANNEL_OF),
        ("a ban that deletes the last hour", HOUR),
        ("a ban that deletes the last day", DAY),
    ):
        with ratelimit.suspended():
            room = actions.create_room(actor=alice, name="Harbour")
        add_member(room=room, user=carol, role=Role.USER)
        channel = text_channel(room)
        fill(channel, carol, count)
        actions.create_channel(actor=alice, room=room, name="annex")

        def act(room: Room = room, channel: Channel = channel, is_ban: bool = name.startswith("a ban")) -> None:
            if is_ban:
                since = timezone.now() - timedelta(days=1)
                actions.ban_member(actor=alice, room=room, subject=carol, delete_since=since)
            else:
                actions.delete_channel(actor=alice, channel=channel)

        rows.append(measure(name, count, act, Writer(alice, text_channel(elsewhere))))
    print(describe_machine())
    print()
    print(table(HEADER, rows))


if __name__ == "__main__":
    main()
