import asyncio
import signal
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from voice.engines import make_media_server
from voice.worker import Worker

try:
    import uvloop
except ImportError:
    uvloop = None  # type: ignore[assignment]


class Command(BaseCommand):
    help = "Runs a media worker: a media server for calls, beside others. It needs REDIS_URL and VOICE_WORKERS."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.VOICE_WORKERS:
            raise CommandError(
                "Calls go through the processes that serve the sockets: set VOICE_WORKERS, and REDIS_URL."
            )
        with asyncio.Runner(loop_factory=uvloop.new_event_loop if uvloop is not None else None) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        worker = Worker(make_media_server(), settings.REDIS_URL)
        await worker.run(stop, lambda: self._say(f"Eclipse's media worker {worker.id} is ready"))

    def _say(self, words: str) -> None:
        self.stdout.write(words)
        self.stdout.flush()
