"""Deadlines in working time (P11): ours, against businesstimedelta, on the same calendar and the same questions.

Berlin, Monday to Friday 8 to 17, Saturday 9 to 13, German holidays; a year of moments, one to eighty hours each.
"""

from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import businesstimedelta
import holidays
import pytz

from clientela.lib.worktime import Interval, WorkTime, compile_calendar

from .scale import Scale
from .table import Figure
from .timing import in_turns, median, seconds

BERLIN = ZoneInfo("Europe/Berlin")
YEARS = range(2025, 2028)
Question = tuple[datetime, timedelta]
#: What the peer is given of the questions; its time is scaled up.
SAMPLE = 20


def measure(scale: Scale) -> list[Figure]:
    questions = list(ask(20_000))
    few = questions[::SAMPLE]
    ours, theirs = calendar(), peer()
    _agree(few, ours, theirs)

    def answer(some: list[Question], of: Any) -> float:
        return seconds(lambda: [of(at, length) for at, length in some])

    took = in_turns(
        scale.rounds,
        {"ours": lambda: answer(questions, ours.add), "theirs": lambda: SAMPLE * answer(few, theirs)},
    )
    ours_s, theirs_s = median(took["ours"]), median(took["theirs"])
    return [
        Figure(
            f"P11 deadlines, {len(questions):,} (1/{SAMPLE} timed) / ours",
            f"{len(questions) / ours_s:,.0f}/s",
            f"{len(questions) / theirs_s:,.0f}/s",
            theirs_s / ours_s,
            at_least=100,
        )
    ]


def ask(count: int) -> list[Question]:
    random = Random(11)
    first = datetime(2026, 1, 1, tzinfo=UTC)
    return [
        (first + timedelta(minutes=random.randrange(500_000)), timedelta(minutes=random.randrange(60, 80 * 60)))
        for _n in range(count)
    ]


def calendar() -> WorkTime:
    week = {**{day: [Interval(time(8), time(17))] for day in range(5)}, 5: [Interval(time(9), time(13))]}
    return compile_calendar(
        zone=BERLIN,
        week=week,
        closed=set(holidays.country_holidays("DE", years=YEARS)),
        exceptions={},
        first=date(2025, 12, 1),
        last=date(2027, 12, 31),
    )


def peer() -> Any:
    zone = pytz.timezone(BERLIN.key)  # it knows no others
    weekdays = businesstimedelta.WorkDayRule(
        start_time=time(8), end_time=time(17), working_days=[0, 1, 2, 3, 4], tz=zone
    )
    saturday = businesstimedelta.WorkDayRule(start_time=time(9), end_time=time(13), working_days=[5], tz=zone)
    off = businesstimedelta.HolidayRule(holidays.country_holidays("DE", years=YEARS), tz=zone)
    rules = businesstimedelta.Rules([weekdays, saturday, off])

    def add(at: datetime, length: timedelta) -> datetime:
        due: datetime = at + businesstimedelta.BusinessTimeDelta(rules, timedelta=length)
        return due

    return add


def _agree(questions: list[Question], ours: WorkTime, theirs: Any) -> None:
    """Both give the same deadline; at the end of a shift the peer may say the next opening, which is no later work."""
    for at, length in questions:
        mine, other = ours.add(at, length), theirs(at, length).astimezone(UTC)
        if mine != other and ours.between(*sorted((mine, other))):
            raise AssertionError(f"{at} and {length}: {mine}, but businesstimedelta says {other}")
