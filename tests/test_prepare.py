"""`manage.py prepare`: what each start does first, and what two starts at once do to each other."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.conftest import ROOT, manage, production_environment

SECONDS = 60
PREPARE = [sys.executable, "manage.py", "prepare"]
COUNT_LOBBIES = 'from rooms.models import Room; print("lobbies:", Room.objects.filter(slug="lobby").count())'

Environment = dict[str, str]


@pytest.fixture(params=["SQLite", pytest.param("PostgreSQL", marks=pytest.mark.own_services)])
def empty(request: pytest.FixtureRequest, tmp_path: Path, static_root: Path) -> Environment:
    """The environment of an Eclipse whose database is empty."""
    env = production_environment(tmp_path, static_root)
    if request.param == "PostgreSQL":
        env["DATABASE_URL"] = request.getfixturevalue("postgres_server").url
    return env


@pytest.fixture
def start(empty: Environment) -> Iterator[Callable[[], "subprocess.Popen[str]"]]:
    """Starts one more `prepare` on the same database."""
    with ExitStack() as stack:

        def start() -> "subprocess.Popen[str]":
            process = subprocess.Popen(
                PREPARE, cwd=ROOT, env=empty, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
            )
            stack.enter_context(process)
            stack.callback(process.kill)
            return process

        yield start


def test_starts_at_once_prepare_one_after_the_other(
    empty: Environment, start: Callable[[], "subprocess.Popen[str]"]
) -> None:
    starts = [start() for _ in range(3)]
    outputs = [process.communicate(timeout=SECONDS)[0] for process in starts]
    assert [process.returncode for process in starts] == [0, 0, 0], outputs
    assert "".join(outputs).count("Preparing the database") == 1
    assert "lobbies: 1" in manage(empty, "shell", "-c", COUNT_LOBBIES)


def test_a_start_that_was_killed_holds_nobody_up(
    empty: Environment, start: Callable[[], "subprocess.Popen[str]"]
) -> None:
    killed = start()
    assert killed.stdout is not None
    assert "Preparing the database" in killed.stdout.readline()
    killed.kill()
    killed.wait()
    manage(empty, "prepare")
    assert "lobbies: 1" in manage(empty, "shell", "-c", COUNT_LOBBIES)
