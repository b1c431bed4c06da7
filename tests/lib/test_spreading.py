"""Level loading: small cases against trying everything, and what is promised of every case."""

from collections import Counter
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clientela.lib.spreading import Call, Place, bound, peak, spread

thoroughly = settings(max_examples=400, deadline=None, derandomize=True, database=None)


def call(key: int, first: int, last: int, *, due: int | None = None, owner: str | None = None) -> Call:
    return Call(key, first, last, last if due is None else due, owner)


def days(*on: int) -> list[Place]:
    return [Place(day, True) for day in on]


# Stories -----------------------------------------------------------------------------------------------------


def test_no_day_overflows_while_another_in_the_window_idles() -> None:
    # Six calls may be made on any of three days, two only on the first: five a day would not have held six.
    calls = [call(n, 0, 2) for n in range(6)] + [call(6, 0, 0), call(7, 0, 0)]

    found = spread(calls, [5, 5, 5])

    assert found.loads[None] == [3, 3, 2]
    assert found.unfit == []
    assert bound(calls, [5, 5, 5]) == pytest.approx(8 / 15)
    assert peak(found.loads[None], [5, 5, 5]) == pytest.approx(3 / 5)


def test_a_half_day_gets_half_and_a_closed_day_nothing() -> None:
    found = spread([call(n, 0, 2) for n in range(12)], [8, 4, 0])

    assert found.loads[None] == [8, 4, 0]


def test_a_crowded_day_is_left_to_those_who_have_no_other() -> None:
    calls = [call(n, 1, 1) for n in range(4)] + [call(n, 0, 2) for n in range(4, 8)]

    assert spread(calls, [4, 4, 4]).loads[None] == [2, 4, 2]


def test_when_there_is_too_much_the_earliest_due_go_first_and_the_rest_is_named() -> None:
    calls = [call(1, 0, 2), call(2, 0, 0), call(3, 0, 1), call(4, 0, 1), call(5, 0, 1)]

    found = spread(calls, [1, 1, 1, 1])

    assert found.places == {
        2: Place(0, True),
        3: Place(1, True),
        1: Place(2, True),
        4: Place(3, False),
        5: Place(None, False),
    }
    assert sorted(found.unfit) == [4, 5]


def test_what_is_late_already_takes_the_first_room() -> None:
    calls = [call(1, -9, -4), call(2, -3, -1), call(3, 0, 1), call(4, 0, 1)]

    found = spread(calls, [2, 2])

    assert found.places == {1: Place(0, False), 2: Place(0, False), 3: Place(1, True), 4: Place(1, True)}


def test_the_day_that_leaves_room_for_more_tries_is_kept_while_there_is_room() -> None:
    calls = [call(n, 0, 0, due=2) for n in range(3)]

    found = spread(calls, [2, 2, 2])

    assert found.loads[None] == [2, 1, 0]
    assert found.unfit == []


def test_who_owns_a_call_makes_it_and_the_others_take_what_is_left_of_the_team() -> None:
    calls = [call(1, 0, 1, owner="Mariana"), call(2, 0, 1, owner="Mariana"), call(3, 0, 1), call(4, 0, 1)]

    # Mariana is away on day 0, Jorge works on both.
    found = spread(calls, [2, 4], {"Mariana": [0, 2]})

    assert found.loads == {"Mariana": [0, 2], None: [1, 3]}
    assert found.unfit == []


# Against trying everything -----------------------------------------------------------------------------------


@st.composite
def problems(draw: st.DrawFn) -> tuple[list[Call], list[int]]:
    horizon = draw(st.integers(1, 4))
    capacity = draw(st.lists(st.integers(0, 4), min_size=horizon, max_size=horizon))
    windows = st.tuples(st.integers(-1, horizon - 1), st.integers(0, horizon - 1)).map(sorted)
    drawn = draw(st.lists(windows.filter(lambda ends: ends[1] >= 0), min_size=1, max_size=6))
    return [call(key, first, last) for key, (first, last) in enumerate(drawn)], capacity


def every_way(calls: list[Call], capacity: list[int]) -> list[tuple[int, list[int]]]:
    """How many fit, and the loads of the days, for every way to give calls days of their windows or none."""
    choices = [[*range(max(one.first, 0), one.due + 1), None] for one in calls]
    ways = []
    for chosen in product(*choices):
        counts = Counter(day for day in chosen if day is not None)
        loads = [counts[day] for day in range(len(capacity))]
        if all(load <= room for load, room in zip(loads, capacity, strict=True)):
            ways.append((sum(loads), loads))
    return ways


def unevenness(loads: list[int], capacity: list[int]) -> list[float]:
    """Every call by how full its day was with it, the fullest first: what levelling makes least."""
    return sorted(
        ((n + 1) / room for load, room in zip(loads, capacity, strict=True) for n in range(load)), reverse=True
    )


@thoroughly
@given(problems())
def test_as_many_fit_as_can_and_the_spread_is_the_most_even_there_is(problem: tuple[list[Call], list[int]]) -> None:
    calls, capacity = problem
    ways = every_way(calls, capacity)
    most = max(fit for fit, _loads in ways)

    found = spread(calls, capacity)

    fitting = [one for one in calls if found.places[one.key].fits]
    assert len(fitting) == most
    loads = [sum(found.places[one.key] == Place(day, True) for one in fitting) for day in range(len(capacity))]
    same = [loads for fit, loads in every_way(fitting, capacity) if fit == most]
    assert unevenness(loads, capacity) == min(unevenness(other, capacity) for other in same)


@thoroughly
@given(problems())
def test_every_call_gets_one_place_and_no_day_more_than_it_holds(problem: tuple[list[Call], list[int]]) -> None:
    calls, capacity = problem
    found = spread(calls, capacity)

    assert sorted(found.places) == [one.key for one in calls]
    counted = Counter(place.day for place in found.places.values())
    assert found.loads[None] == [counted[day] for day in range(len(capacity))]
    assert all(load <= room for load, room in zip(found.loads[None], capacity, strict=True))
    for one in calls:
        place = found.places[one.key]
        if place.fits:
            assert place.day is not None
            assert max(one.first, 0) <= place.day <= one.due
        elif place.day is None:  # no day from its own on has room
            assert all(found.loads[None][day] == room for day, room in enumerate(capacity) if day >= max(one.first, 0))


@thoroughly
@given(problems())
def test_nothing_stays_below_the_bound_and_one_call_a_day_is_all_that_parts_us_from_it(
    problem: tuple[list[Call], list[int]],
) -> None:
    calls, capacity = problem
    found = spread(calls, capacity)

    if not found.unfit:
        smallest = min(room for room in capacity if room)
        low, high = bound(calls, capacity), peak(found.loads[None], capacity)
        assert low <= high + 1e-9
        assert high < low + 1 / smallest + 1e-9
    else:
        assert bound(calls, capacity) > 1


@thoroughly
@given(problems())
def test_the_same_calls_in_another_order_get_the_same_days(problem: tuple[list[Call], list[int]]) -> None:
    calls, capacity = problem

    assert spread(calls, capacity).places == spread(calls[::-1], capacity).places
