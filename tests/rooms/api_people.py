"""Alice, bob, mallory and a guest with a REST client each, for the tests that tell their stories."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from accounts.actions import register
from accounts.models import User
from eclipse import ratelimit
from rooms.models import Room

PASSWORD = "a lantern on the harbour wall"


class Caller:
    """A program that talks to /api/ as a person, or as a guest: session, CSRF token, JSON."""

    def __init__(self, user: User | None = None, language: str = "en") -> None:
        self.user = user
        self.http = Client(enforce_csrf_checks=True, raise_request_exception=False)
        self.headers = {"Accept-Language": language}
        if user is not None:
            self.http.force_login(user)
        self.take_token()

    def take_token(self) -> None:
        self.headers["X-CSRFToken"] = self.get("auth/csrf/").json()["csrf_token"]

    def get(self, path: str, **query: Any) -> Any:
        return self.http.get(self.address(path), query, headers=self.headers)

    def post(self, path: str, body: Any = None) -> Any:
        return self._write("post", path, body)

    def patch(self, path: str, body: Any = None) -> Any:
        return self._write("patch", path, body)

    def put(self, path: str, body: Any = None) -> Any:
        return self._write("put", path, body)

    def delete(self, path: str, body: Any = None) -> Any:
        return self._write("delete", path, body)

    def _write(self, method: str, path: str, body: Any) -> Any:
        send = getattr(self.http, method)
        if body is None:
            return send(self.address(path), headers=self.headers)
        return send(self.address(path), body, content_type="application/json", headers=self.headers)

    @staticmethod
    def address(path: str) -> str:
        return path if path.startswith("/") else f"/api/{path}"

    def create_room(self, name: str, visibility: str = "public") -> str:
        """The address of a new room."""
        answer = self.post("chat/rooms/", {"name": name, "visibility": visibility})
        assert answer.status_code == 201, answer.content
        return answer.json()["slug"]

    def say(self, slug: str, body: str, **more: object) -> dict[str, Any]:
        """The message that was written."""
        answer = self.post(f"chat/rooms/{slug}/messages/", {"body": body, **more})
        assert answer.status_code == 201, answer.content
        return answer.json()


class People:
    """Alice created the public room "harbour" and the private room "vault", and bob is a member of the harbour."""

    def __init__(self) -> None:
        self.alice = Caller(register(username="alice", password=PASSWORD, email="alice@example.org"))
        self.bob = Caller(register(username="bob", password=PASSWORD))
        self.mallory = Caller(register(username="mallory", password=PASSWORD))
        self.guest = Caller()
        assert self.alice.create_room("Harbour") == "harbour"
        # Whose address the stories can name, without a key.
        Room.objects.filter(slug=self.alice.create_room("Vault", "private")).update(slug="vault")
        assert self.bob.post("chat/rooms/harbour/join/").status_code == 200


@pytest.fixture
def people(db: None, settings: Settings) -> Iterator[People]:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "messages": "1000/1 second", "rooms": "1000/1 second"}
    # The real one takes its time on purpose, and none of these people logs in by password.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    cache.clear()
    ratelimit.forget_all()
    yield People()
    cache.clear()
    ratelimit.forget_all()
