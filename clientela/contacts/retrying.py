"""When a customer who was not reached is tried again: another day, another time of day (S2-9.5).

And, planned backwards from the end of the window, when the first try must be made so that all of them fit (C-4).
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import combinations, pairwise
from typing import Protocol
from zoneinfo import ZoneInfo

from .models.attempt import TimeBand

#: Bands begin at these local hours.
_CUTS = (0, 12, 17, 24)
_QUARTER = timedelta(minutes=15)


def next_try(
    intervals: Iterable[tuple[datetime, datetime]],
    *,
    at: datetime,
    zone: ZoneInfo,
    bands_used: Iterable[str],
    distinct_days: bool,
    distinct_bands: bool,
) -> datetime | None:
    """The first moment for another try, out of the stretches in which calling is allowed.

    The earliest stretch in a part of the day not yet tried; if all were, the earliest stretch. None when the
    calendar has no hours left.
    """
    used = set(bands_used) if distinct_bands else set()
    pieces = (piece for piece in _by_band(sorted(intervals), zone) if _is_allowed(piece, at, zone, distinct_days))
    first = earliest = next(pieces, None)
    # They come in their order: the first of an untried part of the day is the one, and the rest is not looked at.
    while first and TimeBand.of(first[0].astimezone(zone).time()) in used:
        first = next(pieces, None)
    first = first or earliest
    if first is None:
        return None
    return first[0] if distinct_days else max(first[0], at + _QUARTER)


Bands = Mapping[date, Collection[str]]


def open_bands(intervals: Iterable[tuple[datetime, datetime]], zone: ZoneInfo) -> dict[date, set[str]]:
    """Each local day on which calling is allowed, with the parts of it."""
    days: dict[date, set[str]] = {}
    for starts, _ends in _by_band(intervals, zone):
        local = starts.astimezone(zone)
        days.setdefault(local.date(), set()).add(TimeBand.of(local.time()).value)
    return days


@dataclass(frozen=True)
class Tries:
    """What is still to be tried: how often, and in which parts of the day it was tried already."""

    left: int
    bands_used: frozenset[str]
    distinct_days: bool
    distinct_bands: bool


class Tried(Protocol):
    """What says how often and when somebody was tried: a task."""

    attempts: int
    attempts_max: int | None
    bands_used: list[str]
    distinct_days: bool
    distinct_bands: bool


def still_to_try(task: Tried) -> Tries:
    """The tries a task still has; one, where there is no limit to plan for."""
    left = 1 if task.attempts_max is None else max(1, task.attempts_max - task.attempts)
    return Tries(left, frozenset(task.bands_used), task.distinct_days, task.distinct_bands)


def tries_that_fit(days: Bands, tries: Tries) -> int:
    """How many of them can be made on these days (`open_bands`).

    With different parts of the day a part is used again only when none of those the days offer is left.
    """
    fresh = _fresh(days, tries)
    return next(number for number in range(tries.left, -1, -1) if _fit(days, number, fresh, tries.distinct_days))


def latest_start(days: Bands, tries: Tries, *, due_on: date) -> date | None:
    """The last of these days on which the next try can be made so that all fit until `due_on`; None: they do not."""
    inside = {day: bands for day, bands in days.items() if day <= due_on}
    fresh = _fresh(inside, tries)
    for day in sorted(inside, reverse=True):
        rest = {other: bands for other, bands in inside.items() if other >= day}
        if _fit(rest, tries.left, fresh, tries.distinct_days):
            return day
    return None


def _fresh(days: Bands, tries: Tries) -> set[str]:
    offered: set[str] = set().union(*days.values())
    return offered - tries.bands_used if tries.distinct_bands else set()


def _fit(days: Bands, number: int, fresh: set[str], distinct_days: bool) -> bool:
    needed = min(number, len(fresh))
    if distinct_days:
        return len(days) >= number and _on_different_days(days, fresh) >= needed
    return bool(days or not number) and len(fresh & set().union(*days.values())) >= needed


def _on_different_days(days: Bands, bands: set[str]) -> int:
    """How many of these parts of the day can be had, each on a day of its own (Hall's theorem)."""
    return min(
        len(bands) - len(some) + sum(not some.isdisjoint(offered) for offered in days.values())
        for size in range(len(bands) + 1)
        for some in map(set, combinations(sorted(bands), size))
    )


def _by_band(intervals: Iterable[tuple[datetime, datetime]], zone: ZoneInfo) -> Iterable[tuple[datetime, datetime]]:
    for starts, ends in intervals:
        local = starts.astimezone(zone)
        day = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
        while day < ends.astimezone(zone):
            for opens, closes in pairwise(_CUTS):
                begin, end = _clock(day, opens), _clock(day, closes)
                if max(begin, starts) < min(end, ends):
                    yield max(begin, starts), min(end, ends)
            day = _clock(day, 24).astimezone(zone)


def _clock(day: datetime, hour: int) -> datetime:
    """The moment a local clock shows `hour` on `day`; 24 is the next midnight."""
    moved = (day.replace(tzinfo=None) + timedelta(hours=hour)).replace(tzinfo=day.tzinfo)
    return moved.astimezone(ZoneInfo("UTC"))


def _is_allowed(piece: tuple[datetime, datetime], at: datetime, zone: ZoneInfo, distinct_days: bool) -> bool:
    starts, ends = piece
    if distinct_days:
        return starts.astimezone(zone).date() > at.astimezone(zone).date()
    return ends > at + _QUARTER
