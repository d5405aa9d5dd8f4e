from typing import Any

from django.core.management.base import BaseCommand

from rooms import icons
from rooms.actions.clearing import clear_some


class Command(BaseCommand):
    help = (
        "Deletes for good what was deleted and is still stored: messages, channels, rooms that were deleted more than "
        "seven days ago, and pictures that no room shows."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        steps = 0
        while clear_some():
            steps += 1
        files = icons.remove_unused()
        if options["verbosity"] and (steps or files):
            self.stdout.write(f"Purged in {steps} steps, and {files} pictures.")
