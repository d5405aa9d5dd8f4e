"""The messages of a voice socket, both ways: what they hold, how they are read, and how they are written.

docs/voice-protocol.md tells what they mean. Down the socket each message is a JSON object and a newline, so that
the hub may join several into one frame; a client's frame holds one. What is read here is of the right type and size,
and nothing more is known of it: whether somebody may do what they ask is for voice/sessions.py to say.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, ClassVar, TypeVar

from eclipse.numbers import MAX_ID
from voice.engine import Lane, Source, Wish
from voice.state import Participant
from voice.turn import IceServer

# Of characters; the server refuses frames of more bytes before they come here (eclipse/server.py).
LARGEST_FRAME = 65_536
LONGEST_CANDIDATE = 1000
LONGEST_CAPTION = 500
LONGEST_SESSION = 64
LONGEST_MID = 16
# More than anybody sees at once; the rest are not sent anyway.
MOST_WISHES = 64
LARGEST_NUMBER = 2**31 - 1
T = TypeVar("T")


class NotUnderstood(Exception):
    """A frame that is no message of this protocol."""


# --- From the client --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Join:
    muted: bool = False
    deafened: bool = False
    take_over: bool = False
    # The one that was cut off and shall go on; empty for a new one.
    session: str = ""


@dataclass(frozen=True)
class Answer:
    number: int
    sdp: str


@dataclass(frozen=True)
class Candidate:
    number: int
    mid: str
    candidate: str


@dataclass(frozen=True)
class Restart:
    pass


@dataclass(frozen=True)
class State:
    """What the person does now; `None` for what has not changed."""

    muted: bool | None = None
    deafened: bool | None = None
    camera: bool | None = None
    screen: bool | None = None


@dataclass(frozen=True)
class Watch:
    wishes: tuple[Wish, ...]


@dataclass(frozen=True)
class WriteCaption:
    text: str
    final: bool


@dataclass(frozen=True)
class Leave:
    pass


ClientMessage = Join | Answer | Candidate | Restart | State | Watch | WriteCaption | Leave


def parse(frame: str) -> ClientMessage:
    """The message in a client's frame; raises `NotUnderstood`."""
    if len(frame) > LARGEST_FRAME:
        raise NotUnderstood("too long")
    try:
        fields = json.loads(frame)
    except (ValueError, RecursionError) as error:
        raise NotUnderstood("not JSON") from error
    if not isinstance(fields, dict):
        raise NotUnderstood("not an object")
    kind = fields.pop("type", None)
    read = _READERS.get(kind) if isinstance(kind, str) else None
    if read is None:
        raise NotUnderstood("of no known type")
    return read(_Fields(fields))


class _Fields:
    """A JSON object's fields, taken one by one; what is left in the end was never agreed."""

    def __init__(self, fields: dict[str, Any]) -> None:
        self._fields = fields

    def _take(self, name: str, kind: type[T]) -> T | None:
        """The field's value; `None` where there is none, or null."""
        value = self._fields.pop(name, None)
        # A bool is an int to Python, and none to anybody else.
        if value is not None and type(value) is not kind:
            raise NotUnderstood(name)
        return value

    def _demand(self, name: str, kind: type[T]) -> T:
        value = self._take(name, kind)
        if value is None:
            raise NotUnderstood(name)
        return value

    def flag(self, name: str) -> bool:
        return self._take(name, bool) or False

    def change(self, name: str) -> bool | None:
        return self._take(name, bool)

    def number(self, name: str, most: int = LARGEST_NUMBER) -> int:
        value = self._demand(name, int)
        if not 0 <= value <= most:
            raise NotUnderstood(name)
        return value

    def text(self, name: str, longest: int, *, optional: bool = False) -> str:
        value = (self._take(name, str) or "") if optional else self._demand(name, str)
        # A lone surrogate is JSON, and no text: nothing could be sent on with it.
        if len(value) > longest or not _is_unicode(value):
            raise NotUnderstood(name)
        return value

    def wishes(self, name: str) -> tuple[Wish, ...]:
        value = self._demand(name, list)
        if len(value) > MOST_WISHES:
            raise NotUnderstood(name)
        return tuple(_wish(each) for each in value)

    def end(self) -> None:
        if self._fields:
            raise NotUnderstood("fields that nobody knows")


def _is_unicode(text: str) -> bool:
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)


def _wish(value: object) -> Wish:
    if not isinstance(value, dict):
        raise NotUnderstood("wishes")
    fields = _Fields(value)
    try:
        source = Source(fields.text("source", 16))
    except ValueError as error:
        raise NotUnderstood("source") from error
    if source is Source.MICROPHONE:
        # Voices come by themselves.
        raise NotUnderstood("source")
    wish = Wish(fields.number("user", MAX_ID), source, fields.flag("large"))
    fields.end()
    return wish


def _join(fields: _Fields) -> Join:
    session = fields.text("session", LONGEST_SESSION, optional=True)
    return Join(fields.flag("muted"), fields.flag("deafened"), fields.flag("take_over"), session)


def _answer(fields: _Fields) -> Answer:
    return Answer(fields.number("number"), fields.text("sdp", LARGEST_FRAME))


def _candidate(fields: _Fields) -> Candidate:
    number, mid = fields.number("number"), fields.text("mid", LONGEST_MID)
    return Candidate(number, mid, fields.text("candidate", LONGEST_CANDIDATE))


def _state(fields: _Fields) -> State:
    return State(*(fields.change(name) for name in ("muted", "deafened", "camera", "screen")))


def _caption(fields: _Fields) -> WriteCaption:
    return WriteCaption(fields.text("text", LONGEST_CAPTION), fields.flag("final"))


def _strict(read: Callable[[_Fields], ClientMessage]) -> Callable[[_Fields], ClientMessage]:
    def reader(fields: _Fields) -> ClientMessage:
        message = read(fields)
        fields.end()
        return message

    return reader


_READERS: Mapping[str, Callable[[_Fields], ClientMessage]] = {
    "join": _strict(_join),
    "answer": _strict(_answer),
    "candidate": _strict(_candidate),
    "restart": _strict(lambda fields: Restart()),
    "state": _strict(_state),
    "watch": _strict(lambda fields: Watch(fields.wishes("wishes"))),
    "caption": _strict(_caption),
    "leave": _strict(lambda fields: Leave()),
}


# --- From the server --------------------------------------------------------------------------------


class Reason(StrEnum):
    """Why somebody is out of a call."""

    KICKED = "kicked"
    MOVED = "moved"
    BANNED = "banned"
    CHANNEL_DELETED = "channel_deleted"
    LEFT = "left"
    TAKEN_OVER = "taken_over"
    NO_ANSWER = "no_answer"
    LINE_DEAD = "line_dead"
    FULL = "full"
    LOCKED = "locked"
    LOGGED_OUT = "logged_out"
    STOPPING = "stopping"
    UNAVAILABLE = "unavailable"


class Problem(StrEnum):
    """Why what was asked was not done."""

    NOT_UNDERSTOOD = "not_understood"
    NOT_JOINED = "not_joined"
    ALREADY_JOINED = "already_joined"
    NOT_ALLOWED = "not_allowed"
    FILTERED = "filtered"
    TOO_FAST = "too_fast"
    BAD_ANSWER = "bad_answer"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True)
class Person:
    """Somebody in the call, as everybody in it may see them."""

    user: int
    username: str
    name: str
    colour: int
    muted: bool
    deafened: bool
    server_muted: bool
    server_deafened: bool
    camera: bool
    screen: bool
    priority: bool

    @classmethod
    def of(cls, participant: Participant) -> "Person":
        return cls(
            user=participant.user,
            username=participant.username,
            name=participant.name,
            colour=participant.colour,
            muted=participant.is_muted,
            deafened=participant.is_deafened,
            server_muted=participant.is_server_muted,
            server_deafened=participant.is_server_deafened,
            camera=participant.is_streaming_camera,
            screen=participant.is_streaming_screen,
            priority=participant.has_priority,
        )


@dataclass(frozen=True)
class Rights:
    """What the person may do in the call."""

    speak: bool
    show: bool
    caption: bool
    moderate: bool
    # Why moderators took some of them, in their words.
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class ServerMessage:
    type: ClassVar[str]


@dataclass(frozen=True, kw_only=True)
class Welcome(ServerMessage):
    type: ClassVar[str] = "welcome"
    session: str
    user: int
    channel: int
    name: str
    rights: Rights
    ice_servers: list[IceServer]
    relay_only: bool
    bitrate: int
    video_bitrate: int


@dataclass(frozen=True, kw_only=True)
class Busy(ServerMessage):
    type: ClassVar[str] = "busy"
    channel: int
    name: str


@dataclass(frozen=True, kw_only=True)
class OfferMade(ServerMessage):
    type: ClassVar[str] = "offer"
    number: int
    sdp: str


@dataclass(frozen=True, kw_only=True)
class People(ServerMessage):
    type: ClassVar[str] = "people"
    people: list[Person]


@dataclass(frozen=True, kw_only=True)
class Gone(ServerMessage):
    type: ClassVar[str] = "gone"
    user: int


@dataclass(frozen=True, kw_only=True)
class Lanes(ServerMessage):
    type: ClassVar[str] = "lanes"
    lanes: list[Lane]


@dataclass(frozen=True, kw_only=True)
class Speaking(ServerMessage):
    type: ClassVar[str] = "speaking"
    users: list[int]


@dataclass(frozen=True, kw_only=True)
class Limits(ServerMessage):
    type: ClassVar[str] = "limits"
    bitrate: int
    video_bitrate: int


@dataclass(frozen=True, kw_only=True)
class Moved(ServerMessage):
    type: ClassVar[str] = "moved"
    channel: int
    url: str


@dataclass(frozen=True, kw_only=True)
class Caption(ServerMessage):
    type: ClassVar[str] = "caption"
    user: int
    text: str
    final: bool


@dataclass(frozen=True, kw_only=True)
class Ended(ServerMessage):
    type: ClassVar[str] = "ended"
    reason: Reason
    message: str


@dataclass(frozen=True, kw_only=True)
class Error(ServerMessage):
    type: ClassVar[str] = "error"
    code: Problem
    message: str


def line(message: ServerMessage) -> str:
    """The message as it is sent: one line of JSON.

    No "<" stands in it, so that whatever else the hub tells all of its sockets, which is markup, can be told apart.
    """
    return _written({"type": message.type, **asdict(message)})


def person_line(person: Person) -> str:
    """That somebody came, or is another."""
    return _written({"type": "person", **asdict(person)})


def rights_line(rights: Rights) -> str:
    """That the person may do something else now."""
    return _written({"type": "rights", **asdict(rights)})


def _written(fields: dict[str, Any]) -> str:
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c") + "\n"
