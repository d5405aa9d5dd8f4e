"""What the benchmarks share: servers on the first core, a fast client on the second, statistics, the machine."""

import asyncio
import json
import os
import platform
import re
import resource
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import picows

from bench.fragments import MARK, ages

PROJECT = Path(__file__).resolve().parent.parent
PACKAGES = ("uvicorn", "uvloop", "websockets", "channels", "django")
OPENING_AT_ONCE = 32
MARK_BYTES = MARK.encode()


# --- The machine ------------------------------------------------------------------------------------


def describe_machine() -> str:
    """One line: processor, kernel, versions."""
    model = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text())
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"{model[1] if model else platform.machine()}, {os.cpu_count()} cores, Linux {platform.release()}, "
        f"Python {platform.python_version()}, {packages}"
    )


def prepare_generator() -> None:
    """Pin this process to the second core, and let it hold as many sockets as the system allows."""
    os.sched_setaffinity(0, {1})
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# --- Servers ----------------------------------------------------------------------------------------


class Server:
    """A server process under measurement, and the control socket by which it is told what to publish."""

    def __init__(self, pid: int, port: int, control: Path) -> None:
        self.pid = pid
        self.port = port
        self._control = control

    async def order(self, do: str, **arguments: Any) -> dict[str, Any]:
        """Have the server do something; its answer, once it is done. Several orders may be under way at once."""
        reader, writer = await asyncio.open_unix_connection(str(self._control))
        try:
            writer.write(json.dumps({"do": do, **arguments}).encode() + b"\n")
            answer = await reader.readline()
        finally:
            writer.close()
        if not answer:
            raise RuntimeError("the server has ended, or failed to obey")
        return dict(json.loads(answer))

    def cpu_seconds(self) -> float:
        user, system = Path(f"/proc/{self.pid}/stat").read_text().rpartition(") ")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> int:
        """The bytes of memory that are this process's own (PSS)."""
        rollup = Path(f"/proc/{self.pid}/smaps_rollup").read_text()
        found = re.search(r"^Pss:\s+(\d+) kB", rollup, re.MULTILINE)
        assert found is not None
        return int(found[1]) * 1024


@contextmanager
def running(module: str, argument: str, port: int, control: Path, ready: str, env: dict[str, str]) -> Iterator[Server]:
    """A server process, from the line that says that it is ready until the block ends."""
    process = subprocess.Popen(
        [sys.executable, "-m", module, argument],
        cwd=PROJECT,
        env={**os.environ, **env},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if ready in line:
                break
        else:
            raise RuntimeError(f"{module} ended before it was ready")
        yield Server(process.pid, port, control)
    finally:
        process.terminate()
        process.wait()
        control.unlink(missing_ok=True)


class Site:
    """A fresh Eclipse in a directory of its own, with people in its lobby."""

    def __init__(self, directory: Path, people: int) -> None:
        self.directory = directory
        self.env = {
            "DATA_DIR": str(directory),
            "DJANGO_DEBUG": "0",
            "DJANGO_HTTPS": "0",
            "DJANGO_SECRET_KEY": "only benchmarks use this key, and they are not secret",
            "DJANGO_ALLOWED_HOSTS": "127.0.0.1",
        }
        # What the operator's own shell says is none of a benchmark's business.
        for name in ("DATABASE_URL", "POSTGRES_DB", "REDIS_URL", "STATIC_ROOT"):
            os.environ.pop(name, None)
        made = subprocess.run(
            [sys.executable, "-m", "bench.people", str(people)],
            cwd=PROJECT,
            env={**os.environ, **self.env},
            stdout=subprocess.PIPE,
            check=True,
        )
        self.lobby = json.loads(made.stdout)
        self.people: list[dict[str, Any]] = self.lobby["people"]
        self.topic = f"channel.{self.lobby['channel_id']}"

    @contextmanager
    def serve(self, **env: str) -> Iterator[Server]:
        """The site's real server, pinned to the first core."""
        port, control = free_port(), self.directory / "control"
        env = {**self.env, "HOST": "127.0.0.1", "PORT": str(port), **env}
        with running("bench.server", str(control), port, control, "Eclipse is ready", env) as server:
            yield server


def ws_url(site: Site, server: Server) -> str:
    """Where a page that shows the lobby's channel connects."""
    return f"ws://127.0.0.1:{server.port}/ws/chat/{site.lobby['room']}/?channel={site.lobby['channel_id']}"


@contextmanager
def fresh_site(people: int) -> Iterator[Site]:
    with tempfile.TemporaryDirectory(prefix="eclipse-bench-", ignore_cleanup_errors=True) as directory:
        yield Site(Path(directory), people)


# --- Clients ----------------------------------------------------------------------------------------


@dataclass
class Tally:
    """What all sockets together have received."""

    frames: int = 0
    fragments: int = 0
    closed: int = 0
    # Seconds from publishing to arrival of each fragment, while somebody wants to know.
    ages: list[float] | None = None

    def take(self, payload: bytes) -> None:
        self.frames += 1
        self.fragments += payload.count(MARK_BYTES)
        if self.ages is not None:
            self.ages.extend(ages(payload, time.monotonic_ns()))


class Listener(picows.WSListener):
    def __init__(self, tally: Tally) -> None:
        self.tally = tally

    def on_ws_frame(self, transport: picows.WSTransport, frame: picows.WSFrame) -> None:
        self.tally.take(frame.get_payload_as_bytes())

    def on_ws_disconnected(self, transport: picows.WSTransport) -> None:
        self.tally.closed += 1


class Crowd:
    """Open sockets of signed-in people, and what they receive."""

    def __init__(self) -> None:
        self.tally = Tally()
        self.sockets: list[picows.WSTransport] = []

    async def open(self, url: str, people: Sequence[dict[str, Any]]) -> None:
        """Open a socket for each of these people."""
        gate = asyncio.Semaphore(OPENING_AT_ONCE)
        origin = url.replace("ws://", "http://").split("/ws/")[0]

        async def one(person: dict[str, Any]) -> picows.WSTransport:
            headers = {"Cookie": f"sessionid={person['session']}", "Origin": origin}
            async with gate:
                transport, _ = await picows.ws_connect(
                    lambda: Listener(self.tally), url, extra_headers=headers, websocket_handshake_timeout=30
                )
            return transport

        self.sockets += await asyncio.gather(*(one(person) for person in people))

    async def close(self, keep: int = 0) -> None:
        """Close all sockets but the first `keep`."""
        leaving, self.sockets = self.sockets[keep:], self.sockets[:keep]
        for transport in leaving:
            transport.disconnect(graceful=False)
        await asyncio.gather(*(transport.wait_disconnected() for transport in leaving))

    async def quiet(self, seconds: float = 0.5) -> None:
        """Wait until nothing has arrived for so long."""
        seen = -1
        while seen != self.tally.frames:
            seen = self.tally.frames
            await asyncio.sleep(seconds)

    async def received(self, fragments: int, patience: float = 20) -> float:
        """Wait for so many fragments in all; the time at which the last arrived. `RuntimeError` where they do not."""
        deadline = time.monotonic() + patience
        while self.tally.fragments < fragments:
            if time.monotonic() > deadline:
                raise RuntimeError(f"{fragments - self.tally.fragments} of {fragments} deliveries are missing")
            await asyncio.sleep(0.002)
        return time.monotonic()


@asynccontextmanager
async def crowd() -> AsyncIterator[Crowd]:
    everybody = Crowd()
    try:
        yield everybody
    finally:
        await everybody.close()


# --- Figures ----------------------------------------------------------------------------------------


class Effort:
    """The share of a core that the server and this process use from now until asked."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._since = time.monotonic(), server.cpu_seconds(), time.process_time()

    def shares(self) -> tuple[str, str]:
        wall, server, own = self._since
        wall = time.monotonic() - wall
        return (
            f"{(self._server.cpu_seconds() - server) / wall:.0%}",
            f"{(time.process_time() - own) / wall:.0%}",
        )


def percentile(values: Iterable[float], share: float) -> float:
    """The value that `share` of `values` do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [list(header), *map(list, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    lines.insert(1, ["-" * width for width in widths])
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in lines
    )
