"""The seam for captions that write themselves, from what the media server passes on: nobody stands there yet.

A transcriber hears packets as they come and shows lines by `rooms.push_voice.caption_written`, as people do who type
them (rooms/actions/captions.py). It hears only whom the media server lets through: nothing of whoever is muted.
"""

from typing import Protocol


class Transcriber(Protocol):
    """Turns what people say into lines. Both methods are called on the media server's loop, and must not block."""

    def hear(self, *, channel: int, user: int, packet: bytes, timestamp: int) -> None:
        """Take a packet of somebody's microphone: Opus (RFC 7587), `timestamp` in 48,000ths of a second."""

    def pause(self, *, channel: int, user: int) -> None:
        """They have stopped talking, or are gone: what was heard is a line."""
