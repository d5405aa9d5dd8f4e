from collections.abc import Callable
from functools import wraps

from django.db import transaction


def tell(push: Callable[..., None], *args: object, **named: object) -> None:
    """Call `push(*args, **named)` once the transaction is stored; a failing live layer never fails what was stored."""

    # A function, not a `partial`: Django names the one that failed, and a partial without a name would fail there.
    @wraps(push)
    def call() -> None:
        push(*args, **named)

    transaction.on_commit(call, robust=True)
