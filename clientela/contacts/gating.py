"""What a call must have brought before it may be saved: who it was, what was asked, with what she was not satisfied."""

from collections.abc import Collection, Iterable, Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from clientela.satisfaction import questionnaires
from clientela.satisfaction.models import Grade

from .models import ContactTask

NO_ASPECT = gettext_lazy("Tick what the customer is not satisfied with.")
NO_IDENTITY = gettext_lazy("Make sure first of whom you speak with, and tick it: key Y.")


def missing_sections(task: ContactTask, answers: Mapping[str, str], *, declined: bool) -> list[questionnaires.Section]:
    """The sections of the questionnaire that nobody filled, unless the customer did not want to answer (S3-P6a)."""
    found = questionnaires.of(task.step.questionnaire)
    return [] if declined else [section for section in found.sections if section.code not in answers]


def lacks_aspect(task: ContactTask, grade: str, objections: Collection[str]) -> bool:
    """Whether she was not satisfied and it was not said with what (S4-1.3.5d); so-so is not satisfied."""
    asks = questionnaires.of(task.step.questionnaire).needs_aspect
    return asks and grade in {Grade.SO_SO, Grade.DISSATISFIED} and not objections


def not_asked(
    task: ContactTask, texts: Mapping[str, str], *, reason: str, declined: bool
) -> list[questionnaires.Question]:
    """The required questions without an answer and without a reason why it was not obtained (S1-4.4b)."""
    found = questionnaires.of(task.step.questionnaire)
    if declined or reason:
        return []
    kind = task.visit.kind
    return [question for question in found.texts if kind in question.required_after and not texts.get(question.code)]


def without_reason(questions: Iterable[questionnaires.Question]) -> str:
    return _("Not obtained: %(questions)s. Write what the customer said, or why it was not obtained.") % {
        "questions": pgettext("separator", ", ").join(question.name for question in questions)
    }


def unanswered(sections: Iterable[questionnaires.Section]) -> str:
    return _("Still to be answered: %(sections)s. Or tick that the customer declined.") % {
        "sections": pgettext("separator", ", ").join(section.name for section in sections)
    }
