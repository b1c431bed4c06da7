"""Windows against one another, whatever the day they count from: how early and how late each end may fall.

A month lasts 28 to 31 days and working days depend on the house, so two ends in different units are compared by
the earliest and the latest day they may mean.
"""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, npgettext

from clientela.network.models import WorkDay

from .models import ContactTask, ProgrammeStep

Unit = ProgrammeStep.Unit
#: Every day that a window may count from, as far as months are concerned: they repeat every four years.
_FOUR_YEARS = [date(2023, 1, 1) + timedelta(n) for n in range(1461)]


@dataclass(frozen=True)
class End:
    """One end of a window: the n-th day, working day or month after day 0."""

    number: int
    unit: str

    def __str__(self) -> str:
        if self.unit == Unit.MONTH:
            return ngettext("%(n)d month", "%(n)d months", self.number) % {"n": self.number}
        if self.unit == Unit.WORKING_DAY:
            return npgettext("after day 0", "working day %(n)d", "working day %(n)d", self.number) % {"n": self.number}
        return _("day %(n)d") % {"n": self.number}


@dataclass(frozen=True)
class Span:
    """So many days after day 0 an end falls, at the earliest and at the latest."""

    shortest: int
    longest: int


@dataclass(frozen=True)
class Window:
    """From when to when, both included."""

    opens: End
    closes: End

    def __str__(self) -> str:
        if self.opens == self.closes:
            return _("%(day)s exactly") % {"day": self.opens}
        return _("%(from)s to %(to)s") % {"from": self.opens, "to": self.closes}

    def on(self, anchor: date) -> tuple[date, date] | None:
        """Its days for one day 0; none if they depend on the house's calendar."""
        if Unit.WORKING_DAY in (self.opens.unit, self.closes.unit):
            return None
        return _shift(anchor, self.opens), _shift(anchor, self.closes)


def said(of: ProgrammeStep | ContactTask) -> str:
    """The window of a step, or the one a contact was born with, in words; each end in its own unit."""
    if of.from_unit == of.to_unit == Unit.CALENDAR_DAY and of.window_from != of.window_to:
        return _("day %(from)d to %(to)d") % {"from": of.window_from, "to": of.window_to}
    return str(window_of(of))


def window_of(of: ProgrammeStep | ContactTask) -> Window:
    return Window(End(of.window_from, of.from_unit), End(of.window_to, of.to_unit))


class Days:
    """Counts in the days of one house; asks for its working days only if somebody counts in them."""

    def __init__(self, dealership_id: int) -> None:
        self.dealership_id = dealership_id
        self._open: list[date] | None = None

    def span(self, end: End) -> Span:
        if end.unit == Unit.MONTH:
            return _months(end.number)
        if end.unit == Unit.WORKING_DAY and end.number:
            return self._working_days(end.number)
        return Span(end.number, end.number)

    def closes_first(self, window: Window) -> bool:
        """Whether the window would be empty after some day 0."""
        if window.opens.unit == window.closes.unit:
            return window.closes.number < window.opens.number
        return self.span(window.closes).shortest < self.span(window.opens).longest

    def common(self, windows: Sequence[Window]) -> Window | None:
        """The strictest window that lies within all of these after every day 0; none if there is none."""
        found = Window(
            self._strictest([window.opens for window in windows], last=True),
            self._strictest([window.closes for window in windows], last=False),
        )
        return None if self.closes_first(found) else found

    def _strictest(self, ends: Sequence[End], *, last: bool) -> End:
        """The last of these openings, or the first of these closings: one that never breaks another's bound."""
        if len({end.unit for end in ends}) == 1:
            return (max if last else min)(ends, key=lambda end: end.number)
        bound = max(self.span(end).longest for end in ends) if last else min(self.span(end).shortest for end in ends)
        for end in ends:
            span = self.span(end)
            others = [self.span(other) for other in ends if other != end]
            if all(span.shortest >= o.longest if last else span.longest <= o.shortest for o in others):
                return end
        return End(bound, Unit.CALENDAR_DAY)

    def _working_days(self, number: int) -> Span:
        days = self._open_days()
        if len(days) <= abs(number) + 1:
            # No calendar reaches so far: between every day open and one day a week.
            return Span(min(number, 7 * number), max(number, 7 * number))
        gaps = [
            ((days[n + number] - days[n]).days, (days[n + 1] - days[n]).days - 1)
            for n in range(max(0, -number), len(days) - max(1, number))
        ]
        return Span(min(gap - closed for gap, closed in gaps), max(gap for gap, _closed in gaps))

    def _open_days(self) -> list[date]:
        if self._open is None:
            rows = WorkDay.objects.filter(dealership_id=self.dealership_id).order_by("number")
            self._open = list(rows.values_list("on", flat=True))
        return self._open


@cache
def _months(number: int) -> Span:
    lengths = [(_shift(day, End(number, Unit.MONTH)) - day).days for day in _FOUR_YEARS]
    return Span(min(lengths), max(lengths))


def _shift(anchor: date, end: End) -> date:
    """The same as PostgreSQL does: a month later is the same day of the month, or its last."""
    if end.unit != Unit.MONTH:
        return anchor + timedelta(end.number)
    year, month = divmod(anchor.year * 12 + anchor.month - 1 + end.number, 12)
    return date(year, month + 1, min(anchor.day, monthrange(year, month + 1)[1]))
