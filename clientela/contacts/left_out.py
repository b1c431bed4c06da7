"""Who was left out of a duty, and why: special vehicles, and whom planning's own conditions or the cap left out.

Asked of steps that count from the visit itself; for what follows another step, that step's figures say it.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from clientela.customers.models import Visit
from clientela.network.models import Dealership

from .conditions import CONDITIONS, SCOPE, window
from .coverage import Period
from .models import ProgrammeStep

SPECIAL = "not_special"
#: So many are shown on one page.
SHOWN = 500
_BY_CODE = {condition.code: condition for condition in CONDITIONS}
#: What must hold before anybody is owed anything; who fails it was not left out.
_OWED = ("active", "follows", "counts", "on_file", "live", "present", "near")
_REASONS = [condition for condition in CONDITIONS if condition.code not in _OWED and condition.code != SPECIAL]
_WORDS: dict[str, "Promise | str"] = {
    **{condition.code: condition.unmet for condition in _REASONS},
    SPECIAL: _("A special vehicle."),
    "suppressed": _("The customer was contacted often enough."),
    "cancelled": _("The contact was cancelled."),
    "unplanned": _("Nothing was planned. Look at the opening hours of the house."),
}


@dataclass(frozen=True)
class LeftOut:
    """One visit that a step passed over."""

    visit: Visit
    step: ProgrammeStep
    code: str
    due_on: date

    @property
    def is_special(self) -> bool:
        return self.code == SPECIAL

    @property
    def reason(self) -> "Promise | str":
        """What the manager wrote; else the sentence of the condition."""
        return (self.visit.special_reason if self.is_special else "") or _WORDS[self.code]


def counts(house: Dealership, period: Period, *, members: bool, at: datetime) -> dict[int, int]:
    """By step, how many were left out."""
    rows = _ask(f"SELECT f.step_id, count(*) FROM ({_FOUND}) f GROUP BY f.step_id", house, period, members, at)
    return dict(rows)


def of_step(house: Dealership, step: ProgrammeStep, period: Period, *, members: bool, at: datetime) -> list[LeftOut]:
    """Those of one step, special vehicles first, at most `SHOWN`."""
    sql = f"""SELECT f.visit_id, f.code, f.due_on FROM ({_FOUND}) f WHERE f.step_id = %(step)s
        ORDER BY f.code <> '{SPECIAL}', f.due_on, f.visit_id LIMIT {SHOWN}"""
    rows = _ask(sql, house, period, members, at, step=step.pk)
    known = Visit.objects.filter(dealership=house).select_related("customer", "vehicle", "special_by")
    visits = known.in_bulk([visit for visit, _code, _due in rows])
    return [LeftOut(visits[visit], step, code, due_on) for visit, code, due_on in rows]


def _ask(
    sql: str, house: Dealership, period: Period, members: bool, at: datetime, **facts: Any
) -> list[tuple[Any, ...]]:
    given = {
        "dealership": house.pk,
        "first": period.first,
        "last": period.last,
        "by_visit": period.by_visit,
        "members": members,
        "at": at,
        "on": None,
        **facts,
    }
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        return list(cursor.fetchall())


def _holds(codes: tuple[str, ...]) -> str:
    return " AND ".join(f"({_BY_CODE[code].sql})" for code in codes)


#: As far before the period as a window of this step may reach, in days that are surely enough.
_REACH = """(abs(s.window_to) * CASE s.to_unit WHEN 'month' THEN 31 WHEN 'working_day' THEN 4 ELSE 1 END + 31)"""

# First the few days that count, with their windows; then the visits of those days.
_FOUND = f"""
    WITH days AS MATERIALIZED (
        SELECT s.id AS step_id, t.day, a.anchor_on, w.opens_on, w.due_on
        FROM {SCOPE}
        CROSS JOIN LATERAL (
            SELECT x::date AS anchor_on FROM generate_series(
                %(first)s::date - CASE WHEN %(by_visit)s THEN 0 ELSE {_REACH} END,
                %(last)s::date + CASE WHEN %(by_visit)s THEN 0 ELSE {_REACH} END, interval '1 day') AS x
        ) a
        {window("a.anchor_on")} w
        WHERE s.dealership_id = %(dealership)s AND s.anchor = 'event' AND a.anchor_on >= p.go_live_on
            AND (%(by_visit)s OR w.due_on BETWEEN %(first)s AND %(last)s)
    )
    SELECT w.step_id, v.id AS visit_id, w.due_on,
        CASE WHEN NOT ({_BY_CODE[SPECIAL].sql}) THEN '{SPECIAL}'
            WHEN k.state = 'suppressed' THEN 'suppressed'
            WHEN k.state = 'cancelled' THEN 'cancelled'
            {" ".join(f"WHEN NOT ({condition.sql}) THEN '{condition.code}'" for condition in _REASONS)}
            ELSE 'unplanned' END AS code
    FROM days w
    JOIN contacts_programmestep s ON s.id = w.step_id
    JOIN contacts_programme p ON p.id = s.programme_id
    JOIN customers_visit v ON v.dealership_id = s.dealership_id AND v.delivered_on = w.anchor_on
    JOIN customers_customer c ON c.id = v.customer_id
    LEFT JOIN contacts_contacttask k ON k.step_code = s.code AND k.anchor = 'visit:' || v.id
    WHERE {_holds(_OWED)} AND (NOT %(members)s OR c.member_since <= w.due_on)
        AND (k.id IS NULL OR k.state IN ('suppressed', 'cancelled') OR NOT ({_BY_CODE[SPECIAL].sql}))
"""
