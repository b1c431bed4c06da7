"""When a customer who was not reached is tried again: another day, another time of day (S2-9.5)."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise
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
    pieces = [piece for piece in _by_band(intervals, zone) if _is_allowed(piece, at, zone, distinct_days)]
    fresh = [piece for piece in pieces if TimeBand.of(piece[0].astimezone(zone).time()) not in used]
    first = min(fresh or pieces, default=None)
    if first is None:
        return None
    return first[0] if distinct_days else max(first[0], at + _QUARTER)


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
