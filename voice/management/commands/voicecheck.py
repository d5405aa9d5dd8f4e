import asyncio
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from voice.check import Outcome, check_all

MARKS = {Outcome.WORKS: "ok     ", Outcome.FAILS: "FAILS  ", Outcome.UNKNOWN: "unknown"}


class Command(BaseCommand):
    help = "Says in plain words whether voice can work from where this server stands, and what to open or set."

    def handle(self, *args: Any, **options: Any) -> None:
        if asyncio.run(self._tell()):
            sys.exit(1)

    async def _tell(self) -> bool:
        failed = False
        found = check_all(
            public=settings.VOICE_PUBLIC_ADDRESS, ports=settings.VOICE_PORTS or [0], turn_urls=settings.VOICE_TURN_URLS
        )
        async for finding in found:
            self.stdout.write(f"{MARKS[finding.outcome]}  {finding.what}: {finding.words}")
            if finding.mend:
                self.stdout.write(f"         {finding.mend}")
            failed = failed or finding.outcome is Outcome.FAILS
        self.stdout.write("")
        self.stdout.write(
            "Something has to be mended before people can talk."
            if failed
            else "Nothing is in the way here. /voice/test/ tells from a browser what this machine cannot know."
        )
        return failed
