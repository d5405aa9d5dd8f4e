"""So much a second and no more: whoever sends more loses what is above it."""


class Budget:
    """Counts up to `most` in each second."""

    __slots__ = ("_left", "_until", "most")

    def __init__(self, most: int) -> None:
        self.most = most
        self._left = most
        self._until = 0.0

    def take(self, amount: int, now: float) -> bool:
        """Whether so much is still there; what is taken is."""
        if now >= self._until:
            self._until, self._left = now + 1.0, self.most
        self._left -= amount
        return self._left >= 0
