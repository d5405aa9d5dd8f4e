"""Every address that leads somewhere, each of its methods with the line that a table has for it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from tests.rooms.matrix.edges import EDGES
from tests.rooms.matrix.elsewhere import SITE
from tests.rooms.matrix.pages import PAGES
from tests.rooms.matrix.rows import Row
from tests.rooms.matrix.rules import Rule

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
# A part of an address that stands for something: `<slug:channel>`, `(?P<key>[0-9a-z]+)`.
PART = re.compile(r"\(\?P<(\w+)>[^()]*\)|<(?:\w+:)?(\w+)>")


@dataclass(frozen=True)
class Door:
    """One method of one address."""

    name: str
    method: str
    address: str
    row: Row

    @property
    def rule(self) -> Rule:
        return self.row.rule


def plain(pattern: Any) -> str:
    """A route as the tables have it: `<channel>` is a part with that name."""
    return PART.sub(r"<\1\2>", str(pattern)).strip("^$")


def addresses(
    patterns: list[Any] | None = None, prefix: str = "", space: str = ""
) -> Iterator[tuple[str, str, str, Any]]:
    """Namespace, name, address and view of every URL that leads somewhere."""
    for each in get_resolver().url_patterns if patterns is None else patterns:
        address = prefix + plain(each.pattern)
        if isinstance(each, URLResolver):
            yield from addresses(each.url_patterns, address, each.namespace or space)
        elif isinstance(each, URLPattern):
            yield space, each.name or "", address, each.callback


def pages_of_rooms() -> dict[str, str]:
    """Name and address of every page of rooms."""
    return {name: address for space, name, address, _ in addresses() if space == "rooms"}


def methods_of_edges() -> dict[tuple[str, str], str]:
    """Name, method and address of everything that a program can ask for."""
    edges = [(name, address, view) for space, name, address, view in addresses() if space == "api" and name]
    return {
        (name, method): address
        for name, address, view in edges
        for method in METHODS
        if hasattr(view.view_class, method.lower())
    }


def elsewhere() -> set[str]:
    """Every address that is neither of these."""
    return {address for space, name, address, _ in addresses() if space != "rooms" and not (space == "api" and name)}


def doors_of_pages() -> list[Door]:
    found = pages_of_rooms()
    return [Door(name, row.method, found[name], row) for name, rows in PAGES.items() for row in rows if name in found]


def doors_of_edges() -> list[Door]:
    found = methods_of_edges()
    return [Door(key[0], key[1], found[key], row) for key, rows in EDGES.items() for row in rows if key in found]


def doors_elsewhere() -> list[Door]:
    return [Door("", row.method, address, row) for address, rows in SITE.items() for row in rows]
