"""Words for the codes that the journal keeps."""

from django import template

from clientela.contacts.models import Finding, Outcome, Timing
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
def finding_word(code: str) -> str:
    return str(Finding.Kind(code).label)


@register.filter
def customer_field(name: str) -> str:
    """What people call a field of the customer's file."""
    return changes.title("customer", name)
