"""What no honest client sends: each gets a clear refusal, never a failure of the server, and nothing is stored."""

import json

import pytest
from django.db import IntegrityError
from django.test import Client

from rooms import actions
from rooms.models import Message, Room
from tests.rooms import api_people
from tests.rooms.api_people import Caller, People

people = api_people.people

HARBOUR = "/api/chat/rooms/harbour/messages/"


def send(caller: Caller, body: bytes, content_type: str = "application/json", path: str = HARBOUR) -> tuple[int, str]:
    """The status and what `detail` says."""
    answer = caller.http.generic("POST", path, body, content_type=content_type, headers=caller.headers)
    assert answer["Content-Type"] == "application/json"
    return answer.status_code, answer.json().get("detail", "")


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"nothing",
        b'{"body": "x",}',
        b"{'body': 'x'}",
        b'{"body": NaN}',
        b'{"body": -Infinity}',
        b'{"body": "\xff\xfe"}',
        b'{"body": "\xed\xa0\x80"}',
        b'\xef\xbb\xbf{"body": "x"}',
        b'{"body": "a\x00b"}',
        b'{"reply_to": ' + b"9" * 5000 + b"}",
        '{"body": "x"}'.encode("utf-16"),
        b'{"body": ' + b"[" * 20_000 + b"]" * 20_000 + b"}",
        b'{"a": ' * 9_000,
    ],
    ids=lambda body: body[:16].decode("latin-1"),
)
def test_what_is_not_json_is_refused(people: People, body: bytes) -> None:
    assert send(people.bob, body) == (400, "The request is not valid JSON.")
    assert not Message.objects.exists()


@pytest.mark.parametrize("depth", [50, 400, 800, 950, 990])
def test_deep_json_is_refused_wherever_it_is_noticed(people: People, depth: int) -> None:
    nested = b"[" * depth + b"]" * depth
    for body in (nested, b'{"body": ' + nested + b"}", b'{"body": "x", "client_id": ' + nested + b"}"):
        assert send(people.bob, body)[0] == 400
    assert send(people.bob, b'{"name": "Pier", "visibility": ' + nested + b"}", path="/api/chat/rooms/")[0] == 400
    assert not Message.objects.exists()


@pytest.mark.parametrize("body", [b"[]", b'"text"', b"5", b"null", b"true", b"", b"[{}]"])
def test_what_is_no_object_is_refused(people: People, body: bytes) -> None:
    assert send(people.bob, body)[0] == 400
    assert not Message.objects.exists()


def test_a_charset_that_would_unpack_a_bomb_is_not_heeded(people: People) -> None:
    bomb = json.dumps({"body": "x"}).encode().hex().encode()
    assert send(people.bob, bomb, "application/json; charset=hex")[0] == 400
    assert send(people.bob, b'{"body": "\xd1\x8f"}', "application/json; charset=koi8-r")[0] == 201
    assert Message.objects.get().body == "я"


def test_what_is_too_large_is_refused_unread(people: People) -> None:
    body = json.dumps({"body": "x", "more": "x" * 70_000}).encode()
    assert send(people.bob, body) == (413, "The request is too large.")
    # The longest message there is, spelled in the longest way, fits.
    assert send(people.bob, json.dumps({"body": "\U0001f980" * 4000}).encode())[0] == 201


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "x", ""]
)
def test_only_json_is_read(people: People, content_type: str) -> None:
    assert send(people.bob, b"body=x", content_type)[0] == 415
    assert not Message.objects.exists()


def test_a_token_in_a_form_counts_for_nothing(people: People) -> None:
    token = people.bob.headers.pop("X-CSRFToken")
    form = f"body=x&csrfmiddlewaretoken={token}".encode()
    assert send(people.bob, form, "application/x-www-form-urlencoded")[0] == 403


def test_a_forged_origin_is_refused(people: People) -> None:
    people.bob.headers["Origin"] = "https://evil.example"
    answer = people.bob.post("chat/rooms/harbour/messages/", {"body": "x"})
    assert answer.status_code == 403
    assert "https://evil.example" in answer.json()["detail"]
    assert not Message.objects.exists()


def test_a_request_without_a_length_is_refused(people: People) -> None:
    people.bob.headers["Transfer-Encoding"] = "chunked"
    assert people.bob.post("chat/rooms/harbour/messages/", {"body": "x"}).status_code == 411


@pytest.mark.parametrize(
    "path",
    [
        "/api/",
        "/api/nothing/",
        "/api/chat/rooms",
        "/api/chat/rooms/har%00bour/",
        "/api/chat/rooms/har bour/",
        "/api/chat/rooms/%FF/",
        "/api/chat/rooms/harbour/messages/-1/",
        "/api/chat/rooms/harbour/messages/one/",
        f"/api/chat/rooms/harbour/messages/{'9' * 5000}/",
    ],
    ids=lambda path: path[:60],
)
def test_addresses_that_lead_nowhere_answer_in_json(people: People, path: str) -> None:
    for answer in (people.bob.get(path), people.bob.post(path, {}), people.bob.delete(path)):
        assert answer.status_code == 404
        assert answer.json() == {"detail": "There is nothing here."}


@pytest.mark.parametrize("number", [0, 2**62, 2**63, 2**64 + 1, 10**100])
def test_numbers_that_no_message_has_are_unknown(people: People, number: int) -> None:
    path = f"{HARBOUR}{number}/"
    for answer in (people.bob.get(path), people.bob.patch(path, {"body": "x"}), people.bob.delete(path)):
        assert (answer.status_code, answer.json()) == (404, {"detail": "There is nothing here."})


def test_a_very_long_address_of_a_room_is_unknown(people: People) -> None:
    assert people.bob.get(f"chat/rooms/{'x' * 5000}/").status_code == 404


def test_methods_that_are_not_there_are_told(people: People) -> None:
    answer = people.bob.put("chat/rooms/harbour/", {})
    assert answer.status_code == 405
    assert "GET" in answer["Allow"]
    assert list(answer.json()) == ["detail"]


def test_two_who_are_too_fast_for_the_database_are_told_of_a_conflict(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    def taken(**values: object) -> Room:
        raise IntegrityError("UNIQUE constraint failed")

    monkeypatch.setattr(actions, "create_room", taken)
    answer = people.bob.post("chat/rooms/", {"name": "Pier"})
    assert answer.status_code == 409
    assert "UNIQUE" not in answer.content.decode()


def test_a_browser_that_asks_for_a_page_gets_json(people: People) -> None:
    answer = Client().get("/api/chat/rooms/", headers={"Accept": "text/html, image/*;q=0.9"})
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    assert Client().get("/api/chat/rooms/?format=xml")["Content-Type"] == "application/json"
