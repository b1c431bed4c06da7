"""Bring the catalogues up to date with the sources, without system gettext."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages import extract, pofile
from babel.messages.catalog import Catalog
from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils.translation.template import templatize

KEYWORDS = {
    **extract.DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "gettext_noop": None,
}


class Command(BaseCommand):
    help = "Read every translatable text and merge it into the catalogues. --check only says whether that is due."
    requires_system_checks = ()

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        template = read_sources()
        for path in sorted((settings.PACKAGE / "locale").glob("*/LC_MESSAGES/django.po")):
            with path.open("rb") as file:
                catalogue = pofile.read_po(file, locale=path.parent.parent.name)
            if options["check"]:
                missing = missing_from(catalogue, template)
                self.stdout.write(f"{catalogue.locale}: {len(missing)} without translation")
                for text in missing:
                    self.stdout.write(f"  {text}")
                continue
            # A variant (es_CL) holds only what differs; a full catalogue holds everything.
            if not is_variant(path):
                catalogue.update(template, no_fuzzy_matching=True)
                catalogue.obsolete.clear()
                with path.open("wb") as file:
                    pofile.write_po(file, catalogue, width=110, sort_output=True, no_location=True)
            self.stdout.write(f"{catalogue.locale}: {len(catalogue)} texts")


def is_variant(path: Path) -> bool:
    return path.parent.parent.name == "es_CL"


def missing_from(catalogue: Catalog, template: Catalog) -> list[str]:
    """The texts of the sources that a catalogue does not translate."""

    def is_missing(message: Any) -> bool:
        found = catalogue.get(message.id, message.context)
        strings = found.string if found else ""
        return not all(strings if isinstance(strings, tuple | list) else [strings])

    return [str(message.id) for message in template if message.id and is_missing(message)]


def read_sources() -> Catalog:
    """Every translatable text of the package, from Python and from templates."""
    catalogue = Catalog(charset="utf-8")
    for path, lines in _sources():
        comments = ("Translators:",)
        for line, text, notes, context in extract.extract("python", lines, KEYWORDS, comments):
            catalogue.add(text, None, [(str(path), line)], auto_comments=notes, context=context)
    return catalogue


def _sources() -> Iterator[tuple[Path, io.BytesIO]]:
    for path in sorted(settings.PACKAGE.rglob("*.py")):
        if "migrations" not in path.parts:
            yield path, io.BytesIO(path.read_bytes())
    for pattern in ("*.html", "*.txt"):
        for path in sorted(settings.PACKAGE.rglob(pattern)):
            if "templates" in path.parts:
                yield path, io.BytesIO(templatize(path.read_text(encoding="utf-8")).encode())
