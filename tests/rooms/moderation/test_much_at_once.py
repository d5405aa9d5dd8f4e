"""Much that is deleted at once is gone for everybody at once, and goes from the database a little at a time."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.http import Http404
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from rooms import access as door
from rooms import actions, timeline
from rooms.actions import clearing
from rooms.actions.clearing import clear_some
from rooms.models import AuditEntry, Channel, Erasure, Message, Report, Room
from tests.factories import make_channel, make_member, make_room, post
from tests.rooms.api_people import Caller
from tests.rooms.conftest import Harbour, Told, browser_of
from tests.rooms.views.answers import GENERAL, text_of

pytestmark = pytest.mark.services


@pytest.fixture(autouse=True)
def a_few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clearing, "AT_ONCE", 3)


def shown(channel: Channel) -> list[str]:
    channel.refresh_from_db()
    return [message.body for message in timeline.latest(channel).messages if not message.is_deleted]


class TestABan:
    @pytest.fixture
    def spam(self, stored: Harbour) -> list[Message]:
        return [post(stored.carol, stored.general, f"spam {number}") for number in range(8)]

    def ban(self, stored: Harbour) -> None:
        since = timezone.now() - timedelta(hours=1)
        actions.ban_member(actor=stored.bob, room=stored.room, subject=stored.carol, delete_since=since)

    def test_everything_is_hidden_at_once_and_little_is_written(
        self, stored: Harbour, told: Told, spam: list[Message]
    ) -> None:
        actions.pin_message(actor=stored.bob, message=spam[0])
        post(stored.alice, stored.general, "hers")
        told.forget()
        self.ban(stored)
        assert Message.objects.filter(deleted_at=None).count() == 6, "what is beyond a few waits"
        assert shown(stored.general) == ["hers"]
        bob = browser_of(stored.bob)
        assert "spam" not in text_of(bob.get(GENERAL))
        assert "spam" not in text_of(bob.get(f"{GENERAL}pinned/"))
        assert bob.get(f"{GENERAL}{spam[0].pk}/").status_code == 404
        assert Caller(stored.bob).get(f"chat/rooms/harbour/messages/{spam[0].pk}/").status_code == 404
        [envelope] = [each for each in told.to(stored.general.topic) if "messages_deleted" in each]
        newest = " ".join(str(each.pk) for each in spam[-3:])
        stored.general.refresh_from_db()
        assert f'seq="{stored.general.seq}" messages="{newest}"' in envelope
        assert AuditEntry.objects.latest("pk").details["deleted"] == 8

    def test_the_rest_goes_little_by_little_and_pages_hear_of_it(
        self, stored: Harbour, told: Told, spam: list[Message]
    ) -> None:
        seq = stored.general.seq
        self.ban(stored)
        told.forget()
        steps = 0
        while clear_some():
            steps += 1
        assert steps == 2
        assert not Erasure.objects.exists()
        assert not Message.objects.filter(deleted_at=None).exists()
        assert not Message.objects.exclude(body="").exists()
        assert len([each for each in told.to(stored.general.topic) if "messages_deleted" in each]) == 2
        # Whoever was away learns of each, once and without a gap.
        stored.general.refresh_from_db()
        changes = timeline.changed_after(stored.general, seq, 100)
        assert sorted(each.changed_seq for each in changes.messages) == list(range(9, 17))
        assert changes.seq == stored.general.seq == 16

    def test_a_crash_in_between_loses_nothing(
        self, stored: Harbour, spam: list[Message], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.ban(stored)

        def crash(*_arguments: object) -> None:
            raise SystemExit

        with monkeypatch.context() as patch:
            patch.setattr(clearing, "bury", crash)
            with pytest.raises(SystemExit):
                clear_some()
        assert shown(stored.general) == []
        call_command("purge", verbosity=0)
        assert not Message.objects.filter(deleted_at=None).exists()

    def test_what_they_write_when_they_are_back_stays(self, stored: Harbour, spam: list[Message]) -> None:
        self.ban(stored)
        actions.unban_member(actor=stored.bob, room=stored.room, subject=stored.carol)
        make_member(stored.room, stored.carol)
        post(stored.carol, stored.general, "sorry")
        assert shown(stored.general) == ["sorry"]
        while clear_some():
            pass
        assert shown(stored.general) == ["sorry"]

    def test_what_is_in_other_channels_and_rooms(self, stored: Harbour, spam: list[Message]) -> None:
        annex = make_channel(stored.room, "annex")
        annex.room = stored.room
        for number in range(4):
            post(stored.carol, annex, f"more {number}")
        post(stored.carol, stored.strongbox, "in another room")
        self.ban(stored)
        assert shown(annex) == shown(stored.general) == []
        while clear_some():
            pass
        assert shown(stored.strongbox) == ["in another room"]
        assert Message.objects.filter(deleted_at=None).count() == 1

    def test_the_request_writes_as_little_for_many_as_for_some(self, stored: Harbour) -> None:
        def cost(count: int) -> int:
            for _ in range(count):
                post(stored.carol, stored.general)
            with CaptureQueriesContext(connection) as captured:
                self.ban(stored)
            actions.unban_member(actor=stored.bob, room=stored.room, subject=stored.carol)
            make_member(stored.room, stored.carol)
            return len(captured)

        assert cost(8) == cost(40)


class TestAChannel:
    @pytest.fixture
    def annex(self, stored: Harbour) -> Channel:
        annex = make_channel(stored.room, "annex")
        annex.room = stored.room
        first = post(stored.carol, annex, "Ahoy")
        for _ in range(5):
            first = post(stored.bob, annex, "Ahoy yourself", reply_to=first)
        return annex

    def test_it_is_gone_for_everybody_at_once(self, stored: Harbour, annex: Channel) -> None:
        said = Message.objects.filter(channel=annex).latest("pk")
        report = Report.objects.create(
            room=stored.room, reporter=stored.carol, subject=stored.bob, message=said, quoted="Ahoy", reason="loud"
        )
        actions.delete_channel(actor=stored.alice, channel=annex)
        assert Message.objects.filter(channel=annex).count() == 6, "they go later"
        for person in (stored.alice, stored.bob, stored.carol):
            browser, caller = browser_of(person), Caller(person)
            for path in ("", f"{said.pk}/", "pinned/", "changes/?after=0", f"{said.pk}/menu/"):
                assert browser.get(f"/rooms/harbour/annex/{path}").status_code == 404
            assert browser.post("/rooms/harbour/annex/messages/", {"body": "Ahoy"}).status_code == 404
            assert "annex" not in text_of(browser.get(GENERAL))
            assert caller.get(f"chat/rooms/harbour/messages/{said.pk}/").status_code == 404
            assert caller.get("chat/rooms/harbour/messages/", channel=annex.pk).status_code == 404
        report.refresh_from_db()
        assert report.message is None
        assert report.quoted == "Ahoy"
        with pytest.raises(Http404):
            post(stored.carol, annex)
        with pytest.raises(Http404):
            actions.delete_channel(actor=stored.alice, channel=annex)
        # Its address is free at once.
        assert actions.create_channel(actor=stored.alice, room=stored.room, name="annex").slug == "annex"

    def test_its_messages_go_little_by_little(self, stored: Harbour, annex: Channel) -> None:
        kept = post(stored.carol, stored.general, "kept")
        actions.delete_channel(actor=stored.alice, channel=annex)
        left = []
        while clear_some():
            left.append(Message.objects.filter(channel=annex).count())
        assert left == [3, 0, 0]
        assert not Channel.everything.filter(pk=annex.pk).exists()
        assert Message.objects.get() == kept
        entry = AuditEntry.objects.latest("pk")
        assert (entry.details["channel"], entry.channel) == ("annex", None)

    def test_what_was_to_be_erased_in_it_goes_with_it(self, stored: Harbour, annex: Channel) -> None:
        actions.ban_member(
            actor=stored.alice, room=stored.room, subject=stored.bob, delete_since=timezone.now() - timedelta(hours=1)
        )
        assert Erasure.objects.exists()
        actions.delete_channel(actor=stored.alice, channel=annex)
        while clear_some():
            pass
        assert not Erasure.objects.exists()
        assert not Message.objects.filter(channel=annex).exists()


def test_a_room_of_long_ago_goes_little_by_little_too(stored: Harbour) -> None:
    for _ in range(4):
        post(stored.carol, stored.general)
    make_room(stored.mallory, "Pier")
    actions.delete_room(actor=stored.alice, room=stored.room)
    assert not clear_some()
    Room.objects.filter(pk=stored.room.pk).update(deleted_at=timezone.now() - timedelta(days=8))
    steps = 0
    while clear_some():
        steps += 1
    assert steps == 3
    assert not Room.objects.filter(pk=stored.room.pk).exists()


def test_where_there_is_nothing_to_do_nothing_is_written(stored: Harbour) -> None:
    with CaptureQueriesContext(connection) as captured:
        assert not clear_some()
    assert all(query["sql"].startswith("SELECT") for query in captured)
    assert len(captured) <= 3


def test_many_that_are_chosen_are_told_in_one(stored: Harbour, told: Told) -> None:
    spam = [post(stored.carol, stored.general) for _ in range(2)]
    told.forget()
    actions.delete_messages(actor=stored.bob, channel=stored.general, message_ids=[each.pk for each in spam])
    [envelope] = told.to(stored.general.topic)
    assert f'messages="{spam[0].pk} {spam[1].pk}"' in envelope
    assert door.get_message(stored.bob, "harbour", "general", spam[0].pk).message.is_deleted
