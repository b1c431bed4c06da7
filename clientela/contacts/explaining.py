"""Why is this customer due, or not: each condition of each step, asked with planning's own SQL."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection
from django.utils.functional import Promise

from clientela.customers.models import Visit

from .conditions import CONDITIONS, DUE_ON, HOURS, OPENS_ON, SCOPE, Condition
from .models import ContactTask, ProgrammeStep

_ASKED = (*CONDITIONS, HOURS)

_WHY = f"""
SELECT v.id, s.id, t.day, {OPENS_ON}, {DUE_ON}, {", ".join(f"({condition.sql})" for condition in _ASKED)}
FROM {SCOPE}
JOIN customers_visit v ON v.dealership_id = s.dealership_id
WHERE v.customer_id = %(customer)s AND s.dealership_id = %(dealership)s
ORDER BY v.delivered_on DESC, v.id DESC, s.code
"""


@dataclass(frozen=True)
class Reason:
    """What one step says of one visit on one day."""

    step: ProgrammeStep
    visit: Visit
    day: date
    opens_on: date
    due_on: date
    unmet: tuple[Condition, ...]
    task: ContactTask | None

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
    tasks = {
        (task.visit_id, task.step_code): task
        for task in ContactTask.objects.filter(visit_id__in=visits).select_related("dealership")
    }
    return [
        Reason(
            step=steps[step_id],
            visit=visits[visit_id],
            day=day,
            opens_on=opens_on,
            due_on=due_on,
            unmet=tuple(condition for condition, met in zip(_ASKED, met_all, strict=True) if not met),
            task=tasks.get((visit_id, steps[step_id].code)),
        )
        for visit_id, step_id, day, opens_on, due_on, *met_all in rows
    ]
