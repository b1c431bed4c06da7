"""When a house may call: hours, rest hours, holidays, exceptions, and nights on which the clocks change."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from django.utils import timezone

from clientela.network import calendars, tasks
from clientela.network.models import (
    CalendarException,
    CallableInterval,
    Dealership,
    OpeningHours,
    RestHours,
    WorkDay,
)


def in_(house: Dealership, zone: str, country: str) -> Dealership:
    """The same house elsewhere on earth."""
    house.time_zone, house.country = zone, country
    house.save()
    return house


def hours_on(house: Dealership, day: date) -> list[str]:
    """What was compiled for a day, on the clock of the house."""
    calendars.compile_calls(house, at=timezone.now())
    spans = CallableInterval.objects.filter(dealership=house).order_by("starts_at")
    local = [(span.starts_at.astimezone(house.zone), span.ends_at.astimezone(house.zone)) for span in spans]
    return [f"{opens:%H:%M}–{closes:%H:%M}" for opens, closes in local if opens.date() == day]


def opening_in_utc(house: Dealership, day: date) -> str:
    calendars.compile_calls(house, at=timezone.now())
    midnight = datetime.combine(day, time(), house.zone)
    opening = calendars.next_callable(house.pk, midnight)
    assert opening
    return f"{opening.astimezone(UTC):%d %H:%M}"


@pytest.mark.parametrize(
    ("zone", "country", "before", "after"),
    [
        ("America/Santiago", "CL", (date(2026, 4, 2), "02 12:00"), (date(2026, 4, 6), "06 13:00")),
        ("America/Santiago", "CL", (date(2026, 9, 4), "04 13:00"), (date(2026, 9, 7), "07 12:00")),
        ("Europe/Madrid", "ES", (date(2026, 3, 27), "27 08:00"), (date(2026, 3, 30), "30 07:00")),
        ("Europe/Madrid", "ES", (date(2026, 10, 23), "23 07:00"), (date(2026, 10, 26), "26 08:00")),
        ("America/Chihuahua", "MX", (date(2026, 3, 27), "27 15:00"), (date(2026, 3, 30), "30 15:00")),
    ],
)
def test_nine_stays_nine_when_the_clocks_change(
    norte: Dealership,
    zone: str,
    country: str,
    before: tuple[date, str],
    after: tuple[date, str],
) -> None:
    house = in_(norte, zone, country)

    assert [hours_on(house, day) for day, _utc in (before, after)] == [["09:00–19:00"]] * 2
    assert [opening_in_utc(house, day) for day, _utc in (before, after)] == [before[1], after[1]]


@pytest.mark.parametrize(
    ("zone", "country", "night", "lasts"),
    [
        ("America/Santiago", "CL", date(2027, 4, 3), 9),
        ("America/Santiago", "CL", date(2026, 9, 5), 7),
        ("Europe/Madrid", "ES", date(2026, 3, 28), 7),
        ("Europe/Madrid", "ES", date(2026, 10, 24), 9),
        ("America/Chihuahua", "MX", date(2026, 3, 28), 8),
    ],
)
def test_a_night_shift_is_an_hour_longer_or_shorter_when_the_clocks_change(
    norte: Dealership, zone: str, country: str, night: date, lasts: int
) -> None:
    house = in_(norte, zone, country)
    OpeningHours.objects.filter(dealership=house).delete()
    OpeningHours.objects.create(dealership=house, weekday=5, opens=time(22), closes=time(6))

    assert hours_on(house, night) == ["22:00–06:00"]
    shift = CallableInterval.objects.get(
        dealership=house, starts_at=datetime.combine(night, time(22), house.zone).astimezone(UTC)
    )
    assert shift.ends_at - shift.starts_at == timedelta(hours=lasts)


def test_a_public_holiday_of_the_country_is_closed(norte: Dealership, jingbei: Dealership) -> None:
    juarez, national_day = date(2026, 3, 16), date(2026, 10, 1)

    assert {house.code: (hours_on(house, juarez), hours_on(house, national_day)) for house in (norte, jingbei)} == {
        "NORTE": ([], ["09:00–19:00"]),
        "JINGBEI": (["09:00–19:00"], []),
    }


def test_an_exception_opens_a_holiday_and_closes_a_working_day(norte: Dealership) -> None:
    juarez, stocktaking = date(2026, 3, 16), date(2026, 3, 17)
    CalendarException.objects.create(dealership=norte, on=juarez, opens=time(10), closes=time(12))
    CalendarException.objects.create(dealership=norte, on=juarez, opens=time(13), closes=time(15))
    CalendarException.objects.create(dealership=norte, on=stocktaking, name="Inventario")

    assert [hours_on(norte, day) for day in (juarez, stocktaking)] == [["10:00–12:00", "13:00–15:00"], []]


def test_rest_hours_are_cut_out_every_day_or_on_one(norte: Dealership) -> None:
    monday, tuesday = date(2026, 3, 9), date(2026, 3, 10)
    RestHours.objects.create(dealership=norte, starts=time(14), ends=time(15, 30))
    RestHours.objects.create(dealership=norte, weekday=1, starts=time(18), ends=time(8))

    assert [hours_on(norte, day) for day in (monday, tuesday)] == [
        ["09:00–14:00", "15:30–19:00"],
        ["09:00–14:00", "15:30–18:00"],
    ]


def test_several_intervals_a_day_and_those_that_overlap(norte: Dealership) -> None:
    OpeningHours.objects.create(dealership=norte, weekday=6, opens=time(10), closes=time(13))
    OpeningHours.objects.create(dealership=norte, weekday=6, opens=time(16), closes=time(18))
    OpeningHours.objects.create(dealership=norte, weekday=6, opens=time(17), closes=time(20))

    assert hours_on(norte, date(2026, 3, 8)) == ["10:00–13:00", "16:00–20:00"]


def test_a_house_without_hours_calls_nobody(norte: Dealership, now: datetime) -> None:
    OpeningHours.objects.filter(dealership=norte).delete()

    assert calendars.compile_calls(norte, at=now) == 0
    assert calendars.next_callable(norte.pk, now) is None


def test_the_next_moment_to_call_is_now_or_the_next_opening(norte: Dealership, now: datetime) -> None:
    evening = datetime(2026, 3, 7, 20, 0, tzinfo=norte.zone)  # a Saturday

    assert calendars.next_callable(norte.pk, now) == now
    assert calendars.next_callable(norte.pk, evening) == datetime(2026, 3, 9, 9, 0, tzinfo=norte.zone)


def test_every_night_the_compiled_hours_move_on(norte: Dealership, now: datetime) -> None:
    def last() -> date:
        return CallableInterval.objects.filter(dealership=norte).latest("ends_at").ends_at.astimezone(norte.zone).date()

    before = last()
    with time_machine.travel(now + timedelta(days=7)):
        tasks.compile_calendars(0)

    assert last() - before == timedelta(days=7)
    assert CallableInterval.objects.filter(dealership=norte, starts_at__lt=now - timedelta(days=53)).count() == 0


def test_a_house_that_never_closes_has_every_day(norte: Dealership) -> None:
    OpeningHours.objects.filter(dealership=norte).delete()
    for weekday in range(7):
        OpeningHours.objects.create(dealership=norte, weekday=weekday, opens=time(), closes=time())

    days = [date(2026, 4, 18) + timedelta(n) for n in range(4)]

    assert [hours_on(norte, day) for day in days] == [["00:00–00:00"]] * 4
    assert WorkDay.objects.filter(dealership=norte, on__in=days).count() == 4


def test_a_night_shift_belongs_to_the_day_it_begins_on(norte: Dealership) -> None:
    OpeningHours.objects.filter(dealership=norte).delete()
    OpeningHours.objects.create(dealership=norte, weekday=4, opens=time(22), closes=time(6))

    assert [hours_on(norte, date(2026, 4, day)) for day in (17, 18)] == [["22:00–06:00"], []]
