import hashlib
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from eclipse import javascript, static, stylesheets
from eclipse.lock import locked_database
from rooms import actions


class Command(BaseCommand):
    help = "Brings the database, the static files and the lobby up to this version. Where nothing changed it is quick."

    def handle(self, *args: Any, **options: Any) -> None:
        # Several processes of one Eclipse are often started at once.
        with locked_database(on_wait=lambda: self.stdout.write("Waiting for another start to prepare the database")):
            self.prepare_database()
            if not settings.DEBUG:
                self.prepare_static_files()
            actions.ensure_lobby()
        call_command("purge", verbosity=0)
        # Those that have expired: nothing else would ever remove them.
        call_command("clearsessions")

    def prepare_database(self) -> None:
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if plan:
            self.stdout.write("Preparing the database")
            call_command("migrate", interactive=False, verbosity=0)

    def prepare_static_files(self) -> None:
        stamp, wanted = Path(settings.STATIC_ROOT) / "sources.sha256", fingerprint_of_static_files()
        if stamp.exists() and stamp.read_text() == wanted:
            return
        self.stdout.write("Preparing the static files")
        # Names that nothing links to any more stay: a page that was opened before an update still asks for them.
        call_command("collectstatic", interactive=False, verbosity=0)
        stamp.write_text(wanted)


def fingerprint_of_static_files() -> str:
    """A text that differs when any static file does, or the code that prepares them, or a package that brings some."""
    sources = [Path(str(module.__file__)) for module in (javascript, static, stylesheets)]
    sources.append(settings.BASE_DIR / "requirements.txt")
    found = [(name, Path(storage.path(name))) for finder in get_finders() for name, storage in finder.list(None)]
    digest = hashlib.sha256()
    for name, path in sorted([*found, *((path.name, path) for path in sources)]):
        digest.update(f"{name}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
