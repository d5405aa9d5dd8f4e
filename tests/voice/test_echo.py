"""`/ws/voice/test/`: somebody hears themself, through the real media server, and nobody else hears of it."""

import pytest

from tests.rooms.conftest import Harbour
from tests.rooms.sockets.pages import CHAT, Open
from tests.voice.callers import Call, Caller
from tests.voice.media_servers import FakeEngine
from voice import echo
from voice.engine import Ended, Lane, LanesChanged


@pytest.fixture
async def mirror(stored: Harbour, engine: FakeEngine, call: Call) -> Caller:
    """Carol's page at the test, before she begins."""
    return await call(stored.carol, "test")


async def test_carol_is_offered_a_call_with_herself(mirror: Caller, engine: FakeEngine, stored: Harbour) -> None:
    welcome = await mirror.joins(muted=False, deafened=False)
    held = engine.of(stored.carol.pk)
    assert held.allowance.hears_self and not held.allowance.may_show
    assert held.channel < 0 and welcome["session"] == engine.session_of(stored.carol.pk)
    engine.tell(LanesChanged(welcome["session"], [Lane("4", stored.carol.pk, None)]))
    assert (await mirror.told("lanes"))["lanes"][0]["user"] == stored.carol.pk
    engine.speaks(held.channel, stored.carol.pk)
    assert (await mirror.told("speaking"))["users"] == [stored.carol.pk]
    await mirror.asks("leave")
    await mirror.leave()
    assert not engine.held


async def test_two_people_who_test_at_once_do_not_meet(
    stored: Harbour, mirror: Caller, call: Call, engine: FakeEngine
) -> None:
    other = await call(stored.bob, "test")
    await mirror.joins(muted=False, deafened=False)
    await other.joins(muted=False, deafened=False)
    assert engine.of(stored.bob.pk).channel != engine.of(stored.carol.pk).channel


async def test_a_page_that_is_closed_ends_the_test(mirror: Caller, engine: FakeEngine) -> None:
    await mirror.joins(muted=False, deafened=False)
    [session] = engine.held
    await mirror.leave()
    assert engine.left == [session]


async def test_a_test_ends_by_itself(mirror: Caller, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(echo, "LONGEST", 0.2)
    await mirror.joins(muted=False, deafened=False)
    ended = await mirror.told("ended")
    assert ended["message"] and not engine.held


async def test_a_line_that_dies_is_told(mirror: Caller, engine: FakeEngine) -> None:
    welcome = await mirror.joins(muted=False, deafened=False)
    engine.tell(Ended(welcome["session"], "line_dead"))
    assert (await mirror.told("ended"))["reason"] == "line_dead"


async def test_a_bad_answer_is_told(mirror: Caller) -> None:
    await mirror.asks("join", muted=False, deafened=False)
    offer = await mirror.told("offer")
    await mirror.asks("answer", number=offer["number"], sdp="nonsense")
    assert (await mirror.told("error"))["code"] == "bad_answer"


async def test_a_guest_has_no_test(stored: Harbour, call: Call) -> None:
    guest = await call(None, "test")
    assert await guest.is_closed() == 4403


async def test_nobody_else_hears_of_it(stored: Harbour, visit: Open, mirror: Caller, engine: FakeEngine) -> None:
    bob_reads = await visit(stored.bob, CHAT)
    await mirror.joins(muted=False, deafened=False)
    engine.speaks(engine.of(stored.carol.pk).channel, stored.carol.pk)
    await mirror.told("speaking")
    assert "voice_" not in bob_reads.text
