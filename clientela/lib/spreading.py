"""Level loading: calls with a window spread over its days, so that no day overflows while another idles.

The set of loads that windows allow is a base of a polymatroid. So the most even spread is found exactly, not only
approached: give every stretch of days an even share; where a part of it must take more than its share because too
many windows lie inside that part, solve the part alone and the rest alone (Groenevelt 1991). Which call gets which
place is then the order of due days. Figures only: days are numbers from 0 on, a call is one unit.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush, heapreplace
from itertools import accumulate


@dataclass(frozen=True, slots=True)
class Call:
    """May be made from day `first` on. Best by day `last`, which leaves room for further tries; in time until `due`."""

    key: int
    first: int
    last: int
    due: int
    #: Whose call it is; nobody's is anybody's.
    owner: Hashable = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a call is put: its day, none when no day of the horizon has room, and whether that is in its window."""

    day: int | None
    fits: bool


@dataclass
class Spread:
    """Where every call is put. `loads` counts them by day for each owner and, under None, for the whole team."""

    places: dict[int, Place] = field(default_factory=dict)
    loads: dict[Hashable, list[int]] = field(default_factory=dict)

    @property
    def unfit(self) -> list[int]:
        """The calls that do not fit into their windows."""
        return [key for key, place in self.places.items() if not place.fits]


def spread(
    calls: Iterable[Call],
    team: Sequence[int],
    owners: Mapping[Hashable, Sequence[int]] | None = None,
    *,
    kept: Mapping[Hashable, Sequence[int]] | None = None,
) -> Spread:
    """Give every call its day, earliest due first.

    `team` is how many calls the whole team can make each day, `owners` how many one of them. Owned calls are levelled
    over their owner's days, then all others over what the team has left; who is not in `owners` has the team's days.
    `kept` are loads that stay where they are, by owner and, under None, of nobody.

    The order: what is late already takes the first room; then as many as possible get a day until `last`, levelled;
    of the rest as many as possible a day until `due`, levelled; what still does not fit gets the first room after it.
    """
    known, stays = owners or {}, kept or {}
    nothing = [0] * len(team)
    found = Spread(loads={None: [sum(loads) for loads in zip(nothing, *stays.values(), strict=True)]})
    by_owner: dict[Hashable, list[Call]] = defaultdict(list)
    for call in calls:
        by_owner[call.owner if call.owner in known else None].append(call)
    free = by_owner.pop(None, [])
    for owner, own in by_owner.items():
        before = list(stays.get(owner, nothing))
        found.loads[owner] = list(before)
        found.places |= _place(own, known[owner], found.loads[owner])
        found.loads[None] = [
            all_ + hers - old for all_, hers, old in zip(found.loads[None], found.loads[owner], before, strict=True)
        ]
    found.places |= _place(free, team, found.loads[None])
    return found


def bound(calls: Iterable[Call], capacity: Sequence[int]) -> float:
    """Below this no spread can bring the fullest day: of any stretch of days, what must be made in it by its room."""
    counts = [[0] * len(capacity) for _day in capacity]
    for call in calls:
        if call.due >= 0:
            counts[max(call.first, 0)][min(call.due, len(capacity) - 1)] += 1
    most = 0.0
    for a in range(len(capacity)):
        inside = room = 0
        for b in range(a, len(capacity)):
            inside += sum(counts[first][b] for first in range(a, b + 1))
            room += capacity[b]
            if inside:
                most = max(most, inside / room if room else float("inf"))
    return most


def peak(loads: Sequence[int], capacity: Sequence[int]) -> float:
    """How full the fullest day is: 1 is full."""
    return max(
        (load / room if room else float("inf") for load, room in zip(loads, capacity, strict=True) if load), default=0.0
    )


def _place(calls: list[Call], capacity: Sequence[int], loads: list[int]) -> dict[int, Place]:
    """Put calls on top of `loads`, which it brings up to date."""
    late = [call for call in calls if call.due < 0]
    places = _first_room(late, capacity, loads)
    rest = [call for call in calls if call.due >= 0]
    for end in ("last", "due"):
        windows = [(max(call.first, 0), min(getattr(call, end), len(capacity) - 1), call) for call in rest]
        fitting, rest = _that_fit(windows, capacity, loads)
        quotas = _even(fitting, capacity, loads)
        for day, call in _in_order(fitting, quotas):
            places[call.key] = Place(day, True)
        loads[:] = [load + more for load, more in zip(loads, quotas, strict=True)]
    return places | _first_room(rest, capacity, loads)


Window = tuple[int, int, Call]


def _first_room(calls: list[Call], capacity: Sequence[int], loads: list[int]) -> dict[int, Place]:
    """Earliest due first, each to the first day that has room; after its window, if it had one."""
    places = {}
    days = range(len(capacity))
    cursor = {day: day for day in days}  # from a day on, where to look first

    for call in sorted(calls, key=_urgency):
        start = max(call.first, 0)
        day = cursor.get(start, len(capacity))
        while day < len(capacity) and loads[day] >= capacity[day]:
            day += 1
        cursor[start] = day
        if day < len(capacity):
            loads[day] += 1
        places[call.key] = Place(day if day < len(capacity) else None, False)
    return places


def _that_fit(windows: list[Window], capacity: Sequence[int], loads: Sequence[int]) -> tuple[list[Window], list[Call]]:
    """As many as possible, by earliest end: those that get a place inside their windows, and those that do not."""
    room = [max(0, most - load) for most, load in zip(capacity, loads, strict=True)]
    waiting = sorted(windows, key=lambda window: window[0], reverse=True)
    ready: list[tuple[int, tuple[int, int], Window]] = []
    fitting: list[Window] = []
    left: list[Call] = []
    for day, places in enumerate(room):
        while waiting and waiting[-1][0] == day:
            window = waiting.pop()
            heappush(ready, (window[1], _urgency(window[2]), window))
        taken = 0
        while ready and (taken < places or ready[0][0] < day):
            end, _due, window = heappop(ready)
            if end < day:
                left.append(window[2])
            else:
                fitting.append(window)
                taken += 1
    left += [window[2] for _end, _due, window in ready] + [window[2] for window in waiting]
    return fitting, left


def _in_order(windows: list[Window], quotas: Sequence[int]) -> Iterable[tuple[int, Call]]:
    """Who goes on which day, when so many go on each: earliest end first."""
    waiting = sorted(windows, key=lambda window: window[0], reverse=True)
    ready: list[tuple[int, tuple[int, int], Call]] = []
    for day, quota in enumerate(quotas):
        while waiting and waiting[-1][0] <= day:
            _first, end, call = waiting.pop()
            heappush(ready, (end, _urgency(call), call))
        for _n in range(quota):
            yield day, heappop(ready)[2]


def _urgency(call: Call) -> tuple[int, int]:
    return call.due, call.key


# The most even spread ----------------------------------------------------------------------------------------


def _even(windows: list[Window], capacity: Sequence[int], loads: Sequence[int]) -> list[int]:
    """How many of them go on each day so that the fullest day, then the next, is as little full as can be."""
    counts: dict[tuple[int, int], int] = defaultdict(int)
    for first, last, _call in windows:
        counts[first, last] += 1
    quotas = [0] * len(capacity)
    if not windows:
        return quotas
    # No other day can get any, and finding crowded days takes the square of their number.
    reach = range(min(first for first, _last in counts), max(last for _first, last in counts) + 1)
    open_days = [day for day in reach if capacity[day] > 0]
    todo = [(open_days, _clip(counts, open_days))]
    while todo:
        days, inside = todo.pop()
        shares = _shares([capacity[day] for day in days], [loads[day] for day in days], sum(inside.values()))
        crowded = _crowded(inside, shares)
        if not crowded:
            for day, share in zip(days, shares, strict=True):
                quotas[day] = share
            continue
        within, without = _part(inside, crowded)
        apart = [n for n in range(len(days)) if n not in crowded]
        todo.append(([days[n] for n in sorted(crowded)], _clip(within, sorted(crowded))))
        todo.append(([days[n] for n in apart], _clip(without, apart)))
    return quotas


Counts = dict[tuple[int, int], int]


def _clip(counts: Mapping[tuple[int, int], int], days: Sequence[int]) -> Counts:
    """The windows in numbers of these days alone; a window without any of them is not there."""
    if not days:
        return {}
    after = {}  # of each day, the number of the first kept day from it on
    number = len(days)
    kept = set(days)
    for day in range(max(max((last for _first, last in counts), default=0), days[-1]) + 1, -1, -1):
        number -= day in kept
        after[day] = number
    clipped: Counts = defaultdict(int)
    for (first, last), count in counts.items():
        if after[first] < after[last + 1]:
            clipped[after[first], after[last + 1] - 1] += count
    return clipped


def _part(counts: Counts, crowded: set[int]) -> tuple[Counts, Counts]:
    """The windows that lie wholly on crowded days, and all others."""
    within: Counts = {}
    without: Counts = {}
    for (first, last), count in counts.items():
        lies_within = all(day in crowded for day in range(first, last + 1))
        (within if lies_within else without)[first, last] = count
    return within, without


def _shares(capacity: Sequence[int], loads: Sequence[int], units: int) -> list[int]:
    """So many units over days without regard to windows: each to the day that it fills least."""
    if not units:
        return [0] * len(capacity)

    def below(level: float) -> list[int]:
        return [max(0, int(level * room) - load) for room, load in zip(capacity, loads, strict=True)]

    low, high = 0.0, (units + sum(loads)) / min(capacity) + 1.0
    for _halving in range(40):
        level = (low + high) / 2
        low, high = (level, high) if sum(below(level)) <= units else (low, level)
    shares = below(low)
    fill = [
        ((load + share + 1) / room, day)
        for day, (room, load, share) in enumerate(zip(capacity, loads, shares, strict=True))
    ]
    heapify(fill)
    for _unit in range(units - sum(shares)):
        _fullness, day = fill[0]
        shares[day] += 1
        heapreplace(fill, ((loads[day] + shares[day] + 1) / capacity[day], day))
    return shares


def _crowded(counts: Counts, shares: Sequence[int]) -> set[int]:
    """The days whose windows exceed their shares most, in all: empty when the shares can be kept.

    A sum over stretches that do not touch: the best that ends with each day, from those that ended before.
    """
    days = len(shares)
    before = (0, *accumulate(shares))
    ending: list[list[tuple[int, int]]] = [[] for _day in range(days)]
    for (first, last), count in counts.items():
        ending[last].append((first, count))
    inside = [0] * days  # of windows that start at or after a day and end by now
    best = [(0, -1, -1)]  # (excess, stretch's first day, its last day) of the days before each
    for last in range(days):
        grown = [0] * (days + 1)
        for first, count in ending[last]:
            grown[first] += count
        total = 0
        for first in range(last, -1, -1):
            total += grown[first]
            inside[first] += total
        candidates = (
            (best[first][0] + inside[first] - before[last + 1] + before[first], first) for first in range(last + 1)
        )
        excess, first = max(candidates, key=lambda candidate: candidate[0])
        best.append((excess, first, last) if excess > best[last][0] else (best[last][0], -1, -1))
    return _stretches(best)


def _stretches(best: Sequence[tuple[int, int, int]]) -> set[int]:
    days: set[int] = set()
    day = len(best) - 1
    while day > 0:
        _excess, first, last = best[day]
        if first < 0:
            day -= 1
        else:
            days |= set(range(first, last + 1))
            day = first
    return days
