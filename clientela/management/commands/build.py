"""What is made from sources at set-up: fonts, catalogues, static files."""

from pathlib import Path
from typing import Any

from babel.messages import mofile, pofile
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from clientela.lib import fonts, statics


class Command(BaseCommand):
    help = "Cut the fonts, compile the catalogues, collect the static files. Safe to repeat."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        static = settings.PACKAGE / "static"
        fonts.cut(static / "fonts")
        (static / "css" / "all.css").write_text(statics.join(static / "css" / "main.css"), encoding="utf-8")
        for source in sorted((settings.PACKAGE / "locale").glob("*/LC_MESSAGES/*.po")):
            compile_catalogue(source)
        call_command("collectstatic", interactive=False, verbosity=0)


def compile_catalogue(source: Path) -> None:
    """Write the .mo beside a .po, without system gettext. Unfinished (fuzzy) entries stay in English."""
    target = source.with_suffix(".mo")
    if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
        return
    with source.open("rb") as file:
        catalogue = pofile.read_po(file, locale=source.parent.parent.name)
    with target.open("wb") as file:
        mofile.write_mo(file, catalogue)
