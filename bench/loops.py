"""Planning against the loops one would write with the ORM: the same rule, decided in Python, row by row.

The loops get a sample of the visits, spread over all houses and days; their time is scaled up to all visits.
`walk` loops read every visit; `asked` loops let the database find the due ones first.
"""

from collections.abc import Callable, Iterator
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
    took = in_turns(3, {"ours": plan.first_day, **runs})
    ours = median(took["ours"])
    figures = []
    for name, (_keep, _asked, size, target) in ways.items():
        theirs = median(took[name]) * scale.visits / size
        title = f"{name} (1/{scale.visits // size} timed) / plan"
        figures.append(Figure(title, s(ours), s(theirs), theirs / ours, at_least=target))
    return figures


def loop(keep: Keep, asked: bool, size: int) -> float:
    tasks.empty()
    return seconds(partial(_loop, keep, asked, size))


def _loop(keep: Keep, asked: bool, size: int) -> None:
    with tenancy.everywhere():
        visits: QuerySet[Visit] = Visit.objects.filter(pk__lte=size)
        if asked:
            window = (TODAY - timedelta(days=46), TODAY + timedelta(days=5))
            visits = visits.filter(cancelled_at=None, delivered_on__range=window)
        keep(due(visits.select_related("dealership", "customer", "vehicle").iterator(2000)))


def due(visits: Iterator[Visit]) -> Iterator[dict[str, Any]]:
    """The facts of a task for each visit that is due one."""
    steps: dict[int, list[ProgrammeStep]] = {}
    for step in ProgrammeStep.objects.select_related("programme"):
        steps.setdefault(step.dealership_id, []).append(step)
    for visit in visits:
        today = visit.dealership.today(AT)
        for step in steps[visit.dealership_id]:
            if is_due(visit, step, today):
                yield facts(visit, step)


def is_due(visit: Visit, step: ProgrammeStep, today: date) -> bool:
    programme, delivered = step.programme, visit.delivered_on
    return (
        programme.active
        and visit.kind in programme.trigger
        and visit.cancelled_at is None
        and delivered >= programme.go_live_on
        and not (step.excludes_special and visit.special)
        and delivered <= today + timedelta(days=step.look_ahead_days - step.window_from)
        and delivered >= today - timedelta(days=step.catch_up_days)
    )


def facts(visit: Visit, step: ProgrammeStep) -> dict[str, Any]:
    opens_on = visit.delivered_on + timedelta(days=step.window_from)
    due_on = visit.delivered_on + timedelta(days=step.window_to)
    due_at = datetime.combine(due_on + timedelta(days=1), time(), visit.dealership.zone)
    same = ("window_from", "window_to", "attempts_max", "distinct_days", "distinct_bands")
    return {
        "step_code": step.code,
        "anchor": f"visit:{visit.pk}",
        "dealership": visit.dealership,
        "step": step,
        "visit": visit,
        "customer": visit.customer,
        "vehicle": visit.vehicle,
        "opens_on": opens_on,
        "due_on": due_on,
        "due_at": due_at,
        "ranks_at": due_at,
        "callable_from": datetime.combine(opens_on, time(9), visit.dealership.zone),
        "planned_at": AT,
        **{name: getattr(step, name) for name in same},
    }


def one_by_one(rows: Iterator[dict[str, Any]]) -> None:
    for row in rows:
        ContactTask.objects.get_or_create(step_code=row.pop("step_code"), anchor=row.pop("anchor"), defaults=row)


def in_bulk(rows: Iterator[dict[str, Any]]) -> None:
    ContactTask.objects.bulk_create((ContactTask(**row) for row in rows), batch_size=2000, ignore_conflicts=True)
