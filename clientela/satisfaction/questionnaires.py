"""Questionnaires as files: their sections, each with the requirement it comes from.

One without sections asks one question and has one grade. Of one in sections every section is graded, and the
whole is as good as the worst of them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.utils.translation import get_language

from .models import Grade

FOLDER = Path(__file__).resolve().parent.parent / "presets" / "questionnaires"
#: From bad to good.
_ORDER = (Grade.DISSATISFIED, Grade.SO_SO, Grade.SATISFIED)


@dataclass(frozen=True)
class Section:
    """One thing that is asked about and graded by itself."""

    code: str
    names: dict[str, str]
    questions: dict[str, str]
    source: str

    @property
    def name(self) -> str:
        return _in_language(self.names, get_language())

    def question(self, language: str) -> str:
        """What is asked, in the customer's language."""
        return _in_language(self.questions, language)


@dataclass(frozen=True)
class Questionnaire:
    code: str
    names: dict[str, str]
    sections: tuple[Section, ...] = ()

    @property
    def name(self) -> str:
        return _in_language(self.names, get_language())


def every() -> list[Questionnaire]:
    """All that have a file."""
    return list(_read().values())


def of(code: str) -> Questionnaire:
    """The questionnaire of this code; one without a file has no sections and its code for a name."""
    return _read().get(code) or Questionnaire(code, {"en": code})


def worst(grades: Iterable[str]) -> str:
    """The grade of the whole; empty if nothing was graded."""
    given = set(grades)
    return next((grade.value for grade in _ORDER if grade in given), "")


@cache
def _read() -> dict[str, Questionnaire]:
    files = (yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.yaml")))
    return {data["questionnaire"]: _questionnaire(data) for data in files}


def _questionnaire(data: dict[str, Any]) -> Questionnaire:
    sections = (Section(row["code"], row["name"], row["question"], row["source"]) for row in data["sections"])
    return Questionnaire(data["questionnaire"], data["name"], tuple(sections))


def _in_language(texts: dict[str, str], language: str | None) -> str:
    return texts.get((language or "en").split("-")[0]) or texts["en"]
