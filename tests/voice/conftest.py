"""What tests of voice share: a TURN server; a room with people and a media server without media, and their pages."""

from collections.abc import AsyncIterator, Iterator

import pytest
from asgiref.sync import sync_to_async
from django.core.cache import cache
from django.db import connections
from pytest_django import Settings

from accounts.models import User
from eclipse import ratelimit
from eclipse.hub import hub
from rooms.models import Channel
from rooms.presence import presence
from tests.factories import make_channel
from tests.rooms.conftest import Harbour, Told, build_harbour
from tests.rooms.sockets.pages import Open, Page
from tests.services import find_program
from tests.voice.callers import Call, Caller
from tests.voice.coturn import Coturn
from tests.voice.media_servers import FakeEngine
from voice import switchboard
from voice.state import voice_state


@pytest.fixture(scope="session")
def coturn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Coturn]:
    """A real TURN server whose secret is known."""
    if find_program("turnserver") is None:
        pytest.skip("coturn is not installed")
    turn = Coturn(tmp_path_factory.mktemp("coturn"))
    turn.start()
    yield turn
    turn.stop()


@pytest.fixture(autouse=True)
def fresh_counts() -> Iterator[None]:
    """Nobody is held back, here or in a call because of another test."""
    _forget()
    yield
    _forget()


def _forget() -> None:
    cache.clear()
    ratelimit.forget_all()
    presence.cache_clear()
    voice_state.cache_clear()


@pytest.fixture(autouse=True)
def quick_passwords(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def stored(transactional_db: None) -> Harbour:
    """Harbour and vault, stored for sockets to see."""
    return build_harbour()


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    """Everything that open pages are told from now on, kept instead of sent."""
    told = Told()
    monkeypatch.setattr(hub, "publish", lambda topic, fragment: told.fragments.append((topic, fragment)))
    monkeypatch.setattr(hub, "command", lambda topic, name, **data: told.commands.append((topic, name)))
    return told


@pytest.fixture
def deck(stored: Harbour) -> Channel:
    """The voice channel of the harbour."""
    return stored.room.channels.select_related("room").get(slug="voice")


@pytest.fixture
async def bridge(stored: Harbour) -> Channel:
    """A second voice channel of the harbour."""
    return await sync_to_async(make_channel)(stored.room, "bridge", "voice")


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> FakeEngine:
    """The media server of every call of this test."""
    engine = FakeEngine()
    monkeypatch.setattr(switchboard, "make_engine", lambda: engine)
    return engine


@pytest.fixture
async def call(engine: FakeEngine) -> AsyncIterator[Call]:
    """Opens a voice channel's socket: `await call(alice, deck)`; all are closed in the end."""
    callers: list[Caller] = []

    async def call(user: User | None, channel: Channel | int | str) -> Caller:
        number = channel.pk if isinstance(channel, Channel) else channel
        caller = await sync_to_async(Caller)(number, user)
        callers.append(caller)
        await caller.open()
        return caller

    yield call
    for caller in callers:
        await caller.leave()
    await sync_to_async(connections.close_all)()


@pytest.fixture
async def visit() -> AsyncIterator[Open]:
    """Opens a page's socket: `await visit(alice, "/ws/chat/harbour/")`; all are closed in the end."""
    pages: list[Page] = []

    async def visit(user: User | None, path: str) -> Page:
        page = await sync_to_async(Page)(path, user)
        pages.append(page)
        await page.open()
        return page

    yield visit
    for page in pages:
        await page.leave()
    await sync_to_async(connections.close_all)()
