"""The commands that a person types, on a clean clone in a directory with a space in its name."""

import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from websockets import ConnectionClosed

from tests.conftest import ROOT
from tests.services import OPERATOR_SETTINGS, STOP_SECONDS, Postgres, Redis, Service, free_port
from tests.visiting import open_socket, sign_up

STOPPING = "Stopping: requests under way have 5 seconds (Ctrl+C again stops at once)"
# The first start downloads and installs every package.
FIRST_START_SECONDS = 600


def plain_environment(**settings: str) -> dict[str, str]:
    """The environment of a person who has set nothing for Eclipse but `settings`."""
    inherited = {name: value for name, value in os.environ.items() if not OPERATOR_SETTINGS.match(name)}
    return inherited | {"PYTHONUNBUFFERED": "1"} | settings


class BinRun(Service):
    """`bin/run` of a clone, started from somewhere else."""

    def __init__(self, clone: Path, *arguments: str, **settings: str) -> None:
        self.clone = clone
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        super().__init__(
            [clone / "bin" / "run", *arguments],
            ready=f"^Eclipse is ready: {re.escape(self.url)} ",
            env=plain_environment(PORT=str(self.port), **settings),
            cwd=Path("/"),
            stop_signal=signal.SIGINT,
            patience=FIRST_START_SECONDS,
        )


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `git clone` gives a person, before they have typed anything."""
    target = tmp_path_factory.mktemp("clones") / "a clean clone"
    subprocess.run(["git", "clone", "--quiet", "--depth=1", f"file://{ROOT}", target], check=True)
    return target


@pytest.fixture(scope="module")
def first_output(clone: Path) -> Iterator[str]:
    """What the first `bin/run` of the clone says until it is stopped with Ctrl+C."""
    run = BinRun(clone)
    run.start()
    assert httpx.get(run.url).status_code == 200
    assert httpx.get(f"{run.url}/rooms/lobby/", follow_redirects=True).status_code == 200
    assert run.stop() == 0
    return run.text


pytestmark = [pytest.mark.slow, pytest.mark.timeout(FIRST_START_SECONDS + 60)]


def test_one_command_sets_everything_up_and_serves(clone: Path, first_output: str) -> None:
    assert "Traceback" not in first_output
    assert (clone / "data" / "eclipse.sqlite3").exists()
    assert stat.S_IMODE((clone / "data" / "secret-key").stat().st_mode) == 0o600
    assert subprocess.run(["git", "status", "--short"], cwd=clone, capture_output=True, check=True).stdout == b""


def test_a_second_start_installs_and_prepares_nothing(clone: Path, first_output: str) -> None:
    key = (clone / "data" / "secret-key").read_text()
    # Whatever would be installed now could not be found.
    run = BinRun(clone)
    run.env = {**(run.env or {}), "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": ""}
    run.stop_signal = signal.SIGTERM
    run.start()
    assert httpx.get(f"{run.url}/healthz").text == "ok\n"
    assert run.stop() == 0
    assert run.text.splitlines() == [f"Eclipse is ready: {run.url} (Ctrl+C stops it)", STOPPING]
    assert (clone / "data" / "secret-key").read_text() == key


def test_a_changed_stylesheet_is_served_after_the_next_start(clone: Path, first_output: str) -> None:
    with (clone / "static" / "css" / "utilities.css").open("a") as stylesheet:
        stylesheet.write("\n.changed { color: red; }\n")
    run = BinRun(clone)
    run.start()
    address = re.search(r"/static/css/bundle\.\w+\.css", httpx.get(run.url).text)
    assert address
    assert ".changed{color:red}" in httpx.get(run.url + address[0]).text
    assert run.stop() == 0


def test_data_may_lie_elsewhere(clone: Path, first_output: str, tmp_path: Path) -> None:
    run = BinRun(clone, DATA_DIR="some data", DJANGO_SECRET_KEY="the operator's own key")
    run.cwd = tmp_path
    run.start()
    assert run.stop() == 0
    assert (tmp_path / "some data" / "eclipse.sqlite3").exists()
    assert not (tmp_path / "some data" / "secret-key").exists()


def test_it_stops_at_once_while_people_are_connected(clone: Path, first_output: str) -> None:
    run = BinRun(clone)
    run.start()
    with (
        closing(socket.create_connection(("127.0.0.1", run.port))) as unfinished,
        httpx.Client(base_url=run.url) as alice,
    ):
        unfinished.sendall(b"GET / HTTP/1.1\r\n")
        sign_up(alice, "alice")
        with open_socket(run.url, alice) as live:
            assert run.stop() == 0
            with pytest.raises(ConnectionClosed):
                while live.recv(timeout=STOP_SECONDS):
                    pass
    # Told at once, not when it is over: whoever pressed Ctrl+C sees that it was heard.
    assert run.text.splitlines()[1:] == [STOPPING]


def test_it_stops_although_nobody_reads_what_it_says(clone: Path, first_output: str) -> None:
    """`bin/run | tee log`: Ctrl+C ends the reader of the pipe, too."""
    run = BinRun(clone)
    with subprocess.Popen(
        run.command, env=run.env, stdout=subprocess.PIPE, start_new_session=True, text=True
    ) as process:
        assert process.stdout is not None
        assert "Eclipse is ready" in process.stdout.readline()
        process.stdout.close()
        process.send_signal(signal.SIGINT)
        assert process.wait(STOP_SECONDS) == 0


def test_the_same_command_runs_on_postgresql_and_redis(
    clone: Path, first_output: str, postgres_server: Postgres, redis_server: Redis
) -> None:
    run = BinRun(clone, DATABASE_URL=postgres_server.url, REDIS_URL=redis_server.url)
    run.start()
    ready = {"status": "ok", "database": "ok", "channel_layer": "ok"}
    with httpx.Client(base_url=run.url) as alice:
        assert alice.get("/readyz").json() == ready
        sign_up(alice, "alice")
        redis_server.kill()
        assert alice.get("/readyz").status_code == 503
        redis_server.start()
        assert alice.get("/readyz").json() == ready
    assert run.stop() == 0


def test_the_plain_way_of_django_works_too(tmp_path: Path) -> None:
    """`manage.py migrate` and `manage.py runserver`, as a developer types them: debug mode, daphne, no `bin/run`."""
    env = plain_environment(DATA_DIR=str(tmp_path), LOG_LEVEL="INFO")
    port = free_port()
    subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity=0"], cwd=ROOT, env=env, check=True)
    command = [sys.executable, "manage.py", "runserver", "--noreload", f"127.0.0.1:{port}"]
    server = Service(command, ready="Listening on TCP address", env=env, cwd=ROOT, stop_signal=signal.SIGINT)
    server.start()
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as alice:
            sign_up(alice, "alice")
            for address in re.findall(r'(?:href|src)="(/static/[^"#]+)"', alice.get("/").text):
                assert alice.get(address).status_code == 200
            with open_socket(f"http://127.0.0.1:{port}", alice):
                pass
    finally:
        server.stop()


def test_a_port_in_use_is_told_in_one_line(clone: Path, first_output: str) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run([clone / "bin" / "run"], env=plain_environment(PORT=port), capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stdout == ""
    assert re.fullmatch(
        rf"Eclipse cannot listen on 127\.0\.0\.1, port {port}: Address already in use\. .*\n", done.stderr
    )


def test_an_unknown_argument_shows_how_it_is_used(clone: Path) -> None:
    done = subprocess.run([clone / "bin" / "run", "--help"], env=plain_environment(), capture_output=True, text=True)
    assert done.returncode == 2
    assert "bin/run [--demo]" in done.stderr
    assert "DATA_DIR" in done.stderr


# --- Where something is missing -------------------------------------------------------------------


def machine_with(python: str, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    """`bin/setup` on a machine whose only Python is this shell script."""
    programs = tmp_path / "programs"
    (tmp_path / "bin").mkdir()
    programs.mkdir()
    shutil.copy(ROOT / "bin" / "setup", tmp_path / "bin")
    for name in ("bash", "cat", "cmp", "cp", "dirname", "env"):
        (programs / name).symlink_to(str(shutil.which(name)))
    (programs / "python3").write_text(f"#!/bin/sh\n{python}\n")
    (programs / "python3").chmod(0o755)
    command = [tmp_path / "bin" / "setup", "requirements.txt"]
    return subprocess.run(command, env={"PATH": str(programs)}, capture_output=True, text=True)


def test_an_old_python_is_named(tmp_path: Path) -> None:
    done = machine_with('[ "$1" = --version ] && echo Python 3.9.2 || exit 1', tmp_path)
    assert done.returncode == 1
    assert done.stderr == "Eclipse needs Python 3.11 or newer; here is: Python 3.9.2.\n"


def test_a_missing_venv_module_is_named_with_its_package(tmp_path: Path) -> None:
    done = machine_with("case $2 in *ensurepip*) exit 1 ;; esac", tmp_path)
    assert done.returncode == 1
    assert "install the package python3-venv" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "command",
    [["-m", "eclipse.server"], ["-m", "uvicorn", "eclipse.asgi:application"], ["manage.py", "migrate"]],
    ids=["server", "uvicorn", "manage.py"],
)
@pytest.mark.parametrize("missing", ["DJANGO_SECRET_KEY", "DJANGO_ALLOWED_HOSTS"])
def test_a_forgotten_setting_stops_the_start_with_one_line(command: list[str], missing: str, tmp_path: Path) -> None:
    given = {"DJANGO_SECRET_KEY": "a key", "DJANGO_ALLOWED_HOSTS": "localhost", "DJANGO_DEBUG": "0"}
    settings = {name: value for name, value in given.items() if name != missing}
    env = plain_environment(DATA_DIR=str(tmp_path), PORT=str(free_port()), **settings)
    done = subprocess.run([sys.executable, *command], cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.returncode != 0
    assert re.fullmatch(rf"Eclipse cannot start: {missing} is not set, .*\n", done.stderr)
    assert done.stdout == ""
