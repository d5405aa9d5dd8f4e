"""A channel for moderators is nowhere for members; one that members only read keeps them from writing."""

import re

import pytest
from django.http import Http404

from accounts.models import User
from rooms import actions
from rooms.access import get_first_channel
from rooms.models import Category, Channel
from rooms.models.channel import Audience, moderators_topic
from rooms.unread import rooms_with_unread, unread_in_room
from tests.factories import make_channel, post
from tests.rooms.administration.test_channels import grant
from tests.rooms.api_people import Caller
from tests.rooms.conftest import Harbour, Told, browser_of, build_harbour


def make_bridge(harbour: Harbour) -> Channel:
    """The moderators' own channel, the first in the room, under a heading of its own."""
    category = Category.objects.create(room=harbour.room, name="Quarterdeck")
    bridge = make_channel(harbour.room, "bridge")
    Channel.objects.filter(pk=bridge.pk).update(audience=Audience.MODERATORS, category=category, position=0)
    Channel.objects.filter(pk=harbour.general.pk).update(position=5)
    bridge.refresh_from_db()
    bridge.room = harbour.room
    return bridge


@pytest.fixture
def bridge(harbour: Harbour) -> Channel:
    return make_bridge(harbour)


def shown_unread(user: User) -> str:
    """The number at the room on the start page."""
    page = browser_of(user).get("/").content.decode()
    match = re.search(r'<a href="/rooms/harbour/">Harbour</a>.*?data-unread="(\d+)"', page, re.DOTALL)
    assert match is not None
    return match[1]


class TestModeratorsOnly:
    def test_it_is_in_moderators_lists_and_in_nobody_elses(self, harbour: Harbour, bridge: Channel) -> None:
        for person, seen in (
            (harbour.alice, True), (harbour.bob, True), (harbour.carol, False), (harbour.mallory, False), (None, False),
        ):  # fmt: skip
            browser = browser_of(person)
            for path in ("/rooms/harbour/general/", "/rooms/harbour/sidebar/"):
                page = browser.get(path).content.decode()
                # The switcher finds what the column shows.
                assert ("bridge" in page) is seen, (person, path)
                assert ("Quarterdeck" in page) is seen, (person, path)
            caller = Caller(person)
            for path in ("", "channels/", "categories/"):
                text = caller.get(f"chat/rooms/harbour/{path}").content.decode()
                assert ("bridge" in text or "Quarterdeck" in text) is seen, (person, path)

    def test_its_pages_and_messages_are_not_found(self, harbour: Harbour, bridge: Channel) -> None:
        said = post(harbour.bob, bridge, "swordfish")
        for person in (harbour.carol, harbour.mallory, None):
            browser, caller = browser_of(person), Caller(person)
            for path in ("", f"{said.pk}/", "changes/?after=0", f"{said.pk}/menu/"):
                assert browser.get(f"/rooms/harbour/bridge/{path}").status_code == 404
            messages = "chat/rooms/harbour/messages/"
            assert caller.get(messages, channel=bridge.pk).status_code == 404
            assert caller.get(f"{messages}{said.pk}/").status_code == 404
            assert caller.get("chat/rooms/harbour/changes/", channel=bridge.pk, after=0).status_code == 404
        carol = browser_of(harbour.carol)
        assert carol.post("/rooms/harbour/bridge/messages/", {"body": "Ahoy"}).status_code == 404
        assert carol.post("/rooms/harbour/bridge/read/", {"message": said.pk}).status_code == 404
        assert Caller(harbour.carol).post("chat/rooms/harbour/read/", {"message": said.pk}).status_code == 404
        assert browser_of(harbour.bob).get("/rooms/harbour/bridge/").status_code == 200

    def test_what_is_written_there_is_unread_for_moderators_alone(self, harbour: Harbour, bridge: Channel) -> None:
        for _ in range(3):
            post(harbour.alice, bridge, "swordfish")
        post(harbour.alice, harbour.general, "Ahoy")
        assert unread_in_room(harbour.room.pk, harbour.bob) == {bridge.pk: 3, harbour.general.pk: 1}
        assert unread_in_room(harbour.room.pk, harbour.carol) == {harbour.general.pk: 1}
        [unread] = [room.unread for room in rooms_with_unread(harbour.carol) if room == harbour.room]
        assert unread == 1
        assert (shown_unread(harbour.bob), shown_unread(harbour.carol)) == ("4", "1")
        answers = [
            Caller(person).get("chat/rooms/harbour/").json()["unread"] for person in (harbour.bob, harbour.carol)
        ]
        assert answers == [4, 1]
        mine = Caller(harbour.carol).get("chat/rooms/").json()["mine"]
        assert [room["unread"] for room in mine if room["slug"] == "harbour"] == [1]

    def test_the_room_opens_with_the_first_channel_that_one_sees(self, harbour: Harbour, bridge: Channel) -> None:
        assert get_first_channel(harbour.bob, "harbour").channel == bridge
        assert get_first_channel(harbour.carol, "harbour").channel == harbour.general
        assert browser_of(harbour.carol).get("/rooms/harbour/")["Location"] == "/rooms/harbour/general/"
        first = Caller(harbour.carol).get("chat/rooms/harbour/messages/").json()
        assert first["channel"] == harbour.general.pk

    def test_news_of_it_is_told_to_moderators_alone(self, transactional_db: None, told: Told) -> None:
        harbour = build_harbour()
        bridge = make_bridge(harbour)
        told.forget()
        post(harbour.bob, bridge, "swordfish")
        assert told.topics == [bridge.topic, moderators_topic(harbour.room.pk)]
        told.forget()
        actions.edit_channel(actor=harbour.alice, channel=bridge, name="Upper bridge")
        assert told.topics == [moderators_topic(harbour.room.pk)]

    def test_narrowing_a_channel_has_its_sockets_look_again(self, transactional_db: None, told: Told) -> None:
        harbour = build_harbour()
        tea = make_channel(harbour.room, "tea")
        tea.room = harbour.room
        told.forget()
        actions.edit_channel(actor=harbour.alice, channel=tea, audience=Audience.MODERATORS)
        assert (tea.topic, "recheck") in told.commands
        assert told.to(harbour.general.topic) == ['<hx-push event="room_changed"></hx-push>']
        told.forget()
        actions.edit_channel(actor=harbour.alice, channel=tea, audience=Audience.READ_ONLY)
        assert told.to(harbour.general.topic) == ['<hx-push event="room_changed"></hx-push>']

    def test_who_manages_channels_without_being_a_moderator_does_not_learn_of_it(
        self, harbour: Harbour, bridge: Channel
    ) -> None:
        grant(harbour, "user", "manage_channels")
        carol = browser_of(harbour.carol)
        page = carol.get("/rooms/harbour/settings/channels/").content.decode()
        assert "bridge" not in page
        assert carol.get(f"/rooms/harbour/settings/channels/{bridge.pk}/").status_code == 404
        order = "/rooms/harbour/settings/channels/order/"
        for sent in ({"up": bridge.pk}, {"channel": harbour.general.pk, "before": bridge.pk}):
            assert carol.post(order, sent).status_code == 404

    def test_a_channel_that_is_hidden_between_opening_and_sending_is_gone(
        self, harbour: Harbour, bridge: Channel
    ) -> None:
        """Carol's page asked the door while the channel was everybody's."""
        grant(harbour, "user", "manage_channels")
        as_it_was = Channel.objects.select_related("room").get(pk=bridge.pk)
        with pytest.raises(Http404):
            actions.edit_channel(actor=harbour.carol, channel=as_it_was, name="Mine")
        with pytest.raises(Http404):
            actions.move_channel(actor=harbour.carol, channel=harbour.general, before=as_it_was)


class TestReadOnly:
    def test_members_read_and_moderators_write(self, harbour: Harbour) -> None:
        actions.edit_channel(actor=harbour.alice, channel=harbour.general, audience=Audience.READ_ONLY)
        for person, status in ((harbour.bob, 302), (harbour.carol, 403), (harbour.mallory, 403)):
            browser = browser_of(person)
            assert browser.get("/rooms/harbour/general/").status_code == 200
            assert browser.post("/rooms/harbour/general/messages/", {"body": "Ahoy"}).status_code == status
        assert "composer" not in browser_of(harbour.carol).get("/rooms/harbour/general/").content.decode()
