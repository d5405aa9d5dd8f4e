from collections.abc import Callable
from functools import partial

from django.db import transaction


def tell(push: Callable[..., None], *args: object) -> None:
    """Call `push(*args)` once the transaction is stored; a failing live layer never fails what was stored."""
    transaction.on_commit(partial(push, *args), robust=True)
