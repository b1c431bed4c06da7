"""Restore an archive."""

from importlib.metadata import version
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from clientela.management import archive


class Command(BaseCommand):
    help = "Put an archive back into an empty database. Stop web and worker first."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--force", action="store_true", help="replace what is in the database")

    def handle(self, *args: Any, **options: Any) -> None:
        about = archive.read(options["file"], force=options["force"])
        self.stdout.write(f"Restored what was backed up on {about['made_at'][:16]} (UTC).")
        if about["version"] != version("clientela"):
            self.stdout.write(
                "It is of another version. Bring its tables up to date: clientela migrate --database owner"
            )
