"""What the stories about rooms share: nobody is held back or here because of another test, and who was told what."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from eclipse import ratelimit
from eclipse.hub import hub
from rooms.models import Channel, Room
from rooms.models.room import Visibility
from rooms.permissions import Role
from rooms.presence import presence
from tests.factories import make_member, make_room, make_user, text_channel
from voice.state import voice_state


@pytest.fixture(autouse=True)
def fresh_counts() -> Iterator[None]:
    """No test is held back by what another one did, and nobody is still here or in a call from it."""
    _forget()
    yield
    _forget()


def _forget() -> None:
    # With --services this empties the tests' Redis: rate limits and presence, too.
    cache.clear()
    ratelimit.forget_all()
    presence.cache_clear()
    voice_state.cache_clear()


@pytest.fixture(autouse=True)
def quick_passwords(settings: Settings) -> None:
    """Argon2 is slow on purpose; these stories are not about that."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@dataclass
class Told:
    """What was published, in order."""

    fragments: list[tuple[str, str]] = field(default_factory=list)
    commands: list[tuple[str, str]] = field(default_factory=list)

    @property
    def topics(self) -> list[str]:
        return [topic for topic, _ in self.fragments]

    def to(self, topic: str) -> list[str]:
        return [fragment for where, fragment in self.fragments if where == topic]

    def forget(self) -> None:
        self.fragments.clear()
        self.commands.clear()


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    """Everything that open pages are told from now on, kept instead of sent."""
    told = Told()
    monkeypatch.setattr(hub, "publish", lambda topic, fragment: told.fragments.append((topic, fragment)))
    monkeypatch.setattr(hub, "command", lambda topic, name, **data: told.commands.append((topic, name)))
    return told


@dataclass
class Harbour:
    """A public room and a private one of alice's. Bob moderates both, carol belongs to both; mallory is a stranger."""

    alice: User
    bob: User
    carol: User
    mallory: User
    room: Room
    vault: Room
    general: Channel
    strongbox: Channel


def build_harbour() -> Harbour:
    alice, bob, carol, mallory = map(make_user, ("alice", "bob", "carol", "mallory"))
    room, vault = make_room(alice, "Harbour"), make_room(alice, "Vault", Visibility.PRIVATE)
    for each in (room, vault):
        make_member(each, bob, Role.MODERATOR)
        make_member(each, carol)
    return Harbour(alice, bob, carol, mallory, room, vault, text_channel(room), text_channel(vault))


@pytest.fixture
def harbour(db: None) -> Harbour:
    return build_harbour()


@pytest.fixture
def stored(transactional_db: None) -> Harbour:
    """The harbour for stories in which commits matter."""
    return build_harbour()


def browser_of(user: User | None, *, enforce_csrf_checks: bool = False) -> Client:
    """A browser in which `user` is logged in; a guest's for nobody."""
    client = Client(enforce_csrf_checks=enforce_csrf_checks, raise_request_exception=True)
    if user is not None:
        client.force_login(user)
    return client
