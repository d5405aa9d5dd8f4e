"""A line of a table, and the words with which it is written."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.rooms.matrix.rules import AnyRule, Rule, rule

# What is sent, or how it is made of the names of what there is.
Sent = Mapping[str, Any] | bytes | Callable[[Mapping[str, Any]], Any]


@dataclass(frozen=True)
class Row:
    """A line of a table: for whom an address opens, with what it is asked, and at which of the things in town.

    `at` says what a part of the address stands for, where it is not what it is called: `{"pk": "invitation_id"}`.
    `but` are those to whom something else happens, for a reason that is no right: `{"alice": "409"}`.
    """

    rule: Rule
    method: str = ""
    sends: Sent = field(default_factory=dict)
    at: Mapping[str, str] = field(default_factory=dict)
    query: str = ""
    but: Mapping[str, str] = field(default_factory=dict)


def page(opens_for: AnyRule, **more: Any) -> tuple[Row, ...]:
    """What is only looked at."""
    return (Row(rule(opens_for), "GET", **more),)


def deed(opens_for: AnyRule, sends: Sent | None = None, **more: Any) -> tuple[Row, ...]:
    """What is only done: `sends` is a form as somebody would fill it in."""
    return (Row(rule(opens_for), "POST", sends or {}, **more),)


def form(
    opens_for: AnyRule, sends: Sent | None = None, *, seen_by: AnyRule | None = None, **more: Any
) -> tuple[Row, ...]:
    """A page with a form on it; `seen_by` where others than those who may send it may look at it."""
    return (*page(seen_by or opens_for, **{**more, "but": {}}), *deed(opens_for, sends, **more))


def edge(opens_for: AnyRule, sends: Sent | None = None, **more: Any) -> tuple[Row, ...]:
    """One method of a REST edge and the JSON that it takes; where that decides who may, each kind has a line."""
    return (Row(rule(opens_for), sends=sends or {}, **more),)
