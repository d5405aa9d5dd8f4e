"""Nobody learns by an address that something is there of which they may not know."""

import re
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from rooms import actions, addresses, permissions
from rooms.models import Channel, Room
from rooms.models.channel import Audience
from rooms.models.room import Visibility
from rooms.permissions import Role
from tests.factories import make_channel, make_room
from tests.rooms.api_people import Caller
from tests.rooms.conftest import Harbour, Told, browser_of
from tests.rooms.roles.conftest import grant
from tests.rooms.slash.typing import typed
from tests.rooms.views.answers import limits

KEY = r"-[bcdfghjkmnpqrstvwxz23456789]{10}"
SETTINGS = {"name": "Pier", "description": "", "visibility": "public", "guests_may_read": "on"}


@pytest.fixture
def secret(harbour: Harbour) -> Room:
    """A private room of alice's, at an address as it is given."""
    return actions.create_room(actor=harbour.alice, name="Treasure", visibility=Visibility.PRIVATE)


class TestRooms:
    def test_a_private_room_has_an_address_that_nobody_can_guess(self, harbour: Harbour, secret: Room) -> None:
        other = actions.create_room(actor=harbour.alice, name="Treasure", visibility=Visibility.PRIVATE)
        assert re.fullmatch(f"treasure{KEY}", secret.slug)
        assert re.fullmatch(f"treasure{KEY}", other.slug)
        assert other.slug != secret.slug
        nameless = actions.create_room(actor=harbour.alice, name="!!!", visibility=Visibility.PRIVATE)
        assert re.fullmatch(f"room{KEY}", nameless.slug)
        long = actions.create_room(actor=harbour.alice, name="treasure " * 6, visibility=Visibility.PRIVATE)
        assert len(long.slug) <= 50

    def test_a_stranger_who_opens_a_room_learns_nothing(self, harbour: Harbour, secret: Room) -> None:
        """Of the same name, by page, by program and by command: as if there were no other."""
        mallory = harbour.mallory
        answer = browser_of(mallory).post(
            "/rooms/new/", {"name": "Treasure", "description": "", "visibility": "public"}
        )
        assert answer["Location"] == "/rooms/treasure/"
        Room.objects.filter(slug="treasure").delete()
        assert Caller(mallory).create_room("Treasure") == "treasure"
        Room.objects.filter(slug="treasure").delete()
        make_room(mallory, "Quay")
        assert typed(mallory, "/room new Treasure", channel="/rooms/quay/general/").done
        assert Room.objects.filter(slug="treasure").exists()

    def test_nor_one_who_gives_a_room_another_address(self, harbour: Harbour, secret: Room) -> None:
        make_room(harbour.mallory, "Pier")
        mallory = browser_of(harbour.mallory)
        assert mallory.post("/rooms/pier/settings/", SETTINGS | {"slug": "treasure"}).status_code == 302
        assert Caller(harbour.mallory).patch("chat/rooms/treasure/", {"slug": "pier"}).status_code == 200
        assert typed(harbour.mallory, "/room address treasure", channel="/rooms/pier/general/").done
        # What everybody may know of is told as before.
        answer = mallory.post("/rooms/treasure/settings/", SETTINGS | {"slug": "harbour"})
        assert answer.status_code == 422
        assert Caller(harbour.mallory).patch("chat/rooms/treasure/", {"slug": "harbour"}).status_code == 400

    def test_nor_by_how_much_is_looked_up(self, harbour: Harbour, settings: object) -> None:
        limits(settings, rooms="1000/1 second")  # type: ignore[arg-type]

        def cost(name: str) -> int:
            with CaptureQueriesContext(connection) as captured:
                assert Caller(harbour.mallory).create_room(name)
            return len(captured)

        without = cost("Cavern")
        for _ in range(5):
            actions.create_room(actor=harbour.alice, name="Grotto", visibility=Visibility.PRIVATE)
        assert cost("Grotto") == without

    def test_its_creator_chooses_the_words_and_keeps_the_key(self, harbour: Harbour, secret: Room) -> None:
        alice = browser_of(harbour.alice)
        address = f"/rooms/{secret.slug}/settings/"
        page = alice.get(address).content.decode()
        assert 'value="treasure"' in page
        form = SETTINGS | {"name": "Treasure", "visibility": "private"}
        # Saved as it stands, it stays where it is.
        assert alice.post(address, form | {"slug": "treasure"})["Location"] == address
        moved = alice.post(address, form | {"slug": "harbour"})["Location"].split("/")[2]
        assert moved == f"harbour{secret.slug.removeprefix('treasure')}", "another room's words are free"
        # Nobody chooses a key: that would be a way to try them.
        answer = Caller(harbour.alice).patch(f"chat/rooms/{moved}/", {"slug": "cave-bcdfghjkmn"})
        assert answer.json()["slug"] == f"cave{secret.slug.removeprefix('treasure')}"

    def test_a_room_that_becomes_private_moves_and_leads_its_members(self, stored: Harbour, told: Told) -> None:
        told.forget()
        room = actions.edit_room(actor=stored.alice, room=stored.room, visibility=Visibility.PRIVATE)
        assert re.fullmatch(f"harbour{KEY}", room.slug)
        assert f'<hx-push event="channel_moved" to="/rooms/{room.slug}/general/"></hx-push>' in told.to(
            stored.general.topic
        )
        assert browser_of(stored.carol).get(f"/rooms/{room.slug}/general/").status_code == 200
        for slug in ("harbour", room.slug):
            assert browser_of(stored.mallory).get(f"/rooms/{slug}/").status_code == 404
        assert Caller(stored.mallory).create_room("Harbour") == "harbour"
        # Back in the open it may have the words alone, if they are free; with its key it was known to its members.
        form = SETTINGS | {"name": "Harbour", "slug": "haven"}
        assert browser_of(stored.alice).post(f"/rooms/{room.slug}/settings/", form).status_code == 302
        room.refresh_from_db()
        assert room.slug == "haven"
        again = actions.edit_room(actor=stored.alice, room=room, visibility=Visibility.PRIVATE)
        assert words_and_key(again.slug)[0] == "haven"


class TestChannels:
    @pytest.fixture
    def bridge(self, harbour: Harbour) -> Channel:
        return actions.create_channel(
            actor=harbour.alice, room=harbour.room, name="Bridge", audience=Audience.MODERATORS
        )

    def test_whoever_only_manages_channels_learns_nothing_of_the_moderators(
        self, harbour: Harbour, bridge: Channel
    ) -> None:
        assert re.fullmatch(f"bridge{KEY}", bridge.slug)
        grant(harbour.room, Role.USER, permissions.MANAGE_CHANNELS)
        carol = browser_of(harbour.carol)
        form = {"name": "Bridge", "subject": "", "slug": "", "audience": "everyone", "category": ""}
        assert carol.post("/rooms/harbour/settings/channels/new/", form).status_code == 302
        made = Channel.objects.get(room=harbour.room, slug="bridge")
        assert carol.post(f"/rooms/harbour/settings/channels/{made.pk}/", form | {"slug": "deck"}).status_code == 302
        assert (
            Caller(harbour.carol).patch(f"chat/rooms/harbour/channels/{made.pk}/", {"slug": "bridge"}).status_code
            == 200
        )
        answer = carol.post("/rooms/harbour/settings/channels/new/", form | {"slug": "general"})
        assert answer.status_code == 422, "what everybody sees is told as before"

    def test_nor_by_how_many_there_may_be(self, harbour: Harbour, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("rooms.actions.channels.MOST_CHANNELS", 3)
        crow = make_channel(harbour.room, "crow")
        Channel.objects.filter(pk=crow.pk).update(audience=Audience.MODERATORS)
        grant(harbour.room, Role.USER, permissions.MANAGE_CHANNELS)
        assert actions.create_channel(actor=harbour.carol, room=harbour.room, name="Tea").pk
        with pytest.raises(actions.TooMany):
            actions.create_channel(actor=harbour.carol, room=harbour.room, name="Rum")

    def test_a_channel_that_is_hidden_moves_and_one_that_is_opened_may(self, harbour: Harbour, bridge: Channel) -> None:
        tea = make_channel(harbour.room, "tea")
        alice = browser_of(harbour.alice)
        address = f"/rooms/harbour/settings/channels/{tea.pk}/"
        form = {"name": "tea", "subject": "", "slug": "tea", "audience": "moderators", "category": ""}
        assert alice.post(address, form).status_code == 302
        tea.refresh_from_db()
        hidden = tea.slug
        assert re.fullmatch(f"tea{KEY}", hidden)
        assert 'value="tea"' in alice.get(address).content.decode()
        assert alice.post(address, form | {"subject": "Hush"}).status_code == 302
        tea.refresh_from_db()
        assert tea.slug == hidden
        assert alice.post(address, form | {"audience": "everyone"}).status_code == 302
        tea.refresh_from_db()
        assert tea.slug == "tea"


def words_and_key(slug: str) -> tuple[str, str]:
    words = addresses.words_of(slug)
    return words, slug.removeprefix(f"{words}-")


def test_what_was_hidden_before_gets_a_key(harbour: Harbour) -> None:
    """An Eclipse of before: its private rooms and moderators' channels stand at addresses that can be guessed."""
    crow = make_channel(harbour.room, "crow")
    Channel.objects.filter(pk=crow.pk).update(audience=Audience.MODERATORS)
    assert harbour.vault.slug == "vault"
    migration = import_module("rooms.migrations.0009_unguessable_addresses")
    for _time in range(2):
        migration.give_keys(apps, None)
        before = Room.objects.get(pk=harbour.vault.pk).slug
    for slug, words in (
        (before, "vault"), (Channel.objects.get(pk=crow.pk).slug, "crow"),
    ):  # fmt: skip
        assert re.fullmatch(f"{words}{KEY}", slug)
    assert Room.objects.get(pk=harbour.room.pk).slug == "harbour"
    assert Channel.objects.get(pk=harbour.general.pk).slug == "general"
