"""Serves Eclipse with uvicorn on HOST and PORT: `python -m eclipse.server [management commands to run before]`.

It is uvicorn with the options that Eclipse was measured with, and two things that its command line does not offer:
one line that says the address once somebody can open it, and exit status 0 when whoever started it ends it.
"""

import gc
import os
import signal
import socket
import sys
from contextlib import suppress
from types import FrameType

import django
import uvicorn
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connections

# Enough for any event that a page sends; what is larger is an attack.
LARGEST_SOCKET_FRAME = 65_536
STOP_SECONDS = 5
STOPPING = f"Stopping: requests under way have {STOP_SECONDS} seconds (Ctrl+C again stops at once)\n"
BACKLOG = 2048


class Server(uvicorn.Server):
    """uvicorn's server, which tells the person who started it where it listens."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        # What is loaded now lives as long as the process: without this each full collection walks all of it, and
        # every socket waits for 40 to 100 ms (docs/benchmarks.md).
        gc.collect()
        gc.freeze()
        gc.set_threshold(20_000, 20, 100)
        if self.started:
            for listener in sockets or []:
                sys.stdout.write(f"Eclipse is ready: {address_of(listener)} (Ctrl+C stops it)\n")
            sys.stdout.flush()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if not self.should_exit:
            # Past the buffer, for the signal may have interrupted a write to it; and the same Ctrl+C may have ended
            # whoever reads the pipe.
            with suppress(OSError):
                os.write(sys.stdout.fileno(), STOPPING.encode())
        # uvicorn would raise the signal again in the end, and so report a stop that was asked for as a failure.
        if self.should_exit and sig == signal.SIGINT:
            self.force_exit = True
        self.should_exit = True


def address_of(listener: socket.socket) -> str:
    """The address to type into a browser on this machine."""
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def listen(host: str, port: str) -> socket.socket:
    """A socket bound to the address; ends with one clear line where that cannot be."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, int(port)), family=family, backlog=BACKLOG)
    except OSError as error:
        # Names that cannot be resolved have numbers below zero.
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else "No such address"
    except (OverflowError, ValueError):
        reason = "Not a port"
    sys.exit(f"Eclipse cannot listen on {host}, port {port}: {reason}. Choose another with HOST and PORT.")


def main(*commands: str) -> None:
    """Run the management commands, each without arguments, and serve until a signal says to stop."""
    # Before anything else: where the address is taken, nothing should be touched.
    listener = listen(os.environ.get("HOST") or "127.0.0.1", os.environ.get("PORT") or "8000")
    try:
        # In this process, because loading Django is the longest part of a start.
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "eclipse.settings")
        django.setup()
        for command in commands:
            call_command(command)
        connections.close_all()
        from eclipse.asgi import application
    except (ImproperlyConfigured, CommandError) as error:
        sys.exit(f"Eclipse cannot start: {error}")
    from django.conf import settings

    from eclipse.socket_protocol import SocketProtocol

    config = uvicorn.Config(
        application,
        ws=SocketProtocol,
        # Compression would triple the memory of each socket.
        ws_per_message_deflate=False,
        ws_max_size=LARGEST_SOCKET_FRAME,
        # Whoever is not behind a proxy could write an address of their choice into the header.
        proxy_headers=settings.SECURE_PROXY_SSL_HEADER is not None,
        timeout_graceful_shutdown=STOP_SECONDS,
        server_header=False,
        access_log=False,
        log_config=None,
        log_level="warning",
        backlog=BACKLOG,
    )
    Server(config).run(sockets=[listener])


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit(0)
