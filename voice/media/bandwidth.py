"""How much a line carries: judged by what its receiver reports, and shared out among the pictures that it asks for.

Sound is never held back; pictures are, before sound suffers: first the upper temporal layers, then whole pictures.
Plain rules, without a packet or a connection in them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

# Shares of packets lost: up to the lower all is well, above the upper the line is overrun.
LIGHT_LOSS, HEAVY_LOSS = 0.03, 0.10
# How far an estimate must fall to say that the line is overrun. One that merely is low says only how little was sent.
FALL = 0.95
# Of what got through.
REDUCED = 0.85
# How long all must be well before more is tried; doubled each time that trying was too much.
PATIENCE_SECONDS, LONGEST_PATIENCE_SECONDS = 3.0, 60.0
# A trial that goes wrong does so within this time.
TRIAL_SECONDS = 8.0
# A sender's REMB: at least this, and so much more each second.
LEAST_BITS = 50_000
RISE = 1.08


@dataclass(frozen=True)
class Need:
    """What a picture needs: the bits a second of each temporal layer, with those below it."""

    rates: Sequence[int]
    large: bool = False


def share_out(limit: float | None, needs: Sequence[Need]) -> list[int | None]:
    """The highest layer to send of each picture, None for none at all; `needs` has the most wanted first."""
    if limit is None:
        return [len(need.rates) - 1 for need in needs]
    layers: list[int | None] = [None] * len(needs)
    left = limit
    order = sorted(range(len(needs)), key=lambda index: not needs[index].large)
    for index in order:
        if needs[index].rates[0] <= left:
            layers[index] = 0
            left -= needs[index].rates[0]
    for index, layer in _steps(order, needs, layers):
        more = needs[index].rates[layer] - needs[index].rates[layer - 1]
        if layers[index] == layer - 1 and more <= left:
            layers[index] = layer
            left -= more
    return layers


def _steps(order: Sequence[int], needs: Sequence[Need], layers: Sequence[int | None]) -> list[tuple[int, int]]:
    """In which order pictures get better: large ones in full, then each other by a layer at a time."""
    large = [index for index in order if needs[index].large]
    small = [index for index in order if not needs[index].large]
    steps = [(index, layer) for index in large for layer in range(1, len(needs[index].rates))]
    most = max((len(needs[index].rates) for index in small), default=0)
    return steps + [(index, layer) for layer in range(1, most) for index in small if layer < len(needs[index].rates)]


def next_step(layers: Sequence[int | None], needs: Sequence[Need]) -> float | None:
    """The bits a second that one step more would need; None where everything is sent."""
    total = sum(need.rates[layer] for need, layer in zip(needs, layers, strict=True) if layer is not None)
    steps = []
    for need, layer in zip(needs, layers, strict=True):
        if layer is None:
            steps.append(need.rates[0])
        elif layer < len(need.rates) - 1:
            steps.append(need.rates[layer + 1] - need.rates[layer])
    return total + min(steps) if steps else None


class Downlink:
    """The line to a receiver. `limit` is what it carries of pictures, None while nothing says that it is too much."""

    def __init__(self) -> None:
        self.limit: float | None = None
        self._patience = PATIENCE_SECONDS
        self._well_since = 0.0
        self._tried_at = -inf
        self._estimate: float | None = None

    def judge(self, sent: float, loss: float, now: float, estimate: float | None = None) -> None:
        """Take in what the receiver says: the share that it lost of what was sent, and what it thinks it could take.

        `sent` is in bits a second, of pictures; `estimate` of all.
        """
        fell = False
        if estimate is not None:
            fell = self._estimate is not None and estimate < min(self._estimate * FALL, sent)
            self._estimate = estimate
        if loss > HEAVY_LOSS or fell:
            through = sent * (1 - loss)
            if fell and estimate is not None:
                through = min(through, estimate)
            through *= REDUCED
            self.limit = through if self.limit is None else min(self.limit, through)
            if now - self._tried_at < TRIAL_SECONDS:
                self._patience = min(self._patience * 2, LONGEST_PATIENCE_SECONDS)
            self._well_since = now
        elif loss > LIGHT_LOSS:
            self._well_since = now

    def try_more(self, step: float | None, now: float) -> None:
        """Where all has been well for long enough, let one step more be tried; `step` is what that needs in all."""
        if self.limit is None or now - self._well_since < self._patience:
            return
        if now - self._tried_at > TRIAL_SECONDS + self._patience:
            self._patience = max(PATIENCE_SECONDS, self._patience / 2)
        self._well_since = self._tried_at = now
        self.limit = None if step is None else max(self.limit, step * 1.05)


class Uplink:
    """The line from a sender: how many bits a second to allow them."""

    def __init__(self) -> None:
        self._bits: float | None = None
        self._at = 0.0

    def allow(self, most: int, received: float, loss: float, now: float) -> int:
        """Bits a second: `most`, less where packets get lost on the way here, and soon again more."""
        bits = most if self._bits is None else self._bits
        if loss > HEAVY_LOSS:
            bits = min(bits, max(received, LEAST_BITS)) * (1 - loss / 2)
        elif loss < LIGHT_LOSS:
            bits *= RISE ** min(now - self._at, 2.0)
        self._bits, self._at = min(max(bits, LEAST_BITS), most), now
        return int(self._bits)
