"""The period of a page: what its address says, else this month; and those one may jump to."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, QueryDict

from clientela.customers.listing.filters import Filters
from clientela.lib import months


@dataclass(frozen=True)
class Span:
    """A period one may jump to, and its address."""

    code: str
    first: date
    last: date


def with_period(request: HttpRequest, today: date) -> QueryDict:
    """What the address says; without days, this month."""
    query = request.GET.copy()
    month = spans(today)[0]
    for name, day in (("first", month.first), ("last", month.last)):
        if not query.get(name):
            query[name] = day.isoformat()
    return query


def spans(today: date) -> list[Span]:
    """This month, the one before, and the one before that."""
    first = today.replace(day=1)
    begins = [months.later(first, 1), first, months.later(first, -1), months.later(first, -2)]
    return [
        Span(code, begin, date.fromordinal(end.toordinal() - 1))
        for code, begin, end in zip(("this", "last", "before"), begins[1:], begins, strict=False)
    ]


def weeks(today: date) -> list[Span]:
    """This week and the one before, from Monday on."""
    monday = today - timedelta(days=today.weekday())
    begins = [("week", monday), ("week_before", monday - timedelta(days=7))]
    return [Span(code, first, first + timedelta(days=6)) for code, first in begins]


def chips_of(request: HttpRequest, form: Filters) -> list[tuple[Any, str]]:
    """What was asked in words, each with the address without it."""
    return [(chip, without(request.GET, chip.name, "after")) for chip in form.chips()]


def without(query: QueryDict, *names: str) -> str:
    rest = query.copy()
    for name in names:
        rest.pop(name, None)
    return f"?{rest.urlencode()}"
