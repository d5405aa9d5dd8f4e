from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from rooms.demo import fill


class Command(BaseCommand):
    help = "Fills Eclipse with people and conversations to look at. Run again, it changes nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        if fill.is_filled():
            self.stdout.write("The demo is here already.")
        elif fill.is_in_use():
            self.stdout.write("No demo: people use this Eclipse already. Give it a DATA_DIR of its own.")
            return
        elif taken := fill.names_in_use():
            self.stdout.write(f"No demo: somebody here is called {', '.join(taken)} already. Nothing was changed.")
            return
        else:
            fill.fill(timezone.now())
            self.stdout.write("The demo is here: people, rooms and conversations.")
        self.stdout.write(
            f"Log in as “{fill.VIEWER}” or as anybody else in it, with the password “{fill.OPENS_EVERY_ACCOUNT}”."
        )
