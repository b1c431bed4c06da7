"""The rules of planning once more, in plain Python: days one by one, no SQL, nothing shared with the product."""

from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date, timedelta

DAY = timedelta(1)


@dataclass(frozen=True)
class Rules:
    """A programme with its one step."""

    trigger: tuple[str, ...]
    active: bool
    live: date
    anchor: str
    first: int
    from_unit: str
    last: int
    to_unit: str
    closed_days: str
    excludes: tuple[str, ...]
    ahead: int
    catch_up: int


@dataclass(frozen=True)
class Person:
    """What is known of the customer."""

    kind: str = "person"
    do_not_call: bool = False
    is_gone: bool = False
    refused: bool = False
    #: Given, withdrawn.
    consents: tuple[tuple[date, date | None], ...] = ()


@dataclass(frozen=True)
class Event:
    """A visit, and when its first step was done."""

    key: int
    kind: str
    on: date
    special: bool = False
    used: bool | None = None
    cancelled: bool = False
    first_done_on: date | None = None


@dataclass(frozen=True)
class Due:
    """One contact that planning must make: which visit, which year's, from when to when."""

    visit: int
    anchor_on: date
    opens_on: date
    due_on: date


@dataclass(frozen=True)
class World:
    rules: Rules
    person: Person
    events: tuple[Event, ...]
    open_days: frozenset[date] = field(default_factory=frozenset)

    def due(self, today: date) -> set[Due]:
        """Every contact that is to be on the plan on that day."""
        return {due for event in self.events for due in self._due_of(event, today) if self._is_wanted(event, today)}

    def _is_wanted(self, event: Event, today: date) -> bool:
        rules, person = self.rules, self.person
        consented = any(given <= today and (end is None or end > today) for given, end in person.consents)
        left_out = {
            "special": event.special,
            "used_vehicle": event.used is True,
            "company": person.kind == "company",
            "do_not_call": person.do_not_call,
            "refused_before": person.refused,
            "no_consent": not consented,
        }
        return (
            rules.active
            and event.kind in rules.trigger
            and not event.cancelled
            and event.on >= rules.live
            and not person.is_gone
            and not any(left_out[code] for code in rules.excludes)
        )

    def _due_of(self, event: Event, today: date) -> set[Due]:
        found = set()
        for anchor in self._anchors(event, today):
            opens, due = self.window(anchor)
            in_reach = anchor + DAY * self.rules.catch_up >= today
            if opens is not None and due is not None and opens <= today + DAY * self.rules.ahead and in_reach:
                found.add(Due(event.key, anchor, opens, due))
        return found

    def _anchors(self, event: Event, today: date) -> list[date]:
        if self.rules.anchor == "event":
            return [event.on]
        if self.rules.anchor == "step_done":
            return [event.first_done_on] if event.first_done_on else []
        return [a_year_later(event.on, years) for years in range(1, 12)]

    def window(self, anchor: date) -> tuple[date | None, date | None]:
        opens = self.shift(anchor, self.rules.first, self.rules.from_unit)
        last = self.shift(anchor, self.rules.last, self.rules.to_unit)
        if opens is None or last is None or last < opens:
            return None, None
        return opens, self._by_the_rule(opens, last)

    def shift(self, day: date, count: int, unit: str) -> date | None:
        if unit == "calendar_day":
            return day + DAY * count
        if unit == "month":
            return months_later(day, count)
        while count:
            day += DAY
            if day > max(self.open_days):
                return None
            count -= day in self.open_days
        return day

    def _by_the_rule(self, opens: date, last: date) -> date:
        if self.rules.closed_days == "keep" or last in self.open_days:
            return last
        step = DAY if self.rules.closed_days == "extend" else -DAY
        day = last
        while day not in self.open_days:
            day += step
            if day < opens or day > max(self.open_days):
                return last
        return day


def months_later(day: date, months: int) -> date:
    """The same day of a later month, or its last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def a_year_later(day: date, years: int) -> date:
    return months_later(day, 12 * years)
