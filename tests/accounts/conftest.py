from collections.abc import Callable, Iterator

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from accounts import actions
from accounts.models import User
from eclipse import ratelimit

PASSWORD = "a lantern on the harbour wall"

SignUp = Callable[..., User]


@pytest.fixture(autouse=True)
def fresh_counts() -> Iterator[None]:
    """No test is held back by what another one did."""
    cache.clear()
    ratelimit.forget_all()
    yield
    cache.clear()


@pytest.fixture(autouse=True)
def quick_passwords(settings: Settings) -> None:
    """Argon2 is slow on purpose; these stories are not about that."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def sign_up(db: None) -> SignUp:
    def sign_up(username: str, password: str = PASSWORD, email: str = "") -> User:
        return actions.register(username=username, password=password, email=email)

    return sign_up


@pytest.fixture
def alice(sign_up: SignUp) -> User:
    return sign_up("alice", email="alice@example.org")


@pytest.fixture
def bob(sign_up: SignUp) -> User:
    return sign_up("bob", email="bob@example.org")


@pytest.fixture
def as_alice(alice: User) -> Client:
    """A browser in which alice is logged in."""
    client = Client()
    client.force_login(alice)
    return client


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What the open sockets were told, as pairs of topic and command."""
    commands: list[tuple[str, str]] = []
    monkeypatch.setattr(actions.hub, "command", lambda topic, name, **data: commands.append((topic, name)))
    return commands
