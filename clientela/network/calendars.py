"""When a house may call: opening hours and working exceptions, less holidays and rest hours, as intervals.

Compiled into rows whenever hours change, so that planning and the queue join a table instead of walking a week.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

import holidays
from django.db import transaction
from django.utils.translation import get_language

from clientela.lib import worktime

from .models import CalendarException, CallableInterval, Dealership, OpeningHours, WorkDay

#: How far around today calls are compiled; the schedule moves the window on every night.
PAST = timedelta(days=60)
AHEAD = timedelta(days=400)
DAY = timedelta(days=1)


@transaction.atomic
def compile_calls(dealership: Dealership, *, at: datetime) -> int:
    """Write the intervals of this house anew; how many there are. A house without hours has none."""
    today = dealership.today(at)
    CallableInterval.objects.filter(dealership=dealership).delete()
    WorkDay.objects.filter(dealership=dealership).delete()
    try:
        calendar = calling_time(dealership, today - PAST, today + AHEAD)
    except worktime.NoWorkingTime:
        return 0
    intervals = [
        CallableInterval(dealership=dealership, starts_at=begins, ends_at=ends)
        for span in calendar.intervals(
            datetime.combine(today - PAST, time(), dealership.zone),
            datetime.combine(today + AHEAD, time(), dealership.zone),
        )
        for begins, ends in _day_by_day(span, dealership)
    ]
    days = sorted({interval.starts_at.astimezone(dealership.zone).date() for interval in intervals})
    WorkDay.objects.bulk_create(WorkDay(dealership=dealership, on=day, number=n) for n, day in enumerate(days))
    return len(CallableInterval.objects.bulk_create(intervals, batch_size=2000))


def _day_by_day(span: worktime.Span, dealership: Dealership) -> Iterator[tuple[datetime, datetime]]:
    """A night shift belongs to the day it begins on; what never closes is cut at midnight."""
    begins = span.begins_at
    while span.ends_at - begins >= DAY:
        tomorrow = begins.astimezone(dealership.zone).date() + DAY
        midnight = datetime.combine(tomorrow, time(), dealership.zone)
        yield begins, midnight
        begins = midnight
    if begins < span.ends_at:
        yield begins, span.ends_at


def working_deadline(dealership: Dealership, at: datetime, duration: timedelta) -> datetime:
    """When so much working time has passed; by the clock on the wall where there are no opening hours."""
    today = dealership.today(at)
    try:
        return _compiled(dealership, today, today + AHEAD, rest={}).add(at, duration)
    except worktime.NoWorkingTime:
        return at + duration


def calling_time(dealership: Dealership, first: date, last: date) -> worktime.WorkTime:
    """The hours in which this house may call its customers."""
    rest: dict[int, list[worktime.Interval]] = defaultdict(list)
    for pause in dealership.rest_hours.all():
        for weekday in range(7) if pause.weekday is None else [pause.weekday]:
            rest[weekday].append(worktime.Interval(pause.starts, pause.ends))
    return _compiled(dealership, first, last, rest=rest)


def _compiled(
    dealership: Dealership, first: date, last: date, *, rest: dict[int, list[worktime.Interval]]
) -> worktime.WorkTime:
    """Opening hours, holidays and exceptions less these rest hours."""
    week: dict[int, list[worktime.Interval]] = defaultdict(list)
    for hours in OpeningHours.objects.filter(dealership=dealership).order_by("weekday", "opens"):
        week[hours.weekday].append(worktime.Interval(hours.opens, hours.closes))
    return worktime.compile_calendar(
        zone=dealership.zone,
        week=week,
        closed=set(public_holidays(dealership.country, first, last)),
        exceptions=_exceptions(dealership),
        less=rest,
        first=first,
        last=last,
    )


def public_holidays(country: str, first: date, last: date) -> dict[date, str]:
    """The days off that the country's law gives, named in the page's language where the library has it."""
    years = range(first.year, last.year + 1)
    calendar = holidays.country_holidays(country, years=years, language=_language_of_names(country))
    return {day: name for day, name in calendar.items() if first <= day <= last}


def _language_of_names(country: str) -> str | None:
    """One of the languages in which the library names this country's holidays."""
    known = holidays.country_holidays(country)
    wanted = (get_language() or "en").split("-")[0]
    return next((code for code in known.supported_languages if code.startswith(wanted)), known.default_language)


def _exceptions(dealership: Dealership) -> dict[date, list[worktime.Interval]]:
    days: dict[date, list[worktime.Interval]] = defaultdict(list)
    for row in CalendarException.objects.filter(dealership=dealership).order_by("on", "opens"):
        days[row.on]  # a closed day is an empty list
        if row.opens is not None and row.closes is not None:
            days[row.on].append(worktime.Interval(row.opens, row.closes))
    return days


def coming_hours(dealership_id: int, at: datetime, limit: int = 120) -> list[tuple[datetime, datetime]]:
    """The next stretches of time in which this house may call; the first is what is left of it."""
    rows = CallableInterval.objects.filter(dealership_id=dealership_id, ends_at__gt=at).order_by("ends_at")
    return [(max(at, starts), ends) for starts, ends in rows.values_list("starts_at", "ends_at")[:limit]]


def next_callable(dealership_id: int, at: datetime) -> datetime | None:
    """The first moment from `at` on at which this house may call; none when its calendar has no hours."""
    interval = CallableInterval.objects.filter(dealership_id=dealership_id, ends_at__gt=at).order_by("ends_at").first()
    return max(at, interval.starts_at) if interval else None
