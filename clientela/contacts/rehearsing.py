"""Rehearsing: a script as a customer would hear it from end to end, language by language."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from clientela.satisfaction import questionnaires

from . import scripts, wording
from .models import ProgrammeStep
from .models.programme import spoken

Script = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Sentence:
    """One line: when it is said, and how it sounds with its places filled in."""

    when: str
    text: str
    #: It is not written in this language; another one is spoken instead.
    is_borrowed: bool = False
    #: `when` is the name that a questionnaire gives its question.
    is_asked: bool = False


@dataclass(frozen=True)
class Rehearsal:
    """A whole call in one language."""

    language: str
    name: str
    sentences: list[Sentence]


def of_step(step: ProgrammeStep, script: Script) -> list[Rehearsal]:
    """What the calls of a step say with this script, in each language."""
    return [Rehearsal(code, name, list(_said(step, script, code))) for code, name in wording.LANGUAGES.items()]


def lines(step: ProgrammeStep) -> list[str]:
    """The lines to which calls of this step can come, in their order."""
    questions = _questions(step)
    return [key for key in wording.LINES if key in questions or not key.startswith(("question_", "thanks_", "wish"))]


def _questions(step: ProgrammeStep) -> set[str]:
    if step.anchor == ProgrammeStep.Anchor.PLANNED:
        return {"question_planned"}
    asked = {scripts.question_after(kind) for kind in step.programme.trigger}
    thanks = {question.replace("question", "thanks") for question in asked}
    # A questionnaire in sections brings its own questions.
    in_sections = questionnaires.of(step.questionnaire).sections
    return thanks if in_sections else thanks | asked | {f"{question}_work" for question in asked}


def _said(step: ProgrammeStep, script: Script, language: str) -> Iterator[Sentence]:
    for key in lines(step):
        if key == "suggestion":
            yield from _asked(step, language)
        texts = {code: text for code, text in script.get(key, {}).items() if text}
        if text := wording.sample(spoken(texts, language), language):
            yield Sentence(wording.line_said(key), text, is_borrowed=language not in texts)


def _asked(step: ProgrammeStep, language: str) -> Iterator[Sentence]:
    """What the questionnaire asks besides."""
    of = questionnaires.of(step.questionnaire)
    yield from (Sentence(section.name, section.question(language), is_asked=True) for section in of.sections)
    yield from (Sentence(question.name, question.question(language), is_asked=True) for question in of.texts)
