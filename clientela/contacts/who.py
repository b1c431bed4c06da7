"""Who may make a contact: whom it is given to, who stands in for her, or who makes contacts of its kind.

One condition in SQL, for the queue that hands out and the list that shows.
"""

import re
from datetime import date
from typing import Any

from django.db.models import BooleanField, Field
from django.db.models.expressions import RawSQL

from clientela.network.models import Role, User

from .models import Attempt, ContactTask, Outcome, Performer

#: Who makes contacts of a kind while nobody is designated for it (C-3). Consultants and agents call their own.
_CARE = frozenset(
    {
        Performer.REPRESENTATIVE,
        Performer.FOLLOW_UP_AGENT,
        Performer.CS_SPECIALIST,
        Performer.INFORMATION_OFFICER,
        Performer.INDEPENDENT_FOLLOW_UP,
    }
)
PERFORMS: dict[Role, frozenset[Performer]] = {
    Role.REPRESENTATIVE: _CARE | {Performer.CONSULTANT, Performer.SOURCING_AGENT},
    Role.CS_MANAGER: _CARE | {Performer.CONSULTANT, Performer.SOURCING_AGENT},
    Role.CRM_MANAGER: _CARE,
    Role.COMMERCIAL_MANAGER: _CARE,
    Role.CS_SPECIALIST: _CARE,
    Role.INFORMATION_OFFICER: _CARE,
    Role.SALES_CONSULTANT: frozenset({Performer.CONSULTANT}),
    Role.SERVICE_ADVISOR: frozenset({Performer.CONSULTANT}),
    Role.SALES_MANAGER: frozenset({Performer.CONSULTANT}),
    Role.SERVICE_MANAGER: frozenset({Performer.CONSULTANT}),
    Role.SOURCING_AGENT: frozenset({Performer.SOURCING_AGENT}),
    Role.PARTS_MANAGER: frozenset({Performer.PARTS_MANAGER}),
}

#: Of a task `k`. Designated people come before roles; whom somebody stands in for is asked for the days she is away.
#: Nobody makes the contact that another than the first caller must make (S4-3.2.4.3.1b).
MAY_TAKE = """(
    CASE WHEN k.assignee_id IS NOT NULL THEN k.assignee_id = %(me)s OR EXISTS (
        SELECT 1 FROM contacts_absence a WHERE a.dealership_id = k.dealership_id AND a.user_id = k.assignee_id
            AND a.substitute_id = %(me)s AND %(today)s BETWEEN a.from_on AND a.to_on AND k.due_on <= a.to_on)
    WHEN EXISTS (SELECT 1 FROM contacts_designation g WHERE g.dealership_id = k.dealership_id
            AND g.performer = k.performer AND %(today)s BETWEEN g.from_on AND coalesce(g.to_on, %(today)s))
    THEN EXISTS (
        SELECT 1 FROM contacts_designation g WHERE g.dealership_id = k.dealership_id AND g.performer = k.performer
            AND %(today)s BETWEEN g.from_on AND coalesce(g.to_on, %(today)s)
            AND (g.user_id = %(me)s OR EXISTS (
                SELECT 1 FROM contacts_absence a WHERE a.dealership_id = k.dealership_id AND a.user_id = g.user_id
                    AND a.substitute_id = %(me)s AND %(today)s BETWEEN a.from_on AND a.to_on)))
    ELSE k.performer = ANY (%(performs)s) OR EXISTS (
        SELECT 1 FROM network_functionmapping f WHERE f.dealership_id = k.dealership_id AND f.function = k.performer
            AND (f.user_id = %(me)s OR (f.user_id IS NULL AND f.department_id = %(department)s)))
    END
    AND NOT EXISTS (
        SELECT 1 FROM contacts_programmestep s
        JOIN contacts_contacttask f ON f.visit_id = k.visit_id AND f.step_code = s.other_than
        JOIN contacts_attempt t ON t.task_id = f.id AND t.undone_at IS NULL AND t.outcome = 'reached' AND t.counted
        WHERE s.id = k.step_id AND s.other_than <> '' AND t.by_id = %(me)s)
)"""


#: One call for all: of the open contacts of a customer for one step (thirty cars of a company), or for steps that count
#: for one another after one visit, the one that is due first is called; the others wait for what comes of it.
LEADS = """NOT EXISTS (
    SELECT 1 FROM contacts_contacttask o
    WHERE o.customer_id = k.customer_id AND o.id <> k.id AND o.state = 'open' AND o.opens_on <= %(today)s
        AND (o.due_at, o.id) < (k.due_at, k.id) AND (o.step_code = k.step_code OR (o.visit_id = k.visit_id
            AND o.step_code = ANY (
                (SELECT s.satisfied_by FROM contacts_programmestep s WHERE s.id = k.step_id)::text[])))
)"""


def performs(user: User, performer: str, dealership_id: int) -> bool:
    """Whether somebody's roles there make contacts of this kind."""
    return performer in facts(user, dealership_id, date.min)["performs"]


def called_first(task: ContactTask, user: User) -> bool:
    """Whether she made the contact after which another must make this one (S4-3.2.4.3.1b)."""
    first = Attempt.objects.filter(
        task__visit=task.visit_id,
        task__step_code=task.step.other_than,
        by=user,
        outcome=Outcome.REACHED,
        counted=True,
        undone_at=None,
    )
    return bool(task.step.other_than) and first.exists()


def facts(user: User, dealership_id: int, today: date) -> dict[str, Any]:
    """What `MAY_TAKE` asks of a person: herself, her department, what her roles there perform."""
    roles = [Role(held.role) for held in user.roles_held if held.dealership_id in {dealership_id, None}]
    performs = {performer.value for role in roles for performer in PERFORMS.get(role, ())}
    return {
        "me": user.pk,
        "department": user.department_id or 0,
        "performs": sorted(performs),
        "today": today,
    }


def may_take(user: User, dealership_id: int, today: date) -> RawSQL:
    """The same condition for a queryset of tasks."""
    return as_expression(f"({MAY_TAKE} AND {LEADS})", facts(user, dealership_id, today))


STANDS_IN = """(k.assignee_id <> %(me)s AND EXISTS (
    SELECT 1 FROM contacts_absence a WHERE a.dealership_id = k.dealership_id AND a.user_id = k.assignee_id
        AND a.substitute_id = %(me)s AND %(today)s BETWEEN a.from_on AND a.to_on AND k.due_on <= a.to_on))"""


def stands_in(user: User, today: date) -> RawSQL:
    """Whether a task is that of somebody for whom this person stands in."""
    return as_expression(f"coalesce({STANDS_IN}, false)", {"me": user.pk, "today": today})


def leads(today: date) -> RawSQL:
    """Whether a task is the one of its group that is called."""
    return as_expression(LEADS, {"today": today})


def as_expression(condition: str, given: dict[str, Any], kind: "Field[Any, Any] | None" = None) -> RawSQL:
    """SQL over a task `k` as an expression of a queryset of tasks; a condition unless `kind` says otherwise."""
    values: list[Any] = []

    def positional(match: re.Match[str]) -> str:
        values.append(given[match[1]])
        return "%s"

    sql = re.sub(r"%\((\w+)\)s", positional, condition)
    sql = re.sub(r"\bk(?=[.,])", "contacts_contacttask", sql)
    return RawSQL(sql, values, output_field=kind or BooleanField())  # noqa: S611  every value is a parameter
