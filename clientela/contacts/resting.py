"""When a customer may be disturbed: calling hours less her own rest hours, by her own clock (S4-1.3.4a)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from clientela.customers.models import Customer, CustomerRestHours
from clientela.lib.worktime import Interval, compile_calendar
from clientela.network.models import Dealership, RestHours

Stretches = list[tuple[datetime, datetime]]
_DAY = timedelta(days=1)


def zone_of(customer: Customer, house: Dealership) -> ZoneInfo:
    """By whose clock she lives: her own, else the house's."""
    return ZoneInfo(customer.time_zone) if customer.time_zone else house.zone


def less_rest(stretches: Iterable[tuple[datetime, datetime]], customer: Customer, house: Dealership) -> Stretches:
    """What is left of these stretches of time, sorted and apart, when she is not to be disturbed in her rest."""
    open_ones = sorted(stretches)
    week = _week(customer, house)
    if not week or not open_ones:
        return open_ones
    rests = _in_moments(week, zone_of(customer, house), open_ones[0][0], open_ones[-1][1])
    return [piece for stretch in open_ones for piece in _cut(stretch, rests)]


def _week(customer: Customer, house: Dealership) -> dict[int, list[Interval]]:
    """Her rest hours by weekday; those of the house too if its own clock did not take account of them."""
    rows: list[CustomerRestHours | RestHours] = list(customer.rest_hours.all())
    if customer.time_zone:
        rows += RestHours.objects.filter(dealership=house)
    week: dict[int, list[Interval]] = defaultdict(list)
    for row in rows:
        for weekday in range(7) if row.weekday is None else [row.weekday]:
            week[weekday].append(Interval(row.starts, row.ends))
    return week


def _in_moments(week: dict[int, list[Interval]], zone: ZoneInfo, begin: datetime, end: datetime) -> Stretches:
    first, last = (begin - _DAY).astimezone(zone).date(), (end + _DAY).astimezone(zone).date()
    rest = compile_calendar(zone=zone, week=week, closed=(), exceptions={}, first=first, last=last)
    whole = datetime.combine(first, time(), zone), datetime.combine(last, time(), zone)
    return [(span.begins_at, span.ends_at) for span in rest.intervals(*(moment.astimezone(UTC) for moment in whole))]


def _cut(stretch: tuple[datetime, datetime], rests: Stretches) -> Iterator[tuple[datetime, datetime]]:
    starts, ends = stretch
    for begins, stops in rests:
        if stops <= starts or begins >= ends:
            continue
        if begins > starts:
            yield starts, begins
        starts = max(starts, stops)
    if starts < ends:
        yield starts, ends
