"""Why is this customer due, or not: each condition of each step, asked with planning's own SQL."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection
from django.utils.functional import Promise

from clientela.customers.models import Visit

from . import holding, proposing, serving, windows
from .conditions import BEFORE, CONDITIONS, HOURS, LAST_VISIT, SCOPE, Condition, window
from .models import ContactTask, NextService, ProgrammeStep

_ASKED = (BEFORE, *CONDITIONS, HOURS)

#: What a step counts from, for each visit: day 0, unknown while the step before is not done; and the task's anchor.
_ANCHOR = f"""
    SELECT v.delivered_on AS anchor_on, 'visit:' || v.id AS anchor WHERE s.anchor = 'event'
    UNION ALL
    SELECT (v.delivered_on + make_interval(years => n))::date, 'visit:' || v.id || ':' || n
    FROM generate_series(1, 30) n
    WHERE s.anchor = 'yearly'
        AND (n = 1 OR (v.delivered_on + make_interval(years => n))::date <= t.day + s.look_ahead_days + 31)
    UNION ALL
    SELECT (k.concluded_at AT TIME ZONE d.time_zone)::date, 'task:' || k.id
    FROM (SELECT 1) once LEFT JOIN contacts_contacttask k
        ON k.visit_id = v.id AND k.step_code = s.after AND k.state = 'done'
    WHERE s.anchor = 'step_done'
    UNION ALL
    SELECT n.planned_on, 'service:' || n.id
    FROM contacts_nextservice n CROSS JOIN LATERAL ({LAST_VISIT}) last
    WHERE s.anchor = 'planned' AND n.customer_id = v.customer_id AND n.state = 'planned' AND last.id = v.id
"""

_WHY = f"""
SELECT v.id, s.id, t.day, coalesce(a.anchor, ''), w.opens_on, w.due_on,
    {", ".join(f"coalesce({condition.sql}, false)" for condition in _ASKED)}
FROM {SCOPE}
JOIN customers_visit v ON v.dealership_id = s.dealership_id
JOIN customers_customer c ON c.id = v.customer_id
CROSS JOIN LATERAL ({_ANCHOR}) a
{window("a.anchor_on")} e
CROSS JOIN LATERAL (SELECT t.day, a.anchor_on, e.opens_on, e.due_on) w
WHERE v.customer_id = %(customer)s AND s.dealership_id = %(dealership)s
ORDER BY v.delivered_on DESC, v.id DESC, s.code, a.anchor_on
"""


@dataclass(frozen=True)
class Reason:
    """What one step says of one visit on one day."""

    step: ProgrammeStep
    visit: Visit
    day: date
    opens_on: date | None
    due_on: date | None
    unmet: tuple[Condition, ...]
    task: ContactTask | None
    #: The next service that it is made for, if it is.
    service: NextService | None = None
    #: Of an open task: what holds it now, and what asks for a decision before the call.
    holds: tuple[Condition, ...] = ()
    cautions: "tuple[ProgrammeStep.Caution, ...]" = ()

    @property
    def window_said(self) -> str:
        """The window in words: the one its contact was born with, else that of the step."""
        return windows.said(self.task or self.step)

    @property
    def proposed(self) -> str:
        """Why that was proposed."""
        return proposing.reason_of(self.service.facts) if self.service else ""

    @property
    def is_due(self) -> bool:
        """Whether planning gives this visit a task on that day."""
        return not self.unmet

    @property
    def verdict(self) -> "Promise | str":
        """The sentence that decided against it; empty when it is due."""
        return self.unmet[0].unmet if self.unmet else ""


def why(customer_id: int, dealership_id: int, *, at: datetime, on: date | None = None) -> list[Reason]:
    """Every step against every visit of a customer, newest visit first."""
    with connection.cursor() as cursor:
        cursor.execute(_WHY, {"customer": customer_id, "dealership": dealership_id, "at": at, "on": on})
        rows = cursor.fetchall()
    visits = Visit.objects.select_related("vehicle", "dealership").in_bulk([row[0] for row in rows])
    steps = ProgrammeStep.objects.select_related("programme").in_bulk([row[1] for row in rows])
    services = serving.by_anchor(row[3] for row in rows)
    tasks = {
        (task.anchor, task.step_code): task
        for task in ContactTask.objects.filter(customer_id=customer_id).select_related("dealership", "customer", "step")
    }
    held = _held(tasks.values(), at)
    return [
        Reason(
            step=steps[step_id],
            visit=visits[visit_id],
            day=day,
            # A contact keeps the window it was born with, whatever its step says now.
            opens_on=task.opens_on if (task := tasks.get((anchor, steps[step_id].code))) else opens_on,
            due_on=task.due_on if task else due_on,
            unmet=tuple(condition for condition, met in zip(_ASKED, met_all, strict=True) if not met),
            task=task,
            service=services.get(anchor),
            holds=held.get(task.pk, ()) if task else (),
            cautions=tuple(holding.cautions(task, at=at)) if task and task.is_open else (),
        )
        for visit_id, step_id, day, anchor, opens_on, due_on, *met_all in rows
    ]


def _held(tasks: Iterable[ContactTask], at: datetime) -> dict[int, tuple[Condition, ...]]:
    """What holds each open one at this moment, and on the task until when."""
    open_ones = {task.pk: task for task in tasks if task.is_open}
    if not open_ones:
        return {}
    today = next(iter(open_ones.values())).dealership.today(at)
    found = holding.holds(open_ones, at=at, today=today)
    for pk, those in found.items():
        holding.mark(open_ones[pk], those[0].code if those else "", at=at)
    return found
