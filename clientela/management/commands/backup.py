"""Back up everything into one file."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from clientela.management import archive


class Command(BaseCommand):
    help = "Write the database and people's files into one archive. Web and worker may go on."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        archive.write(path, at=timezone.now())
        self.stdout.write(f"{path}: {path.stat().st_size / 2**20:.1f} MiB")
