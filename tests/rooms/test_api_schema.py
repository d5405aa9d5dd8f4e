"""The schema is true: each action has its edge, each edge is described, and each answers as it is described."""

import inspect
import json
import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import URLResolver

import rooms.actions
from accounts import actions as account_actions
from eclipse.api import urls
from tests.rooms import api_people
from tests.rooms.api_people import Caller, People

people = api_people.people


# Actions that are reached under another name: the operation of the schema that calls them.
OTHER_NAMES = {"ensure_lobby": "register", "change_role": "edit_member", "set_nickname": "edit_member"}
# Nobody's own deed: `log_out` and `set_password` call it.
ACCOUNT_ACTIONS = {"register", "update_settings", "set_password", "suspend_account", "restore_account"}
# What stands in an address for a name; every number is 1.
SAMPLES = {"username": "nobody", "code": "a-guess"}
BODIES: dict[str, dict[str, Any]] = {
    "post_message": {"body": "Ahoy"},
    "edit_message": {"body": "Ahoy"},
    "mark_read": {"message": 1},
    "create_room": {"name": "Pier"},
    "log_in": {"username": "nobody", "password": "a guess"},
    "register": {"username": "", "password": ""},
    "set_password": {"old_password": "a", "new_password": "b"},
}


def described() -> dict[str, Any]:
    answer = Client().get("/api/schema/?format=json")
    assert answer.status_code == 200
    return json.loads(answer.content)


def routes_of(patterns: list[Any], above: str = "") -> Iterator[str]:
    """Every route, those of included lists too."""
    for pattern in patterns:
        route = above + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes_of(pattern.url_patterns, route)
        else:
            yield route


def operations() -> list[tuple[str, str, dict[str, Any]]]:
    """Method, path and description of everything that the schema tells."""
    paths = described()["paths"].items()
    return [(method, path, operation) for path, methods in paths for method, operation in methods.items()]


def call(caller: Caller, method: str, path: str, operation_id: str, slug: str) -> Any:
    address = re.sub(r"\{(\w+)\}", lambda name: SAMPLES.get(name[1], "1"), path.replace("{slug}", slug))
    if method == "get":
        return caller.get(address, **({"after": 0} if operation_id == "list_changes" else {}))
    return getattr(caller, method)(address, BODIES.get(operation_id))


@pytest.mark.django_db
def test_the_schema_is_valid_and_complete(tmp_path: Path) -> None:
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(tmp_path / "schema.yaml"), stderr=StringIO())
    documented = {path for _, path, _ in operations()}
    routes = set(routes_of(urls.urlpatterns)) - {"schema/", ""}
    assert {f"/api/{re.sub('<[a-z]+:', '{', route).replace('>', '}')}" for route in routes} == documented
    ids = [operation["operationId"] for *_, operation in operations()]
    assert len(ids) == len(set(ids))


@pytest.mark.django_db
def test_every_action_has_an_edge() -> None:
    known = {operation["operationId"] for *_, operation in operations()}
    names = [name for name in rooms.actions.__all__ if inspect.isfunction(getattr(rooms.actions, name))]
    assert "post_message" in names
    acts = {OTHER_NAMES.get(name, name) for name in names} | ACCOUNT_ACTIONS
    assert acts <= known
    assert all(callable(getattr(account_actions, name)) for name in ACCOUNT_ACTIONS)


def test_nothing_is_written_without_the_token(people: People) -> None:
    people.bob.say("harbour", "Ahoy")
    for caller in (people.alice, people.guest):
        del caller.headers["X-CSRFToken"]
        for method, path, operation in operations():
            answer = call(caller, method, path, operation["operationId"], "harbour")
            if method != "get":
                assert answer.status_code == 403, path
                assert "CSRF" in answer.json()["detail"]


def test_guests_are_told_to_log_in_where_the_schema_says_so(people: People) -> None:
    for method, path, operation in operations():
        answer = call(people.guest, method, path, operation["operationId"], "harbour")
        assert (answer.status_code == 401) == ("401" in operation["responses"]), path
        assert str(answer.status_code) in operation["responses"], path


@pytest.mark.parametrize("who", ["mallory", "guest"])
def test_a_private_room_answers_as_one_that_does_not_exist(people: People, who: str) -> None:
    secret = people.alice.say("vault", "A secret")
    caller = getattr(people, who)
    tried = 0
    for method, path, operation in operations():
        if "{slug}" not in path:
            continue
        tried += 1
        path = path.replace("{message_id}", str(secret["id"]))
        hidden, missing = (
            call(caller, method, path, operation["operationId"], slug) for slug in ("vault", "no-such-room")
        )
        # Whoever writes has to log in first, wherever it leads.
        expected = 401 if who == "guest" and method != "get" else 404
        assert hidden.status_code == missing.status_code == expected, path
        assert hidden.content == missing.content
        # `Expires` is the moment of the answer, which a second may pass between.
        assert told(hidden) == told(missing)
    assert tried > 10
    for slug in ("vault", "no-such-room"):
        answer = people.mallory.post(f"chat/rooms/{slug}/read/", {"message": secret["id"]})
        assert answer.status_code == 404


def test_bad_questions_tell_a_stranger_nothing_of_a_private_room(people: People) -> None:
    for slug in ("vault", "no-such-room"):
        messages = f"chat/rooms/{slug}/messages/"
        answers = [
            people.mallory.get(messages, limit="x"),
            people.mallory.get(messages, channel=2**70),
            people.mallory.post(messages, {"body": ""}),
            people.mallory.post(messages, {"channel": "x"}),
            people.mallory.post(f"chat/rooms/{slug}/read/", {}),
            people.mallory.get(f"chat/rooms/{slug}/changes/"),
            people.mallory.get(f"chat/rooms/{slug}/members/", limit="x"),
        ]
        assert [answer.status_code for answer in answers] == [404] * len(answers)
        assert {answer.content for answer in answers} == {b'{"detail":"There is nothing here."}'}


def told(answer: Any) -> dict[str, str]:
    """An answer's headers, but for the time of day."""
    return {name: answer[name] for name in answer.headers if name != "Expires"}
