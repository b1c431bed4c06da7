"""Words for the codes that the journal keeps."""

from datetime import date

from babel.dates import format_date
from django import template
from django.utils.translation import get_language, to_locale

from clientela.contacts import deciding
from clientela.contacts.models import (
    Channel,
    Finding,
    NextService,
    Outcome,
    PlanTarget,
    ProgrammeStep,
    Timing,
    Uncounted,
)
from clientela.contacts.models.programme import spoken as say
from clientela.customers import changes
from clientela.customers.models import Visit
from clientela.satisfaction.models import Grade

register = template.Library()


@register.filter
def spoken(texts: dict[str, str]) -> str:
    """A text of a preset in the language of the page."""
    return say(texts)


@register.filter
def visit_kind(code: str) -> str:
    return str(Visit.Kind(code).label)


@register.filter
def outcome_word(code: str) -> str:
    return str(Outcome(code).label)


@register.filter
def grade_word(code: str) -> str:
    return str(Grade(code).label)


@register.filter
def timing_word(code: str) -> str:
    return str(Timing(code).label)


@register.filter
def target_result(code: str) -> str:
    return str(PlanTarget.Result(code).label)


@register.filter
def finding_word(code: str) -> str:
    return str(Finding.Kind(code).label)


@register.filter
def uncounted_word(code: str) -> str:
    return str(Uncounted(code).label)


@register.filter
def channel_word(code: str) -> str:
    return str(Channel(code).label)


@register.filter
def caution_word(code: str) -> str:
    return str(ProgrammeStep.Caution(code).label)


@register.filter
def decision_word(code: str) -> str:
    """What somebody decided before a call."""
    return str(deciding.WORDS.get(code, code))


@register.filter
def customer_field(name: str) -> str:
    """What people call a field of the customer's file."""
    return changes.title("customer", name)


@register.filter
def service_word(code: str) -> str:
    return str(NextService.State(code).label)


@register.filter
def weekday(day: date) -> str:
    """Its weekday, short: mié, 周三."""
    return format_date(day, "EEE", locale=to_locale(get_language() or "en"))
