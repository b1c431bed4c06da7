"""Working-time arithmetic: when a promise of so many working hours falls due, and how long something took.

A calendar is compiled once to seconds in UTC, and every question to it is then a bisect. It counts in whole
seconds: what is finer is cut off. It never guesses: what lies outside the compiled days is refused.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from typing import NamedTuple
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class NoWorkingTime(Exception):  # noqa: N818 it says what is the matter
    """The calendar has no working time at all, so nothing can ever fall due in it."""


class OutOfRange(NoWorkingTime):
    """The answer lies outside the days for which the calendar was compiled."""


class Interval(NamedTuple):
    """Hours on the wall clock. Closing at or before opening means the next day: 00:00 to 00:00 is 24 h."""

    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class Span:
    """An unbroken stretch of working time, in UTC; the end no longer belongs to it."""

    begins_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Step:
    """One stretch of a deadline's explanation: what it used of the duration, and what then remained."""

    begins_at: datetime
    ends_at: datetime
    used: timedelta
    remains: timedelta


def compile_calendar(
    *,
    zone: ZoneInfo,
    week: Mapping[int, Sequence[Interval]],
    closed: Collection[date],
    exceptions: Mapping[date, Sequence[Interval]],
    first: date,
    last: date,
    less: Mapping[int, Sequence[Interval]] = {},
) -> WorkTime:
    """The working time from the start of `first` to the end of `last` in `zone`.

    `week` and `less` have the weekday as key, Monday is 0; `less` are rest hours, cut out of all the others.
    `closed` are days without their weekday's hours. `exceptions` are the hours of single days and override
    both weekday and `closed`; an empty sequence closes the day. A shift over midnight belongs to the day it
    begins on. A wall time that a clock change skips moves forward by what was skipped; of one that comes
    twice, the first counts.

    ValueError: `first` is after `last`, or a weekday is not 0 to 6.
    """
    if first > last:
        raise ValueError(f"A calendar cannot run from {first} to {last}.")
    if unknown := {*week, *less} - {*range(7)}:
        raise ValueError(f"These are no weekdays: {sorted(unknown)}.")

    def hours(day: date) -> Sequence[Interval]:
        if day in exceptions:
            return exceptions[day]
        return () if day in closed else week.get(day.weekday(), ())

    def rest(day: date) -> Sequence[Interval]:
        return less.get(day.weekday(), ())

    begins, until = _second(first, time.min, zone), _second(last + DAY, time.min, zone)
    # The shift of the day before may reach into the first day.
    days = [first - DAY + n * DAY for n in range((last - first).days + 2)]
    work = [
        (max(start, begins), min(end, until)) for day in days for start, end in _on_the_clock(day, hours(day), zone)
    ]
    rests = [pair for day in days for pair in _on_the_clock(day, rest(day), zone)]
    starts, ends = _open_stretches(work, rests)
    totals = (0, *accumulate(end - start for start, end in zip(starts, ends, strict=True)))
    shifts = tuple(start - total for start, total in zip(starts, totals[:-1], strict=True))
    return WorkTime(tuple(starts), tuple(ends), totals, shifts, begins, until)


@dataclass(frozen=True, slots=True)
class WorkTime:
    """A compiled calendar; `compile_calendar` makes it.

    Every moment given is an aware datetime (ValueError if it is not), every moment answered is in UTC.
    OutOfRange is raised for a moment outside the compiled days and for an answer that lies beyond them.
    """

    #: Unbroken stretches of working time in seconds since 1970 UTC, sorted, apart from one another.
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    #: Seconds worked before each stretch and, last, in all of them.
    totals: tuple[int, ...]
    #: What to add to the seconds worked to get the second of the day, stretch by stretch.
    shifts: tuple[int, ...]
    #: The compiled days: from this second up to that one.
    begins: int
    until: int

    def add(self, at: datetime, duration: timedelta) -> datetime:
        """The deadline: the moment at which `duration` has been worked since `at`; `at` itself if it is zero.

        ValueError: the duration is negative. NoWorkingTime: the calendar has no hours.
        """
        return _moment(self.add_seconds(_epoch(at), duration // SECOND))

    def add_seconds(self, at: int, seconds: int) -> int:
        """`add` in bare seconds since 1970 UTC, for those who ask a million times."""
        if seconds <= 0:
            if seconds < 0:
                raise ValueError("A deadline cannot lie before its start.")
            return self._inside(at)
        target = self._worked_until(self._inside(at)) + seconds
        if target > self.totals[-1]:
            raise self._nothing_left()
        return target + self.shifts[bisect_left(self.totals, target) - 1]

    def between(self, a: datetime, b: datetime) -> timedelta:
        """The working time from `a` to `b`; negative if `b` comes first."""
        start, end = self._inside(_epoch(a)), self._inside(_epoch(b))
        return timedelta(seconds=self._worked_until(end) - self._worked_until(start))

    def is_open(self, at: datetime) -> bool:
        """Whether this moment is working time; the moment of closing is not."""
        second = self._inside(_epoch(at))
        if second == self.until:
            raise self._out_of_range()
        count = bisect_right(self.starts, second)
        return count > 0 and second < self.ends[count - 1]

    def next_open(self, at: datetime) -> datetime:
        """`at` itself when it is working time, else the next opening.

        NoWorkingTime: the calendar has no hours.
        """
        if self.is_open(at):
            return at.astimezone(UTC)
        following = bisect_right(self.starts, _epoch(at))
        if following == len(self.starts):
            raise self._nothing_left()
        return _moment(self.starts[following])

    def intervals(self, begin: datetime, end: datetime) -> list[Span]:
        """The stretches of working time from `begin` to `end`, cut off at both.

        ValueError: `end` comes first.
        """
        start, stop = self._inside(_epoch(begin)), self._inside(_epoch(end))
        if stop < start:
            raise ValueError("The end comes before the beginning.")
        if stop == start:
            return []
        among = slice(bisect_right(self.ends, start), bisect_left(self.starts, stop))
        pairs = zip(self.starts[among], self.ends[among], strict=True)
        return [Span(_moment(max(opens, start)), _moment(min(closes, stop))) for opens, closes in pairs]

    def explain(self, at: datetime, duration: timedelta) -> list[Step]:
        """How `add` comes to its deadline: the last step ends at it, nothing remains. Raises as `add`."""
        remains = duration // SECOND * SECOND
        steps = []
        for span in self.intervals(at, self.add(at, duration)):
            used = span.ends_at - span.begins_at
            remains -= used
            steps.append(Step(span.begins_at, span.ends_at, used, remains))
        return steps

    def _worked_until(self, second: int) -> int:
        count = bisect_right(self.starts, second)
        return min(second, self.ends[count - 1]) - self.shifts[count - 1] if count else 0

    def _inside(self, second: int) -> int:
        if not self.begins <= second <= self.until:
            raise self._out_of_range()
        return second

    def _nothing_left(self) -> NoWorkingTime:
        return self._out_of_range() if self.starts else NoWorkingTime("This calendar has no working hours.")

    def _out_of_range(self) -> OutOfRange:
        days = f"{_moment(self.begins):%Y-%m-%d %H:%M} to {_moment(self.until):%Y-%m-%d %H:%M} UTC"
        return OutOfRange(f"This calendar knows {days}; the moment asked for or the answer lies outside.")


def _on_the_clock(day: date, hours: Iterable[Interval], zone: ZoneInfo) -> Iterator[tuple[int, int]]:
    for opens, closes in hours:
        closing_day = day if opens < closes else day + DAY
        yield _second(day, opens, zone), _second(closing_day, closes, zone)


def _open_stretches(work: Iterable[tuple[int, int]], rests: Iterable[tuple[int, int]]) -> tuple[list[int], list[int]]:
    """Where the stretches that lie in some work and in no rest start and end, in one walk along the time."""
    changes: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    for kind, pairs in enumerate((work, rests)):
        for start, end in pairs:
            if start < end:  # A clock change can leave nothing of an interval, or turn it round.
                changes[start][kind] += 1
                changes[end][kind] -= 1

    starts: list[int] = []
    ends: list[int] = []
    working = resting = 0
    was_open = False
    for second in sorted(changes):
        working += changes[second][0]
        resting += changes[second][1]
        is_open = working > 0 and resting == 0
        if is_open != was_open:
            (starts if is_open else ends).append(second)
        was_open = is_open
    return starts, ends


def _second(day: date, wall: time, zone: ZoneInfo) -> int:
    return _epoch(datetime.combine(day, wall, zone))


def _epoch(at: datetime) -> int:
    if at.utcoffset() is None:
        raise ValueError("A moment needs its time zone.")
    since = at - EPOCH
    return since.days * 86_400 + since.seconds


def _moment(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)
