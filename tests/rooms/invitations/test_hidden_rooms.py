"""A private room and one that does not exist are the same to strangers: in words, in status and in what is looked up.

What takes another number of queries, or other ones, takes another time: so these are compared, on every route.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver

from rooms import actions
from tests.factories import post
from tests.rooms.conftest import Harbour, browser_of

# What an address holds beside the slug, as somebody might guess it who knows the private room well.
METHODS = ("get", "post", "put", "patch", "delete")


def routes() -> Iterator[str]:
    """Every route of the site with a room's slug in it, as `/rooms/<slug:slug>/…`."""

    def walk(patterns: list[Any], above: str) -> Iterator[str]:
        for pattern in patterns:
            route = above + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                yield from walk(pattern.url_patterns, route)
            elif isinstance(pattern, URLPattern):
                yield route

    return (route for route in walk(get_resolver().url_patterns, "/") if "<slug:slug>" in route)


def shape(captured: CaptureQueriesContext) -> list[str]:
    """The queries without the values in them."""
    statements = (query["sql"] for query in captured.captured_queries)
    return [re.sub(r"'(?:[^']|'')*'|\b\d+\b|%s", "?", statement) for statement in statements]


def knock(client: Client, method: str, address: str) -> tuple[int, str, list[str]]:
    body: dict[str, Any] = {}
    if address.startswith("/api/") and method != "get":
        body = {"content_type": "application/json", "data": {}}
    with CaptureQueriesContext(connection) as captured:
        answer = getattr(client, method)(address, **body)
    told = answer.content.decode() + answer.get("Location", "")
    return answer.status_code, re.sub(r'nonce="[^"]*"|value="[^"]*"', "", told), shape(captured)


@pytest.mark.parametrize("who", ["mallory", "guest"])
def test_a_private_room_is_as_one_that_does_not_exist(harbour: Harbour, who: str, subtests: pytest.Subtests) -> None:
    secret = post(harbour.carol, harbour.strongbox, "The gold is under the stairs")
    report = actions.file_report(actor=harbour.carol, room=harbour.vault, subject=harbour.bob, reason="Greed")
    invitation = actions.create_invitation(actor=harbour.bob, room=harbour.vault)
    known: dict[str, object] = {
        "message_id": secret.pk, "channel": "general", "channel_id": harbour.strongbox.pk, "username": "carol",
        "report_id": report.pk, "invitation_id": invitation.pk, "pk": report.pk, "code": invitation.code,
    }  # fmt: skip
    tried = 0
    client = browser_of(harbour.mallory if who == "mallory" else None)
    for route in sorted(set(routes())):
        guesses = re.sub(r"<(?:\w+:)?(?!slug>)(\w+)>", lambda name: str(known.get(name[1], 1)), route)
        for method in METHODS:
            hidden, missing = (
                # As long as the other, lest the addresses in the answers differ.
                knock(client, method, guesses.replace("<slug:slug>", slug))
                for slug in ("vault", "vaunt")
            )
            with subtests.test(f"{method} {route}"):
                assert hidden[0] == missing[0]
                assert hidden[1].replace("vault", "vaunt") == missing[1]
                assert hidden[2] == missing[2]
                assert hidden[0] in {302, 401, 404, 405}, "a stranger got something of a private room"
                assert "gold" not in hidden[1]
            tried += 1
    assert tried > 100


def test_a_number_of_a_private_rooms_message_tells_nothing_either(harbour: Harbour) -> None:
    secret = post(harbour.carol, harbour.strongbox, "The gold is under the stairs")
    for client in (browser_of(harbour.mallory), browser_of(None)):
        for slug in ("vault", "harbour"):
            address = "/api/chat/rooms/{}/messages/{}/"
            right, *wrong = (
                knock(client, "get", address.format(slug, number)) for number in (secret.pk, 10**9, 10**30, 0)
            )
            assert right[0] == 404
            assert wrong == [right] * 3
