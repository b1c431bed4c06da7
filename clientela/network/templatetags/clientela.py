"""What templates ask for: moments in the house's time, days as words, plates, what is left."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from babel.dates import format_date, format_skeleton
from babel.numbers import format_currency
from django import template
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import get_language, ngettext, pgettext, to_locale
from django.utils.translation import gettext as _

register = template.Library()


#: A full date in figures, as each country writes it.
FIGURES = {"es": "dd/MM/y", "es_CL": "dd-MM-y", "en": "d MMM y", "ru": "dd.MM.y", "zh_Hans": "y-MM-dd"}

#: A day with its weekday, as one says it.
WITH_WEEKDAY = {"es": "EEEE d 'de' MMMM", "en": "EEEE d MMMM", "ru": "EEEE, d MMMM", "zh": "M月d日 EEEE"}


@register.filter
def day(value: date | None) -> str:
    """A day, short; its year only if it is not this one: 31 mar, 3月30日.

    Russian has the whole month: its short one ends with a dot, which at the end of a sentence would be the second.
    """
    if value is None:
        return ""
    if value.year != timezone.localdate().year:
        return figures(value)
    locale = _locale()
    said = format_skeleton("MMMMd" if locale == "ru" else "MMMd", value, locale=locale)
    return said.replace(".", "") if locale.startswith("es") else said


@register.filter
def figures(value: date) -> str:
    """A full date in figures: 30/03/2026, 30-03-2026, 30.03.2026, 2026-03-30."""
    locale = _locale()
    return format_date(value, FIGURES.get(locale) or FIGURES[locale.partition("_")[0]], locale=locale)


@register.filter
def month(value: date) -> str:
    """A month with its year: marzo de 2026, 2026年3月."""
    return format_skeleton("yMMMM", value, locale=_locale())


@register.filter
def long_day(value: date) -> str:
    """A day with its weekday: lunes 30 de marzo, 3月30日星期一."""
    locale = _locale()
    return format_date(value, WITH_WEEKDAY[locale.partition("_")[0]], locale=locale)


def _locale() -> str:
    """Babel's name of the page's language."""
    return to_locale(get_language() or "en").replace("es_MX", "es")


@register.filter
def clock(value: datetime | str | None) -> str:
    """The time of day at the house."""
    moment = parse_datetime(value) if isinstance(value, str) else value
    return f"{timezone.localtime(moment):%H:%M}" if moment else ""


@register.filter
def when(value: datetime | str | None) -> str:
    """A moment as people say it: today 16:30, tomorrow 9:00, or the day."""
    moment = parse_datetime(value) if isinstance(value, str) else value
    if not moment:
        return ""
    local = timezone.localtime(moment)
    ahead = (local.date() - timezone.localdate()).days
    words = {0: _("today"), 1: _("tomorrow"), -1: _("yesterday")}
    return _("%(day)s, %(time)s") % {"day": words.get(ahead) or day(local.date()), "time": f"{local:%H:%M}"}


@register.filter
def as_day(value: str) -> date | str:
    """An ISO day out of JSON."""
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        return value


@register.filter
def money(amount: Decimal, currency: str) -> str:
    """An amount with its currency as the page's country writes both; pesos of Chile have no decimals."""
    return format_currency(amount, currency, locale=to_locale(get_language() or "en"))


@register.filter
def minutes(seconds: int) -> str:
    """A length of time: 4 min 10 s."""
    whole, rest = divmod(int(seconds), 60)
    return _("%(minutes)d min %(seconds)d s") % {"minutes": whole, "seconds": rest}


@register.filter
def days_ago(value: date) -> str:
    days = (timezone.localdate() - value).days
    return ngettext("%(days)d day", "%(days)d days", days) % {"days": days}


@register.simple_tag
def comma() -> str:
    """What parts two facts on one line; Chinese has its own sign, and no space behind it."""
    return pgettext("separator", ", ")


@register.simple_tag
def stop() -> str:
    """What ends a sentence that another one follows."""
    return pgettext("separator", ". ")


@register.simple_tag
def colon() -> str:
    """What stands before an explanation."""
    return pgettext("separator", ": ")


@register.simple_tag(takes_context=True)
def here(context: dict[str, Any], **changes: Any) -> str:
    """This page's address with other filters."""
    query = context["request"].GET.copy()
    for key, value in changes.items():
        query.pop(key, None)
        if value not in (None, ""):
            query[key] = value
    return f"?{query.urlencode()}" if query else "?"


@register.filter
def undo_of(tags: str) -> str:
    """The address that takes a message's act back, out of the message's tags."""
    return _after(tags, "undo")


@register.filter
def draft_of(tags: str) -> str:
    """The draft that a message says was kept."""
    return _after(tags, "draft")


def _after(tags: str, word: str) -> str:
    words = tags.split()
    return words[words.index(word) + 1]


@register.filter(name="at")
def at_key(mapping: dict[Any, Any], key: Any) -> Any:
    """What a mapping holds for a key."""
    return mapping.get(key, "")


@register.filter
def localday(value: datetime) -> date:
    """The calendar day at the house."""
    return timezone.localtime(value).date()


@register.filter
def has_phone(points: list[Any]) -> bool:
    """Whether any of these contact points is a number that can be dialled."""
    return any(point.kind == "phone" and point.valid for point in points)


@register.filter
def first_phone(points: Any) -> Any:
    """The number to dial among a customer's contact points."""
    return next((point for point in points if point.kind == "phone" and point.valid), None)
