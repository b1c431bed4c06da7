"""The sources' own words, by requirement: what stands beside each parameter of a programme."""

from dataclasses import dataclass
from functools import cache

import yaml

from .preset_file import FOLDER

#: The parameter is ours: its source says nothing of it.
OURS = "ours"
_LANGUAGES = {"S0": "es", "S1": "es", "S2": "es", "S3": "ru", "S4": "zh-Hans"}


@dataclass(frozen=True)
class Quote:
    """What one requirement says, in its source's language and in English."""

    requirement: str
    words: str
    english: str

    @property
    def language(self) -> str:
        return _LANGUAGES.get(self.requirement.partition("-")[0], "en")


def of(requirement: str) -> Quote | None:
    """The words of a requirement; none for what is ours or stands in no source we hold."""
    found = _quotes().get(requirement)
    return Quote(requirement, found["quote"], found["english"]) if found else None


@cache
def _quotes() -> dict[str, dict[str, str]]:
    text = (FOLDER / "sources" / "quotes.yaml").read_text(encoding="utf-8")
    return dict(yaml.safe_load(text))
