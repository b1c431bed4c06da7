"""Questionnaires as files: their sections, each with the requirement it comes from.

One without sections asks one question and has one grade. Of one in sections every section is graded, and the
whole is as good as the worst of them. One with items asks how satisfied she is and notes what she objects to.
"""

from collections.abc import Collection, Iterable, Mapping
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
class Item:
    """One thing a customer may object to: whoever says nothing of it is satisfied with it (S4-3.2.4.4.1c)."""

    code: str
    names: dict[str, str]
    #: The kind of department that it concerns.
    department: str
    #: What it is about, where a programme may forbid to ask it (S2-9.4).
    topic: str = ""

    @property
    def name(self) -> str:
        return _in_language(self.names, get_language())


@dataclass(frozen=True)
class Question:
    """Something asked in her own words. Required after such visits, it needs an answer or a reason (S1-4.4b)."""

    code: str
    names: dict[str, str]
    questions: dict[str, str]
    required_after: tuple[str, ...]
    source: str
    #: The kind of talking point that an answer becomes, and what about (S4-1.3.3a); empty: it stays an answer.
    becomes: str = ""
    about: str = ""
    topic: str = ""
    #: The visits after which it makes sense; empty for all.
    asked_after: tuple[str, ...] = ()

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
    items: tuple[Item, ...] = ()
    texts: tuple[Question, ...] = ()
    #: Whether so-so and dissatisfied must name at least one item (S4-1.3.5d).
    needs_aspect: bool = False

    @property
    def name(self) -> str:
        return _in_language(self.names, get_language())

    def texts_after(self, kind: str) -> list[Question]:
        """What is asked in words after a visit of this kind: who came for advice has no car to speak of."""
        return [question for question in self.texts if not question.asked_after or kind in question.asked_after]

    def about(self, topics: Collection[str]) -> list[Item | Question]:
        """What it asks about these topics."""
        every: list[Item | Question] = [*self.items, *self.texts]
        return [asked for asked in every if asked.topic in topics]

    def objected(self, answers: Mapping[str, str]) -> list[Item]:
        """The items she objected to. Of a valid follow-up every other one counts as satisfied (S4-3.2.4.4.1c)."""
        return [item for item in self.items if answers.get(item.code) == Grade.DISSATISFIED]


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
    return Questionnaire(
        data["questionnaire"],
        data["name"],
        tuple(sections),
        items=tuple(
            Item(row["code"], row["name"], row["department"], row.get("topic", "")) for row in data.get("items", [])
        ),
        texts=tuple(map(_question, data.get("texts", []))),
        needs_aspect=bool(data.get("needs_aspect")),
    )


def _question(row: dict[str, Any]) -> Question:
    becomes = row.get("becomes", {})
    return Question(
        row["code"],
        row["name"],
        row["question"],
        tuple(row.get("required_after", [])),
        row["source"],
        becomes.get("kind", ""),
        becomes.get("about", ""),
        row.get("topic", ""),
        tuple(row.get("asked_after", [])),
    )


def _in_language(texts: dict[str, str], language: str | None) -> str:
    return texts.get((language or "en").split("-")[0]) or texts["en"]
