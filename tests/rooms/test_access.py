"""Who gets through which door: a table of people, rooms and addresses, and what a stranger can find out (nothing)."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.http import Http404, HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from guardian.shortcuts import get_group_perms
from pytest_django import DjangoAssertNumQueries

from rooms import access as door
from rooms import actions, permissions
from rooms.access import Person
from rooms.models import Membership, Message, RoleGroup, Room, RoomGroupObjectPermission
from rooms.models.channel import Audience, ChannelKind
from rooms.models.room import Visibility
from rooms.permissions import Role
from tests.factories import make_channel, make_room, post, text_channel
from tests.rooms.conftest import Harbour, browser_of

PEOPLE = ("alice", "bob", "carol", "mallory", "guest")
LOGIN = "log in"
# Address under /rooms/<slug>/ -> what alice (creator), bob (moderator), carol (member), mallory (stranger) and a guest
# are answered in a public room. {id} is a message of carol's.
PUBLIC: dict[tuple[str, str], tuple[int | str, ...]] = {
    ("GET", ""): (302, 302, 302, 302, 302),
    ("GET", "general/"): (200, 200, 200, 200, 200),
    ("GET", "general/?before=1"): (200, 200, 200, 200, 200),
    ("GET", "general/{id}/"): (200, 200, 200, 200, 200),
    ("GET", "general/{id}/menu/"): (200, 200, 200, 200, 200),
    ("GET", "general/changes/?after=0"): (200, 200, 200, 200, 200),
    ("GET", "sidebar/"): (200, 200, 200, 200, 200),
    ("GET", "members/"): (200, 200, 200, 403, 403),
    ("GET", "general/{id}/edit/"): (403, 403, 200, 403, LOGIN),
    ("POST", "general/{id}/edit/"): (403, 403, 302, 403, LOGIN),
    ("GET", "general/{id}/delete/"): (200, 200, 200, 403, LOGIN),
    ("POST", "general/{id}/delete/"): (302, 302, 302, 403, LOGIN),
    ("POST", "general/messages/"): (302, 302, 302, 403, LOGIN),
    ("POST", "general/read/"): (204, 204, 204, 403, LOGIN),
    ("POST", "join/"): (302, 302, 302, 302, LOGIN),
    ("POST", "leave/"): (409, 302, 302, 302, LOGIN),
}


def in_private(answers: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """In a private room: the same to its members; to others there is no such room."""
    return (*answers[:3], 404, LOGIN if answers[4] == LOGIN else 404)


def knock(client: Client, method: str, address: str, **headers: str) -> HttpResponse:
    data = {"body": "Ahoy", "message": "1"} if method == "POST" else None
    answer: HttpResponse = getattr(client, method.lower())(address, data, headers=headers)
    return answer


def outcome(answer: HttpResponse) -> int | str:
    return LOGIN if answer.status_code == 302 and "/accounts/login/" in answer["Location"] else answer.status_code


@contextmanager
def undone() -> Iterator[None]:
    """Whatever happens behind one door is undone before the next is tried."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.mark.parametrize("visibility", Visibility.values)
def test_everybody_gets_through_the_doors_that_are_theirs(
    harbour: Harbour, subtests: pytest.Subtests, visibility: str
) -> None:
    channel = harbour.general if visibility == Visibility.PUBLIC else harbour.strongbox
    browsers = [browser_of(getattr(harbour, name, None)) for name in PEOPLE]
    message = post(harbour.carol, channel)
    for (method, path), answers in PUBLIC.items():
        address = f"/rooms/{channel.room.slug}/" + path.format(id=message.pk)
        with subtests.test(f"{method} {address}"):
            found = []
            for browser in browsers:
                with undone():
                    found.append(outcome(knock(browser, method, address)))
            assert tuple(found) == (answers if visibility == Visibility.PUBLIC else in_private(answers))


SECRETS = re.compile(r'nonce="[^"]*"|(?<=name="csrfmiddlewaretoken" value=")[^"]*')


def words_of(answer: HttpResponse, slug: str) -> str:
    return SECRETS.sub("", answer.content.decode()).replace(slug, "<slug>")


@pytest.mark.parametrize("htmx", [False, True], ids=["page", "htmx"])
@pytest.mark.parametrize("name", ["mallory", "guest"])
def test_a_stranger_cannot_tell_a_private_room_from_none(
    harbour: Harbour, subtests: pytest.Subtests, name: str, htmx: bool
) -> None:
    message = post(harbour.carol, harbour.strongbox)
    headers = {"HX-Request": "true"} if htmx else {}
    browser = browser_of(getattr(harbour, name, None))
    browser.get("/rooms/nowhere/")  # so that both answers are those to a browser that has been here
    for method, path in PUBLIC:
        with subtests.test(f"{method} {path}"):
            hidden = knock(browser, method, f"/rooms/vault/{path.format(id=message.pk)}", **headers)
            missing = knock(browser, method, f"/rooms/nowhere/{path.format(id=message.pk)}", **headers)
            assert hidden.status_code == missing.status_code
            assert words_of(hidden, "vault") == words_of(missing, "nowhere")
            assert sorted(plain(hidden, "vault")) == sorted(plain(missing, "nowhere"))


def plain(answer: HttpResponse, slug: str) -> list[tuple[str, str]]:
    """The headers, but for those that hold a nonce and the page's length (the slug is in it)."""
    differ = {"Content-Security-Policy", "Content-Length"}
    return [(name, value.replace(slug, "<slug>")) for name, value in answer.items() if name not in differ]


def test_a_private_room_is_on_no_list_of_mallorys(harbour: Harbour) -> None:
    for client in (browser_of(harbour.mallory), browser_of(None)):
        for address in ("/", "/rooms/", "/users/alice/"):
            assert "Vault" not in client.get(address).content.decode()
    assert "Vault" in browser_of(harbour.carol).get("/").content.decode()


class TestHarvestedNumbers:
    """Numbers of one room, tried on the address of another that one may read."""

    @pytest.mark.parametrize("path", ["{id}/", "{id}/menu/", "{id}/edit/", "{id}/delete/"])
    def test_a_secret_message_is_not_to_be_had_through_a_public_room(self, harbour: Harbour, path: str) -> None:
        secret = post(harbour.carol, harbour.strongbox, "swordfish")
        client = browser_of(harbour.carol)
        answer = client.get("/rooms/harbour/general/" + path.format(id=secret.pk))
        assert answer.status_code == 404
        assert "swordfish" not in answer.content.decode()

    def test_an_answer_to_a_secret_message_quotes_nothing(self, harbour: Harbour) -> None:
        secret = post(harbour.alice, harbour.strongbox, "swordfish")
        client = browser_of(harbour.bob)
        for headers in ({}, {"HX-Request": "true"}):
            asked = client.get(f"/rooms/harbour/general/?reply={secret.pk}", headers=headers)
            assert "swordfish" not in asked.content.decode()
        refused = client.post("/rooms/harbour/general/messages/", {"body": "What?", "reply_to": secret.pk})
        assert refused.status_code == 422
        assert "swordfish" not in refused.content.decode()
        assert not Message.objects.filter(body="What?").exists()

    def test_another_channels_history_stays_there(self, harbour: Harbour) -> None:
        secret = post(harbour.alice, harbour.strongbox, "swordfish")
        client = browser_of(harbour.mallory)
        for query in (f"?after={secret.pk - 1}", f"?before={secret.pk + 1}", ""):
            assert "swordfish" not in client.get(f"/rooms/harbour/general/{query}").content.decode()
        assert "swordfish" not in client.get("/rooms/harbour/general/changes/?after=0").content.decode()

    def test_a_read_mark_counts_only_the_channels_own_messages(self, harbour: Harbour) -> None:
        post(harbour.alice, harbour.general)
        secret = post(harbour.alice, harbour.strongbox)
        own = Message.objects.filter(channel=harbour.general).get()
        browser_of(harbour.carol).post("/rooms/harbour/general/read/", {"message": secret.pk})
        assert harbour.carol.read_marks.get(channel=harbour.general).message_id == own.pk

    def test_a_channel_of_another_room_is_not_there(self, harbour: Harbour) -> None:
        cellar = make_channel(harbour.vault, "cellar")
        for person in (harbour.carol, harbour.mallory, AnonymousUser()):
            with pytest.raises(Http404):
                door.get_channel(person, "harbour", "cellar")
            with pytest.raises(Http404):
                door.get_channel_by_id(person, "harbour", cellar.pk)

    def test_a_voice_channel_is_no_text_channel(self, harbour: Harbour) -> None:
        voice = harbour.room.channels.get(kind=ChannelKind.VOICE)
        with pytest.raises(Http404):
            door.get_channel(harbour.alice, "harbour", "voice")
        with pytest.raises(Http404):
            door.get_channel_by_id(harbour.alice, "harbour", voice.pk)

    def test_a_message_by_its_number_alone_is_looked_for_in_its_room_only(self, harbour: Harbour) -> None:
        secret = post(harbour.carol, harbour.strongbox)
        assert door.get_message_by_id(harbour.carol, "vault", secret.pk).message == secret
        for person, slug in ((harbour.carol, "harbour"), (harbour.mallory, "vault"), (AnonymousUser(), "vault")):
            with pytest.raises(Http404):
                door.get_message_by_id(person, slug, secret.pk)


class TestRights:
    def who(self, harbour: Harbour, name: str) -> Person:
        return getattr(harbour, name, AnonymousUser())

    @pytest.mark.parametrize(("name", "role"), [("alice", Role.CREATOR), ("bob", Role.MODERATOR), ("carol", Role.USER)])
    def test_a_role_grants_what_the_matrix_says(self, harbour: Harbour, name: str, role: Role) -> None:
        access = door.get_room(self.who(harbour, name), "vault")
        assert {codename for codename in permissions.CODENAMES if access.may(codename)} == (
            permissions.DEFAULT_MATRIX[role]
        )

    @pytest.mark.parametrize("name", ["mallory", "guest"])
    def test_whoever_does_not_belong_may_only_read(self, harbour: Harbour, name: str) -> None:
        access = door.get_room(self.who(harbour, name), "harbour")
        assert {codename for codename in permissions.CODENAMES if access.may(codename)} == {permissions.VIEW_ROOM}
        assert access.may_join == (name == "mallory")
        with pytest.raises(PermissionDenied):
            access.require(permissions.SEND_MESSAGES)

    def test_a_right_that_nobody_declared_raises(self, harbour: Harbour) -> None:
        access = door.get_room(harbour.alice, "harbour")
        for ask in (access.may, access.require):
            with pytest.raises(KeyError):
                ask("send_mesages")
        with pytest.raises(KeyError):
            door.get_room(harbour.alice, "harbour", "fly")

    def test_a_right_taken_from_the_role_is_gone_at_once(self, harbour: Harbour) -> None:
        RoomGroupObjectPermission.objects.filter(
            content_object=harbour.room, group__rolegroup__role=Role.USER, permission__codename="send_messages"
        ).delete()
        client = browser_of(harbour.carol)
        page = client.get("/rooms/harbour/general/").content.decode()
        assert 'id="composer"' not in page
        assert "You may read here, but not write." in page
        assert client.post("/rooms/harbour/general/messages/", {"body": "Ahoy"}).status_code == 403
        # The other room and the other roles are not concerned.
        assert door.get_room(harbour.carol, "vault").may_send
        assert door.get_room(harbour.bob, "harbour").may_send

    def test_rights_in_one_room_are_none_in_another(self, harbour: Harbour) -> None:
        pier = make_room(harbour.mallory, "Pier")
        message = post(harbour.mallory, text_channel(pier))
        assert not door.get_room(harbour.bob, "pier").may("delete_any_message")
        with pytest.raises(PermissionDenied):
            door.get_message(harbour.bob, "pier", "general", message.pk).to_delete()

    def test_being_site_staff_opens_no_room(self, harbour: Harbour) -> None:
        harbour.mallory.is_staff = harbour.mallory.is_superuser = True
        harbour.mallory.save()
        with pytest.raises(Http404):
            door.get_room(harbour.mallory, "vault")
        with pytest.raises(PermissionDenied):
            door.get_channel(harbour.mallory, "harbour", "general", permissions.SEND_MESSAGES)

    def test_whoever_left_a_private_room_stands_outside(self, harbour: Harbour) -> None:
        message = post(harbour.carol, harbour.strongbox)
        client = browser_of(harbour.carol)
        assert client.post("/rooms/vault/leave/", follow=True).status_code == 200
        for path in ("", "general/", f"general/{message.pk}/", f"general/{message.pk}/edit/"):
            assert client.get(f"/rooms/vault/{path}").status_code == 404

    def test_nobody_edits_anothers_words_not_even_the_creator(self, harbour: Harbour) -> None:
        message = post(harbour.carol, harbour.general)
        for person in (harbour.alice, harbour.bob, harbour.mallory):
            with pytest.raises(PermissionDenied):
                door.get_message(person, "harbour", "general", message.pk).to_edit()

    def test_a_tombstone_is_neither_edited_nor_deleted_nor_answered(self, harbour: Harbour) -> None:
        message = post(harbour.carol, harbour.general)
        client = browser_of(harbour.carol)
        client.post(f"/rooms/harbour/general/{message.pk}/delete/")
        for method, path in (("GET", "edit/"), ("POST", "edit/"), ("GET", "delete/"), ("POST", "delete/")):
            answer = knock(client, method, f"/rooms/harbour/general/{message.pk}/{path}")
            assert answer.status_code == 404
        access = door.get_message(harbour.carol, "harbour", "general", message.pk)
        assert not (access.may_edit or access.may_delete or access.may_reply)
        assert Message.objects.get().body == ""

    def test_the_deleted_account_of_an_author_leaves_the_message_to_the_moderators(self, harbour: Harbour) -> None:
        message = post(harbour.carol, harbour.general)
        harbour.carol.delete()
        assert not door.get_message(AnonymousUser(), "harbour", "general", message.pk).is_author
        assert door.get_message(harbour.bob, "harbour", "general", message.pk).to_delete().message == message
        assert "deleted user" in browser_of(harbour.bob).get("/rooms/harbour/general/").content.decode()


class TestGuardian:
    def test_they_are_what_guardian_says(self, harbour: Harbour) -> None:
        room = Room.objects.get(slug="harbour")
        moderators = RoleGroup.objects.get(room=room, role=Role.MODERATOR).group
        RoomGroupObjectPermission.objects.filter(group=moderators, permission__codename="send_messages").delete()
        for person in (harbour.alice, harbour.bob, harbour.carol):
            asked = set(get_group_perms(person, room).values_list("codename", flat=True))
            assert asked
            assert door.get_first_channel(person, "harbour").granted == asked
        assert not door.get_first_channel(harbour.bob, "harbour").may_send
        assert door.get_first_channel(harbour.carol, "harbour").may_send


class TestCost:
    def test_asking_for_rights_is_two_queries_for_a_member_and_less_for_others(
        self, harbour: Harbour, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        room = Room.objects.get(slug="harbour")
        with django_assert_num_queries(2):
            access = door.room_access(harbour.carol, room)
        with django_assert_num_queries(1):
            door.room_access(harbour.mallory, room)
        with django_assert_num_queries(0):
            door.room_access(AnonymousUser(), room)
        with django_assert_num_queries(0):
            for codename in permissions.CODENAMES:
                access.may(codename)

    def test_a_message_costs_a_query_a_step(
        self, harbour: Harbour, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        answered = post(harbour.bob, harbour.general)
        message = post(harbour.carol, harbour.general, reply_to=answered)
        # The channel with its room and the membership, rights, message.
        with django_assert_num_queries(3):
            access = door.get_message(harbour.carol, "harbour", "general", message.pk)
            shown: list[Any] = [access.message.author, access.message.reply_to, access.message.channel.room]
        assert shown[1].author == harbour.bob


def test_whoever_was_banned_or_shut_out_on_the_way_in_does_not_join(harbour: Harbour) -> None:
    entered = door.get_room(harbour.mallory, "harbour", None)
    actions.ban_member(actor=harbour.bob, room=harbour.room, subject=harbour.mallory)
    with pytest.raises(door.Banned):
        actions.join_room(actor=harbour.mallory, room=entered.room)
    actions.unban_member(actor=harbour.bob, room=harbour.room, subject=harbour.mallory)
    actions.edit_room(actor=harbour.alice, room=harbour.room, visibility=Visibility.PRIVATE)
    with pytest.raises(Http404):
        actions.join_room(actor=harbour.mallory, room=entered.room)
    assert not Membership.objects.filter(room=harbour.room, user=harbour.mallory).exists()


def test_channels_that_somebody_may_not_know_of_cost_no_look_at_their_rights(harbour: Harbour) -> None:
    for name in ("bridge", "brig", "wardroom"):
        hidden = make_channel(harbour.room, name)
        hidden.audience = Audience.MODERATORS
        hidden.position = 0
        hidden.save(update_fields=["audience", "position"])
    harbour.room.channels.filter(pk=harbour.general.pk).update(position=9)
    with CaptureQueriesContext(connection) as captured:
        assert door.get_first_channel(harbour.carol, "harbour").channel == harbour.general
    assert sum("objectpermission" in query["sql"] for query in captured) == 1
