"""When somebody who was not reached is tried again."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientela.contacts.models import TimeBand
from clientela.contacts.retrying import next_try

Interval = tuple[datetime, datetime]
MORNING, AFTERNOON, EVENING = TimeBand.MORNING, TimeBand.AFTERNOON, TimeBand.EVENING
MEXICO = ZoneInfo("America/Chihuahua")
QUARTER = timedelta(minutes=15)


def moment(day: int, clock: str) -> datetime:
    """March 2026; the 2nd is a Monday."""
    return datetime.combine(date(2026, 3, day), time.fromisoformat(clock), MEXICO)


#: Nine to seven, Monday to Saturday.
WEEK = [(moment(day, "09:00"), moment(day, "19:00")) for day in (2, 3, 4, 5, 6, 7, 9, 10)]


@pytest.mark.parametrize(
    ("at", "used", "again"),
    [
        (moment(5, "10:00"), [MORNING], moment(6, "12:00")),
        (moment(5, "13:00"), [AFTERNOON], moment(6, "09:00")),
        (moment(6, "12:00"), [MORNING, AFTERNOON], moment(7, "17:00")),
        (moment(7, "17:00"), [MORNING, AFTERNOON, EVENING], moment(9, "09:00")),
        (moment(7, "10:00"), [MORNING], moment(9, "12:00")),
        (moment(10, "10:00"), [MORNING], None),
    ],
)
def test_another_day_and_another_time_of_day(at: datetime, used: list[str], again: datetime | None) -> None:
    assert next_try(WEEK, at=at, zone=MEXICO, bands_used=used, distinct_days=True, distinct_bands=True) == again


@pytest.mark.parametrize(
    ("at", "days", "bands", "again"),
    [
        (moment(5, "10:00"), True, False, moment(6, "09:00")),
        (moment(5, "10:00"), False, True, moment(5, "12:00")),
        (moment(5, "10:00"), False, False, moment(5, "10:15")),
        (moment(5, "18:50"), False, False, moment(6, "09:00")),
    ],
)
def test_what_the_programme_does_not_ask_for_is_not_waited_for(
    at: datetime, days: bool, bands: bool, again: datetime
) -> None:
    used = [TimeBand.of(at.time())]
    assert next_try(WEEK, at=at, zone=MEXICO, bands_used=used, distinct_days=days, distinct_bands=bands) == again


ZONES = [
    ZoneInfo(name)
    for name in ("America/Chihuahua", "Asia/Shanghai", "America/Santiago", "Europe/Moscow", "Australia/Lord_Howe")
]
MOMENTS = st.datetimes(datetime(2026, 3, 25), datetime(2026, 4, 12), timezones=st.just(UTC))  # noqa: DTZ001  the zone is drawn
BANDS = st.lists(st.sampled_from(TimeBand.values), unique=True)


@st.composite
def calendars(draw: st.DrawFn) -> list[Interval]:
    """Stretches one after the other, some past midnight."""
    cuts = sorted(draw(st.lists(MOMENTS, max_size=12, unique=True)))
    return [(start, min(end, start + timedelta(hours=20))) for start, end in list(pairwise(cuts))[::2]]


@given(
    intervals=calendars(),
    at=MOMENTS,
    zone=st.sampled_from(ZONES),
    used=BANDS,
    distinct_days=st.booleans(),
    distinct_bands=st.booleans(),
)
def test_the_next_try_is_the_first_moment_that_keeps_every_rule(
    intervals: list[Interval],
    at: datetime,
    zone: ZoneInfo,
    used: list[str],
    distinct_days: bool,
    distinct_bands: bool,
) -> None:
    again = next_try(
        intervals,
        at=at,
        zone=zone,
        bands_used=used,
        distinct_days=distinct_days,
        distinct_bands=distinct_bands,
    )

    allowed = sorted(_moments(intervals, at, zone, distinct_days))
    fresh = [moment for moment in allowed if _band(moment, zone) not in used] if distinct_bands else []
    assert again == next(iter(fresh or allowed), None)
    if again:
        assert again > at
        assert any(starts <= again < ends for starts, ends in intervals)
        assert not distinct_days or again.astimezone(zone).date() > at.astimezone(zone).date()


def _moments(intervals: list[Interval], at: datetime, zone: ZoneInfo, distinct_days: bool) -> set[datetime]:
    """Every moment at which a try could begin to be allowed, found by asking each that could make a difference."""
    candidates = {at + QUARTER} | {starts for starts, _ends in intervals}
    first = date(2026, 3, 23)
    for day in (first + timedelta(days) for days in range(25)):
        for hour in (0, 12, 17):
            candidates.add(datetime.combine(day, time(hour), zone).astimezone(UTC))
            candidates.add(datetime.combine(day, time(hour), zone).replace(fold=1).astimezone(UTC))
    today = at.astimezone(zone).date()
    return {
        moment
        for moment in candidates
        if any(starts <= moment < ends for starts, ends in intervals)
        and (moment.astimezone(zone).date() > today if distinct_days else moment >= at + QUARTER)
    }


def _band(moment: datetime, zone: ZoneInfo) -> TimeBand:
    return TimeBand.of(moment.astimezone(zone).time())
