from typing import Any

from django.core.management.base import BaseCommand

from rooms import icons
from rooms.actions.deletion import purge_deleted_rooms


class Command(BaseCommand):
    help = "Deletes for good the rooms that were deleted more than seven days ago, and pictures that no room shows."

    def handle(self, *args: Any, **options: Any) -> None:
        rooms, files = purge_deleted_rooms(), icons.remove_unused()
        if options["verbosity"] and (rooms or files):
            self.stdout.write(f"Purged: {rooms} rooms, {files} pictures.")
