"""Reads the demo's people, rooms and conversations from their files, and tells when each thing is said.

A conversation ends a few minutes before now, whenever now is: what was said on earlier days bears a time of the day,
what was said lately the minutes that have passed since.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
LOBBY = "lobby"
# The longest that the lively end of a conversation may last; days are counted from its beginning, so that "yesterday
# at 22:00" comes before it even when now is shortly after midnight.
RECENT = timedelta(hours=3)
# People who write in the same minute do not write in the same second.
BREATH = timedelta(seconds=9)


@dataclass(frozen=True)
class Somebody:
    """A person of the demo; `since` is how many days ago they signed up."""

    username: str
    name: str
    since: int


@dataclass(frozen=True)
class Said:
    """One message of a conversation. A deleted one has no text."""

    at: datetime
    by: str
    body: str
    name: str = ""
    answers: str = ""
    edited_at: datetime | None = None
    deleted_at: datetime | None = None


@dataclass(frozen=True)
class Conversation:
    """A channel and what is said in it; `unread` is how many of the newest messages `demo` has not seen."""

    name: str
    subject: str
    unread: int
    said: list[Said]


@dataclass(frozen=True)
class Scene:
    """A room, who is in it, and its channels in order. The lobby is there already: it has only conversations."""

    key: str
    conversations: list[Conversation]
    name: str = ""
    description: str = ""
    visibility: str = ""
    creator: str = ""
    moderators: list[str] = field(default_factory=list)
    members: list[str] = field(default_factory=list)
    opened: int = 0


def people() -> list[Somebody]:
    """Everybody in the demo, those who have been here longest first."""
    entries = tomllib.loads((HERE / "people.toml").read_text(encoding="utf-8"))
    found = [Somebody(username, entry.get("name", ""), entry["since"]) for username, entry in entries.items()]
    return sorted(found, key=lambda somebody: -somebody.since)


def scenes(now: datetime) -> list[Scene]:
    """Every room of the demo as it would be at `now`, the oldest first; `ValueError` where a file's times go back."""
    found = [scene(folder, now) for folder in sorted((HERE / "scenes").iterdir()) if folder.is_dir()]
    return sorted(found, key=lambda each: (each.key != LOBBY, -each.opened))


def scene(folder: Path, now: datetime) -> Scene:
    """The room that a folder describes."""
    room = tomllib.loads((folder / "room.toml").read_text(encoding="utf-8"))
    conversations = [_conversation(folder / f"{stem}.toml", now) for stem in room.pop("channels")]
    return Scene(key=folder.name, conversations=conversations, **room)


def _conversation(path: Path, now: datetime) -> Conversation:
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    said: list[Said] = []
    written = datetime.min.replace(tzinfo=UTC)
    for at, by, body, extra in _lines(content, now):
        if at < written:
            raise ValueError(f"{path.name}: “{body[:40]}” is said before the line above it")
        written = at
        # Within a minute the order of the file is the order of the messages.
        if said and at <= said[-1].at:
            at = said[-1].at + BREATH
        said.append(
            Said(
                at, by, body.strip("\n"), extra.get("as", ""), extra.get("re", ""),
                _minutes_later(at, extra.get("edited")), _minutes_later(at, extra.get("deleted")),
            )
        )  # fmt: skip
    return Conversation(content.get("name", path.stem), content["subject"], content.get("unread", 0), said)


def _lines(content: dict[str, Any], now: datetime) -> Iterator[tuple[datetime, str, str, dict[str, Any]]]:
    """When, who, what, and `as`, `re`, `edited`, `deleted` where a line has a fourth part."""
    first_day = (now - RECENT).astimezone(UTC).date()
    for day in content.get("days", []):
        date = first_day - timedelta(days=day["ago"])
        for line in day["said"]:
            clock, by, body, extra = _parts(line)
            yield datetime.combine(date, time.fromisoformat(clock), UTC), by, body, extra
    for line in content.get("recent", {}).get("said", []):
        minutes, by, body, extra = _parts(line)
        yield now - timedelta(minutes=minutes), by, body, extra


def _parts(line: list[Any]) -> tuple[Any, str, str, dict[str, Any]]:
    when, by, body, *rest = line
    return when, by, body, rest[0] if rest else {}


def _minutes_later(at: datetime, minutes: int | None) -> datetime | None:
    return None if minutes is None else at + timedelta(minutes=minutes)
