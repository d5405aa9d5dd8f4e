"""Slow mode, locks, pins and the deletion of others' messages."""

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext

from rooms import access as door
from rooms import actions, permissions
from rooms.models import AuditEntry, Channel, Message, Report
from rooms.models.audit_entry import Deed
from tests.factories import make_channel, post
from tests.rooms.api_people import Caller
from tests.rooms.conftest import Harbour, Told, browser_of, build_harbour
from tests.rooms.test_actions import at_once
from tests.rooms.views.answers import BOTH, GENERAL, HTMX, SEND, draft_in, errors_in, text_of


@pytest.fixture
def slow(harbour: Harbour) -> Harbour:
    harbour.general = actions.set_slow_mode(actor=harbour.bob, channel=harbour.general, seconds=30)
    return harbour


class TestSlowMode:
    @BOTH
    def test_the_second_message_waits_with_its_text(self, slow: Harbour, headers: dict[str, str]) -> None:
        carol = browser_of(slow.carol)
        assert carol.post(SEND, {"body": "First"}, headers=headers).status_code < 400
        answer = carol.post(SEND, {"body": "Second"}, headers=headers)
        assert answer.status_code == 429
        assert int(answer["Retry-After"]) in {29, 30}
        assert errors_in(answer)[0].startswith("This channel is in slow mode. Your text is kept: send it in ")
        assert draft_in(answer) == "Second"
        assert Message.objects.count() == 1

    def test_rest_tells_the_seconds_too(self, slow: Harbour) -> None:
        carol = Caller(slow.carol)
        carol.say("harbour", "First")
        answer = carol.post("chat/rooms/harbour/messages/", {"body": "Second"})
        assert answer.status_code == 429
        assert int(answer["Retry-After"]) in {29, 30}

    def test_it_is_exact_at_its_edge(self, slow: Harbour, monkeypatch: pytest.MonkeyPatch) -> None:
        written = post(slow.carol, slow.general, "First").created_at

        def at(moment: datetime) -> None:
            monkeypatch.setattr("rooms.actions.messages.timezone.now", lambda: moment)

        at(written + timedelta(seconds=30) - timedelta(microseconds=1))
        with pytest.raises(actions.SlowMode) as refused:
            post(slow.carol, slow.general, "Too early")
        assert refused.value.retry_after == 1
        at(written + timedelta(seconds=30))
        assert post(slow.carol, slow.general, "In time").pk

    def test_deleting_the_last_one_does_not_buy_the_next(self, slow: Harbour) -> None:
        actions.delete_message(actor=slow.carol, message=post(slow.carol, slow.general, "First"))
        with pytest.raises(actions.SlowMode):
            post(slow.carol, slow.general, "Second")

    def test_it_holds_back_neither_moderators_nor_another_channel_nor_an_edit(self, slow: Harbour) -> None:
        for _time in range(2):
            assert post(slow.bob, slow.general).pk
        first = post(slow.carol, slow.general)
        assert post(slow.carol, make_channel(slow.room, "pier")).pk
        assert actions.edit_message(actor=slow.carol, message=first, body="Better").body == "Better"

    def test_a_retry_after_a_lost_answer_finds_its_message(self, slow: Harbour) -> None:
        client_id = uuid.uuid4()
        sent = [
            actions.post_message(actor=slow.carol, channel=slow.general, body="Once", client_id=client_id)
            for _time in range(2)
        ]
        assert sent[0] == sent[1]

    def test_the_composer_tells_of_it_to_whom_it_holds_back(self, slow: Harbour) -> None:
        told = "Slow mode: one message every 30 seconds."
        assert told in text_of(browser_of(slow.carol).get(GENERAL))
        assert told not in text_of(browser_of(slow.bob).get(GENERAL))

    def test_where_it_is_off_a_message_costs_nothing_more(self, slow: Harbour) -> None:
        def cost() -> int:
            carol = browser_of(slow.carol)
            carol.get(GENERAL)
            with CaptureQueriesContext(connection) as captured:
                assert carol.post(SEND, {"body": "Ahoy"}).status_code == 302
            return len(captured)

        with_it = cost()
        actions.set_slow_mode(actor=slow.bob, channel=slow.general, seconds=0)
        # Both look at the author's rights again, and at their last message.
        assert cost() <= with_it - 2

    @pytest.mark.parametrize("seconds", ["-1", "7", "21601", "x", ""])
    def test_a_length_that_is_not_offered_is_refused(self, harbour: Harbour, seconds: str) -> None:
        answer = browser_of(harbour.bob).post(f"{GENERAL}slow/", {"seconds": seconds})
        assert answer.status_code == 422
        harbour.general.refresh_from_db()
        assert harbour.general.slow_mode == 0

    def test_the_page_sets_it(self, harbour: Harbour) -> None:
        bob = browser_of(harbour.bob)
        assert bob.post(f"{GENERAL}slow/", {"seconds": "60", "reason": "A raid"}).status_code == 302
        assert '<option value="60" selected>' in text_of(bob.get(f"{GENERAL}slow/"))
        # Set by a command to what the page does not offer: it is kept.
        actions.set_slow_mode(actor=harbour.bob, channel=harbour.general, seconds=42)
        assert '<option value="42" selected>' in text_of(bob.get(f"{GENERAL}slow/"))
        entry = AuditEntry.objects.first()
        assert entry is not None
        assert (entry.deed, entry.reason, entry.details["seconds"]) == (Deed.SLOW_MODE_SET, "A raid", 60)
        assert browser_of(harbour.carol).post(f"{GENERAL}slow/", {"seconds": "60"}).status_code == 403
        assert browser_of(harbour.carol).get(f"{GENERAL}slow/").status_code == 403


@pytest.mark.services
def test_two_tabs_at_once_get_one_message_through_slow_mode(transactional_db: None, told: Told) -> None:
    stored = build_harbour()
    channel = actions.set_slow_mode(actor=stored.bob, channel=stored.general, seconds=30)
    ended = at_once(*[lambda: post(stored.carol, channel)] * 4)
    refused = [each.exception() for each in ended if each.exception() is not None]
    assert [type(error) for error in refused] == [actions.SlowMode] * 3
    assert Message.objects.count() == 1


class TestLock:
    def test_members_read_on_and_moderators_write(self, harbour: Harbour) -> None:
        bob, carol = browser_of(harbour.bob), browser_of(harbour.carol)
        assert bob.post(f"{GENERAL}lock/", {"lock-reason": "Calm down"}).status_code == 302
        page = text_of(carol.get(GENERAL))
        assert "This channel is locked: you can read on" in page
        assert 'id="composer"' not in page
        assert carol.post(SEND, {"body": "Ahoy"}).status_code == 403
        assert "This channel is locked: others cannot write here." in text_of(bob.get(GENERAL))
        assert bob.post(SEND, {"body": "Calm down, all"}).status_code == 302
        assert bob.post(f"{GENERAL}unlock/", {}).status_code == 302
        assert carol.post(SEND, {"body": "Ahoy"}).status_code == 302
        assert [entry.deed for entry in AuditEntry.objects.order_by("pk")] == [
            Deed.CHANNEL_LOCKED, Deed.CHANNEL_UNLOCKED
        ]  # fmt: skip

    def test_it_is_felt_though_it_came_after_the_edge_had_looked(self, harbour: Harbour) -> None:
        channel = door.get_channel(harbour.carol, "harbour", "general", permissions.SEND_MESSAGES).channel
        actions.lock_channel(actor=harbour.bob, channel=harbour.general)
        with pytest.raises(PermissionDenied):
            actions.post_message(actor=harbour.carol, channel=channel, body="Ahoy", client_id=uuid.uuid4())

    def test_open_pages_and_sockets_learn_of_it_once(
        self, harbour: Harbour, told: Told, django_capture_on_commit_callbacks: Any
    ) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            actions.lock_channel(actor=harbour.bob, channel=harbour.general)
            actions.lock_channel(actor=harbour.bob, channel=harbour.general)
        topic = harbour.general.topic
        assert told.to(topic) == [f'<hx-push event="channel_limited" channel="{harbour.general.pk}"></hx-push>']
        assert told.commands == [(topic, "recheck")]

    def test_rest_limits_a_channel(self, harbour: Harbour) -> None:
        bob, carol = Caller(harbour.bob), Caller(harbour.carol)
        address = f"chat/rooms/harbour/channels/{harbour.general.pk}"
        assert bob.http.put(
            f"/api/{address}/slow/", {"seconds": 42}, content_type="application/json", headers=bob.headers
        ).json() == {"channel": harbour.general.pk, "slow_mode": 42, "locked": False}
        assert bob.post(f"{address}/lock/", {"reason": "x"}).json()["locked"] is True
        assert carol.post(f"{address}/lock/", {}).status_code == 403
        assert bob.delete(f"{address}/lock/").json()["locked"] is False
        # A channel of another room is none of this one's.
        assert bob.post(f"chat/rooms/harbour/channels/{harbour.strongbox.pk}/lock/", {}).status_code == 404


class TestPins:
    def test_a_pin_is_told_shown_listed_and_taken_back(
        self, harbour: Harbour, told: Told, django_capture_on_commit_callbacks: Any
    ) -> None:
        message = post(harbour.carol, harbour.general, "The map is in the attic")
        bob, carol = browser_of(harbour.bob), browser_of(harbour.carol)
        with django_capture_on_commit_callbacks(execute=True):
            answer = bob.post(f"{GENERAL}{message.pk}/pin/", headers=HTMX)
        assert 'data-word="pinned"' in text_of(answer)
        [edited] = told.to(harbour.general.topic)
        assert 'event="message_edited"' in edited
        assert f'seq="{message.changed_seq + 1}"' in edited
        assert "The map is in the attic" in text_of(carol.get(f"{GENERAL}pinned/"))
        assert f"{GENERAL}pinned/" in text_of(carol.get(GENERAL))
        # Whoever was away catches up with it.
        assert 'data-word="pinned"' in text_of(carol.get(f"{GENERAL}changes/?after={message.changed_seq}"))

        assert bob.post(f"{GENERAL}{message.pk}/pin/").status_code == 302
        assert AuditEntry.objects.count() == 1, "pinning it twice changes nothing"
        assert bob.post(f"{GENERAL}{message.pk}/unpin/").status_code == 302
        assert "Nothing is pinned here yet." in text_of(carol.get(f"{GENERAL}pinned/"))

    def test_members_do_not_pin(self, harbour: Harbour) -> None:
        message = post(harbour.carol, harbour.general)
        carol = browser_of(harbour.carol)
        assert carol.post(f"{GENERAL}{message.pk}/pin/").status_code == 403
        assert "/pin/" not in text_of(carol.get(f"{GENERAL}{message.pk}/menu/"))
        assert "/pin/" in text_of(browser_of(harbour.bob).get(f"{GENERAL}{message.pk}/menu/"))
        assert Caller(harbour.carol).post(f"chat/rooms/harbour/messages/{message.pk}/pin/").status_code == 403

    def test_a_deleted_message_is_pinned_no_more(self, harbour: Harbour) -> None:
        message = post(harbour.carol, harbour.general)
        actions.pin_message(actor=harbour.bob, message=message)
        actions.delete_message(actor=harbour.carol, message=message)
        assert browser_of(harbour.bob).post(f"{GENERAL}{message.pk}/pin/").status_code == 404
        assert Caller(harbour.bob).get(f"chat/rooms/harbour/channels/{harbour.general.pk}/pinned/").json() == {
            "results": []
        }

    def test_the_pins_of_a_private_room_are_its_members(self, harbour: Harbour) -> None:
        message = post(harbour.carol, harbour.strongbox, "The treasure is there")
        actions.pin_message(actor=harbour.bob, message=message)
        assert browser_of(harbour.mallory).get("/rooms/vault/general/pinned/").status_code == 404
        assert browser_of(harbour.bob).post(f"{GENERAL}{message.pk}/pin/").status_code == 404


class TestDeletion:
    def test_deleting_anothers_message_stands_in_the_log_with_its_reason(self, harbour: Harbour) -> None:
        message = post(harbour.carol, harbour.general, "Something bad")
        bob = browser_of(harbour.bob)
        address = f"{GENERAL}{message.pk}/delete/"
        assert 'name="reason"' in text_of(bob.get(address))
        assert bob.post(address, {"reason": "x" * 301}).status_code == 422
        assert bob.post(address, {"reason": "Not here"}).status_code == 302
        entry = AuditEntry.objects.get()
        assert (entry.deed, entry.subject, entry.channel, entry.reason) == (
            Deed.MESSAGE_DELETED, harbour.carol, harbour.general, "Not here"
        )  # fmt: skip

    def test_deleting_ones_own_does_not(self, harbour: Harbour) -> None:
        message = post(harbour.bob, harbour.general)
        bob = browser_of(harbour.bob)
        assert 'name="reason"' not in text_of(bob.get(f"{GENERAL}{message.pk}/delete/"))
        assert bob.post(f"{GENERAL}{message.pk}/delete/").status_code == 302
        assert not AuditEntry.objects.exists()

    def test_the_right_counts_at_the_moment_of_the_deed(self, harbour: Harbour) -> None:
        message = post(harbour.carol, harbour.general)
        with pytest.raises(PermissionDenied):
            actions.delete_message(actor=harbour.mallory, message=message)

    def test_many_are_chosen_from_a_page_and_deleted_at_once(self, harbour: Harbour) -> None:
        spam = [post(harbour.carol, harbour.general, f"spam {number}") for number in range(5)]
        kept = post(harbour.alice, harbour.general, "kept")
        hidden = post(harbour.alice, harbour.strongbox, "in another room")
        bob = browser_of(harbour.bob)
        address = f"{GENERAL}delete/"
        assert f'value="{spam[0].pk}"' in text_of(bob.get(address))
        answer = bob.post(address, {"reason": "spam"})
        assert answer.status_code == 422
        assert "Choose at least one message." in text_of(answer)
        chosen = [each.pk for each in spam] + [hidden.pk, 10**18]
        assert bob.post(address, {"message": chosen, "reason": "spam"}).status_code == 302
        assert set(Message.objects.filter(deleted_at=None)) == {kept, hidden}
        entry = AuditEntry.objects.get()
        assert (entry.deed, entry.details["deleted"]) == (Deed.MESSAGES_DELETED, 5)
        assert browser_of(harbour.carol).get(address).status_code == 403
        assert browser_of(harbour.carol).post(address, {"message": kept.pk}).status_code == 403

    def test_many_over_rest(self, harbour: Harbour) -> None:
        ids = [post(harbour.carol, harbour.general).pk for _ in range(2)]
        question = {"channel": harbour.general.pk, "messages": ids}
        address = "chat/rooms/harbour/messages/delete/"
        assert Caller(harbour.carol).post(address, question).status_code == 403
        assert Caller(harbour.bob).post(address, question).json() == {"deleted": 2}
        assert Caller(harbour.bob).post(address, question).json() == {"deleted": 0}
        assert Caller(harbour.bob).post(address, {**question, "channel": harbour.strongbox.pk}).status_code == 404
        assert Caller(harbour.bob).post(address, {**question, "messages": []}).status_code == 400


class TestReview:
    def test_a_message_goes_to_the_others_as_it_was(self, harbour: Harbour) -> None:
        message = post(harbour.carol, harbour.general, "Something bad")
        bob = browser_of(harbour.bob)
        address = f"{GENERAL}{message.pk}/review/"
        assert address in text_of(bob.get(f"{GENERAL}{message.pk}/menu/"))
        assert bob.post(address, {"reason": ""}).status_code == 422
        assert bob.post(address, {"reason": "Please look"}).status_code == 302
        actions.edit_message(actor=harbour.carol, message=message, body="Something nice")
        report = Report.objects.get()
        assert (report.subject, report.message, report.quoted) == (harbour.carol, message, "Something bad")
        assert AuditEntry.objects.get().deed == Deed.SENT_TO_REVIEW

    def test_who_may_not_does_not(self, harbour: Harbour) -> None:
        for author, sender, status in (
            (harbour.alice, harbour.bob, 403),
            (harbour.bob, harbour.bob, 403),
            (harbour.bob, harbour.carol, 403),
            (harbour.carol, harbour.mallory, 403),
        ):
            message = post(author, harbour.general)
            answer = browser_of(sender).post(f"{GENERAL}{message.pk}/review/", {"reason": "x"})
            assert answer.status_code == status
        hidden = post(harbour.carol, harbour.strongbox)
        assert browser_of(harbour.bob).post(f"{GENERAL}{hidden.pk}/review/", {"reason": "x"}).status_code == 404
        answer = Caller(harbour.bob).post(
            "chat/rooms/harbour/members/carol/review/", {"reason": "x", "message": hidden.pk}
        )
        assert answer.status_code == 404
        assert not Report.objects.exists()


def test_the_menu_offers_what_is_within_reach(harbour: Harbour) -> None:
    messages = {
        person.username: post(person, harbour.general) for person in (harbour.alice, harbour.bob, harbour.carol)
    }
    offered = {
        (reader.username, author): "/ban/" in text_of(browser_of(reader).get(f"{GENERAL}{message.pk}/menu/"))
        for reader in (harbour.alice, harbour.bob, harbour.carol)
        for author, message in messages.items()
    }
    assert [pair for pair, is_offered in offered.items() if is_offered] == [
        ("alice", "bob"), ("alice", "carol"), ("bob", "carol")
    ]  # fmt: skip


def test_the_channel_counts_its_changes_only_when_there_are_any(harbour: Harbour) -> None:
    message = post(harbour.carol, harbour.general)
    actions.pin_message(actor=harbour.bob, message=message)
    actions.pin_message(actor=harbour.bob, message=message)
    assert Channel.objects.get(pk=harbour.general.pk).seq == 2


def test_what_is_wrong_with_the_reason_of_a_lock_is_said_and_kept(harbour: Harbour) -> None:
    answer = browser_of(harbour.bob).post(f"{GENERAL}lock/", {"lock-reason": "x" * 301})
    assert answer.status_code == 422
    assert "x" * 301 in text_of(answer)
    assert "field__error" in text_of(answer)
