"""Limits that move with the clock, and the memory that counts them in one process."""

import threading
from collections.abc import Iterator

import pytest
from pytest_django import Settings

from eclipse import moving_window, ratelimit
from eclipse.moving_window import ProcessStorage
from eclipse.ratelimit import RateLimited


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def time(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(moving_window.time, "time", clock.time)
    return clock


@pytest.fixture(autouse=True)
def three_in_ten_seconds(settings: Settings) -> Iterator[None]:
    settings.REDIS_URL = ""
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "messages": "3/10 second"}
    ratelimit._storage.cache_clear()
    ratelimit.forget_all()
    yield
    ratelimit._storage.cache_clear()
    ratelimit._limit.cache_clear()


def test_the_window_moves_and_says_when_to_come_back(clock: Clock) -> None:
    ratelimit.spend("messages", "alice")
    clock.now += 4
    ratelimit.spend("messages", "alice")
    ratelimit.spend("messages", "alice")
    with pytest.raises(RateLimited) as refused:
        ratelimit.spend("messages", "alice")
    assert refused.value.retry_after == 6
    ratelimit.spend("messages", "bob")
    clock.now += 5.9
    with pytest.raises(RateLimited) as refused:
        ratelimit.spend("messages", "alice")
    assert refused.value.retry_after == 1
    clock.now += 0.2
    ratelimit.spend("messages", "alice")
    with pytest.raises(RateLimited):
        ratelimit.spend("messages", "alice")


def test_being_refused_costs_nothing(clock: Clock) -> None:
    for _ in range(3):
        ratelimit.spend("messages", "alice")
    for _ in range(50):
        clock.now += 0.1
        with pytest.raises(RateLimited):
            ratelimit.spend("messages", "alice")
    clock.now += 5.1
    ratelimit.spend("messages", "alice")


def test_many_threads_get_no_more_than_one_would() -> None:
    storage, taken = ProcessStorage(), []

    def take() -> None:
        taken.extend(storage.acquire_entry("alice", 100, 60) for _ in range(50))

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert taken.count(True) == 100


def test_the_people_of_yesterday_are_forgotten(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moving_window, "SWEEP_AT", 100)
    storage = ProcessStorage()
    for number in range(100):
        storage.acquire_entry(f"visitor {number}", 3, 10)
    clock.now += 11
    storage.acquire_entry("alice", 3, 10)
    assert storage.reset() == 1
