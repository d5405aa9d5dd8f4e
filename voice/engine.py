"""What signalling asks of a media server, whichever it is: the seam between who may talk and how packets travel.

Signalling (voice/sessions.py) decides who may join a channel and what they may send and hear; an engine carries it
out, and holds to it whatever the other side sends. `voice/media/` is ours, in this process; `voice/remote.py` reaches
one in another process. Ids are the database's; a session is one person's presence in one call.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Source(StrEnum):
    """What a person can send: one media section each, in this order, at the front of every offer."""

    MICROPHONE = "microphone"
    CAMERA = "camera"
    SCREEN = "screen"
    SCREEN_SOUND = "screen_sound"


@dataclass(frozen=True)
class Allowance:
    """What the engine lets through of one person, and to them."""

    # False: no sound of theirs at all, the screen's neither; what is muted would be said there.
    may_speak: bool = True
    # Camera, screen and the screen's sound.
    may_show: bool = True
    # False where moderators deafened them.
    may_hear: bool = True
    # A priority speaker keeps a lane while they talk, however many others do.
    has_priority: bool = False
    # One's own voice comes back: for the self-test.
    hears_self: bool = False


@dataclass(frozen=True)
class CallLimits:
    """How much a call's people may send."""

    # Bits a second of a microphone.
    bitrate: int = 40_000
    # Of a camera; a screen may take three times as much.
    video_bitrate: int = 500_000


@dataclass(frozen=True)
class Offer:
    """A session description of the engine's; its answer names the same `number`, a newer offer ends the older."""

    number: int
    sdp: str


@dataclass(frozen=True)
class Wish:
    """A picture that somebody wants to see; of several that do not fit, the first come first."""

    user: int
    source: Source
    # Whether it is shown large: it is then the last to lose quality.
    large: bool = False


# --- What an engine tells --------------------------------------------------------------------------


@dataclass(frozen=True)
class Connected:
    """Packets flow: ICE and DTLS are done. Told again after each recovery."""

    session: str


@dataclass(frozen=True)
class Lane:
    """Who is on one of the sections that the engine sends; `user` is None on an idle one."""

    mid: str
    user: int | None
    source: Source | None
    # A picture that is held back because the line does not carry it.
    paused: bool = False


@dataclass(frozen=True)
class LanesChanged:
    """Every lane of one session, as it is now."""

    session: str
    lanes: Sequence[Lane]


@dataclass(frozen=True)
class SpeakingChanged:
    """The people of a call who are talking now; told at most five times a second a call."""

    channel: int
    users: frozenset[int]


@dataclass(frozen=True)
class Ended:
    """The engine holds this session no more: it never answered, its line was dead too long, or the engine stops."""

    session: str
    reason: str


@dataclass(frozen=True)
class Lost:
    """The media server that held this session is gone: whoever joins it again is taken in by another."""

    session: str


Event = Connected | LanesChanged | SpeakingChanged | Ended | Lost
Listener = Callable[[Event], None]


class EngineError(Exception):
    """What was asked could not be done; the message is for a log, not for a person."""


class BadAnswer(EngineError):
    """An answer that is no session description, is too long, or describes other media than the offer did."""


class UnknownSession(EngineError):
    """There is no such session here, or not any more."""


class EngineBusy(EngineError):
    """The engine carries as much as it was set to carry."""


class VoiceEngine(Protocol):
    """A media server. All methods are called on one event loop, and `listen`'s listener is called there too."""

    def listen(self, listener: Listener) -> None:
        """Have every event told to `listener`, which must not block."""

    async def join(
        self, *, channel: int, session: str, user: int, allowance: Allowance, limits: CallLimits = CallLimits()
    ) -> Offer:
        """Let a person into a call; they are gone again, with `Ended`, unless they answer within 15 seconds.

        A session that is there already gets a fresh connection, which replaces the old one once it is connected: so
        a call recovers from a changed network. Raises `EngineBusy`.
        """

    async def answer(self, *, session: str, number: int, sdp: str) -> None:
        """Take the answer to this offer. Raises `BadAnswer`, also for another offer's number, and `UnknownSession`."""

    async def add_candidate(self, *, session: str, number: int, candidate: str, mid: str) -> None:
        """Take an ICE candidate (RFC 8839, the attribute's value) for the offer with this number; "" ends them.

        Raises `BadAnswer`, `UnknownSession`.
        """

    async def watch(self, *, session: str, wishes: Sequence[Wish]) -> None:
        """Send these pictures and no others, as far as lanes and the line reach. Raises `UnknownSession`."""

    async def mute(self, *, session: str, allowance: Allowance) -> None:
        """Hold a person to this from the next packet on. Raises `UnknownSession`."""

    async def limit(self, *, channel: int, limits: CallLimits) -> None:
        """Hold everybody in a call to this from now on; a channel without a call changes nothing."""

    async def kick(self, *, session: str, reason: str) -> None:
        """Close the transport at once and tell `Ended`; an unknown session changes nothing."""

    async def leave(self, *, session: str) -> None:
        """The person goes by themself; an unknown session changes nothing, and nothing is told of it."""

    async def close(self) -> None:
        """End every call."""
