"""The memory of this process's rate limits, for the `limits` library."""

import threading
import time
from collections import deque

from limits.storage import MovingWindowSupport, Storage

SWEEP_AT = 10_000


class ProcessStorage(Storage, MovingWindowSupport):
    """Moving windows in this process's memory: each key's hits, by the time when they were made.

    The library's own starts a thread for nearly every hit to forget the old ones: 9 % of what a posted message cost.
    Here a key forgets its own when it is asked again, and all of them do when there are many.
    """

    STORAGE_SCHEME = None

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._hits: dict[str, tuple[float, deque[float]]] = {}
        self._sweep_at = SWEEP_AT

    @property
    def base_exceptions(self) -> type[Exception]:
        return ValueError

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        now = time.time()
        with self._lock:
            hits = self._recent(key, now, expiry)
            if len(hits) + amount > limit:
                return False
            hits.extend([now] * amount)
            if len(self._hits) > self._sweep_at:
                self._sweep(now)
            return True

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        now = time.time()
        with self._lock:
            hits = self._recent(key, now, expiry)
            return (hits[0], len(hits)) if hits else (now, 0)

    def _recent(self, key: str, now: float, expiry: float) -> deque[float]:
        _, hits = self._hits.setdefault(key, (expiry, deque()))
        while hits and hits[0] <= now - expiry:
            hits.popleft()
        return hits

    def _sweep(self, now: float) -> None:
        for key, (expiry, hits) in list(self._hits.items()):
            if not hits or hits[-1] <= now - expiry:
                del self._hits[key]
        # Twice as many as are left: sweeping stays cheap however many people there are.
        self._sweep_at = max(SWEEP_AT, 2 * len(self._hits))

    def check(self) -> bool:
        return True

    def reset(self) -> int:
        with self._lock:
            count = len(self._hits)
            self._hits.clear()
            return count

    def clear(self, key: str) -> None:
        with self._lock:
            self._hits.pop(key, None)

    # What the library asks of fixed windows, which are not used here.

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        raise NotImplementedError("moving windows only")

    def get(self, key: str) -> int:
        raise NotImplementedError("moving windows only")

    def get_expiry(self, key: str) -> float:
        raise NotImplementedError("moving windows only")
