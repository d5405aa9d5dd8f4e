"""Keeps sockets out of topics while it is being asked whether they may still hear them, and what is told meanwhile.

A thousand sockets are looked at a few at a time. Whoever may have lost a right hears nothing from the moment when it
was taken, and not only when their turn comes; whoever kept it is sent afterwards what they did not hear.
"""

from collections.abc import Iterable

from eclipse.hub.writer import Socket

# Characters that are kept for sockets whose turn has not come; past that they catch up over HTTP instead.
KEPT_LIMIT = 1_000_000
LOST = -1


class Withheld:
    """Which sockets wait at which topics, and one log of what those topics were told, whoever waits for it."""

    def __init__(self) -> None:
        # For each socket how many entries of the log are older than its waiting there, or `LOST`.
        self._waiting: dict[str, dict[Socket, int]] = {}
        self._log: list[tuple[str, str]] = []
        self._size = 0

    def __contains__(self, topic: str) -> bool:
        return topic in self._waiting

    def at(self, topic: str) -> Iterable[Socket]:
        """The sockets that wait at `topic`."""
        return self._waiting.get(topic, ())

    def hold(self, socket: Socket, topic: str) -> None:
        """Let `socket` wait at `topic` from now on."""
        self._waiting.setdefault(topic, {})[socket] = len(self._log)
        socket.held |= {topic}

    def keep(self, topic: str, fragment: str) -> None:
        """Remember what was told at `topic` for those who wait there."""
        self._log.append((topic, fragment))
        self._size += len(fragment)
        if self._size > KEPT_LIMIT:
            self._log.clear()
            self._size = 0
            for waiting in self._waiting.values():
                waiting |= dict.fromkeys(waiting, LOST)

    def drop(self, socket: Socket, topic: str) -> None:
        """`socket` waits at `topic` no more, and gets nothing of it."""
        waiting = self._waiting.get(topic, {})
        if waiting.pop(socket, None) is None:
            return
        socket.held -= {topic}
        if not waiting:
            del self._waiting[topic]
        if not self._waiting:
            self._log.clear()
            self._size = 0

    def release(self, socket: Socket) -> tuple[list[str], bool]:
        """What `socket` has missed at all topics where it waited, in order; whether that is not all of it."""
        since = {topic: self._waiting[topic][socket] for topic in socket.held}
        first = max(0, min(since.values(), default=0))
        missed = [
            fragment
            for number, (topic, fragment) in enumerate(self._log[first:], first)
            if topic in since and number >= since[topic]
        ]
        for topic in since:
            self.drop(socket, topic)
        return missed, LOST in since.values()
