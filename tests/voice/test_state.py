"""Who is in which call: the same stories for the store in one process and the one in a real Redis."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from tests.services import Redis
from voice import redis_state, state
from voice.redis_state import RedisState
from voice.state import (
    LAPSE,
    RENEW_EVERY,
    SWEEP_EVERY,
    ChannelFull,
    InAnotherCall,
    Participant,
    ProcessState,
    Roll,
    StateLost,
    VoiceState,
)

ALICE, BOB, CAROL, DAVE = 1, 2, 3, 4
DECK, BRIDGE = 70, 71


class Clock:
    """Time that passes when the story says so."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def time(self) -> float:
        return self.now

    def after(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    for module in (state, redis_state):
        monkeypatch.setattr(module, "time", clock)
    return clock


@pytest.fixture(params=["process", "Redis"])
def store(request: pytest.FixtureRequest, clock: Clock) -> VoiceState:
    return ProcessState() if request.param == "process" else RedisState(request.getfixturevalue("redis_url"))


def person(user: int, channel: int = DECK, session: str = "", **flags: Any) -> Participant:
    name = {ALICE: "alice", BOB: "Боб <b>", CAROL: "carol", DAVE: "dave"}[user]
    session = session or f"phone of {user}"
    return Participant(session=session, channel=channel, user=user, username=name, name=name, since=user, **flags)


def users(roll: Roll, channel: int = DECK) -> list[int]:
    return [each.user for each in roll.of(channel)]


class TestComingAndGoing:
    def test_whoever_comes_in_is_seen_as_they_are(self, store: VoiceState) -> None:
        bob = person(BOB, is_muted=True, is_server_deafened=True, is_streaming_screen=True, has_priority=True)
        assert store.enter(bob) is None
        assert store.in_channels([DECK, BRIDGE]).of(DECK) == [bob]
        assert store.in_channels([BRIDGE]).of(BRIDGE) == []
        assert store.in_channels([]).people == {}

    def test_what_they_do_is_seen(self, store: VoiceState) -> None:
        store.enter(person(ALICE))
        muted = person(ALICE, is_muted=True, is_streaming_camera=True)
        assert store.put(muted) is True
        assert store.in_channels([DECK]).of(DECK) == [muted]

    def test_people_stand_in_the_order_in_which_they_came(self, store: VoiceState) -> None:
        for each in (CAROL, ALICE, BOB):
            store.enter(person(each))
        store.put(person(ALICE, is_muted=True))
        assert users(store.in_channels([DECK])) == [ALICE, BOB, CAROL]

    def test_each_channel_has_its_own(self, store: VoiceState) -> None:
        store.enter(person(ALICE))
        store.enter(person(BOB, BRIDGE))
        roll = store.in_channels([BRIDGE, DECK])
        assert (users(roll, DECK), users(roll, BRIDGE)) == ([ALICE], [BOB])

    def test_whoever_leaves_is_gone_once(self, store: VoiceState) -> None:
        store.enter(person(ALICE))
        assert store.leave("phone of 1") == person(ALICE)
        assert store.leave("phone of 1") is None
        assert users(store.in_channels([DECK])) == []
        assert store.put(person(ALICE, is_muted=True)) is False, "nobody comes back by what they do"
        assert users(store.in_channels([DECK])) == []

    def test_of_two_looks_the_later_is_known(self, store: VoiceState) -> None:
        versions = [store.in_channels([DECK]).version for _ in range(3)]
        assert versions == sorted(set(versions))


class TestOneSessionAPerson:
    def test_a_second_page_has_to_ask(self, store: VoiceState) -> None:
        store.enter(person(ALICE))
        with pytest.raises(InAnotherCall) as busy:
            store.enter(person(ALICE, BRIDGE, "laptop"))
        assert busy.value.participant == person(ALICE)
        assert users(store.in_channels([DECK])) == [ALICE]

    def test_taking_over_moves_them_in_one_step(self, store: VoiceState) -> None:
        store.enter(person(ALICE))
        assert store.enter(person(ALICE, BRIDGE, "laptop"), take_over=True) == person(ALICE)
        roll = store.in_channels([DECK, BRIDGE])
        assert (users(roll, DECK), users(roll, BRIDGE)) == ([], [ALICE])
        assert store.leave("phone of 1") is None, "the page that was taken over ends nothing"
        assert users(store.in_channels([BRIDGE]), BRIDGE) == [ALICE]

    def test_of_many_pages_at_once_one_is_in(self, store: VoiceState) -> None:
        def enter(number: int) -> bool:
            try:
                return store.enter(person(ALICE, DECK + number % 3, f"page {number}")) is None
            except InAnotherCall:
                return False

        with ThreadPoolExecutor(8) as threads:
            assert sum(threads.map(enter, range(24))) == 1
        roll = store.in_channels([DECK, DECK + 1, DECK + 2])
        assert sum(len(people) for people in roll.people.values()) == 1


class TestLimit:
    def test_a_channel_holds_no_more_than_its_limit(self, store: VoiceState) -> None:
        store.enter(person(ALICE), limit=2)
        store.enter(person(BOB), limit=2)
        with pytest.raises(ChannelFull):
            store.enter(person(CAROL), limit=2)
        store.leave("phone of 2")
        store.enter(person(CAROL), limit=2)
        assert users(store.in_channels([DECK])) == [ALICE, CAROL]

    def test_whoever_may_comes_in_beyond_it(self, store: VoiceState) -> None:
        for each in (ALICE, BOB, CAROL):
            store.enter(person(each), limit=0)
        with pytest.raises(ChannelFull):
            store.enter(person(DAVE), limit=3)

    def test_one_who_takes_over_in_a_full_channel_keeps_their_place(self, store: VoiceState) -> None:
        store.enter(person(ALICE), limit=1)
        store.enter(person(ALICE, session="laptop"), limit=1, take_over=True)
        assert [each.session for each in store.in_channels([DECK]).of(DECK)] == ["laptop"]

    def test_who_cannot_come_in_stays_where_they_are(self, store: VoiceState) -> None:
        store.enter(person(ALICE, BRIDGE), limit=1)
        store.enter(person(BOB))
        with pytest.raises(ChannelFull):
            store.enter(person(BOB, BRIDGE, "laptop"), limit=1, take_over=True)
        assert users(store.in_channels([DECK])) == [BOB]

    def test_of_many_who_come_at_once_as_many_are_in_as_there_is_room(self, store: VoiceState) -> None:
        def enter(user: int) -> bool:
            try:
                store.enter(replace(person(ALICE), user=user, session=f"phone of {user}"), limit=5)
            except ChannelFull:
                return False
            return True

        with ThreadPoolExecutor(8) as threads:
            assert sum(threads.map(enter, range(100, 140))) == 5
        assert len(store.in_channels([DECK]).of(DECK)) == 5


class TestLapsing:
    def test_a_crash_is_noticed(self, store: VoiceState, clock: Clock) -> None:
        """Nobody says goodbye for a process that was killed."""
        store.enter(person(ALICE))
        store.enter(person(BOB))
        clock.after(LAPSE - 1)
        assert store.renew(["phone of 2"]) == set()
        clock.after(2)
        assert users(store.in_channels([DECK])) == [BOB]
        assert store.take_lapsed() == [person(ALICE)]
        assert store.take_lapsed() == []
        assert RENEW_EVERY < LAPSE / 2, "one lost renewal must not end a call"
        assert SWEEP_EVERY < LAPSE

    def test_a_call_goes_on_for_hours(self, store: VoiceState, clock: Clock) -> None:
        store.enter(person(ALICE))
        for _ in range(500):
            clock.after(RENEW_EVERY)
            assert store.renew(["phone of 1"]) == set()
            assert store.take_lapsed() == []
        assert users(store.in_channels([DECK])) == [ALICE]

    def test_who_has_lapsed_keeps_nobody_out(self, store: VoiceState, clock: Clock) -> None:
        store.enter(person(ALICE), limit=1)
        clock.after(LAPSE + 1)
        store.enter(person(BOB), limit=1)
        assert store.enter(person(ALICE, BRIDGE, "laptop")) == person(ALICE), "there is nobody to be asked"

    def test_a_session_that_was_cut_off_goes_on_within_its_time(self, store: VoiceState, clock: Clock) -> None:
        store.enter(person(ALICE))
        clock.after(LAPSE - 1)
        assert store.resume("phone of 1") == person(ALICE)
        clock.after(LAPSE - 1)
        assert users(store.in_channels([DECK])) == [ALICE]
        clock.after(2)
        assert store.resume("phone of 1") is None
        assert store.resume("never seen") is None

    def test_what_the_store_has_lost_is_told(self, store: VoiceState) -> None:
        store.enter(person(ALICE))
        assert store.renew(["phone of 1", "phone of 2"]) == {"phone of 2"}
        assert store.renew([]) == set()


class TestSpeaking:
    def talking(self, store: VoiceState) -> list[int]:
        return [each.user for each in store.in_channels([DECK]).of(DECK) if each.is_speaking]

    def test_who_talks_is_seen(self, store: VoiceState) -> None:
        for each in (ALICE, BOB, CAROL):
            store.enter(person(each))
        store.set_speaking(DECK, {ALICE, CAROL})
        assert self.talking(store) == [ALICE, CAROL]
        store.set_speaking(DECK, {BOB})
        assert self.talking(store) == [BOB]
        store.set_speaking(DECK, ())
        assert self.talking(store) == []

    def test_only_who_is_there_talks(self, store: VoiceState) -> None:
        store.enter(person(ALICE))
        store.set_speaking(DECK, {ALICE, BOB})
        store.enter(person(BOB))
        assert self.talking(store) == [ALICE]

    def test_whoever_leaves_talks_no_more(self, store: VoiceState) -> None:
        store.enter(person(ALICE))
        store.set_speaking(DECK, {ALICE})
        store.leave("phone of 1")
        store.enter(person(ALICE))
        assert self.talking(store) == []

    def test_what_somebody_does_changes_nothing_of_it(self, store: VoiceState) -> None:
        store.enter(person(ALICE))
        store.set_speaking(DECK, {ALICE})
        store.put(person(ALICE, is_streaming_screen=True))
        assert self.talking(store) == [ALICE]


def test_nothing_stays_of_a_thousand_calls(clock: Clock) -> None:
    store = ProcessState()
    for number in range(1000):
        store.enter(replace(person(ALICE), user=number, session=f"phone of {number}", channel=number))
        store.set_speaking(number, {number})
        if number % 2:
            store.leave(f"phone of {number}")
    clock.after(LAPSE + 1)
    store.take_lapsed()
    for kept in (store._entries, store._expiry, store._session_of, store._speaking):
        assert not kept


class TestRedis:
    @pytest.fixture
    def lost(self, redis_server: Redis) -> Iterator[RedisState]:
        """A store whose Redis was killed in the middle of a call."""
        store = RedisState(redis_server.url)
        store.enter(person(ALICE))
        redis_server.kill()
        yield store

    def test_two_processes_see_the_same(self, redis_url: str) -> None:
        one, other = RedisState(redis_url), RedisState(redis_url)
        one.enter(person(ALICE))
        with pytest.raises(InAnotherCall):
            other.enter(person(ALICE, session="laptop"))
        assert other.resume("phone of 1") == person(ALICE)
        one.set_speaking(DECK, {ALICE})
        assert other.in_channels([DECK]).of(DECK) == [person(ALICE, is_speaking=True)]

    def test_each_departure_is_told_by_one_process(self, redis_url: str, clock: Clock) -> None:
        stores = [RedisState(redis_url) for _ in range(4)]
        for user in range(40):
            stores[0].enter(replace(person(ALICE), user=user, session=f"phone of {user}"))
        clock.after(LAPSE + 1)
        with ThreadPoolExecutor(4) as threads:
            told = [each.user for lapsed in threads.map(lambda store: store.take_lapsed(), stores) for each in lapsed]
        assert sorted(told) == list(range(40))

    def test_everything_goes_by_itself(self, redis_url: str) -> None:
        store = RedisState(redis_url)
        store.enter(person(ALICE))
        store.set_speaking(DECK, {ALICE})
        keys = store._redis.keys("*")
        assert len(keys) == 5
        assert all(0 < store._redis.ttl(key) <= redis_state.KEPT for key in keys)
        store.leave("phone of 1")
        assert store._redis.keys("*") == []

    def test_without_redis_nobody_comes_in_and_calls_go_on(
        self, lost: RedisState, caplog: pytest.LogCaptureFixture
    ) -> None:
        with pytest.raises(StateLost):
            lost.enter(person(BOB))
        assert lost.put(person(ALICE, is_muted=True)) is True
        assert lost.renew(["phone of 1"]) == set(), "nobody is thrown out because Redis is away"
        assert lost.in_channels([DECK]).people == {}
        assert lost.leave("phone of 1") is None
        assert lost.take_lapsed() == []
        assert "Redis cannot be reached" in caplog.text

    def test_a_redis_that_was_emptied_asks_for_everybody_again(self, lost: RedisState, redis_server: Redis) -> None:
        redis_server.start()
        assert lost.renew(["phone of 1"]) == {"phone of 1"}
