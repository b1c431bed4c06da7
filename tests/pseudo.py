"""The pseudo-language: every translated text stands in ⟦brackets⟧, so that what was forgotten stands out."""

import re
from collections.abc import Callable, Iterable, Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from babel import Locale
from django.apps import apps
from django.conf import settings
from django.db import models
from django.utils import translation
from django.utils.safestring import SafeData, SafeString

from clientela.contacts import presets, wording
from clientela.customers.models import Consent, ContactPoint
from clientela.network.templatetags import clientela as filters
from clientela.satisfaction import questionnaires

FAMILY = ("gettext", "ngettext", "pgettext", "npgettext")
#: Nothing to translate: our name, units, formats of files, a door of this site.
ADDRESSES = ("http://testserver", "http://127.0.0.1:8000")
NAMES = ("Clientela", "km", "MiB", "CSV", "TSV", "Excel", "UTF-8", "UTF-16", "Windows-1252", *ADDRESSES)
READ_ALOUD = ("aria-label", "alt", "placeholder", "title", "label")
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
SILENT = {"script", "style", "kbd"}


def speak_pseudo(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wrap Django's gettext family where everything passes, and the dates that Babel writes."""
    for name in FAMILY:
        monkeypatch.setattr(translation._trans, name, _bracketed(getattr(translation._trans, name)))  # type: ignore[attr-defined]
    for name in ("format_date", "format_skeleton"):
        monkeypatch.setattr(filters, name, _bracketed(getattr(filters, name)))


def _bracketed(speak: Callable[..., str]) -> Callable[..., str]:
    def pseudo(*given: Any, **named: Any) -> str:
        text = speak(*given, **named)
        if not text:
            return text
        return SafeString(f"⟦{text}⟧") if isinstance(text, SafeData) else f"⟦{text}⟧"

    return pseudo


def data() -> set[str]:
    """What the rows of all tables hold and people wrote, names of languages and countries, words of presets."""
    found = {name for _code, name in settings.LANGUAGES} | set(wording.LANGUAGES.values())
    found |= set(Locale("en").territories.values())
    found |= {text for code in presets.available() for text in _words(presets.load(code))}
    found |= {name for known in questionnaires.every() for name in known.names.values()}
    # Names that are the same in every language: WhatsApp, SMS.
    found |= {label for kinds in (ContactPoint.Kind, Consent.Channel) for label in kinds.labels if type(label) is str}
    for model in apps.get_models():
        if not model.__module__.startswith("clientela."):
            continue
        fields = [field for field in model._meta.fields if _holds_data(field)]
        for row in model._default_manager.all():
            for field in fields:
                value = getattr(row, field.attname)
                found |= {str(text) for text in (value.values() if isinstance(value, dict) else [value])}
            found |= {getattr(row, name) for name in ("listed_name", "spoken_name", "title") if hasattr(row, name)}
    return {text for text in found if len(text) > 1}


def _words(given: Any) -> Iterator[str]:
    """The names of a preset, in every language."""
    if isinstance(given, dict):
        for key, value in given.items():
            if key == "name":
                yield from [value] if isinstance(value, str) else value.values()
            else:
                yield from _words(value)
    elif isinstance(given, list):
        for value in given:
            yield from _words(value)


def _holds_data(field: models.Field[Any, Any]) -> bool:
    is_text = isinstance(field, models.CharField | models.TextField) and not field.choices
    return is_text or field.name == "names"


class _Reader(HTMLParser):
    """Collects what a page shows or reads aloud, leaving out what is marked as not to be translated."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, bool]] = []
        self.running = ""
        self.aside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        silent = self.is_silent or tag in SILENT or given.get("translate") == "no"
        if not silent:
            self.aside += [value for name in READ_ALOUD if (value := given.get(name))]
            if tag in {"input", "button"} and given.get("type") in {"submit", "button", "reset"}:
                self.aside.append(given.get("value") or "")
        if tag not in VOID:
            self.open.append((tag, silent))

    def handle_endtag(self, tag: str) -> None:
        while any(name == tag for name, _ in self.open) and self.open.pop()[0] != tag:
            pass
        self.running += "\n"

    def handle_data(self, data: str) -> None:
        if not self.is_silent:
            self.running += data

    @property
    def is_silent(self) -> bool:
        return bool(self.open) and self.open[-1][1]


def leaks(html: str, known: Iterable[str] = ()) -> list[str]:
    """The texts of a page that did not pass the translation and are no data."""
    reader = _Reader()
    reader.feed(html)
    return [leak for text in (reader.running, *reader.aside) for leak in plain_leaks(text, known)]


def plain_leaks(text: str, known: Iterable[str] = ()) -> list[str]:
    """The same of a text without tags: a letter, a label."""
    names = sorted({*known, *NAMES}, key=len, reverse=True)
    is_data = re.compile("|".join(rf"(?<!\w){re.escape(name)}(?!\w)" for name in names))
    rest = is_data.sub("", "".join(_outside(text)))
    return [line.strip() for line in rest.splitlines() if any(map(str.isalpha, line))]


def _outside(text: str) -> Iterator[str]:
    depth = 0
    for sign in text:
        depth += (sign == "⟦") - (sign == "⟧")
        if depth == 0 and sign != "⟧":
            yield sign
        elif depth and sign == "\n":
            yield " "
    if depth:
        yield "a text was cut off inside its brackets"
