"""Planning: who is due, in one statement a step, for all dealerships at once.

Idempotent by the key (step code, anchor): planning twice, late, or from several planners gives the same tasks.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction

from .conditions import CONDITIONS, DUE_ON, OPENS_ON, SCOPE
from .models import ContactTask, ProgrammeStep

log = logging.getLogger(__name__)

#: For each day of delivery whose window may open now, the first moment at which its dealership may call. Few rows, each
#: of which finds its visits by the index of dealership and day.
_DAYS = f"""
    days AS MATERIALIZED (
        SELECT s.dealership_id, a.day::date - s.window_from AS delivered_on, first.callable_from
        FROM {SCOPE}
        CROSS JOIN LATERAL generate_series(
            t.day - s.catch_up_days + s.window_from, t.day + s.look_ahead_days, interval '1 day') AS a (day)
        CROSS JOIN LATERAL (SELECT a.day::timestamp AT TIME ZONE d.time_zone AS at) midnight
        CROSS JOIN LATERAL (
            SELECT greatest(c.starts_at, midnight.at) AS callable_from
            FROM network_callableinterval c
            WHERE c.dealership_id = d.id AND c.ends_at > midnight.at
            ORDER BY c.ends_at LIMIT 1
        ) first
        WHERE s.code = %(code)s AND s.dealership_id = ANY (%(dealerships)s)
    )"""

_PLAN = f"""
WITH {_DAYS}
INSERT INTO contacts_contacttask (
    dealership_id, step_id, step_code, anchor, visit_id, customer_id, vehicle_id, assignee_id,
    window_from, window_to, attempts_max, distinct_days, distinct_bands,
    opens_on, due_on, due_at, ranks_at, callable_from, planned_at,
    state, attempts, bands_used, fence)
SELECT s.dealership_id, s.id, s.code, 'visit:' || v.id, v.id, v.customer_id, v.vehicle_id,
    (SELECT f.user_id FROM network_functionmapping f
     WHERE f.dealership_id = s.dealership_id AND f.function = s.performer),
    s.window_from, s.window_to, s.attempts_max, s.distinct_days, s.distinct_bands,
    {OPENS_ON}, {DUE_ON}, due.at, due.at, days.callable_from, %(at)s,
    'open', 0, '{{}}', 0
FROM {SCOPE}
JOIN customers_visit v ON v.dealership_id = s.dealership_id
JOIN days ON days.dealership_id = v.dealership_id AND days.delivered_on = v.delivered_on
CROSS JOIN LATERAL (SELECT ({DUE_ON} + 1)::timestamp AT TIME ZONE d.time_zone AS at) due
WHERE s.code = %(code)s AND s.dealership_id = ANY (%(dealerships)s) AND s.anchor = 'event'
    AND {" AND ".join(f"({condition.sql})" for condition in CONDITIONS)}
ON CONFLICT (step_code, anchor) DO NOTHING
"""

# A visit that counts again needs its contact again.
_REOPEN = """
UPDATE contacts_contacttask k SET state = 'open', concluded_at = NULL
FROM customers_visit v
WHERE v.id = k.visit_id AND k.visit_id = ANY (%(visits)s) AND k.state = 'cancelled' AND v.cancelled_at IS NULL
"""

# A corrected delivery moves its open tasks; they keep the window they were born with. Who was tried already waits
# at least for her next try, who asked for a call for the agreed time.
_MOVE = """
UPDATE contacts_contacttask k
SET opens_on = v.delivered_on + k.window_from,
    due_on = v.delivered_on + k.window_to,
    due_at = (v.delivered_on + k.window_to + 1)::timestamp AT TIME ZONE d.time_zone,
    ranks_at = coalesce(k.call_back_at, (v.delivered_on + k.window_to + 1)::timestamp AT TIME ZONE d.time_zone),
    callable_from = CASE WHEN k.call_back_at IS NOT NULL THEN k.callable_from
        WHEN k.attempts > 0 THEN greatest(k.callable_from, first.at)
        ELSE coalesce(first.at, k.callable_from) END,
    customer_id = v.customer_id, vehicle_id = v.vehicle_id
FROM customers_visit v JOIN network_dealership d ON d.id = v.dealership_id
JOIN contacts_contacttask own ON own.visit_id = v.id
LEFT JOIN LATERAL (
    SELECT greatest(c.starts_at, (v.delivered_on + own.window_from)::timestamp AT TIME ZONE d.time_zone) AS at
    FROM network_callableinterval c
    WHERE c.dealership_id = d.id
        AND c.ends_at > (v.delivered_on + own.window_from)::timestamp AT TIME ZONE d.time_zone
    ORDER BY c.ends_at LIMIT 1
) first ON true
WHERE own.id = k.id AND k.visit_id = ANY (%(visits)s) AND k.state = 'open' AND v.cancelled_at IS NULL
    AND (k.opens_on, k.customer_id, k.vehicle_id)
        IS DISTINCT FROM (v.delivered_on + k.window_from, v.customer_id, v.vehicle_id)
"""

_CANCEL = """
UPDATE contacts_contacttask k
SET state = 'cancelled', concluded_at = %(at)s, leased_by_id = NULL, leased_until = NULL
FROM customers_visit v, contacts_programmestep s
WHERE v.id = k.visit_id AND s.id = k.step_id AND k.visit_id = ANY (%(visits)s) AND k.state = 'open'
    AND (v.cancelled_at IS NOT NULL OR (s.excludes_special AND v.special))
"""

# Who had no valid number and has one now is called after all, unless it is too long ago.
_REACH_AGAIN = """
UPDATE contacts_contacttask k SET state = 'open', concluded_at = NULL
FROM customers_visit v, contacts_programmestep s, network_dealership d
WHERE v.id = k.visit_id AND s.id = k.step_id AND d.id = k.dealership_id
    AND k.customer_id = ANY (%(customers)s) AND k.state = 'invalid' AND v.cancelled_at IS NULL
    AND v.delivered_on >= (%(at)s::timestamptz AT TIME ZONE d.time_zone)::date - s.catch_up_days
    AND EXISTS (SELECT 1 FROM customers_contactpoint p
        WHERE p.customer_id = k.customer_id AND p.kind = 'phone' AND p.valid)
"""

# Hours changed: what was not tried yet waits for the first moment the new hours allow.
_FOLLOW_HOURS = """
UPDATE contacts_contacttask k
SET callable_from = first.at
FROM network_dealership d, LATERAL (
    SELECT opens_on, (
        SELECT greatest(c.starts_at, opens_on::timestamp AT TIME ZONE d.time_zone)
        FROM network_callableinterval c
        WHERE c.dealership_id = d.id AND c.ends_at > opens_on::timestamp AT TIME ZONE d.time_zone
        ORDER BY c.ends_at LIMIT 1) AS at
    FROM (SELECT DISTINCT opens_on FROM contacts_contacttask
          WHERE dealership_id = %(dealership)s AND state = 'open') days
) first
WHERE d.id = %(dealership)s AND k.dealership_id = d.id AND k.opens_on = first.opens_on
    AND k.state = 'open' AND k.attempts = 0 AND first.at IS NOT NULL AND k.callable_from <> first.at
"""


@dataclass(frozen=True)
class Planned:
    """What one run of planning did: new tasks by step, and dealerships that have no hours to call in."""

    new: dict[str, int]
    without_hours: list[str]

    @property
    def total(self) -> int:
        return sum(self.new.values())


@transaction.atomic
def plan(*, at: datetime, on: date | None = None, dealership_ids: Sequence[int] | None = None) -> Planned:
    """Give every due contact its task. `on` plans as if it were that day; without it, each house's own today.

    A dealership without opening hours gets no tasks and is named in the result: nobody could be called.
    """
    steps = ProgrammeStep.objects.filter(programme__active=True)
    if dealership_ids is not None:
        steps = steps.filter(dealership_id__in=dealership_ids)
    by_code: dict[str, list[int]] = {}
    for code, dealership_id in steps.order_by("code").values_list("code", "dealership_id"):
        by_code.setdefault(code, []).append(dealership_id)
    new = {code: _plan_step(code, ids, at=at, on=on) for code, ids in by_code.items()}
    result = Planned(new=new, without_hours=_without_hours(by_code, at=at, on=on))
    log.info("planned", extra={"tasks": result.total, "without_hours": result.without_hours})
    return result


@transaction.atomic
def realign(visit_ids: Sequence[int], *, at: datetime) -> None:
    """Move the open tasks of corrected visits, cancel those of visits that no longer count, or count again."""
    with connection.cursor() as cursor:
        cursor.execute(_REOPEN, {"visits": list(visit_ids)})
        cursor.execute(_MOVE, {"visits": list(visit_ids)})
        cursor.execute(_CANCEL, {"visits": list(visit_ids), "at": at})


def forget(visit_ids: Sequence[int]) -> None:
    """Remove the tasks of visits that are taken back; a task that was tried stays, and with it the visit."""
    ContactTask.objects.filter(visit_id__in=visit_ids, tries=None).delete()


def reach_again(customer_ids: Sequence[int], *, at: datetime) -> int:
    """Open what ended for want of a valid number, now that there is one; how many."""
    with connection.cursor() as cursor:
        cursor.execute(_REACH_AGAIN, {"customers": list(customer_ids), "at": at})
        return int(cursor.rowcount)


def cancel_contacts(customer_ids: Sequence[int], *, at: datetime) -> int:
    """Call these customers no more; how many open tasks are cancelled."""
    open_ones = ContactTask.objects.open().filter(customer__in=customer_ids)
    return open_ones.update(state=ContactTask.State.CANCELLED, concluded_at=at, leased_by=None, leased_until=None)


def follow_hours(dealership_id: int) -> int:
    """Let untried tasks of a house wait for its new hours; how many moved."""
    with connection.cursor() as cursor:
        cursor.execute(_FOLLOW_HOURS, {"dealership": dealership_id})
        return int(cursor.rowcount)


def _plan_step(code: str, dealership_ids: list[int], *, at: datetime, on: date | None) -> int:
    parameters: dict[str, Any] = {"code": code, "dealerships": dealership_ids, "at": at, "on": on}
    with connection.cursor() as cursor:
        # Two planners of one step take turns; the key would make the second wait on every row otherwise.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"plan {code}"])
        cursor.execute(_PLAN, parameters)
        return int(cursor.rowcount)


def _without_hours(by_code: dict[str, list[int]], *, at: datetime, on: date | None) -> list[str]:
    ids = sorted({pk for ids in by_code.values() for pk in ids})
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT d.code FROM network_dealership d
            WHERE d.id = ANY (%(ids)s) AND NOT EXISTS (
                SELECT 1 FROM network_callableinterval c WHERE c.dealership_id = d.id
                    AND c.ends_at > coalesce(%(on)s::date::timestamp AT TIME ZONE d.time_zone, %(at)s))
            ORDER BY d.code
            """,
            {"ids": ids, "at": at, "on": on},
        )
        return [code for (code,) in cursor.fetchall()]
