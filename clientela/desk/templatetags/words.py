"""Words for the codes that the journal keeps."""

from collections.abc import Callable
from datetime import date

from babel.dates import format_date
from django import template
from django.db.models import Choices
from django.utils.translation import get_language, to_locale

from clientela.contacts import deciding
from clientela.contacts.models import (
    Channel,
    ChannelResult,
    ContactRecord,
    Finding,
    LetterKind,
    NextService,
    Outcome,
    PlanTarget,
    PointStep,
    ProgrammeStep,
    TalkingPoint,
    Timing,
    Uncounted,
)
from clientela.contacts.models.programme import spoken as say
from clientela.customers import changes
from clientela.customers.models import Visit
from clientela.satisfaction.models import Grade

register = template.Library()

#: The filters that say the label of a code, each with the choices that it is of.
_LABELS: dict[str, type[Choices]] = {
    "visit_kind": Visit.Kind,
    "outcome_word": Outcome,
    "grade_word": Grade,
    "timing_word": Timing,
    "target_result": PlanTarget.Result,
    "point_word": TalkingPoint.Kind,
    "point_act": PointStep.Act,
    "finding_word": Finding.Kind,
    "uncounted_word": Uncounted,
    "channel_word": Channel,
    "channel_result": ChannelResult,
    "record_kind": ContactRecord.Kind,
    "direction_word": ContactRecord.Direction,
    "letter_kind": LetterKind,
    "caution_word": ProgrammeStep.Caution,
    "service_word": NextService.State,
}


def _label_of(choices: type[Choices]) -> Callable[[str], str]:
    return lambda code: str(choices(code).label)


for _name, _choices in _LABELS.items():
    register.filter(_name, _label_of(_choices))


@register.filter
def spoken(texts: dict[str, str]) -> str:
    """A text of a preset in the language of the page."""
    return say(texts)


@register.filter
def decision_word(code: str) -> str:
    """What somebody decided before a call."""
    return str(deciding.WORDS.get(code, code))


@register.filter
def customer_field(name: str) -> str:
    """What people call a field of the customer's file."""
    return changes.title("customer", name)


@register.filter
def weekday(day: date) -> str:
    """Its weekday, short: mié, 周三."""
    return format_date(day, "EEE", locale=to_locale(get_language() or "en"))
