"""What every test shares: strictness in CI, the order of tests, and Eclipse as an operator runs it."""

import fcntl
import logging
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping
from pathlib import Path

import pytest
from pytest_django import DjangoDbBlocker

from tests.services import OPERATOR_SETTINGS, Service, free_port

ROOT = Path(__file__).resolve().parent.parent
BROWSER_TESTS = ROOT / "tests" / "browser"
MADE_ANEW_BY_DJANGO = {"auth", "contenttypes"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests come last: while one runs, its thread belongs to Playwright's event loop and bears no other.

    Of them the files with most tests come first, so that processes to which files are shared out end together.
    """
    tests = Counter(item.path for item in items)

    def place(item: pytest.Item) -> tuple[bool, int]:
        in_browser = item.path.is_relative_to(BROWSER_TESTS)
        return in_browser, -tests[item.path] if in_browser else 0

    items.sort(key=place)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """SQLite in a file, as people run it: the database in memory knows neither WAL nor waiting for another thread."""
    from django.db import connection

    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "eclipse.sqlite3")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """What migrations put into the database is there for every test: whenever it is emptied, that is brought back.

    A test in which commits matter empties it in the end, and other tests follow in the same process.
    """
    from django.apps import apps
    from django.db.models.signals import post_migrate

    with django_db_blocker.unblock():
        brought = {
            model: list(model._base_manager.all())
            for model in apps.get_models()
            if model._meta.app_label not in MADE_ANEW_BY_DJANGO
        }

    def bring_back(**emptied: object) -> None:
        for model, rows in brought.items():
            model._base_manager.bulk_create(rows)

    # Sent by an emptying, too.
    post_migrate.connect(bring_back, sender=apps.get_app_config("rooms"))
    yield
    post_migrate.disconnect(bring_back, sender=apps.get_app_config("rooms"))


@pytest.fixture(autouse=True)
def nothing_said_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    """What another test has had logged within this minute is logged for this one too."""
    # One for each time that Django was set up.
    for once_a_minute in logging.getLogger("rooms.presence").filters:
        monkeypatch.setattr(once_a_minute, "_said", {})


def _fail_if_skipped(report: pytest.TestReport | pytest.CollectReport) -> None:
    if os.environ.get("CI") and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"{report.nodeid} was skipped, and in CI nothing may be: {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _fail_if_skipped(report)
    if report.failed:
        item.stash[FAILED] = True
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _fail_if_skipped(report)
    return report


# Set on a test that has failed, so that its fixtures can leave something to look at.
FAILED = pytest.StashKey[bool]()


class Eclipse(Service):
    """The whole application as an operator runs it: production mode, uvicorn, a database and a port of its own.

    `settings` are environment variables. It may be killed and started again: the address and the data stay.
    """

    def __init__(self, data: Path, static_root: Path, **settings: str) -> None:
        self.data = data
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._prepared = False
        env = production_environment(data, static_root) | {"HOST": "127.0.0.1", "PORT": str(self.port)} | settings
        super().__init__([sys.executable, "-m", "eclipse.server"], ready="^Eclipse is ready", env=env, cwd=ROOT)

    def start(self) -> None:
        if not self._prepared:
            self.manage("prepare")
            self._prepared = True
        super().start()

    def manage(self, *arguments: str) -> str:
        """What a management command prints when it is run on this Eclipse's data."""
        return manage(self.env or {}, *arguments)


def production_environment(data: Path, static_root: Path) -> dict[str, str]:
    """The environment of an operator who serves plain HTTP on this machine."""
    inherited = {name: value for name, value in os.environ.items() if not OPERATOR_SETTINGS.match(name)}
    return inherited | {
        "DATA_DIR": str(data),
        "STATIC_ROOT": str(static_root),
        "DJANGO_DEBUG": "0",
        "DJANGO_HTTPS": "0",
        "DJANGO_SECRET_KEY": "only the tests use this key, and they are not secret",
        "DJANGO_ALLOWED_HOSTS": "127.0.0.1,localhost",
        "PYTHONUNBUFFERED": "1",
    }


def manage(env: Mapping[str, str], *arguments: str) -> str:
    """What a management command prints; `AssertionError` with its output when it fails."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=ROOT, env=env, stdin=subprocess.DEVNULL, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """What `manage.py prepare` makes where nothing is yet: `data` and `static`, to be copied and read.

    Made once, by whichever of the processes that share the tests asks first.
    """
    shared = tmp_path_factory.getbasetemp()
    if hasattr(request.config, "workerinput"):
        shared = shared.parent
    made, making = shared / "prepared", shared / "being prepared"
    with (shared / "prepared.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            making.mkdir(exist_ok=True)
            manage(production_environment(making / "data", making / "static"), "prepare")
            making.rename(made)
    return made


@pytest.fixture(scope="session")
def static_root(prepared: Path) -> Path:
    """The project's static files as they are served: joined, hashed and compressed. Made once, then only read."""
    return prepared / "static"


@pytest.fixture(scope="session")
def start_eclipse(tmp_path_factory: pytest.TempPathFactory, prepared: Path) -> Iterator[Callable[..., Eclipse]]:
    """Starts an Eclipse with an empty database: `start_eclipse(RATE_LIMIT_MESSAGES="1000/1 second")`."""
    started: list[Eclipse] = []

    def start(**settings: str) -> Eclipse:
        data = tmp_path_factory.mktemp("data")
        # An empty database takes long to make, and no time to copy.
        shutil.copytree(prepared / "data", data, dirs_exist_ok=True)
        eclipse = Eclipse(data, prepared / "static", **settings)
        started.append(eclipse)
        eclipse.start()
        return eclipse

    yield start
    for eclipse in started:
        eclipse.stop()
