"""Every write: what it stores, what it tells, and what happens when two people do it at once."""

import threading
import uuid
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections, transaction
from django.http import Http404
from django.utils import translation
from pytest_django import Settings

from accounts.models import User
from eclipse import ratelimit
from eclipse.hub import hub
from eclipse.numbers import MAX_ID
from eclipse.ratelimit import RateLimited
from rooms import actions
from rooms.actions import messages as message_actions
from rooms.models import Channel, Message, ReadMark
from tests.factories import make_channel, make_member, make_user, post
from tests.rooms.conftest import Harbour, Told

pytestmark = pytest.mark.services

SECONDS = 60


def at_once(*calls: Callable[[], Any]) -> list[Future[Any]]:
    """Each call on a thread and a connection of its own, all begun at the same moment; how each ended."""
    start = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        try:
            start.wait(SECONDS)
            return call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as threads:
        return [threads.submit(run, call) for call in calls]


def send(
    author: User, channel: Channel, body: str, client_id: uuid.UUID | None = None, reply_to: int | None = None
) -> Message:
    return actions.post_message(
        actor=author, channel=channel, body=body, client_id=client_id or uuid.uuid4(), reply_to=reply_to
    )


def seq_of(channel: Channel) -> int:
    return Channel.objects.values_list("seq", flat=True).get(pk=channel.pk)


def limits(settings: Settings, **limits: str) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, **limits}
    ratelimit.forget_all()


class TestPosting:
    def test_a_message_is_stored_rendered_and_numbered(self, harbour: Harbour) -> None:
        message = send(harbour.carol, harbour.general, "Land *ho*!")

        kept = Message.objects.get(pk=message.pk)
        assert (kept.author, kept.body) == (harbour.carol, "Land *ho*!")
        assert "<em>ho</em>" in kept.body_html
        assert kept.changed_seq == seq_of(harbour.general) == 1

    def test_sending_again_after_a_lost_answer_posts_nothing_twice(
        self, harbour: Harbour, told: Told, django_capture_on_commit_callbacks: Any
    ) -> None:
        client_id = uuid.uuid4()
        with django_capture_on_commit_callbacks(execute=True):
            first = send(harbour.carol, harbour.general, "Once", client_id)
        told.forget()

        with django_capture_on_commit_callbacks(execute=True):
            again = send(harbour.carol, harbour.general, "Once", client_id)

        assert again.pk == first.pk
        assert Message.objects.count() == 1
        assert seq_of(harbour.general) == 1
        assert told.fragments == []

    def test_the_same_client_id_of_somebody_else_is_another_message(self, harbour: Harbour) -> None:
        client_id = uuid.uuid4()
        assert send(harbour.carol, harbour.general, "Mine", client_id) != send(
            harbour.bob, harbour.general, "Mine", client_id
        )

    def test_a_client_id_that_stands_for_another_text_is_refused_and_nothing_is_lost_without_a_word(
        self, harbour: Harbour
    ) -> None:
        """The browser's Back button brings an old form back: what carol writes into it must not vanish."""
        client_id = uuid.uuid4()
        send(harbour.carol, harbour.general, "First", client_id)
        with pytest.raises(actions.AlreadySent):
            send(harbour.carol, harbour.general, "Second", client_id)
        with pytest.raises(actions.AlreadySent):
            send(harbour.carol, harbour.strongbox, "First", client_id)
        assert [message.body for message in Message.objects.all()] == ["First"]

    def test_a_retry_finds_its_message_though_it_was_edited_or_deleted_meanwhile(self, harbour: Harbour) -> None:
        client_id = uuid.uuid4()
        message = send(harbour.carol, harbour.general, "Frist", client_id)
        message = actions.edit_message(actor=harbour.carol, message=message, body="First")
        assert send(harbour.carol, harbour.general, "Frist", client_id) == message
        actions.delete_message(actor=harbour.carol, message=message)
        assert send(harbour.carol, harbour.general, "Frist", client_id) == message

    def test_two_retries_at_once_post_one_message(self, stored: Harbour) -> None:
        client_id = uuid.uuid4()
        first, second = at_once(*[lambda: send(stored.carol, stored.general, "Once", client_id)] * 2)

        assert first.result() == second.result()
        assert Message.objects.count() == 1
        assert seq_of(stored.general) == 1, "a retry must not count as a change: pages would look for it"

    def test_one_client_id_in_two_channels_at_once_posts_one_message(self, stored: Harbour) -> None:
        client_id = uuid.uuid4()
        ended = at_once(
            lambda: send(stored.carol, stored.general, "Once", client_id),
            lambda: send(stored.carol, stored.strongbox, "Once", client_id),
        )
        errors = [each.exception() for each in ended]
        assert sorted(type(error).__name__ for error in errors) == ["AlreadySent", "NoneType"]
        assert Message.objects.count() == 1

    def test_eight_people_writing_at_once_are_numbered_without_a_gap(self, stored: Harbour) -> None:
        people, each = [make_user(f"sailor{number}") for number in range(8)], 5
        for person in people:
            make_member(stored.room, person)

        def talk(person: User) -> None:
            for number in range(each):
                send(person, stored.general, f"{person.username} {number}")

        for ended in at_once(*[lambda person=person: talk(person) for person in people]):
            ended.result()
        numbers = Message.objects.order_by("changed_seq").values_list("changed_seq", flat=True)
        assert list(numbers) == list(range(1, 8 * each + 1))
        assert seq_of(stored.general) == 8 * each
        # In the channel's own order, too: a page goes by ids, a catch-up by changes.
        in_order = Message.objects.order_by("changed_seq").values_list("pk", flat=True)
        assert list(in_order) == sorted(in_order)

    def test_each_channel_counts_for_itself(self, harbour: Harbour) -> None:
        pier = make_channel(harbour.room, "pier")
        send(harbour.carol, harbour.general, "One")
        send(harbour.carol, pier, "Two")
        assert (seq_of(harbour.general), seq_of(pier)) == (1, 1)

    def test_only_what_is_still_there_in_this_channel_is_answered(self, harbour: Harbour) -> None:
        secret = post(harbour.alice, harbour.strongbox, "The password is swordfish")
        gone = post(harbour.alice, harbour.general, "Never mind")
        actions.delete_message(actor=harbour.alice, message=gone)
        counted = seq_of(harbour.general)
        for message_id in (secret.pk, gone.pk, 0, MAX_ID, 10**40):
            with pytest.raises(actions.NothingToAnswer):
                send(harbour.carol, harbour.general, "What?", reply_to=message_id)
        assert seq_of(harbour.general) == counted

    def test_a_retry_finds_its_message_though_what_it_answers_was_deleted_meanwhile(self, harbour: Harbour) -> None:
        asked, client_id = post(harbour.alice, harbour.general, "Who?"), uuid.uuid4()
        first = send(harbour.carol, harbour.general, "Me", client_id, reply_to=asked.pk)
        actions.delete_message(actor=harbour.alice, message=asked)
        assert send(harbour.carol, harbour.general, "Me", client_id, reply_to=asked.pk) == first
        assert Message.objects.get(pk=first.pk).reply_to == asked

    def test_whoever_writes_has_read(self, harbour: Harbour) -> None:
        post(harbour.alice, harbour.general)
        message = post(harbour.carol, harbour.general)
        assert ReadMark.objects.get(user=harbour.carol, channel=harbour.general).message_id == message.pk

    def test_a_rolled_back_message_is_told_to_nobody(self, stored: Harbour, told: Told) -> None:
        class Trouble(Exception):
            pass

        with pytest.raises(Trouble), transaction.atomic():
            send(stored.carol, stored.general, "Never")
            raise Trouble
        assert told.fragments == []
        assert seq_of(stored.general) == 0

    def test_nobody_is_told_before_the_message_is_stored(self, stored: Harbour, told: Told) -> None:
        with transaction.atomic():
            send(stored.carol, stored.general, "Soon")
            assert told.fragments == []
        assert stored.general.topic in told.topics

    def test_a_live_layer_that_fails_does_not_fail_the_message(
        self, stored: Harbour, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        def broken(topic: str, fragment: str) -> None:
            raise ConnectionError("no Redis")

        monkeypatch.setattr(hub, "publish", broken)
        message = send(stored.carol, stored.general, "All the same")
        assert Message.objects.get().pk == message.pk
        assert "no Redis" in caplog.text

    def test_the_eleventh_message_in_ten_seconds_is_refused_until_a_time_told(self, harbour: Harbour) -> None:
        for number in range(10):
            send(harbour.carol, harbour.general, f"{number}")
        with pytest.raises(RateLimited) as refused:
            send(harbour.carol, harbour.general, "10")
        assert refused.value.name == "messages"
        assert 1 <= refused.value.retry_after <= 10
        assert str(refused.value.retry_after) in refused.value.explain()
        assert Message.objects.count() == seq_of(harbour.general) == 10
        # Everybody has a count of their own.
        send(harbour.bob, harbour.general, "Mine")

    def test_a_retry_costs_nothing(self, harbour: Harbour, settings: Settings) -> None:
        limits(settings, messages="1/60 second")
        client_id = uuid.uuid4()
        first = send(harbour.carol, harbour.general, "Once", client_id)
        assert send(harbour.carol, harbour.general, "Once", client_id) == first

    def test_markdown_is_rendered_before_anybody_has_to_wait(
        self, stored: Harbour, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """While the channel is locked everybody else who writes waits, on SQLite in the whole of Eclipse."""
        in_transaction: list[bool] = []
        render = message_actions.markdown.render

        def watched(source: str) -> str:
            in_transaction.append(transaction.get_connection().in_atomic_block)
            return render(source)

        monkeypatch.setattr(message_actions.markdown, "render", watched)
        message = send(stored.carol, stored.general, "Ahoy")
        actions.edit_message(actor=stored.carol, message=message, body="Ahoy!")
        assert in_transaction == [False, False]


class TestChanging:
    def test_an_edit_replaces_the_text_and_counts_as_a_change(self, harbour: Harbour) -> None:
        message = post(harbour.carol, harbour.general, "Frist")
        post(harbour.bob, harbour.general, "Second")
        actions.edit_message(actor=harbour.carol, message=message, body="**First**")

        kept = Message.objects.get(pk=message.pk)
        assert (kept.body, kept.changed_seq) == ("**First**", 3)
        assert "<strong>First</strong>" in kept.body_html
        assert kept.edited_at is not None
        assert seq_of(harbour.general) == 3

    def test_an_edit_that_changes_nothing_is_no_edit(self, harbour: Harbour) -> None:
        message = post(harbour.carol, harbour.general, "Ahoy")
        actions.edit_message(actor=harbour.carol, message=message, body="Ahoy")
        assert Message.objects.get().edited_at is None
        assert seq_of(harbour.general) == 1

    def test_a_deleted_message_leaves_a_tombstone_without_its_text(self, harbour: Harbour) -> None:
        message = post(harbour.carol, harbour.general, "The password is swordfish")
        actions.delete_message(actor=harbour.carol, message=message)

        kept = Message.objects.get(pk=message.pk)
        assert kept.is_deleted
        assert (kept.body, kept.body_html, kept.changed_seq) == ("", "", 2)

    def test_deleting_twice_counts_once(self, harbour: Harbour) -> None:
        message = post(harbour.carol, harbour.general)
        stale = Message.objects.get(pk=message.pk)
        actions.delete_message(actor=harbour.carol, message=message)
        again = actions.delete_message(actor=harbour.bob, message=stale)
        assert again.is_deleted
        assert seq_of(harbour.general) == Message.objects.get().changed_seq == 2

    def test_an_edit_that_comes_after_the_deletion_changes_nothing_and_says_so(self, harbour: Harbour) -> None:
        """Carol's edit form was open while bob deleted the message: the text must not come back on her page."""
        message = post(harbour.carol, harbour.general, "Rude")
        stale = Message.objects.get(pk=message.pk)
        actions.delete_message(actor=harbour.bob, message=message)

        answer = actions.edit_message(actor=harbour.carol, message=stale, body="Ruder")

        assert answer.is_deleted
        assert (answer.body, answer.body_html) == ("", "")
        assert Message.objects.get().body == ""
        assert seq_of(harbour.general) == 2

    def test_an_edit_and_a_deletion_at_once_leave_a_tombstone_and_no_gap(self, stored: Harbour) -> None:
        message = post(stored.carol, stored.general, "Rude")
        copies = [Message.objects.select_related("channel").get(pk=message.pk) for _ in range(2)]
        for ended in at_once(
            lambda: actions.edit_message(actor=stored.carol, message=copies[0], body="Polite"),
            lambda: actions.delete_message(actor=stored.bob, message=copies[1]),
        ):
            ended.result()
        kept = Message.objects.get()
        assert kept.is_deleted
        assert kept.body == ""
        assert kept.changed_seq == seq_of(stored.general)

    @pytest.mark.parametrize("change", ["edit", "delete"])
    def test_open_pages_are_told_of_a_change(self, stored: Harbour, told: Told, change: str) -> None:
        message = post(stored.carol, stored.general, "Frist")
        told.forget()
        if change == "edit":
            actions.edit_message(actor=stored.carol, message=message, body="First")
        else:
            actions.delete_message(actor=stored.carol, message=message)
        [(topic, fragment)] = told.fragments
        assert topic == stored.general.topic
        assert f'<hx-push event="message_{change.rstrip("e")}ed"' in fragment
        assert 'seq="2"' in fragment
        assert "Frist" not in fragment

    def test_edits_are_limited(self, harbour: Harbour, settings: Settings) -> None:
        limits(settings, edits="1/60 second")
        message = post(harbour.carol, harbour.general, "1")
        actions.edit_message(actor=harbour.carol, message=message, body="2")
        with pytest.raises(RateLimited):
            actions.edit_message(actor=harbour.carol, message=message, body="3")
        assert Message.objects.get().body == "2"


class TestLimits:
    def test_a_limit_that_nobody_declared_raises(self) -> None:
        with pytest.raises(KeyError):
            ratelimit.spend("hugs", 1)
        with ratelimit.suspended(), pytest.raises(KeyError):
            ratelimit.spend("hugs", 1)

    def test_a_window_moves(self, settings: Settings) -> None:
        limits(settings, messages="2/60 second")
        ratelimit.spend("messages", 1)
        ratelimit.spend("messages", 1)
        with pytest.raises(RateLimited) as refused:
            ratelimit.spend("messages", 1)
        assert 55 <= refused.value.retry_after <= 60

    @pytest.mark.parametrize(("language", "told"), [("en", "in 2 seconds"), ("ru", "2 секунды")])
    def test_the_wait_is_told_in_the_readers_language(self, language: str, told: str) -> None:
        with translation.override(language):
            assert told in RateLimited("messages", 2).explain()


def test_in_a_channel_that_has_just_been_deleted_nothing_is_written(harbour: Harbour) -> None:
    message = post(harbour.carol, harbour.general)
    Channel.objects.filter(pk=harbour.general.pk).delete()
    for act in (
        lambda: post(harbour.carol, harbour.general),
        lambda: actions.edit_message(actor=harbour.carol, message=message, body="Too late"),
        lambda: actions.delete_message(actor=harbour.carol, message=message),
    ):
        with pytest.raises(Http404):
            act()
