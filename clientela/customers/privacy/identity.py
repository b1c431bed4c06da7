"""By what a person is recognised where no key leads to her: in a cell of a file, in a note, in a session."""

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from clientela.lib.names import search_key
from clientela.lib.phones import digits
from clientela.lib.plates import key as plate_key

#: So many last digits are hers alone, whatever was dialled before them; with fewer in all a number is nobody's.
NUMBER, LEAST = 9, 7
WORDS = re.compile(r"\w+")
#: Written without spaces, so that it may stand within other words.
CHINESE = re.compile(r"[\u4e00-\u9fff]{2,}\Z")


@dataclass(frozen=True)
class Sighting:
    """A file in which she was found, and where."""

    file: str
    given_at: datetime
    lines: list[int]


@dataclass(frozen=True)
class Identity:
    """Her names, numbers, addresses and cars, each as search sees it."""

    names: frozenset[str]
    numbers: frozenset[str]
    emails: frozenset[str]
    cars: frozenset[str]

    @classmethod
    def of(cls, *, names: list[str], points: list[str], cars: list[str]) -> "Identity":
        emails = {point.strip().lower() for point in points if "@" in point}
        numbers = {digits(point)[-NUMBER:] for point in points if "@" not in point}
        return cls(
            names=frozenset(key for key in map(search_key, names) if len(key) > 1),
            numbers=frozenset(number for number in numbers if len(number) >= LEAST),
            emails=frozenset(emails),
            cars=frozenset(key for key in map(plate_key, cars) if len(key) > 3),
        )

    def stands_in(self, text: str) -> bool:
        """Whether this text names her."""
        lower = text.lower()
        if any(email in lower for email in self.emails):
            return True
        found = digits(text)
        if any(number in found for number in self.numbers):
            return True
        plain = plate_key(text)
        return any(car in plain for car in self.cars) or self._is_named_in(text)

    def _is_named_in(self, text: str) -> bool:
        """In whatever order the words stand; a name of one word only where nothing else stands."""
        key = search_key(text)
        words = set(WORDS.findall(key))
        for name in self.names:
            parts = WORDS.findall(name)
            if (len(parts) > 1 and words.issuperset(parts)) or name == key or (CHINESE.match(name) and name in key):
                return True
        return False

    def stands_in_any(self, value: Any) -> bool:
        """The same of whatever JSON holds."""
        return any(map(self.stands_in, _texts(value)))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield str(key)
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    elif isinstance(value, str) and value[:1] in {"[", "{"}:
        yield value
        with suppress(ValueError):  # JSON within JSON, as messages are kept
            yield from _texts(json.loads(value))
    elif isinstance(value, str | int | float):
        yield str(value)
