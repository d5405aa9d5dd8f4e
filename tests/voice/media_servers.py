"""A media server without media: it remembers what it was asked, and tells what a test has it tell."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from voice.engine import (
    Allowance,
    BadAnswer,
    CallLimits,
    Connected,
    EngineBusy,
    Event,
    Lane,
    LanesChanged,
    Listener,
    Offer,
    SpeakingChanged,
    UnknownSession,
    Wish,
)

NO_LIMITS = CallLimits()


@dataclass
class Held:
    """A session as the media server holds it."""

    channel: int
    user: int
    allowance: Allowance
    limits: CallLimits
    number: int = 1
    connected: bool = False
    wishes: Sequence[Wish] = ()
    candidates: list[str] = field(default_factory=list)


class FakeEngine:
    """Keeps the promises of `VoiceEngine` that signalling relies on; an answer is good when it says "answer"."""

    def __init__(self, *, room: int = 1000) -> None:
        self.room = room
        self.held: dict[str, Held] = {}
        self.kicked: list[tuple[str, str]] = []
        self.left: list[str] = []
        self.limited: dict[int, CallLimits] = {}
        self.closed = False
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> None:
        self._listeners.append(listener)

    def tell(self, event: Event) -> None:
        for listener in self._listeners:
            listener(event)

    def of(self, user: int) -> Held:
        """The one session of this person."""
        [held] = [each for each in self.held.values() if each.user == user]
        return held

    def session_of(self, user: int) -> str:
        [session] = [session for session, each in self.held.items() if each.user == user]
        return session

    def speaks(self, channel: int, *users: int) -> None:
        self.tell(SpeakingChanged(channel, frozenset(users)))

    async def join(
        self, *, channel: int, session: str, user: int, allowance: Allowance, limits: CallLimits = NO_LIMITS
    ) -> Offer:
        if len(self.held) >= self.room:
            raise EngineBusy
        before = self.held.get(session)
        held = Held(channel, user, allowance, limits, before.number + 1 if before else 1)
        self.held[session] = held
        return Offer(held.number, f"offer {held.number} to {user}")

    async def answer(self, *, session: str, number: int, sdp: str) -> None:
        held = self._held(session)
        if number != held.number or not sdp.startswith("answer"):
            raise BadAnswer(sdp[:20])
        held.connected = True
        self.tell(Connected(session))
        if "and talks" in sdp:
            self.speaks(held.channel, held.user)
        self.tell(LanesChanged(session, [Lane("4", None, None)]))

    async def add_candidate(self, *, session: str, number: int, candidate: str, mid: str) -> None:
        held = self._held(session)
        if number != held.number:
            raise BadAnswer("another offer's")
        held.candidates.append(candidate)

    async def watch(self, *, session: str, wishes: Sequence[Wish]) -> None:
        self._held(session).wishes = wishes

    async def mute(self, *, session: str, allowance: Allowance) -> None:
        self._held(session).allowance = allowance

    async def limit(self, *, channel: int, limits: CallLimits) -> None:
        self.limited[channel] = limits

    async def kick(self, *, session: str, reason: str) -> None:
        if self.held.pop(session, None):
            self.kicked.append((session, reason))

    async def leave(self, *, session: str) -> None:
        if self.held.pop(session, None):
            self.left.append(session)

    async def close(self) -> None:
        self.closed = True

    def _held(self, session: str) -> Held:
        if session not in self.held:
            raise UnknownSession(session)
        return self.held[session]
