"""Planning against the loops one would write with the ORM: the same rules, decided in Python, row by row.

The loops make the tasks and stop there. Planning also gives them to the designated and finds a day for each: left out
of what they are compared with, and told.

The loops get a sample of the visits, spread over all houses and days; their time is scaled up to all visits.
`walk` loops read every visit; `asked` loops let the database find the due ones first.
"""

from calendar import monthrange
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any

from django.db.models import QuerySet

from clientela.contacts.models import ContactTask, ProgrammeStep
from clientela.customers.models import Visit
from clientela.network import tenancy

from . import plan, tasks
from .scale import AT, TODAY, Scale
from .table import Figure, s
from .timing import in_turns, median, seconds

Keep = Callable[[Iterator[dict[str, Any]]], None]


def measure(scale: Scale) -> list[Figure]:
    ways: dict[str, tuple[Keep, bool, int, float | None]] = {
        "get_or_create, all visits": (one_by_one, False, scale.loop_sample, scale.beats_loop),
        "bulk_create, all visits": (in_bulk, False, scale.walk_sample, scale.beats_bulk),
        "get_or_create, due visits": (one_by_one, True, scale.loop_sample, None),
        "bulk_create, due visits": (in_bulk, True, scale.walk_sample, None),
    }
    runs = {name: partial(loop, keep, asked, size) for name, (keep, asked, size, _target) in ways.items()}
    sizes = {size for _keep, _asked, size, _target in ways.values()}
    whole: list[float] = []
    took = in_turns(1 + scale.rounds // 2, {"ours": partial(_ours, sizes, whole), **runs})
    ours = median(took["ours"])
    figures = []
    for name, (_keep, _asked, size, target) in ways.items():
        theirs = median(took[name]) * scale.visits / size
        title = f"{name} (1/{scale.visits // size} timed) / tasks"
        figures.append(Figure(title, s(ours), s(theirs), theirs / ours, at_least=target))
    told = "… all of planning / making the tasks"
    return [*figures, Figure(told, s(median(whole)), s(ours), median(whole) / ours)]


def loop(keep: Keep, asked: bool, size: int) -> float:
    tasks.as_of_yesterday()
    took = seconds(partial(_loop, keep, asked, size))
    if tasks.count(visits=size) != EXPECTED[size]:
        raise AssertionError(f"A loop over {size} visits made other tasks than planning")
    return took


#: What planning makes of the first so many visits.
EXPECTED: dict[int, int] = {}


def _ours(sizes: set[int], whole: list[float]) -> float:
    """What making the tasks takes, which is all that the loops do; `whole` takes up the whole of planning."""
    parts: plan.Parts = defaultdict(list)
    with plan.timed(parts):
        whole.append(plan.first_day())
    EXPECTED.update({size: tasks.count(visits=size) for size in sizes})
    return whole[-1] - parts["both"][0]


def _loop(keep: Keep, asked: bool, size: int) -> None:
    with tenancy.everywhere():
        visits: QuerySet[Visit] = Visit.objects.filter(pk__lte=size)
        if asked:
            window = (TODAY - timedelta(days=91), TODAY + timedelta(days=8))
            visits = visits.filter(cancelled_at=None, delivered_on__range=window)
        keep(due(visits.select_related("dealership", "customer", "vehicle").iterator(2000)))


@dataclass(frozen=True)
class Before:
    """What was called before, loaded once."""

    done: dict[tuple[int, str], tuple[int, datetime]]
    refused: set[tuple[int, int]]


def due(visits: Iterator[Visit]) -> Iterator[dict[str, Any]]:
    """The facts of a task for each visit that is due one."""
    steps: dict[int, list[ProgrammeStep]] = {}
    for step in ProgrammeStep.objects.select_related("programme"):
        steps.setdefault(step.dealership_id, []).append(step)
    before = _before()
    for visit in visits:
        today = visit.dealership.today(AT)
        for step in steps[visit.dealership_id]:
            if (found := anchor(visit, step, before)) and is_due(visit, step, found[1], today, before):
                yield facts(visit, step, *found)


def _before() -> Before:
    done = ContactTask.objects.filter(state="done").values_list("visit", "step_code", "pk", "concluded_at")
    refused = ContactTask.objects.filter(state="refused").values_list("customer", "step__programme")
    return Before({(visit, code): (pk, at) for visit, code, pk, at in done if at}, set(refused))


def anchor(visit: Visit, step: ProgrammeStep, before: Before) -> tuple[str, date] | None:
    """The name and the day 0 of the contact; none while the step before it is not done."""
    if not step.after:
        return f"visit:{visit.pk}", visit.delivered_on
    if known := before.done.get((visit.pk, step.after)):
        return f"task:{known[0]}", known[1].astimezone(visit.dealership.zone).date()
    return None


def is_due(visit: Visit, step: ProgrammeStep, day: date, today: date, before: Before) -> bool:
    programme, customer = step.programme, visit.customer
    return (
        programme.active
        and visit.kind in programme.trigger
        and visit.cancelled_at is None
        and not visit.key.startswith("erased:")
        and visit.delivered_on >= programme.go_live_on
        and customer.merged_into_id is None
        and customer.erased_at is None
        and not ("special" in step.excludes and visit.special)
        and not ("refused_before" in step.excludes and (customer.pk, programme.pk) in before.refused)
        and day <= today + timedelta(days=step.look_ahead_days - step.window_from)
        and day >= today - timedelta(days=step.catch_up_days)
    )


def facts(visit: Visit, step: ProgrammeStep, name: str, day: date) -> dict[str, Any]:
    opens_on = day + timedelta(days=step.window_from)
    due_on = _later(day, step.window_to, step.to_unit)
    due_at = datetime.combine(due_on + timedelta(days=1 + step.tolerance), time(), visit.dealership.zone)
    same = (
        *("window_from", "from_unit", "window_to", "to_unit", "closed_days", "tolerance", "performer"),
        *("attempts_max", "distinct_days", "distinct_bands"),
    )
    return {
        "step_code": step.code,
        "anchor": name,
        "dealership": visit.dealership,
        "step": step,
        "visit": visit,
        "customer": visit.customer,
        "vehicle": visit.vehicle,
        "assignee_id": visit.consultant_id if step.performer in {"consultant", "sourcing_agent"} else None,
        "anchor_on": day,
        "opens_on": opens_on,
        "due_on": due_on,
        "due_at": due_at,
        "ranks_at": due_at,
        "callable_from": datetime.combine(opens_on, time(9), visit.dealership.zone),
        "planned_at": AT,
        **{name: getattr(step, name) for name in same},
    }


def _later(day: date, number: int, unit: str) -> date:
    if unit != "month":
        return day + timedelta(days=number)
    year, month = divmod(day.year * 12 + day.month - 1 + number, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def one_by_one(rows: Iterator[dict[str, Any]]) -> None:
    for row in rows:
        ContactTask.objects.get_or_create(step_code=row.pop("step_code"), anchor=row.pop("anchor"), defaults=row)


def in_bulk(rows: Iterator[dict[str, Any]]) -> None:
    ContactTask.objects.bulk_create((ContactTask(**row) for row in rows), batch_size=2000, ignore_conflicts=True)
