"""Working time: stories from a workshop, and a second opinion that steps through every minute."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from clientela.lib.worktime import Interval, NoWorkingTime, OutOfRange, Span, Step, WorkTime, compile_calendar

BERLIN = ZoneInfo("Europe/Berlin")
CHIHUAHUA = ZoneInfo("America/Chihuahua")
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def hours(text: str) -> Sequence[Interval]:
    """'8:00-13:00 14:00-18:00' as intervals."""
    pairs = [part.split("-") for part in text.split()]
    return [Interval(clock(opens), clock(closes)) for opens, closes in pairs]


def clock(text: str) -> time:
    hour, minute = text.split(":")
    return time(int(hour), int(minute))


def calendar(week: Mapping[int, str], *, zone: ZoneInfo = BERLIN, **changes: Any) -> WorkTime:
    facts: dict[str, Any] = {
        "closed": set(),
        "exceptions": {},
        "first": date(2025, 1, 1),
        "last": date(2025, 12, 31),
    }
    facts |= changes
    return compile_calendar(zone=zone, week={day: hours(text) for day, text in week.items()}, **facts)


WORKSHOP = {**dict.fromkeys(range(5), "8:00-17:00"), 5: "9:00-13:00"}


def at(text: str, zone: ZoneInfo = BERLIN) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def shown(moment: datetime, zone: ZoneInfo = BERLIN) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M%z}"


# Stories


def test_four_hours_promised_on_saturday_noon_fall_due_on_monday() -> None:
    assert shown(calendar(WORKSHOP).add(at("2025-06-14 12:00"), 4 * HOUR)) == "2025-06-16 11:00+0200"


def test_a_holiday_and_a_working_exception_move_the_deadline() -> None:
    saturday, monday = date(2025, 6, 14), date(2025, 6, 16)
    asked = at("2025-06-14 12:00")

    closed_on_monday = calendar(WORKSHOP, closed={monday})
    assert shown(closed_on_monday.add(asked, 4 * HOUR)) == "2025-06-17 11:00+0200"

    open_in_the_afternoon = calendar(WORKSHOP, closed={monday}, exceptions={monday: hours("14:00-18:00")})
    assert shown(open_in_the_afternoon.add(asked, 4 * HOUR)) == "2025-06-16 17:00+0200"

    shut_at_once = calendar(WORKSHOP, exceptions={saturday: ()})
    assert shown(shut_at_once.add(asked, 4 * HOUR)) == "2025-06-16 12:00+0200"


def test_lunch_is_no_working_time_whether_split_or_cut_out() -> None:
    split = calendar({0: "8:00-13:00 14:00-18:00"})
    cut_out = calendar({0: "8:00-18:00"}, less={0: hours("13:00-14:00")})

    assert split == cut_out
    assert shown(split.add(at("2025-06-16 12:00"), 2 * HOUR)) == "2025-06-16 15:00+0200"
    assert not split.is_open(at("2025-06-16 13:00"))
    assert split.is_open(at("2025-06-16 14:00"))


def test_a_night_shift_belongs_to_the_evening_it_begins_on() -> None:
    # Monday the 16th is closed, but the shift of Sunday night works on into it.
    rescue = calendar({6: "22:00-6:00", 0: "22:00-6:00"}, closed={date(2025, 6, 16)})

    assert rescue.intervals(at("2025-06-15 00:00"), at("2025-06-18 00:00")) == [
        Span(at("2025-06-15 22:00"), at("2025-06-16 06:00"))
    ]


def test_the_shift_of_the_day_before_reaches_into_the_first_day_and_the_last_ends_at_midnight() -> None:
    monday = date(2025, 6, 16)
    night = calendar({6: "22:00-6:00", 0: "22:00-6:00"}, first=monday, last=monday)

    assert night.intervals(at("2025-06-16 00:00"), at("2025-06-17 00:00")) == [
        Span(at("2025-06-16 00:00"), at("2025-06-16 06:00")),
        Span(at("2025-06-16 22:00"), at("2025-06-17 00:00")),
    ]


def test_midnight_to_midnight_is_the_whole_day() -> None:
    always = calendar(dict.fromkeys(range(7), "0:00-0:00"))

    assert always.between(at("2025-03-30 00:00"), at("2025-03-31 00:00")) == 23 * HOUR
    assert always.between(at("2025-10-26 00:00"), at("2025-10-27 00:00")) == 25 * HOUR
    assert always.add(at("2025-03-29 12:00"), 24 * HOUR) == at("2025-03-30 13:00")


def test_overlapping_hours_count_once() -> None:
    assert calendar({0: "8:00-12:00 11:00-14:00 14:00-15:00"}) == calendar({0: "8:00-15:00"})


@pytest.mark.parametrize(
    ("asked", "promised", "due"),
    [
        ("2025-03-29 20:00", 4 * HOUR, "2025-03-30 05:00+0200"),
        ("2025-03-29 20:00", 6 * HOUR, "2025-03-31 01:00+0200"),
        ("2025-10-25 20:00", 4 * HOUR, "2025-10-26 03:00+0100"),
        ("2025-10-25 20:00", 6 * HOUR, "2025-10-26 05:00+0100"),
        ("2025-10-25 20:00", 8 * HOUR, "2025-10-27 01:00+0100"),
    ],
)
def test_an_emergency_desk_works_five_or_seven_hours_when_the_clocks_change(
    asked: str, promised: timedelta, due: str
) -> None:
    desk = calendar(dict.fromkeys(range(7), "0:00-6:00"))
    assert shown(desk.add(at(asked), promised)) == due


def test_hours_that_the_clock_skips_move_forward_and_are_never_negative() -> None:
    night = at("2025-03-29 22:00"), at("2025-03-30 08:00")

    def opening(text: str) -> list[Span]:
        return calendar({6: text}).intervals(*night)

    assert opening("2:00-2:30") == [Span(at("2025-03-30 03:00"), at("2025-03-30 03:30"))]
    assert opening("2:30-5:00") == [Span(at("2025-03-30 03:30"), at("2025-03-30 05:00"))]
    assert opening("2:30-3:00") == []
    assert opening("2:30-3:15") == []


def test_every_deadline_explains_itself() -> None:
    steps = calendar(WORKSHOP).explain(at("2025-06-13 16:15"), 6 * HOUR)

    assert steps == [
        Step(at("2025-06-13 16:15"), at("2025-06-13 17:00"), 45 * MINUTE, 5 * HOUR + 15 * MINUTE),
        Step(at("2025-06-14 09:00"), at("2025-06-14 13:00"), 4 * HOUR, HOUR + 15 * MINUTE),
        Step(at("2025-06-16 08:00"), at("2025-06-16 09:15"), HOUR + 15 * MINUTE, timedelta(0)),
    ]
    assert steps[0].begins_at.tzinfo is UTC


def test_the_next_opening_is_now_when_it_is_open() -> None:
    workshop = calendar(WORKSHOP)
    a_moment = at("2025-06-16 08:00:00.250")

    assert workshop.next_open(a_moment) == a_moment
    assert shown(workshop.next_open(at("2025-06-14 13:00"))) == "2025-06-16 08:00+0200"


def test_a_moment_may_come_in_any_zone_and_leaves_in_utc() -> None:
    workshop = calendar(WORKSHOP)
    due = workshop.add(at("2025-06-14 04:00", CHIHUAHUA), 4 * HOUR)

    assert due == workshop.add(at("2025-06-14 12:00"), 4 * HOUR)
    assert due.tzinfo is UTC


def test_nothing_promised_is_due_at_once() -> None:
    assert calendar(WORKSHOP).add(at("2025-06-15 12:00"), timedelta(0)) == at("2025-06-15 12:00")
    assert calendar(WORKSHOP).explain(at("2025-06-15 12:00"), timedelta(0)) == []
    assert calendar(WORKSHOP).explain(at("2025-06-16 12:00"), timedelta(0)) == []


def test_what_is_finer_than_a_second_is_cut_off() -> None:
    due = calendar(WORKSHOP).add(at("2025-06-14 12:00:00.999999"), timedelta(hours=4, microseconds=1))
    assert due == at("2025-06-16 11:00")


def test_what_came_before_is_negative() -> None:
    assert calendar(WORKSHOP).between(at("2025-06-16 11:00"), at("2025-06-14 12:00")) == -4 * HOUR


# Loud failures


def test_a_calendar_without_hours_promises_nothing() -> None:
    never = calendar({})

    for question in (never.add, never.explain):
        with pytest.raises(NoWorkingTime) as refused:
            question(at("2025-06-16 08:00"), HOUR)
        assert not isinstance(refused.value, OutOfRange)
    with pytest.raises(NoWorkingTime):
        never.next_open(at("2025-06-16 08:00"))
    assert not never.is_open(at("2025-06-16 08:00"))
    assert never.between(at("2025-06-16 08:00"), at("2025-06-17 08:00")) == timedelta(0)


def test_what_lies_outside_the_compiled_days_is_refused() -> None:
    workshop = calendar(WORKSHOP)

    with pytest.raises(OutOfRange):
        workshop.add(at("2024-12-31 23:59"), HOUR)
    with pytest.raises(OutOfRange):
        workshop.add(at("2025-12-31 16:00"), 2 * HOUR)
    with pytest.raises(OutOfRange):
        workshop.next_open(at("2025-12-31 17:00"))
    with pytest.raises(OutOfRange):
        workshop.is_open(at("2026-01-01 00:00"))
    with pytest.raises(OutOfRange):
        workshop.between(at("2025-12-31 17:00"), at("2026-01-01 00:01"))
    assert shown(workshop.add(at("2025-12-31 16:00"), HOUR)) == "2025-12-31 17:00+0100"


def test_senseless_questions_are_refused() -> None:
    workshop = calendar(WORKSHOP)

    with pytest.raises(ValueError, match="time zone"):
        workshop.add(datetime(2025, 6, 16, 8), HOUR)  # noqa: DTZ001 that is the point
    with pytest.raises(ValueError, match="before its start"):
        workshop.add(at("2025-06-16 08:00"), -HOUR)
    with pytest.raises(ValueError, match="end comes before"):
        workshop.intervals(at("2025-06-17 08:00"), at("2025-06-16 08:00"))
    with pytest.raises(ValueError, match="no weekdays"):
        calendar({7: "8:00-17:00"})
    with pytest.raises(ValueError, match="cannot run"):
        calendar(WORKSHOP, first=date(2025, 2, 1), last=date(2025, 1, 1))


# A second opinion: it never turns a wall time into UTC, it watches a clock on the wall, minute by minute.

#: Days around which the clocks change, in zones that do it each in their own way, and zones that never do.
CHANGES = {
    "Europe/Berlin": ["2025-03-30", "2025-10-26"],
    "America/Mexico_City": ["2022-04-03", "2022-10-30", "2025-04-06"],
    "America/Chihuahua": ["2022-10-30"],  # the last change and the move to Central time, in one night
    "America/Santiago": ["2024-04-07", "2024-09-08"],  # at midnight
    "America/Sao_Paulo": ["2018-11-04", "2019-02-17"],  # at midnight
    "America/Havana": ["2024-03-10", "2024-11-03"],  # midnight comes twice
    "Asia/Tehran": ["2021-03-22", "2022-09-22", "2024-03-21"],
    "Australia/Lord_Howe": ["2024-04-07", "2024-10-06"],  # half an hour
    "Africa/Casablanca": ["2024-03-10", "2024-04-14"],  # for Ramadan
    "Asia/Kolkata": ["2025-03-30"],
    "Asia/Shanghai": ["2025-03-30"],
    "Europe/Moscow": ["2011-03-27", "2014-10-26", "2025-03-30"],
    "Asia/Yekaterinburg": ["2011-03-27", "2014-10-26"],
    "Pacific/Apia": ["2011-12-30"],  # a day that never was
}
NIGHTS = [(zone, date.fromisoformat(day)) for zone, days in CHANGES.items() for day in days]


@dataclass(frozen=True)
class Wall:
    """A clock on the wall, watched for a fortnight: when it first showed a time, and what it skipped."""

    first_shown: dict[datetime, int]
    skipped: list[tuple[datetime, datetime]]

    def minute(self, day: date, wall: time) -> int:
        moment = datetime.combine(day, wall)
        for before, after in self.skipped:
            if before < moment < after:
                moment += after - before - MINUTE
        return self.first_shown[moment]


@cache
def watch(zone: str, around: date) -> Wall:
    start = int(datetime(around.year, around.month, around.day, tzinfo=UTC).timestamp()) // 60 - 7 * 1440
    first_shown: dict[datetime, int] = {}
    skipped = []
    previous = None
    for minute in range(start, start + 15 * 1440):
        wall = datetime.fromtimestamp(minute * 60, ZoneInfo(zone)).replace(tzinfo=None, fold=0)
        first_shown.setdefault(wall, minute)
        if previous is not None and wall - previous > MINUTE:
            skipped.append((previous, wall))
        previous = wall
    return Wall(first_shown, skipped)


@dataclass(frozen=True)
class Case:
    zone: str
    night: date
    week: dict[int, list[Interval]]
    less: dict[int, list[Interval]]
    closed: frozenset[date]
    exceptions: dict[date, list[Interval]]

    @property
    def first(self) -> date:
        return self.night - 3 * DAY

    @property
    def last(self) -> date:
        return self.night + 3 * DAY

    @property
    def worktime(self) -> WorkTime:
        return compile_calendar(
            zone=ZoneInfo(self.zone),
            week=self.week,
            closed=self.closed,
            exceptions=self.exceptions,
            first=self.first,
            last=self.last,
            less=self.less,
        )

    @property
    def bounds(self) -> tuple[int, int]:
        wall = watch(self.zone, self.night)
        return wall.minute(self.first, time.min), wall.minute(self.last + DAY, time.min)

    def open_minutes(self) -> list[int]:
        """Every minute in which somebody works, in order."""
        begins, until = self.bounds
        work: set[int] = set()
        rest: set[int] = set()
        for n in range(-1, 7):
            day = self.first + n * DAY
            usual = [] if day in self.closed else self.week.get(day.weekday(), [])
            work |= self._minutes(day, self.exceptions.get(day, usual))
            rest |= self._minutes(day, self.less.get(day.weekday(), []))
        return sorted(minute for minute in work - rest if begins <= minute < until)

    def _minutes(self, day: date, intervals: list[Interval]) -> set[int]:
        wall = watch(self.zone, self.night)
        minutes: set[int] = set()
        for opens, closes in intervals:
            closing_day = day + DAY if closes <= opens else day
            minutes |= set(range(wall.minute(day, opens), wall.minute(closing_day, closes)))
        return minutes


def moment(minute: int) -> datetime:
    return datetime.fromtimestamp(minute * 60, UTC)


# Half of all times lie in the hours of the night where the clocks change.
TIMES = st.builds(
    time,
    st.one_of(st.sampled_from([0, 1, 2, 3, 23]), st.integers(0, 23)),
    st.sampled_from([0, 0, 15, 30, 30, 45, 59]),
)
DAYS = st.lists(st.builds(Interval, TIMES, TIMES), max_size=3)
WEEKS = st.dictionaries(st.integers(0, 6), DAYS, max_size=7)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    zone, night = draw(st.sampled_from(NIGHTS))
    dates = st.integers(-4, 3).map(lambda n: night + n * DAY)
    return Case(
        zone=zone,
        night=night,
        week=draw(st.one_of(WEEKS, DAYS.map(lambda day: dict.fromkeys(range(7), day)))),
        less=draw(st.one_of(st.just({}), st.dictionaries(st.integers(0, 6), DAYS, max_size=2))),
        closed=frozenset(draw(st.sets(dates, max_size=2))),
        exceptions=draw(st.dictionaries(dates, DAYS, max_size=2)),
    )


thoroughly = settings(
    max_examples=100, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)


@thoroughly
@given(case=cases(), data=st.data())
def test_the_deadline_is_the_end_of_the_last_minute_needed(case: Case, data: st.DataObject) -> None:
    begins, until = case.bounds
    start = data.draw(st.integers(begins, until), "start")
    worked = [minute for minute in case.open_minutes() if minute >= start]
    needed = data.draw(st.integers(1, max(len(worked), 1) + 5), "minutes")

    if needed <= len(worked):
        due = case.worktime.add(moment(start), needed * MINUTE)
        assert due == moment(worked[needed - 1] + 1)
        assert case.worktime.between(moment(start), due) == needed * MINUTE
    else:
        with pytest.raises(NoWorkingTime):
            case.worktime.add(moment(start), needed * MINUTE)


@thoroughly
@given(case=cases(), data=st.data())
def test_time_between_is_the_count_of_open_minutes(case: Case, data: st.DataObject) -> None:
    begins, until = case.bounds
    one, other = sorted(data.draw(st.tuples(*[st.integers(begins, until)] * 2), "moments"))

    counted = [minute for minute in case.open_minutes() if one <= minute < other]
    assert case.worktime.between(moment(one), moment(other)) == len(counted) * MINUTE
    assert case.worktime.between(moment(other), moment(one)) == -len(counted) * MINUTE


@thoroughly
@given(case=cases(), data=st.data())
def test_open_now_and_open_next_are_what_the_clock_on_the_wall_says(case: Case, data: st.DataObject) -> None:
    begins, until = case.bounds
    now = data.draw(st.integers(begins, until - 1), "now")
    minutes = case.open_minutes()
    coming = [minute for minute in minutes if minute >= now]

    assert case.worktime.is_open(moment(now)) == (now in minutes)
    if coming:
        assert case.worktime.next_open(moment(now)) == moment(coming[0])
    else:
        with pytest.raises(NoWorkingTime):
            case.worktime.next_open(moment(now))


@thoroughly
@given(case=cases())
def test_the_stretches_are_the_open_minutes_merged_and_apart(case: Case) -> None:
    minutes = case.open_minutes()
    inside = set(minutes)
    starts = [moment(minute) for minute in minutes if minute - 1 not in inside]
    ends = [moment(minute + 1) for minute in minutes if minute + 1 not in inside]

    spans = case.worktime.intervals(*map(moment, case.bounds))
    assert spans == [Span(start, end) for start, end in zip(starts, ends, strict=True)]


# What holds for every calendar, to the second


@st.composite
def questions(draw: st.DrawFn) -> tuple[WorkTime, int, int, int]:
    """A calendar with hours, a second in it, and two durations that it can still hold."""
    worktime = draw(cases()).worktime
    assume(worktime.totals[-1] > 0)
    at = draw(st.integers(worktime.begins, worktime.ends[-1] - 1))
    total = worktime.between(as_utc(at), as_utc(worktime.until)) // timedelta(seconds=1)
    both = draw(st.integers(0, total))
    one = draw(st.integers(0, both))
    return worktime, at, one, both - one


def as_utc(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)


@thoroughly
@given(questions())
def test_a_promise_in_two_parts_falls_due_with_the_whole(question: tuple[WorkTime, int, int, int]) -> None:
    worktime, at, one, other = question
    assert worktime.add_seconds(worktime.add_seconds(at, one), other) == worktime.add_seconds(at, one + other)


@thoroughly
@given(questions())
def test_what_was_promised_is_what_is_measured(question: tuple[WorkTime, int, int, int]) -> None:
    worktime, at, one, _ = question
    start, duration = as_utc(at), timedelta(seconds=one)
    due = worktime.add(start, duration)

    assert worktime.between(start, due) == duration
    assert due >= start + duration
    steps = worktime.explain(start, duration)
    assert sum((step.used for step in steps), timedelta(0)) == duration
    assert [step.ends_at for step in steps[-1:]] == [due] * bool(one)
    assert [step.remains for step in steps[-1:]] == [timedelta(0)] * bool(one)


@thoroughly
@given(questions(), st.integers(0, 86_400))
def test_who_asks_later_or_for_more_waits_no_shorter(question: tuple[WorkTime, int, int, int], later: int) -> None:
    worktime, at, one, other = question
    earlier = max(at - later, worktime.begins)

    assert worktime.add_seconds(earlier, one) <= worktime.add_seconds(at, one)
    assert worktime.add_seconds(at, one) <= worktime.add_seconds(at, one + other)


# To the second, in every zone: split and night shifts, a rest, a holiday and a working exception around a night on
# which the clocks change, with a clock on the wall that is watched second by second.


@cache
def open_seconds(zone: str) -> tuple[WorkTime, list[int]]:
    """Three days around the zone's first night, as compiled, and every second of them in which somebody works."""
    night = date.fromisoformat(CHANGES[zone][0])
    first, last = night - DAY, night + DAY
    split = [
        Interval(time(8, 0, 13), time(12, 59, 47)),
        Interval(time(14), time(18, 30, 1)),
        Interval(time(22, 15, 30), time(2, 30, 15)),
    ]
    week, less = dict.fromkeys(range(7), split), {day: [Interval(time(10), time(10, 20, 9))] for day in range(7)}
    exceptions = {last: [Interval(time(6, 30, 30), time(9, 0, 1))]}
    compiled = compile_calendar(
        zone=ZoneInfo(zone), week=week, closed={first}, exceptions=exceptions, first=first, last=last, less=less
    )
    shown, skipped = _watch_seconds(zone, first)

    def second(day: date, wall: time) -> int:
        moment = datetime.combine(day, wall)
        for before, after in skipped:
            if before < moment < after:
                moment += after - before - timedelta(seconds=1)
        return shown[moment]

    def stretch(day: date, hours: Sequence[Interval]) -> set[int]:
        ends = [(second(day, o), second(day if o < c else day + DAY, c)) for o, c in hours]
        return {at for start, end in ends for at in range(start, end)}

    work: set[int] = set()
    rest: set[int] = set()
    for day in (first - DAY, first, night, last):
        work |= stretch(day, exceptions.get(day, [] if day == first else split))
        rest |= stretch(day, less[0])
    begins, until = second(first, time.min), second(last + DAY, time.min)
    return compiled, [at for at in sorted(work - rest) if begins <= at < until]


def _watch_seconds(zone: str, first: date) -> tuple[dict[datetime, int], list[tuple[datetime, datetime]]]:
    start = int(datetime(first.year, first.month, first.day, tzinfo=UTC).timestamp()) - 2 * 86_400
    shown: dict[datetime, int] = {}
    skipped = []
    previous = None
    for at in range(start, start + 8 * 86_400):
        wall = datetime.fromtimestamp(at, ZoneInfo(zone)).replace(tzinfo=None, fold=0)
        shown.setdefault(wall, at)
        if previous is not None and wall - previous > timedelta(seconds=1):
            skipped.append((previous, wall))
        previous = wall
    return shown, skipped


@pytest.mark.parametrize("zone", sorted(CHANGES))
def test_second_by_second_the_deadline_is_where_stepping_ends(zone: str) -> None:
    compiled, working = open_seconds(zone)

    @settings(max_examples=60, deadline=None, derandomize=True, database=None)
    @given(data=st.data())
    def agree(data: st.DataObject) -> None:
        at = data.draw(st.integers(compiled.begins, working[-1]), "at")
        left = [second for second in working if second >= at]
        needed = data.draw(st.integers(1, len(left)), "seconds")

        assert compiled.add_seconds(at, needed) == left[needed - 1] + 1
        assert compiled.between(as_utc(at), as_utc(left[needed - 1] + 1)) == timedelta(seconds=needed)

    agree()
    assert compiled.totals[-1] == len(working)
