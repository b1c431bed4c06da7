"""Tries planned backwards from the end of the window (C-4)."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import combinations_with_replacement
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from clientela.contacts import queue
from clientela.contacts.models import ContactTask, ProgrammeStep, TimeBand
from clientela.contacts.retrying import Tries, latest_start, open_bands, tries_that_fit
from clientela.network.models import Dealership, User
from tests import cast

AsUser = Callable[[User], Client]
MORNING, AFTERNOON, EVENING = (band.value for band in TimeBand)
ALL = {MORNING, AFTERNOON, EVENING}
MEXICO = ZoneInfo("America/Chihuahua")


def march(*days: int, parts: set[str] = ALL) -> dict[date, set[str]]:
    return {date(2026, 3, day): parts for day in days}


def tries(left: int, *used: str, days: bool = True, bands: bool = True) -> Tries:
    return Tries(left, frozenset(used), days, bands)


@pytest.mark.covers("S2-9.5")
@pytest.mark.parametrize(
    ("left", "used", "start"),
    [
        (3, [], date(2026, 3, 5)),  # C-4: three different days inside day 3 to 5 begin on day 3
        (2, [MORNING], date(2026, 3, 6)),
        (1, [MORNING, AFTERNOON], date(2026, 3, 7)),
        (4, [], None),
    ],
)
def test_three_tries_in_a_window_of_three_days_begin_on_its_first(
    left: int, used: list[str], start: date | None
) -> None:
    # Delivered on Monday 2 March: the window is Thursday 5 to Saturday 7.
    assert latest_start(march(5, 6, 7), tries(left, *used), due_on=date(2026, 3, 7)) == start


@pytest.mark.parametrize(
    ("days", "left", "due", "start"),
    [
        ({**march(5, 6), **march(9)}, 3, 9, date(2026, 3, 5)),  # a Sunday and a holiday between
        (march(5, 6, 7, 9, 10, 11), 3, 11, date(2026, 3, 9)),
        (march(2, 3), 3, 3, None),
        ({}, 1, 3, None),
    ],
)
def test_closed_days_do_not_count(days: dict[date, set[str]], left: int, due: int, start: date | None) -> None:
    assert latest_start(days, tries(left), due_on=date(2026, 3, due)) == start


def test_a_house_that_closes_at_five_has_two_parts_of_the_day_and_repeats_one() -> None:
    days = march(5, 6, 7, parts={MORNING, AFTERNOON})

    assert latest_start(days, tries(3), due_on=date(2026, 3, 7)) == date(2026, 3, 5)


def test_the_only_evening_is_waited_for_and_so_the_others_begin_before_it() -> None:
    days = {**march(5, parts={MORNING, EVENING}), **march(6, 7, parts={MORNING})}

    # The evening can only be had on the 5th.
    assert latest_start(days, tries(2), due_on=date(2026, 3, 7)) == date(2026, 3, 5)
    assert latest_start(days, tries(2, EVENING), due_on=date(2026, 3, 7)) == date(2026, 3, 6)


def test_what_need_not_be_another_day_fits_into_one() -> None:
    due = date(2026, 3, 7)

    assert latest_start(march(5, 6, 7), tries(3, days=False), due_on=due) == due
    assert latest_start(march(5, 6, 7), tries(9, days=False, bands=False), due_on=due) == due
    assert latest_start(march(5, 6, 7), tries(3, bands=False), due_on=due) == date(2026, 3, 5)


def test_the_parts_of_the_day_are_the_houses_own() -> None:
    def at(day: int, clock: str) -> datetime:
        return datetime.combine(date(2026, 3, day), time.fromisoformat(clock), MEXICO).astimezone(UTC)

    intervals = [(at(5, "09:00"), at(5, "13:00")), (at(5, "16:00"), at(5, "19:00")), (at(6, "08:00"), at(6, "12:00"))]

    assert open_bands(intervals, MEXICO) == {date(2026, 3, 5): ALL, date(2026, 3, 6): {MORNING}}


# Against trying everything -----------------------------------------------------------------------------------

FIRST = date(2026, 3, 2)
DAYS = st.dictionaries(
    st.integers(0, 5).map(lambda n: FIRST + timedelta(n)), st.sets(st.sampled_from(sorted(ALL)), min_size=1), max_size=5
)
TRIES = st.builds(Tries, st.integers(1, 4), st.frozensets(st.sampled_from(sorted(ALL))), st.booleans(), st.booleans())


def ways(days: dict[date, set[str]], number: int, asked: Tries) -> Iterator[tuple[tuple[date, str], ...]]:
    """Every way to make so many tries on these days that keeps the rules."""
    slots = [(day, band) for day, bands in sorted(days.items()) for band in sorted(bands)]
    fresh = set().union(*days.values()) - asked.bands_used
    for chosen in combinations_with_replacement(slots, number):
        if asked.distinct_days and len({day for day, _band in chosen}) < number:
            continue
        if asked.distinct_bands and len({band for _day, band in chosen} & fresh) < min(number, len(fresh)):
            continue
        yield chosen


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(days=DAYS, asked=TRIES)
def test_as_many_tries_fit_as_trying_every_way_finds(days: dict[date, set[str]], asked: Tries) -> None:
    found = tries_that_fit(days, asked)

    possible = [number for number in range(asked.left + 1) if next(ways(days, number, asked), None) is not None]
    assert found == max(possible)


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(days=DAYS, asked=TRIES, window=st.integers(0, 6))
def test_the_latest_start_is_the_latest_first_day_of_all_ways(
    days: dict[date, set[str]], asked: Tries, window: int
) -> None:
    due = FIRST + timedelta(window)
    inside = {day: bands for day, bands in days.items() if day <= due}

    starts = [min(day for day, _band in way) for way in ways(inside, asked.left, asked)]

    assert latest_start(days, asked, due_on=due) == max(starts, default=None)


# On the page -------------------------------------------------------------------------------------------------


@pytest.mark.covers("S2-9.5")
@pytest.mark.parametrize(
    ("delivered", "words"),
    [
        (date(2026, 3, 2), "all 3 attempts fit only if one is made today"),  # day 3 of the window 3 to 5
        (date(2026, 3, 1), "only 2 of 3 attempts still fit"),
        (date(2026, 2, 28), "only 1 of 3 attempts still fits"),
        (date(2026, 2, 27), ""),  # late already, and said so elsewhere
    ],
)
def test_the_list_warns_when_three_attempts_no_longer_fit(
    norte: Dealership, mariana: User, now: datetime, as_user: AsUser, delivered: date, words: str
) -> None:
    ProgrammeStep.objects.update(attempts_max=3, distinct_days=True, distinct_bands=True)
    task = cast.due(norte, delivered, at=now)

    listed = as_user(mariana).get(reverse("desk:today")).content.decode()

    assert re.findall("(?:only|all) \\d[^<]*attempts[^<]*", listed) == ([words] if words else [])
    queue.claim(task, by=mariana, at=now)
    screen = as_user(mariana).get(reverse("desk:call", args=[task.pk])).content.decode()
    assert re.findall("(?:only|all) \\d[^<]*attempts[^<]*", screen) == ([words] if words else [])


def test_the_list_says_softly_what_is_planned_for_a_later_day(
    norte: Dealership, mariana: User, now: datetime, as_user: AsUser
) -> None:
    task = cast.due(norte, date(2026, 3, 2), at=now)
    ContactTask.objects.filter(pk=task.pk).update(planned_on=date(2026, 3, 6))

    assert "planned for Mar 6" in as_user(mariana).get(reverse("desk:today")).content.decode()
    ContactTask.objects.filter(pk=task.pk).update(planned_on=date(2026, 3, 5))
    assert "planned for" not in as_user(mariana).get(reverse("desk:today")).content.decode()
