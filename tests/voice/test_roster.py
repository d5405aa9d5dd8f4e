"""Who is in a room's voice channels, who talks and who is mute: on its pages before joining, and told to them live."""

import asyncio
import re
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from accounts.models import User
from eclipse.hub import hub
from rooms import actions
from rooms.actions.roles import matrix_of
from rooms.models import Channel
from rooms.models.channel import Audience, members_topic, moderators_topic
from rooms.permissions import VIEW_MEMBERS, Role
from tests.factories import make_channel
from tests.rooms.conftest import Harbour, Told, browser_of
from tests.rooms.sockets.pages import CHAT, Open, do
from tests.voice.callers import Call
from tests.voice.media_servers import FakeEngine
from voice import roster
from voice.pacing import Pacer
from voice.state import Participant, voice_state

pytestmark = pytest.mark.services

GENERAL = "/rooms/harbour/general/"
VOICE = "/rooms/harbour/voice/"


def enters(user: User, channel: Channel, **flags: Any) -> Participant:
    """Somebody is in a channel, as the store has it."""
    participant = Participant(
        session=f"phone of {user.pk}", channel=channel.pk, user=user.pk, username=user.username, name=user.name,
        since=user.pk, **flags,
    )  # fmt: skip
    voice_state().enter(participant)
    return participant


def item(page: str, user: User) -> str:
    """Somebody's line in the room's column."""
    column = page.partition('<nav id="channels"')[2]
    [found] = re.findall(rf'<li class="roster__person" data-user="{user.pk}".*?</li>', column)
    return found


def words(line: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", line).split())


def read(page: str) -> str:
    """A line as somebody reads it; of who does not talk, the styles leave that word out."""
    return words(page if " data-talks" in page else re.sub(r'<span class="roster__talks.*?</span>', "", page))


class TestPages:
    @pytest.mark.parametrize("address", [GENERAL, VOICE, "/rooms/harbour/sidebar/"])
    def test_every_page_of_the_room_shows_who_is_in_its_calls(
        self, stored: Harbour, deck: Channel, address: str
    ) -> None:
        enters(stored.alice, deck)
        enters(stored.bob, deck, is_muted=True, is_deafened=True, is_streaming_camera=True)
        enters(stored.carol, deck, is_server_muted=True, is_muted=True, is_streaming_screen=True)
        voice_state().set_speaking(deck.pk, {stored.alice.pk})
        page = browser_of(stored.carol).get(address).content.decode()
        assert "Voice channels" in page
        assert read(item(page, stored.alice)) == "A alice talking"
        assert read(item(page, stored.bob)) == "B bob muted deafened camera on"
        assert read(item(page, stored.carol)) == "C carol muted by moderators shares a screen"
        order = [page.index(item(page, each)) for each in (stored.alice, stored.bob, stored.carol)]
        assert order == sorted(order)

    def test_where_nobody_is_the_list_is_empty(self, stored: Harbour, deck: Channel) -> None:
        page = browser_of(stored.carol).get(VOICE).content.decode()
        assert len(re.findall(r'<ul [^>]*class="roster[^>]*></ul>', page)) == 2

    def test_it_is_read_in_russian_too(self, stored: Harbour, deck: Channel) -> None:
        enters(stored.alice, deck, is_server_muted=True, is_server_deafened=True)
        voice_state().set_speaking(deck.pk, {stored.alice.pk})
        page = browser_of(stored.carol).get(VOICE, headers={"accept-language": "ru"}).content.decode()
        assert "Голосовые каналы" in page
        line = read(item(page, stored.alice))
        assert line == "A alice говорит микрофон выключен модераторами звук выключен модераторами"

    def test_whoever_may_not_see_the_members_sees_nobody_in_calls(self, stored: Harbour, deck: Channel) -> None:
        enters(stored.alice, deck)
        for person in (stored.mallory, None):
            for address in (GENERAL, VOICE):
                page = browser_of(person).get(address).content.decode()
                assert 'href="/rooms/harbour/voice/"' in page
                assert "roster" not in page

    def test_a_moderators_channel_is_seen_by_moderators(self, stored: Harbour) -> None:
        bridge = make_channel(stored.room, "bridge", "voice")
        Channel.objects.filter(pk=bridge.pk).update(audience=Audience.MODERATORS)
        enters(stored.alice, bridge)
        assert f'id="voice-{bridge.pk}"' in browser_of(stored.bob).get(GENERAL).content.decode()
        assert f'id="voice-{bridge.pk}"' not in browser_of(stored.carol).get(GENERAL).content.decode()
        assert browser_of(stored.carol).get("/rooms/harbour/bridge/").status_code == 404

    def test_a_voice_channel_stands_in_its_category(self, stored: Harbour) -> None:
        raid = actions.create_category(actor=stored.alice, room=stored.room, name="Raid")
        for name, kind in (("loot", "text"), ("pull", "voice")):
            Channel.objects.filter(pk=make_channel(stored.room, name, kind).pk).update(category=raid)
        page = browser_of(stored.carol).get(GENERAL).content.decode()
        shown = r'<h3 class="channels__heading">(.*?)</h3>|<span class="channel-link__name">(.*?)</span>'
        column = [heading or name for heading, name in re.findall(shown, page)]
        assert column == ["Text channels", "general", "Voice channels", "voice", "Raid", "loot", "pull"]

    def test_a_name_that_could_be_markup_is_text(self, stored: Harbour, deck: Channel, told: Told) -> None:
        stored.alice.display_name = "<b onclick=x>Алиса</b>"
        stored.alice.save()
        enters(stored.alice, deck)
        page = browser_of(stored.carol).get(VOICE).content.decode()
        roster.publish_people(deck.pk)
        for shown in (page, told.to(members_topic(stored.room.pk))[-1]):
            assert "&lt;b onclick=x&gt;Алиса&lt;/b&gt;" in shown
            assert "<b onclick" not in shown

    def test_pages_take_as_many_queries_for_thirty_channels_with_people_as_for_one(self, stored: Harbour) -> None:
        def queries() -> list[int]:
            counts = []
            for person in (stored.carol, stored.mallory, None):
                browser = browser_of(person)
                for address in (GENERAL, VOICE):
                    browser.get(address)
                    with CaptureQueriesContext(connection) as captured:
                        assert browser.get(address).status_code == 200
                    counts.append(len(captured))
            return counts

        few = queries()
        for number in range(30):
            channel = make_channel(stored.room, f"cabin-{number}", "voice")
            for each in range(3):
                voice_state().enter(replace(enters_as(channel), user=1000 * number + each, session=f"{number}.{each}"))
        assert queries() == few


def enters_as(channel: Channel) -> Participant:
    return Participant(session="", channel=channel.pk, user=0, username="sailor", name="Sailor", since=1)


class TestThePage:
    def test_it_offers_to_join_to_those_who_may(self, stored: Harbour) -> None:
        page = browser_of(stored.carol).get(VOICE)
        assert page.status_code == 200
        assert "Join voice" in page.text
        assert "JavaScript" in page.text
        for person in (stored.mallory, None):
            answer = browser_of(person).get(VOICE)
            assert answer.status_code == 200
            assert "Join voice" not in answer.text

    def test_a_stranger_to_a_private_room_finds_nothing(self, stored: Harbour) -> None:
        assert browser_of(stored.mallory).get("/rooms/vault/voice/").status_code == 404
        assert browser_of(stored.mallory).get("/rooms/vault/nothing/").status_code == 404

    def test_a_hidden_call_costs_a_stranger_as_much_as_one_that_is_not_there(self, stored: Harbour) -> None:
        browser = browser_of(stored.mallory)

        def asked(address: str) -> list[str]:
            with CaptureQueriesContext(connection) as captured:
                assert browser.get(address).status_code == 404
            return [re.sub(r"'[^']*'|\d+", "?", query["sql"]) for query in captured]

        assert asked("/rooms/vault/voice/") == asked("/rooms/vault/nothing/") == asked("/rooms/nowhere/voice/")

    def test_text_is_neither_written_nor_read_there(self, stored: Harbour) -> None:
        browser = browser_of(stored.carol)
        assert browser.post(f"{VOICE}messages/", {"body": "Ahoy"}).status_code == 404
        assert browser.get(f"{VOICE}changes/?after=0").status_code == 404


class TestLive:
    async def test_everybody_in_the_room_follows_a_call_without_joining_it(
        self, stored: Harbour, deck: Channel, call: Call, visit: Open, engine: FakeEngine
    ) -> None:
        page, stranger = await visit(stored.bob, CHAT), await visit(stored.mallory, CHAT)
        carol = await call(stored.carol, deck)
        await carol.joins()
        await page.hears(f'data-user="{stored.carol.pk}"')
        await carol.asks("state", muted=True)
        await page.hears('data-word="voice.muted"')
        engine.speaks(deck.pk, stored.carol.pk)
        await page.hears(f'<hx-push event="voice_speaking" channel="{deck.pk}" users="{stored.carol.pk}"></hx-push>')
        page.text = ""
        engine.speaks(deck.pk)
        await page.hears(f'<hx-push event="voice_speaking" channel="{deck.pk}" users=""></hx-push>')
        await carol.asks("leave")
        await page.hears('"></ul>')
        hub.publish(stored.general.topic, "the end")
        await page.hears("the end")
        assert "voice" not in await stranger.hears("the end")

    async def test_a_newer_look_is_known_by_its_version(self, stored: Harbour, deck: Channel, told: Told) -> None:
        await do(enters)(stored.carol, deck)
        for _ in range(3):
            await do(roster.publish_people)(deck.pk)
        versions = [int(re.findall(r' version="(\d+)"', each)[0]) for each in told.to(members_topic(stored.room.pk))]
        assert versions == sorted(set(versions))

    async def test_a_moderators_call_is_told_to_moderators_alone(self, stored: Harbour, told: Told) -> None:
        bridge = await do(make_channel)(stored.room, "bridge", "voice")
        await do(Channel.objects.filter(pk=bridge.pk).update)(audience=Audience.MODERATORS)
        await do(enters)(stored.alice, bridge)
        await do(roster.publish_people)(bridge.pk)
        await do(roster.publish_speaking)(bridge.pk, {stored.alice.pk})
        assert told.topics == [moderators_topic(stored.room.pk)] * 2

    async def test_whoever_may_no_longer_see_members_hears_no_more_of_calls(
        self, stored: Harbour, deck: Channel, visit: Open
    ) -> None:
        alice, carol = await visit(stored.alice, CHAT), await visit(stored.carol, CHAT)
        left = (await do(matrix_of)(stored.room))[Role.USER] - {VIEW_MEMBERS}
        await do(actions.edit_matrix)(actor=stored.alice, room=stored.room, matrix={Role.USER: left})
        await do(enters)(stored.bob, deck)
        await do(roster.publish_people)(deck.pk)
        await alice.hears(f'data-user="{stored.bob.pk}"')
        hub.publish(stored.general.topic, "the end")
        assert "voice" not in await carol.hears("the end")

    async def test_a_fragment_is_the_same_whoever_caused_it(self, stored: Harbour, deck: Channel, told: Told) -> None:
        await do(enters)(stored.carol, deck, is_muted=True)

        def publish(language: str) -> None:
            with translation.override(language):
                roster.publish_people(deck.pk)

        for language in ("en", "ru"):
            await do(publish)(language)
        first, second = (re.sub(r'version="\d+"', "", each) for each in told.to(members_topic(stored.room.pk)))
        assert first == second
        assert not re.search(r"csrf|<form|nonce=|sessionid", first)

    async def test_a_channel_that_is_gone_is_told_of_no_more(self, stored: Harbour, told: Told) -> None:
        await do(roster.publish_people)(999_999_999)
        await do(roster.publish_speaking)(999_999_999, {1})
        assert told.fragments == []

    def test_words_for_fragments_are_on_every_page(self, stored: Harbour, deck: Channel, told: Told) -> None:
        for user, flags in (
            (stored.alice, {"is_muted": True, "is_deafened": True, "is_streaming_camera": True}),
            (stored.bob, {"is_server_muted": True, "is_server_deafened": True, "is_streaming_screen": True}),
        ):
            enters(user, deck, **flags)
        roster.publish_people(deck.pk)
        used = set(re.findall(r'data-word="([^"]+)"', told.to(members_topic(stored.room.pk))[0]))
        page = browser_of(stored.carol).get(GENERAL).content.decode()
        assert len(used) == 7
        for word in used:
            assert f'<i data-key="{word}">' in page


class TestPacing:
    async def test_a_burst_is_told_at_once_and_then_together(self) -> None:
        done: list[int] = []

        async def job(key: int) -> None:
            done.append(key)

        pacer = Pacer(0.05, job)
        for _ in range(5):
            pacer.ask(1)
            pacer.ask(2)
            await asyncio.sleep(0)
        assert sorted(done) == [1, 2]
        await asyncio.sleep(0.2)
        assert sorted(done) == [1, 1, 2, 2]
        await asyncio.sleep(0.2)
        pacer.ask(1)
        await asyncio.sleep(0)
        assert len(done) == 5

    async def test_a_job_that_fails_is_done_again_when_it_is_asked_for_again(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        tries: list[int] = []

        async def job(key: int) -> None:
            tries.append(key)
            raise OSError("lost")

        pacer = Pacer(0.01, job)
        pacer.ask(1)
        await asyncio.sleep(0.05)
        pacer.ask(1)
        await asyncio.sleep(0.05)
        assert tries == [1, 1]
        assert "was lost" in caplog.text
