"""Who is here: the same stories for the store in one process and the one in a real Redis. Time is the test's own."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from asgiref.sync import async_to_sync

from eclipse.hub import Hub
from rooms import live, members, presence
from rooms.models.channel import members_topic
from rooms.permissions import Role
from rooms.presence import GRACE, LAPSE, RENEW_EVERY, SWEEP_EVERY, Presence, ProcessPresence, RedisPresence
from tests.factories import make_member, make_user
from tests.rooms.conftest import Harbour, Told, browser_of, build_harbour
from tests.services import Redis

ALICE, BOB, CAROL = 1, 2, 3


class Clock:
    """Time that passes when the story says so."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def time(self) -> float:
        return self.now

    monotonic = time

    def after(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(presence, "time", clock)
    return clock


@pytest.fixture(params=["process", "Redis"])
def store(request: pytest.FixtureRequest, clock: Clock) -> Presence:
    return ProcessPresence() if request.param == "process" else RedisPresence(request.getfixturevalue("redis_url"))


def test_somebody_is_here_from_their_first_socket_on(store: Presence) -> None:
    assert store.online([ALICE, BOB]) == set()
    assert store.arrive(ALICE, "phone") is True
    assert store.online([ALICE, BOB]) == {ALICE}
    assert store.online([]) == set()


def test_several_tabs_and_devices_count_once(store: Presence, clock: Clock) -> None:
    assert [store.arrive(ALICE, socket) for socket in ("phone", "laptop", "tab")] == [True, False, False]
    store.leave(ALICE, "phone")
    store.leave(ALICE, "tab")
    clock.after(GRACE + 1)
    assert store.take_lapsed() == []
    assert store.online([ALICE]) == {ALICE}

    store.leave(ALICE, "laptop")
    clock.after(GRACE + 1)
    assert store.online([ALICE]) == set()
    assert store.take_lapsed() == [ALICE]


def test_walking_from_page_to_page_is_not_going_away(store: Presence, clock: Clock) -> None:
    store.arrive(ALICE, "one page")
    store.leave(ALICE, "one page")
    clock.after(GRACE - 1)
    assert store.online([ALICE]) == {ALICE}
    assert store.take_lapsed() == []
    assert store.arrive(ALICE, "the next") is False
    clock.after(GRACE)
    assert store.take_lapsed() == []
    assert store.online([ALICE]) == {ALICE}


def test_a_crash_is_noticed_within_a_minute(store: Presence, clock: Clock) -> None:
    """Nobody says goodbye for a process that was killed."""
    store.arrive(ALICE, "phone")
    clock.after(LAPSE - 1)
    assert store.online([ALICE]) == {ALICE}
    clock.after(2)
    assert store.online([ALICE]) == set()
    assert store.take_lapsed() == [ALICE]
    assert LAPSE + SWEEP_EVERY < 60
    assert RENEW_EVERY < LAPSE / 2, "one lost renewal must not send anybody away"


def test_an_open_page_stays_here_for_hours(store: Presence, clock: Clock) -> None:
    store.arrive(ALICE, "phone")
    store.arrive(BOB, "laptop")
    for _ in range(200):
        clock.after(RENEW_EVERY)
        assert store.renew([(ALICE, "phone")]) == []
        store.take_lapsed()
    assert store.online([ALICE, BOB]) == {ALICE}


def test_each_departure_is_told_once(store: Presence, clock: Clock) -> None:
    for person in (ALICE, BOB, CAROL):
        store.arrive(person, f"phone of {person}")
    store.leave(ALICE, f"phone of {ALICE}")
    store.leave(BOB, f"phone of {BOB}")
    clock.after(GRACE + 1)
    assert sorted(store.take_lapsed()) == [ALICE, BOB]
    assert store.take_lapsed() == []
    assert store.arrive(ALICE, "again") is True


def test_a_socket_that_was_not_here_leaves_without_a_trace(store: Presence, clock: Clock) -> None:
    store.leave(ALICE, "never seen")
    assert store.online([ALICE]) == set()
    clock.after(GRACE + 1)
    assert store.take_lapsed() == []


def test_whoever_was_forgotten_while_their_page_stayed_open_is_back_with_the_next_renewal(
    store: Presence, clock: Clock
) -> None:
    """The machine slept, or Redis was emptied: the sockets outlived what is known of them."""
    store.arrive(ALICE, "phone")
    store.arrive(BOB, "laptop")
    clock.after(LAPSE + 1)
    assert sorted(store.take_lapsed()) == [ALICE, BOB]
    assert store.renew([(ALICE, "phone"), (ALICE, "tab"), (BOB, "laptop")]) == [ALICE, BOB]
    assert store.online([ALICE, BOB]) == {ALICE, BOB}
    assert store.renew([(ALICE, "phone"), (BOB, "laptop")]) == []


class TestRedis:
    def test_two_processes_see_the_same_people_and_one_tells(self, redis_url: str, clock: Clock) -> None:
        one, other = RedisPresence(redis_url), RedisPresence(redis_url)
        assert one.arrive(ALICE, "phone") is True
        assert other.arrive(ALICE, "laptop") is False
        assert other.online([ALICE]) == {ALICE}
        one.leave(ALICE, "phone")
        clock.after(LAPSE + 1)
        told = one.take_lapsed() + other.take_lapsed()
        assert told == [ALICE]

    def test_somebody_who_comes_back_in_the_moment_they_are_missed_stays(self, redis_url: str, clock: Clock) -> None:
        """Found lapsed by one process, back on another before the first has told it."""
        one, other = RedisPresence(redis_url), RedisPresence(redis_url)
        with ThreadPoolExecutor(2) as threads:
            for number in range(100):
                other.arrive(ALICE, f"phone {number}")
                clock.after(LAPSE + 1)
                gone = threads.submit(one.take_lapsed)
                new = threads.submit(other.arrive, ALICE, f"laptop {number}")
                assert bool(gone.result()) == new.result(), "told to be gone, and not told to be back"
                assert one.online([ALICE]) == {ALICE}

    def test_what_is_kept_goes_by_itself(self, redis_url: str, clock: Clock) -> None:
        store = RedisPresence(redis_url)
        store.arrive(ALICE, "phone")
        assert 0 < store._redis.ttl(f"eclipse:presence:{ALICE}") <= 2 * LAPSE

    def test_without_redis_pages_go_on_and_nobody_is_known_to_be_here(
        self, redis_server: Redis, clock: Clock, caplog: pytest.LogCaptureFixture
    ) -> None:
        store = RedisPresence(redis_server.url)
        store.arrive(ALICE, "phone")
        redis_server.kill()
        assert store.online([ALICE]) == set()
        assert store.arrive(BOB, "laptop") is False
        assert store.take_lapsed() == []
        store.leave(ALICE, "phone")
        assert "Redis cannot be reached" in caplog.text

        redis_server.start()
        assert store.renew([(ALICE, "phone"), (BOB, "laptop")]) == [ALICE, BOB]


class TestInRooms:
    @pytest.fixture
    def here(self, monkeypatch: pytest.MonkeyPatch, clock: Clock) -> Iterator[ProcessPresence]:
        store = ProcessPresence()
        for module in (members, live, presence):
            monkeypatch.setattr(module, "presence", lambda: store)
        monkeypatch.setattr(live, "_sockets", {})
        yield store

    def test_whoever_is_here_stands_first_and_each_part_is_in_order(
        self, harbour: Harbour, here: ProcessPresence
    ) -> None:
        make_member(harbour.room, make_user("zoe", "Анна"))
        make_member(harbour.room, make_user("dave", "bart"))
        here.arrive(harbour.carol.pk, "phone")
        found = members.members_of(harbour.room, harbour.bob.pk)
        assert [(member.user.name, member.online) for member in found] == [
            ("bob", True),
            ("carol", True),
            ("alice", False),
            ("bart", False),
            ("Анна", False),
        ]
        assert [member.role for member in found][:3] == [Role.MODERATOR, Role.USER, Role.CREATOR]

    def test_a_long_list_is_cut_behind_those_who_are_here(self, harbour: Harbour, here: ProcessPresence) -> None:
        here.arrive(harbour.carol.pk, "phone")
        found = members.members_of(harbour.room, limit=2)
        assert [member.user.name for member in found] == ["carol", "alice"]

    def test_the_page_says_who_is_here(self, harbour: Harbour, here: ProcessPresence) -> None:
        here.arrive(harbour.carol.pk, "phone")
        page = browser_of(harbour.alice).get("/rooms/harbour/general/").content.decode()
        for person, state in ((harbour.carol, "online"), (harbour.alice, "online"), (harbour.bob, "offline")):
            assert f'<li id="member-{person.pk}" class="member" data-presence="{state}">' in page
        # A guest learns of nobody.
        assert "member-list" not in browser_of(None).get("/rooms/harbour/general/").content.decode()

    def test_the_rooms_of_a_person_are_told_when_they_come_go_and_come_back(
        self, transactional_db: None, here: ProcessPresence, told: Told, clock: Clock
    ) -> None:
        harbour = build_harbour()
        told.forget()

        def news() -> list[tuple[str, str]]:
            found = [
                (topic, state)
                for topic, fragment in told.fragments
                for state in ("online", "offline")
                if f'user="{harbour.carol.pk}" presence="{state}"' in fragment
            ]
            told.forget()
            return sorted(found)

        topics = sorted(members_topic(room.pk) for room in harbour.carol.rooms.all())
        assert len(topics) == 3
        clockwork = Hub()

        async_to_sync(live.arrive)(harbour.carol.pk, "phone")
        assert news() == [(topic, "online") for topic in topics]
        async_to_sync(live.arrive)(harbour.carol.pk, "laptop")
        async_to_sync(live._renew)(clockwork)
        assert news() == []

        async_to_sync(live.leave)(harbour.carol.pk, "laptop")
        clock.after(LAPSE + 1)
        async_to_sync(live._sweep)(clockwork)
        assert news() == [(topic, "offline") for topic in topics]
        # The phone's socket is open all the same: the process was held up.
        async_to_sync(live._renew)(clockwork)
        assert news() == [(topic, "online") for topic in topics]
