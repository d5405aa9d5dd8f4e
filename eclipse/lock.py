"""One process at a time: a lock around what must not be done to one database twice at once."""

import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection

if sys.platform != "win32":
    import fcntl

# Of PostgreSQL's advisory locks, which are numbers, ours.
ADVISORY_LOCK = int.from_bytes(b"eclipse")


@contextmanager
def locked_database(on_wait: Callable[[], object]) -> Iterator[None]:
    """Hold the lock of the configured database; calls `on_wait` once where somebody else holds it.

    It ends with the process that holds it, however that ends.
    """
    lock = _advisory_lock if connection.vendor == "postgresql" else _file_lock
    with lock(on_wait):
        yield


@contextmanager
def _advisory_lock(on_wait: Callable[[], object]) -> Iterator[None]:
    # A connection of its own, outside the pool, and a lock of its transaction: nothing that is done meanwhile, and no
    # pool between here and the server, can give it back too early or keep it.
    own = connection.copy()
    own.settings_dict["OPTIONS"].pop("pool", None)
    with closing(own):
        own.set_autocommit(False)
        with own.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [ADVISORY_LOCK])
            if cursor.fetchone() != (True,):
                on_wait()
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ADVISORY_LOCK])
        yield


@contextmanager
def _file_lock(on_wait: Callable[[], object]) -> Iterator[None]:
    if sys.platform == "win32":
        # It has no such lock that ends with its process; there Eclipse is developed, not served.
        yield
        return
    with Path(settings.DATA_DIR, "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            on_wait()
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
