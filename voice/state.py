"""Who is in which voice channel, and what they do there: state that every page shows and every process shares.

One session a person, whichever tab, device or process it is on; a channel never holds more people than its limit.
An entry lapses by itself unless the process that holds the session renews it, so that the crash of a process needs no
goodbye. One small interface, kept in Redis where several processes share it, else in this process.
"""

import threading
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Protocol

from django.conf import settings

# How long an entry counts without being renewed. Whoever was cut off with the process that held their session may
# go on elsewhere as long as it does (docs/voice-protocol.md).
LAPSE = 15.0
RENEW_EVERY = 5.0
SWEEP_EVERY = 2.0
COLOURS = 8


@dataclass(frozen=True, kw_only=True)
class Participant:
    """Somebody in a voice channel: what everybody who may see them sees."""

    session: str
    channel: int
    user: int
    username: str
    name: str
    # Milliseconds since 1970.
    since: int
    is_muted: bool = False
    is_deafened: bool = False
    is_server_muted: bool = False
    is_server_deafened: bool = False
    is_streaming_camera: bool = False
    is_streaming_screen: bool = False
    has_priority: bool = False
    is_speaking: bool = False

    @property
    def colour(self) -> int:
        """Which of the avatar colours is theirs."""
        return self.user % COLOURS


@dataclass(frozen=True)
class Roll:
    """Who is in some channels at one moment; of two rolls, the one with the higher `version` was called later."""

    version: int
    people: Mapping[int, list[Participant]] = field(default_factory=dict)

    def of(self, channel: int) -> list[Participant]:
        return self.people.get(channel, [])


class InAnotherCall(Exception):
    """The person is in a call already, with another page."""

    def __init__(self, participant: Participant) -> None:
        self.participant = participant
        super().__init__(f"session {participant.session} in channel {participant.channel}")


class ChannelFull(Exception):
    """As many people are in the channel as it may hold."""


class StateLost(Exception):
    """Nobody can say now who is where: Redis is away."""


class VoiceState(Protocol):
    """The interface that both stores keep."""

    def enter(self, participant: Participant, *, limit: int = 0, take_over: bool = False) -> Participant | None:
        """Put somebody into a channel; the entry of theirs that this one replaces, lapsed or taken over.

        `limit` is how many people the channel may hold with them; 0: any number. In one step, whoever else does the
        same elsewhere. Raises `InAnotherCall` unless they `take_over`, `ChannelFull` and `StateLost`.
        """

    def resume(self, session: str) -> Participant | None:
        """The entry of a session that has not lapsed, renewed."""

    def put(self, participant: Participant) -> bool:
        """Store what somebody does now; false, and nothing stored, where the session is not there any more."""

    def renew(self, sessions: Iterable[str]) -> set[str]:
        """Count these for another `LAPSE` seconds; those that are not there any more."""

    def leave(self, session: str) -> Participant | None:
        """Take a session out; what it was, or `None` where it is not there any more."""

    def take_lapsed(self) -> list[Participant]:
        """Those who are gone without a word; each is told once, to one process."""

    def set_speaking(self, channel: int, users: Collection[int]) -> None:
        """These people of the channel talk now, and nobody else."""

    def in_channels(self, channels: Collection[int]) -> Roll:
        """Who is in these channels, in the order in which they came: one look, however many there are."""


class ProcessState:
    """The state in this process's memory: for the one-process default. Pages ask from threads of their own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: dict[str, Participant] = {}
        self._expiry: dict[str, float] = {}
        self._session_of: dict[int, str] = {}
        self._speaking: dict[int, frozenset[int]] = {}
        self._version = 0

    def enter(self, participant: Participant, *, limit: int = 0, take_over: bool = False) -> Participant | None:
        with self._lock:
            now = time.time()
            old = self._session_of.get(participant.user, "")
            if self._counts(old, now) and not take_over:
                raise InAnotherCall(self._entries[old])
            others = [each for each in self._present(participant.channel, now) if each.user != participant.user]
            if limit and len(others) >= limit:
                raise ChannelFull
            replaced = self._drop(old)
            self._entries[participant.session] = replace(participant, is_speaking=False)
            self._session_of[participant.user] = participant.session
            self._expiry[participant.session] = now + LAPSE
            return replaced

    def resume(self, session: str) -> Participant | None:
        with self._lock:
            now = time.time()
            if not self._counts(session, now):
                return None
            self._expiry[session] = now + LAPSE
            return self._entries[session]

    def put(self, participant: Participant) -> bool:
        with self._lock:
            if participant.session not in self._entries:
                return False
            self._entries[participant.session] = replace(participant, is_speaking=False)
            return True

    def renew(self, sessions: Iterable[str]) -> set[str]:
        with self._lock:
            now, wanted = time.time(), set(sessions)
            there = wanted & self._entries.keys()
            self._expiry |= dict.fromkeys(there, now + LAPSE)
            return wanted - there

    def leave(self, session: str) -> Participant | None:
        with self._lock:
            return self._drop(session)

    def take_lapsed(self) -> list[Participant]:
        with self._lock:
            now = time.time()
            lapsed = [self._drop(session) for session, expiry in list(self._expiry.items()) if expiry <= now]
            return [each for each in lapsed if each is not None]

    def set_speaking(self, channel: int, users: Collection[int]) -> None:
        with self._lock:
            self._speaking[channel] = frozenset(users) & {each.user for each in self._present(channel, time.time())}
            if not self._speaking[channel]:
                del self._speaking[channel]

    def in_channels(self, channels: Collection[int]) -> Roll:
        with self._lock:
            now = time.time()
            self._version = max(self._version + 1, int(now * 1_000_000))
            people: dict[int, list[Participant]] = {}
            wanted = set(channels)
            for session, each in self._entries.items():
                if each.channel in wanted and self._counts(session, now):
                    speaks = each.user in self._speaking.get(each.channel, ())
                    people.setdefault(each.channel, []).append(replace(each, is_speaking=speaks))
            return Roll(self._version, {channel: in_order(found) for channel, found in people.items()})

    def _counts(self, session: str, now: float) -> bool:
        return self._expiry.get(session, 0) > now

    def _present(self, channel: int, now: float) -> list[Participant]:
        return [
            each for session, each in self._entries.items() if each.channel == channel and self._counts(session, now)
        ]

    def _drop(self, session: str) -> Participant | None:
        entry = self._entries.pop(session, None)
        self._expiry.pop(session, None)
        if entry is None:
            return None
        if self._session_of.get(entry.user) == session:
            del self._session_of[entry.user]
        speaking = self._speaking.pop(entry.channel, frozenset()) - {entry.user}
        if speaking:
            self._speaking[entry.channel] = speaking
        return entry


def in_order(people: Iterable[Participant]) -> list[Participant]:
    """Whoever came first stands first: nobody's place changes while they stay."""
    return sorted(people, key=lambda each: (each.since, each.user))


@cache
def voice_state() -> VoiceState:
    """This site's store."""
    if settings.REDIS_URL:
        from voice.redis_state import RedisState

        return RedisState(settings.REDIS_URL)
    return ProcessState()
