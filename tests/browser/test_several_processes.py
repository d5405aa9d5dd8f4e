"""Two processes on one PostgreSQL and one Redis, as an operator with more people runs it."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.talking import People, box, join, message, new_room, open_live, say, texts, write
from tests.conftest import Eclipse
from tests.services import Postgres, Redis

LIMITS = {"RATE_LIMIT_MESSAGES": "1000/10 second", "ACCOUNT_RATE_LIMIT_SIGNUP": "1000/m/ip"}


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    server = Redis(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def two_processes(start_eclipse: Callable[..., Eclipse], redis: Redis) -> Iterator[tuple[Eclipse, Eclipse]]:
    # Outside pytest's own directories, which the account that PostgreSQL runs as may not enter.
    with tempfile.TemporaryDirectory(prefix="eclipse-postgres-", ignore_cleanup_errors=True) as directory:
        postgres = Postgres(Path(directory))
        postgres.start()
        both = [start_eclipse(DATABASE_URL=postgres.url, REDIS_URL=redis.url, **LIMITS) for _ in range(2)]
        yield both[0], both[1]
        for eclipse in both:
            eclipse.stop()
        postgres.stop()


def test_people_on_two_processes_talk(two_processes: tuple[Eclipse, Eclipse], person: People, redis: Redis) -> None:
    first, second = two_processes
    alice, bob = person("alice", server=first), person("bob", server=second)
    channel = new_room(alice)
    join(bob, channel)
    open_live(alice, channel)
    open_live(bob, channel)
    for page, other in ((alice.page, bob), (bob.page, alice)):
        member = page.get_by_role("list", name="Members").get_by_role("listitem").filter(has_text=other.username)
        expect(member).to_have_attribute("data-presence", "online")

    write(alice.page, "from the first process")
    expect(message(bob.page, "from the first process")).to_be_visible()
    box(bob.page).press_sequentially("from")
    expect(alice.page.locator("#typing")).to_contain_text("typing")
    write(bob.page, "from the second")
    expect(message(alice.page, "from the second")).to_be_visible()

    # Redis dies: what is posted is stored, and everybody catches up when it is back.
    redis.kill()
    say(alice, channel, "while Redis was dead")
    redis.start()
    expect(message(bob.page, "while Redis was dead")).to_be_visible(timeout=40_000)
    write(bob.page, "and on we go")
    expect(message(alice.page, "and on we go")).to_be_visible()
    assert texts(alice.page) == texts(bob.page)
    assert len(texts(alice.page)) == 4


def test_a_ban_on_one_process_shows_somebody_out_of_the_other(
    two_processes: tuple[Eclipse, Eclipse], person: People
) -> None:
    first, second = two_processes
    alice, bob = person("alice", server=first), person("bob", server=second)
    channel = new_room(alice)
    join(bob, channel)
    open_live(alice, channel)
    open_live(bob, channel)
    bob.allow("403")
    write(alice.page, f"/ban @{bob.username} 7d Loud")
    expect(bob.page.get_by_role("heading", name="You are banned from Night shift")).to_be_visible(timeout=2000)
    member = alice.page.get_by_role("list", name="Members").get_by_role("listitem").filter(has_text=bob.username)
    expect(member).to_have_count(0)
