"""The programs that tests run for real: a private Redis, a private PostgreSQL, any server that says when it is ready.

Loaded by pytest before Django's settings are (`-p tests.services` in pyproject.toml), because it decides what they
read: `pytest` alone runs on SQLite without Redis; `pytest --services` starts both and runs everything on them. Where
the tests are shared out to several processes (`-n 2`), each of these has services of its own.
"""

import os
import pwd
import re
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
from collections import deque
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

# Generous, because two busy cores may run a browser, a database and a server at once.
START_SECONDS = 60
STOP_SECONDS = 20
POSTGRES_ROLE = "postgres"
# Set by pytest-xdist in a process to which tests are shared out.
WORKER = "PYTEST_XDIST_WORKER"

# What the person's own shell says must not reach the tests: a run must never touch a real database.
OPERATOR_SETTINGS = re.compile(
    r"^(DJANGO_|POSTGRES_|RATE_LIMIT_|ACCOUNT_RATE_LIMIT_|LIVE_|VOICE_|BODY_|HTTP_THREADS$"
    r"|DATABASE_URL$|REDIS_URL$|DATA_DIR$|STATIC_ROOT$|EMAIL_URL$|LANGUAGE_CODE$|TIME_ZONE$)"
)


# Below those that the system hands to whoever connects somewhere: a program that was killed must find its port free
# when it is started again, however many connections are made meanwhile.
PORTS = range(15_000, 32_000)


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on now, and that no other test of this run is likely to be given."""
    while True:
        port = secrets.choice(PORTS)
        with closing(socket.socket()) as probe:
            # As servers do, whose last connections may not have been forgotten yet.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


class Service:
    """A program that runs beside the tests and can be stopped, killed and started again on the same port and data.

    `ready` is a pattern of the line that it prints once it can be used, within `patience` seconds. `user` is the
    account that it runs as.
    """

    def __init__(
        self,
        command: Sequence[str | os.PathLike[str]],
        *,
        ready: str,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        user: str | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
        patience: float = START_SECONDS,
    ) -> None:
        self.command = command
        self.env = env
        self.cwd = cwd
        self.user = user
        self.stop_signal = stop_signal
        self.patience = patience
        self.process: subprocess.Popen[str] | None = None
        self.output: deque[str] = deque(maxlen=2000)
        self._ready_pattern = re.compile(ready)
        self._reader: threading.Thread | None = None

    @property
    def _account(self) -> dict[str, Any]:
        return {"user": self.user, "group": self.user, "extra_groups": []} if self.user else {}

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Start it and return once it is ready; `RuntimeError` with its output when it ends or stays silent instead."""
        if self.running:
            return
        self.output.clear()
        settled = threading.Event()
        self.process = subprocess.Popen(
            [os.fspath(part) for part in self.command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env=None if self.env is None else dict(self.env),
            cwd=self.cwd,
            # Its own process group: a Ctrl+C meant for pytest must leave the order of stopping to the fixtures.
            start_new_session=True,
            **self._account,
        )
        self._ready = False
        self._reader = threading.Thread(target=self._read, args=(self.process, settled), daemon=True)
        self._reader.start()
        settled.wait(self.patience)
        if not self._ready:
            self.kill()
            raise RuntimeError(f"{self.command[0]} did not become ready:\n{self.text}")

    def _read(self, process: subprocess.Popen[str], settled: threading.Event) -> None:
        """Drain the output, so that a full pipe never blocks the program, and notice when it is ready or has ended."""
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                self.output.append(line)
                if self._ready_pattern.search(line):
                    self._ready = True
                    settled.set()
        settled.set()

    @property
    def text(self) -> str:
        """What it has printed since its last start."""
        return "".join(list(self.output))

    def stop(self) -> int:
        """Ask it to end as an operator would; its exit status."""
        return self._end(self.stop_signal)

    def kill(self) -> int:
        """End it as a power cut would: no goodbye, nothing flushed."""
        return self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> int:
        if self.process is None:
            return 0
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            status = self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise RuntimeError(f"{self.command[0]} did not stop within {STOP_SECONDS} s:\n{self.text}") from None
        if self._reader is not None:
            self._reader.join(STOP_SECONDS)
        return status


class Redis(Service):
    """A redis-server on a free port that stores nothing; `url` stays the same when it is killed and started again."""

    def __init__(self, data: Path) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        options = [
            "--port",
            str(self.port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "no",
            "--dir",
            str(data),
        ]
        super().__init__([program("redis-server"), *options], ready="Ready to accept connections")


class Postgres(Service):
    """A PostgreSQL cluster of its own, in `data`, on a free port; `url` names its empty database."""

    def __init__(self, data: Path) -> None:
        self.port = free_port()
        self.data = data
        self.url = f"postgres://{POSTGRES_ROLE}@127.0.0.1:{self.port}/postgres"
        # PostgreSQL refuses to run as root: there it runs as the account that its package made.
        user = POSTGRES_ROLE if os.geteuid() == 0 else None
        options = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            # Nothing here outlives the tests, so nothing has to reach the disk.
            "fsync": "off",
            "full_page_writes": "off",
            "synchronous_commit": "off",
            "timezone": "UTC",
            "lc_messages": "C",
        }
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        super().__init__(
            [program("postgres"), "-D", data, *settings],
            ready="database system is ready to accept connections",
            cwd=data,
            user=user,
            stop_signal=signal.SIGINT,  # "fast shutdown": does not wait for clients
        )

    def start(self) -> None:
        if not (self.data / "PG_VERSION").exists():
            if self.user:
                shutil.chown(self.data, self.user, self.user)
            options = ["-U", POSTGRES_ROLE, "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"]
            subprocess.run(
                [program("initdb"), "-D", self.data, *options],
                check=True,
                stdout=subprocess.DEVNULL,
                cwd=self.data,
                **self._account,
            )
        super().start()


def find_program(name: str) -> str | None:
    """Where `name` is installed; Debian keeps PostgreSQL's own programs off the PATH, one directory a version."""
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda place: float(place.parent.name), reverse=True)
    found = shutil.which(name) or next((str(place / name) for place in places if (place / name).exists()), None)
    if found and name == "postgres" and os.geteuid() == 0 and not _account_exists(POSTGRES_ROLE):
        return None
    return found


def program(name: str) -> str:
    """The path of a program that the tests run; `RuntimeError` naming it where it is not installed."""
    found = find_program(name)
    if found is None:
        raise RuntimeError(
            f"{name} is not installed: bin/test installs it, or names the package that it could not install"
        )
    return found


def _account_exists(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


# --- The plugin ---------------------------------------------------------------------------------

_running = ExitStack()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--services", action="store_true", help="run on a real PostgreSQL and Redis, started for this run")


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, object, object]:
    """Decide the environment before pytest-django reads the settings."""
    for name in [name for name in os.environ if OPERATOR_SETTINGS.match(name)]:
        del os.environ[name]
    data = Path(
        _running.enter_context(tempfile.TemporaryDirectory(prefix="eclipse-tests-", ignore_cleanup_errors=True))
    )
    os.environ |= {
        "DATA_DIR": str(data),
        "DJANGO_DEBUG": "1",
        "DJANGO_SECRET_KEY": "only the tests use this key, and they are not secret",
    }
    options = early_config.known_args_namespace
    # Whoever only shares the tests out runs none.
    if options.services and (WORKER in os.environ or not getattr(options, "numprocesses", None)):
        try:
            _start_services(data)
        except RuntimeError as error:
            raise pytest.UsageError(str(error)) from error
    return (yield)


def _start_services(data: Path) -> None:
    redis_data, postgres_data = data / "redis", data / "postgres"
    redis_data.mkdir()
    postgres_data.mkdir()
    # The account that PostgreSQL runs as has to reach its own directory.
    data.chmod(0o711)
    redis, postgres = Redis(redis_data), Postgres(postgres_data)
    for service, variable in ((redis, "REDIS_URL"), (postgres, "DATABASE_URL")):
        service.start()
        _running.callback(service.stop)
        os.environ[variable] = service.url


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    _running.close()


def pytest_report_header(config: pytest.Config) -> str:
    return f"services: {'PostgreSQL and Redis' if config.option.services else 'none (SQLite, one process)'}"


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[Redis]:
    """A real Redis for one test, which the test may `kill()` and `start()` again at the same address."""
    if find_program("redis-server") is None:
        pytest.skip("redis-server is not installed")
    redis = Redis(tmp_path)
    redis.start()
    yield redis
    redis.stop()


@pytest.fixture
def postgres_server() -> Iterator[Postgres]:
    """A real PostgreSQL with an empty database, for one test."""
    if find_program("postgres") is None:
        pytest.skip("postgresql is not installed")
    # Not below pytest's own directory, which the account that PostgreSQL runs as may not enter.
    with tempfile.TemporaryDirectory(prefix="eclipse-postgres-", ignore_cleanup_errors=True) as data:
        postgres = Postgres(Path(data))
        postgres.start()
        yield postgres
        postgres.stop()


@pytest.fixture
def redis_url(redis_server: Redis) -> str:
    """The address of a real Redis that belongs to this test."""
    return redis_server.url
