"""Finding rooms: by words, by game, by activity and members, in pages."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from rooms.actions.activity import GIVE_OR_TAKE
from rooms.models import GameTag, Room
from rooms.models.room import Visibility
from rooms.presence import presence
from tests.factories import make_member, make_room, post, text_channel
from tests.rooms.conftest import Harbour, browser_of
from tests.rooms.views.answers import text_of

pytestmark = pytest.mark.services


def found(client: Client | None = None, **asked: str) -> list[str]:
    """The addresses of the rooms that the whole list, page after page, shows."""
    client = client or browser_of(None)
    slugs: list[str] = []
    answer = client.get("/rooms/", asked)
    while True:
        assert answer.status_code == 200
        slugs += [room.slug for room in answer.context["page"].rooms]
        if not answer.context["page"].next:
            return slugs
        answer = client.get(answer.context["page"].next)


def describe(room: Room, description: str) -> None:
    room.description = description
    room.save(update_fields=["description"])


def tag(room: Room, name: str, slug: str, *aliases: str, approved: bool = True) -> GameTag:
    game, _ = GameTag.objects.get_or_create(
        slug=slug, defaults={"name": name, "aliases": "\n".join(aliases), "is_approved": approved}
    )
    room.tags.add(game)
    return game


@pytest.fixture
def night(harbour: Harbour) -> Room:
    room = make_room(harbour.mallory, "Полночный РЕЙД")
    describe(room, "Ёлки, 100% хардкор и under_score")
    return room


class TestSearch:
    @pytest.mark.parametrize(
        "query", ["рейд", "РЕЙД", "полночн", "рейд полночный", "елки", "ХАРДКОР", "100%", "under_score", "  рейд  "]
    )
    def test_the_case_and_the_script_do_not_matter(self, night: Room, query: str) -> None:
        assert found(q=query) == [night.slug]

    @pytest.mark.parametrize("query", ["%", "_", "\\", "100_", "%д", "р_йд", "рейд гавань"])
    def test_wildcards_are_letters_like_others(self, night: Room, query: str) -> None:
        expected = [night.slug] if query in {"%", "_"} else []
        assert found(q=query) == expected

    def test_a_room_that_was_renamed_is_found_by_its_new_name_alone(self, night: Room) -> None:
        night.name = "Утренний чай"
        night.save(update_fields=["name"])
        assert found(q="чай") == [night.slug]
        assert found(q="полночный") == []

    def test_a_room_is_found_by_its_games_and_their_other_names(self, night: Room, harbour: Harbour) -> None:
        tag(harbour.room, "Зов Луны 2", "moon-call-2", "mc2", "луна")
        for query in ("зов ЛУНЫ", "mc2", "ЛУНА", "harbour луна", "mc"):
            assert found(q=query) == ["harbour"], query
        assert found(q="c2") == [], "a short word means a game by the beginning of a word only"

    def test_a_proposal_finds_nothing(self, harbour: Harbour) -> None:
        tag(harbour.room, "Зов Луны 2", "moon-call-2", approved=False)
        assert found(q="зов") == []
        assert found(tag="moon-call-2") == []
        assert "Зов Луны" not in text_of(browser_of(None).get("/rooms/"))

    def test_private_and_deleted_rooms_are_never_found(self, harbour: Harbour) -> None:
        tag(harbour.vault, "Зов Луны 2", "moon-call-2")
        gone = make_room(harbour.alice, "Vault of glass")
        tag(gone, "Зов Луны 2", "moon-call-2")
        Room.objects.filter(pk=gone.pk).update(deleted_at=timezone.now())
        for client in (browser_of(harbour.alice), browser_of(harbour.mallory), browser_of(None)):
            assert found(client, q="vault") == []
            assert found(client, tag="moon-call-2") == []
            assert {"vault", gone.slug}.isdisjoint(found(client))
        # Nor does the list of games tell of them.
        assert "Зов Луны" not in text_of(browser_of(None).get("/rooms/"))

    @pytest.mark.parametrize(
        "asked",
        [
            {"q": "x" * 500},
            {"q": "слово " * 100},
            {"q": "\x00"},
            {"q": "har\x00bour\u202e"},
            {"q": "\ufdfa" * 100},
            {"tag": "no-such-game"},
            {"tag": "x" * 5000},
            {"tag": "\x00"},
            {"tag": "%"},
            {"sort": "nonsense"},
            {"sort": "members", "after": "9" * 30},
            {"sort": "activity", "after": "999999999999999999-1"},
            {"sort": "activity", "after": "9223372036854775807-9223372036854775807"},
            {"sort": "members", "after": "9223372036854775807-9223372036854775807"},
            {"after": "-"},
            {"after": "1-1\x00"},
            {"q": "a", "tag": "b", "sort": "c", "after": "d"},
        ],
    )
    def test_nonsense_is_answered_with_a_list(self, harbour: Harbour, asked: dict[str, str]) -> None:
        answer = browser_of(None).get("/rooms/", asked)
        assert answer.status_code == 200
        assert len(answer.context["page"].question.q) <= 100


class TestEmptyLists:
    def test_what_found_nothing_says_what_to_do(self, harbour: Harbour) -> None:
        page = text_of(browser_of(None).get("/rooms/", {"q": "<b>no</b>"}))
        assert "No public room answers to “&lt;b&gt;no&lt;/b&gt;”" in page
        assert 'href="/rooms/">Show all rooms' in page

    def test_of_a_game_that_there_is_not(self, harbour: Harbour) -> None:
        page = text_of(browser_of(None).get("/rooms/", {"tag": "no-such-game", "sort": "members"}))
        assert "There is no game of this name here." in page
        assert 'href="/rooms/?sort=members">Show all rooms' in page

    def test_of_a_game_without_rooms(self, harbour: Harbour) -> None:
        GameTag.objects.create(name="Зов Луны 2", slug="moon-call-2", is_approved=True)
        page = text_of(browser_of(None).get("/rooms/", {"tag": "moon-call-2"}))
        assert "No public room is about Зов Луны 2 yet." in page

    def test_of_a_word_within_a_game(self, harbour: Harbour) -> None:
        tag(harbour.room, "Зов Луны 2", "moon-call-2")
        page = text_of(browser_of(None).get("/rooms/", {"tag": "moon-call-2", "q": "pier"}))
        assert 'href="/rooms/?q=pier">Search in all games' in page

    def test_of_a_site_without_rooms(self, harbour: Harbour) -> None:
        Room.objects.update(visibility=Visibility.PRIVATE)
        assert "Open the first one" in text_of(browser_of(harbour.carol).get("/rooms/"))
        assert "Sign up and open the first one" in text_of(browser_of(None).get("/"))


class TestOrder:
    @pytest.fixture
    def rooms(self, harbour: Harbour, monkeypatch: pytest.MonkeyPatch) -> None:
        """Pier and quay with two members each, harbour with three, the lobby with all four; pier was active last."""
        monkeypatch.setattr("rooms.discovery.listing.PAGE_SIZE", 2)
        now = timezone.now()
        for hours, name in ((3, "Quay"), (1, "Pier")):
            room = make_room(harbour.mallory, name)
            make_member(room, harbour.carol)
            Room.objects.filter(pk=room.pk).update(active_at=now - timedelta(hours=hours))
        # Two of the same moment: their numbers keep the pages apart.
        Room.objects.filter(slug__in=["lobby", "harbour"]).update(active_at=now - timedelta(hours=2))

    def test_the_lately_active_come_first(self, harbour: Harbour, rooms: None) -> None:
        assert found() == ["pier", "harbour", "lobby", "quay"]
        assert found(sort="activity") == found(sort="nonsense") == found()

    def test_those_with_most_members_come_first(self, harbour: Harbour, rooms: None) -> None:
        assert found(sort="members") == ["lobby", "harbour", "quay", "pier"]

    def test_a_page_further_on_is_of_the_same_question(self, harbour: Harbour, rooms: None) -> None:
        for slug in ("pier", "quay", "harbour"):
            tag(Room.objects.get(slug=slug), "Зов Луны 2", "moon-call-2")
        assert found(sort="members", tag="moon-call-2", q="r") == ["harbour", "pier"]
        assert found(sort="members", tag="moon-call-2") == ["harbour", "quay", "pier"]

    def test_a_message_brings_a_room_to_the_top_once_in_five_minutes(self, harbour: Harbour, rooms: None) -> None:
        quay = Room.objects.get(slug="quay")
        post(harbour.mallory, text_channel(quay))
        assert found()[0] == "quay"
        then = Room.objects.get(pk=quay.pk).active_at
        with CaptureQueriesContext(connection) as queries:
            post(harbour.carol, text_channel(quay))
        assert not any('active_at" =' in query["sql"] for query in queries)
        assert Room.objects.get(pk=quay.pk).active_at == then
        Room.objects.filter(pk=quay.pk).update(active_at=then - GIVE_OR_TAKE - timedelta(seconds=1))
        post(harbour.carol, text_channel(quay))
        assert Room.objects.get(pk=quay.pk).active_at >= then

    def test_of_two_processes_one_writes(self, harbour: Harbour) -> None:
        """The second still believes what it read before the first wrote."""
        long_ago = timezone.now() - timedelta(days=1)
        Room.objects.filter(pk=harbour.room.pk).update(active_at=long_ago)
        first, second = text_channel(harbour.room), text_channel(harbour.room)
        assert second.room.active_at == long_ago
        post(harbour.alice, first)
        moment = Room.objects.get(pk=harbour.room.pk).active_at
        post(harbour.bob, second)
        assert Room.objects.get(pk=harbour.room.pk).active_at == moment


class TestCards:
    def test_members_and_who_is_here_are_counted(self, harbour: Harbour) -> None:
        presence().arrive(harbour.bob.pk, "a socket")
        presence().arrive(harbour.mallory.pk, "another")
        for client in (browser_of(None), browser_of(harbour.carol)):
            rooms = {room.slug: room for room in client.get("/rooms/").context["page"].rooms}
            assert (rooms["harbour"].member_count, rooms["harbour"].here) == (3, 1)
            assert (rooms["lobby"].member_count, rooms["lobby"].here) == (4, 2)
        page = text_of(browser_of(None).get("/"))
        assert "3 members · 1 here now" in page

    def test_presence_is_looked_up_once_a_page(self, harbour: Harbour, monkeypatch: pytest.MonkeyPatch) -> None:
        asked: list[set[int]] = []
        monkeypatch.setattr(type(presence()), "online", lambda self, ids: asked.append(set(ids)) or set())
        browser_of(None).get("/rooms/")
        assert len(asked) == 1

    def test_a_card_and_the_guests_home_show_the_games_as_links(self, harbour: Harbour) -> None:
        tag(harbour.room, "Зов Луны 2", "moon-call-2")
        for address in ("/", "/rooms/"):
            assert '<a class="tag" href="/rooms/?tag=moon-call-2">Зов Луны 2</a>' in text_of(
                browser_of(None).get(address)
            )

    def test_rooms_of_the_same_name_are_told_apart_by_their_address(self, harbour: Harbour) -> None:
        other = make_room(harbour.mallory, "Harbour")
        page = text_of(browser_of(None).get("/rooms/", {"q": "harbour"}))
        assert ">/harbour</span>" in page
        assert f">/{other.slug}</span>" in page

    def test_the_form_keeps_what_was_chosen(self, harbour: Harbour) -> None:
        tag(harbour.room, "Зов Луны 2", "moon-call-2")
        page = text_of(browser_of(None).get("/rooms/", {"tag": "moon-call-2", "sort": "members", "q": 'a"b'}))
        assert '<input type="hidden" name="tag" value="moon-call-2">' in page
        assert '<input type="hidden" name="sort" value="members">' in page
        assert 'value="a&quot;b"' in page
