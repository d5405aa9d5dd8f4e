"""Every write: what it stores, what it tells, and what happens when two people do it at once."""

import threading
import uuid
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
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
from rooms.actions import rooms as room_actions
from rooms.models import Channel, Membership, Message, ReadMark, RoleGroup, Room
from rooms.models.room import Visibility
from rooms.permissions import DEFAULT_MATRIX, Role
from tests.factories import make_channel, make_member, make_room, make_user, post, text_channel
from tests.rooms.conftest import Harbour, Told, build_harbour

pytestmark = pytest.mark.services

SECONDS = 60


@pytest.fixture
def stored(transactional_db: None) -> Harbour:
    """The harbour for stories in which commits matter."""
    return build_harbour()


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


class TestMembers:
    def test_mallory_joins_and_may_write(self, harbour: Harbour) -> None:
        membership = actions.join_room(actor=harbour.mallory, room=harbour.room)
        assert membership.role == Role.USER
        group = RoleGroup.objects.get(room=harbour.room, role=Role.USER).group
        assert harbour.mallory.groups.filter(pk=group.pk).exists()

    def test_what_was_written_before_counts_as_read(self, harbour: Harbour) -> None:
        pier = make_channel(harbour.room, "pier")
        message = post(harbour.alice, harbour.general)
        actions.join_room(actor=harbour.mallory, room=harbour.room)
        marks = dict(ReadMark.objects.filter(user=harbour.mallory).values_list("channel", "message_id"))
        assert marks[harbour.general.pk] == message.pk
        assert marks[pier.pk] == 0

    def test_joining_twice_changes_nothing(
        self, harbour: Harbour, told: Told, settings: Settings, django_capture_on_commit_callbacks: Any
    ) -> None:
        limits(settings, joins="1/60 second")
        first = actions.join_room(actor=harbour.mallory, room=harbour.room)
        with django_capture_on_commit_callbacks(execute=True):
            assert actions.join_room(actor=harbour.mallory, room=harbour.room) == first
        assert told.fragments == []

    def test_two_clicks_at_once_join_once(self, stored: Harbour) -> None:
        for ended in at_once(*[lambda: actions.join_room(actor=stored.mallory, room=stored.room)] * 2):
            ended.result()
        assert Membership.objects.filter(user=stored.mallory, room=stored.room).count() == 1

    def test_joining_is_limited(self, harbour: Harbour, settings: Settings) -> None:
        limits(settings, joins="1/60 second")
        actions.join_room(actor=harbour.mallory, room=harbour.room)
        with pytest.raises(RateLimited):
            actions.join_room(actor=harbour.mallory, room=make_room(harbour.alice, "Pier"))

    def test_leaving_takes_rights_and_marks_away_and_leaves_the_words(self, harbour: Harbour) -> None:
        message = post(harbour.carol, harbour.general)
        elsewhere = post(harbour.carol, harbour.strongbox)
        actions.leave_room(actor=harbour.carol, room=harbour.room)

        assert not Membership.objects.filter(user=harbour.carol, room=harbour.room).exists()
        assert not harbour.carol.groups.filter(rolegroup__room=harbour.room).exists()
        assert not ReadMark.objects.filter(user=harbour.carol, channel=harbour.general).exists()
        assert Message.objects.get(pk=message.pk).author == harbour.carol
        # The other rooms are not concerned.
        assert harbour.carol.groups.filter(rolegroup__room=harbour.vault).exists()
        assert ReadMark.objects.get(user=harbour.carol, channel=harbour.strongbox).message_id == elsewhere.pk

    def test_leaving_twice_changes_nothing(
        self, harbour: Harbour, told: Told, django_capture_on_commit_callbacks: Any
    ) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            actions.leave_room(actor=harbour.mallory, room=harbour.room)
        assert told.fragments == told.commands == []

    def test_the_room_and_the_persons_own_sockets_learn_of_coming_and_going(self, stored: Harbour, told: Told) -> None:
        own = ("user." + str(stored.mallory.pk), "recheck")
        actions.join_room(actor=stored.mallory, room=stored.room)
        [joined] = told.to(stored.room.topic)
        assert 'event="member_joined"' in joined
        assert "mallory" in joined
        assert told.commands == [own]

        told.forget()
        actions.leave_room(actor=stored.mallory, room=stored.room)
        assert told.to(stored.room.topic) == [
            f'<hx-push event="member_left" room="{stored.room.pk}" user="{stored.mallory.pk}"></hx-push>'
        ]
        assert told.commands == [own]


class TestReading:
    def test_a_mark_moves_forward_and_never_back(self, harbour: Harbour) -> None:
        first, second, third = (post(harbour.alice, harbour.general).pk for _ in range(3))
        mark = ReadMark.objects.get(user=harbour.carol, channel=harbour.general)
        for message_id, read in ((first, first), (third, third), (second, third)):
            actions.mark_read(actor=harbour.carol, channel=harbour.general, message_id=message_id)
            mark.refresh_from_db()
            assert mark.message_id == read

    def test_nobody_has_read_what_was_not_written_yet(self, harbour: Harbour) -> None:
        actions.mark_read(actor=harbour.carol, channel=harbour.general, message_id=MAX_ID)
        own = post(harbour.alice, harbour.general)
        post(harbour.alice, harbour.strongbox)
        mark = ReadMark.objects.get(user=harbour.carol, channel=harbour.general)
        assert mark.message_id == 0
        actions.mark_read(actor=harbour.carol, channel=harbour.general, message_id=MAX_ID)
        mark.refresh_from_db()
        assert mark.message_id == own.pk

    def test_only_a_member_has_a_mark(self, harbour: Harbour) -> None:
        message = post(harbour.alice, harbour.general)
        for message_id in (message.pk, 0):
            with pytest.raises(PermissionDenied):
                actions.mark_read(actor=harbour.mallory, channel=harbour.general, message_id=message_id)
        assert not ReadMark.objects.filter(user=harbour.mallory, channel=harbour.general).exists()

    def test_the_readers_other_pages_learn_what_is_left(self, stored: Harbour, told: Told) -> None:
        pier = make_channel(stored.room, "pier")
        message = post(stored.alice, stored.general)
        post(stored.alice, pier)
        told.forget()
        actions.mark_read(actor=stored.carol, channel=stored.general, message_id=message.pk)
        actions.mark_read(actor=stored.carol, channel=stored.general, message_id=message.pk)
        assert told.fragments == [
            (
                f"user.{stored.carol.pk}",
                f'<hx-push event="channel_read" room="{stored.room.pk}" channel="{stored.general.pk}"'
                ' channel_left="0" left="1">'
                "</hx-push>",
            )
        ]

    def test_two_pages_reading_at_once_leave_one_mark(self, stored: Harbour) -> None:
        ReadMark.objects.all().delete()
        message = post(stored.alice, stored.general)
        read = [
            lambda message_id=message_id: actions.mark_read(
                actor=stored.carol, channel=stored.general, message_id=message_id
            )
            for message_id in (message.pk, message.pk - 1)
        ]
        for ended in at_once(*read):
            ended.result()
        assert ReadMark.objects.get(user=stored.carol).message_id == message.pk


class TestRooms:
    def test_a_new_room_is_furnished(self, harbour: Harbour) -> None:
        room = actions.create_room(actor=harbour.mallory, name="Pier", visibility=Visibility.PRIVATE)
        assert [(channel.slug, channel.kind) for channel in room.channels.all()] == [
            ("general", "text"),
            ("voice", "voice"),
        ]
        assert Membership.objects.get(room=room).role == Role.CREATOR
        for role, codenames in DEFAULT_MATRIX.items():
            group = RoleGroup.objects.get(room=room, role=role).group
            granted = group.roomgroupobjectpermission_set.values_list("permission__codename", flat=True)
            assert set(granted) == codenames

    def test_a_deleted_rooms_grants_vanish_with_it(self, harbour: Harbour) -> None:
        harbour.room.delete()
        assert not RoleGroup.objects.filter(room_id=harbour.room.pk).exists()

    @pytest.mark.parametrize(
        ("name", "slug"),
        [
            ("Night Owls", "night-owls"),
            ("Ночные совы", "nochnye-sovy"),
            ("Ёлка & Щука", "elka-shchuka"),
            ("Łódź café", "lodz-cafe"),
            ("!!!", "room"),
            ("🌘🌘", "room"),
            ("new", "new-2"),
            ("New!", "new-2"),
            ("lobby", "lobby-2"),
            ("lobby 2", "lobby-2"),
        ],
    )
    def test_a_rooms_address_is_made_from_its_name(self, harbour: Harbour, name: str, slug: str) -> None:
        assert actions.create_room(actor=harbour.alice, name=name).slug == slug

    def test_rooms_of_one_name_have_numbered_addresses(self, harbour: Harbour) -> None:
        slugs = [make_room(harbour.bob, name).slug for name in ("Pier", "Pier", "pier-3", "Pier", "!!!", "…?")]
        assert slugs == ["pier", "pier-2", "pier-3", "pier-4", "room", "room-2"]

    def test_a_long_name_makes_an_address_that_fits(self, harbour: Harbour) -> None:
        for name in ("щ" * 60, "Щ " * 30, "a" * 60, "a" * 60):
            room = make_room(harbour.alice, name)
            assert len(room.slug) <= 50
            room.full_clean()

    def test_two_people_creating_rooms_of_one_name_at_once_both_get_one(self, stored: Harbour) -> None:
        first, second = at_once(
            lambda: actions.create_room(actor=stored.bob, name="Pier"),
            lambda: actions.create_room(actor=stored.carol, name="Pier"),
        )
        assert {first.result().slug, second.result().slug} == {"pier", "pier-2"}
        for room in (first.result(), second.result()):
            assert Membership.objects.get(room=room).role == Role.CREATOR
            assert room.channels.count() == 2

    def test_an_address_taken_at_the_last_moment_is_left_to_whoever_was_first(
        self, harbour: Harbour, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The race above, for a database that would not let it happen: the address is taken after it was found free."""
        find = room_actions.free_slug
        taken: list[str] = []

        def too_late(name: str) -> str:
            slug = find(name)
            if not taken:
                taken.append(slug)
                Room.objects.create(slug=slug, name=name)
            return slug

        monkeypatch.setattr(room_actions, "free_slug", too_late)
        room = actions.create_room(actor=harbour.alice, name="Pier")
        assert (taken, room.slug) == (["pier"], "pier-2")
        assert Membership.objects.get(room=room).role == Role.CREATOR

    def test_rooms_are_limited(self, harbour: Harbour, settings: Settings) -> None:
        limits(settings, rooms="1/3600 second")
        actions.create_room(actor=harbour.mallory, name="First")
        with pytest.raises(RateLimited):
            actions.create_room(actor=harbour.mallory, name="Second")
        assert not Room.objects.filter(name="Second").exists()

    def test_a_room_that_could_not_be_furnished_is_not_there(
        self, stored: Harbour, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(*args: object, **kwargs: object) -> None:
            raise ConnectionError("the database went away")

        groups = Group.objects.count()
        monkeypatch.setattr(room_actions, "add_member", broken)
        with pytest.raises(ConnectionError):
            actions.create_room(actor=stored.alice, name="Half")
        assert not Room.objects.filter(name="Half").exists()
        assert Group.objects.count() == groups

    def test_the_lobby_is_made_once(self, harbour: Harbour) -> None:
        lobby = actions.ensure_lobby()
        assert actions.ensure_lobby() == lobby
        assert (lobby.slug, lobby.is_public, lobby.creator) == ("lobby", True, None)
        assert sorted(lobby.channels.values_list("slug", flat=True)) == ["general", "voice"]
        assert {membership.user for membership in lobby.memberships.all()} >= {harbour.alice, harbour.mallory}

    def test_processes_that_start_at_once_make_one_lobby(self, transactional_db: None) -> None:
        Room.objects.all().delete()
        first, second = at_once(actions.ensure_lobby, actions.ensure_lobby)
        assert first.result() == second.result()
        assert text_channel(first.result()).slug == "general"
        assert first.result().channels.count() == 2


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
