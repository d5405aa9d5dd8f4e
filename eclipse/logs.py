"""What the log leaves out, so that what it says is read."""

import logging
from time import monotonic


class OneLine(logging.Filter):
    """Leaves the traceback out of a record that tells of somebody else's fault."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.exc_info = None
        return True


class OnceAMinute(logging.Filter):
    """Lets each kind of record through once a minute, in one line: an outage has them said again and again."""

    SECONDS = 60.0

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        kind, now = (record.name, str(record.msg)), monotonic()
        if now - self._said.get(kind, -self.SECONDS) < self.SECONDS:
            return False
        self._said[kind] = now
        if record.exc_info and (error := record.exc_info[1]):
            record.msg = f"{record.getMessage()} ({type(error).__name__}: {error})"
            record.args = record.exc_info = None
        return True
