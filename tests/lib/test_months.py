"""Counting in months."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientela.lib.months import later

DAYS = st.dates(date(1990, 1, 1), date(2090, 12, 31))


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 3, 2), 6, date(2026, 9, 2)),
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2027, 8, 31), 6, date(2028, 2, 29)),
        (date(2026, 1, 31), -11, date(2025, 2, 28)),
        (date(2026, 12, 15), 12, date(2027, 12, 15)),
    ],
)
def test_a_month_that_is_too_short_ends_with_its_last_day(day: date, months: int, expected: date) -> None:
    assert later(day, months) == expected


@given(DAYS, st.integers(-120, 120))
def test_so_many_months_on_lies_in_that_month_on_that_day_or_its_last(day: date, months: int) -> None:
    found = later(day, months)

    assert (found.year * 12 + found.month) - (day.year * 12 + day.month) == months
    assert found.day == day.day or (found.day < day.day and (found.replace(day=28) - found).days >= -3)


@given(DAYS, st.integers(0, 60), st.integers(0, 60))
def test_more_months_are_never_earlier(day: date, some: int, more: int) -> None:
    assert later(day, some) <= later(day, some + more)
