import asyncio
from collections.abc import Callable

from eclipse import ratelimit
from eclipse.ratelimit import RateLimited
from voice.protocol import State


class Thinner:
    """What a page says of its person's doings, as often as is allowed.

    Floods are thinned, and the last word always takes effect: nobody may be shown as listening who is deaf.
    """

    def __init__(self, key: str, act: Callable[[State], object]) -> None:
        self._key = key
        self._act = act
        self._waiting = State()
        self._timer: asyncio.TimerHandle | None = None

    def ask(self, wanted: State) -> None:
        """Have this done now, or together with what else is wanted by the time that it may be."""
        self._waiting = merged(self._waiting, wanted)
        if self._timer is None:
            self._go()

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _go(self) -> None:
        self._timer = None
        try:
            ratelimit.spend("voice_states", self._key)
        except RateLimited as error:
            self._timer = asyncio.get_running_loop().call_later(error.retry_after, self._go)
            return
        wanted, self._waiting = self._waiting, State()
        self._act(wanted)


def merged(earlier: State, later: State) -> State:
    """What two messages say together: of the same thing, the later word."""
    return State(
        *(
            getattr(later, name) if getattr(later, name) is not None else getattr(earlier, name)
            for name in ("muted", "deafened", "camera", "screen")
        )
    )
