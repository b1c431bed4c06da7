"""Planning: who is due, in one statement a step, for all dealerships at once.

Idempotent by the key (step code, anchor): planning twice, late, or from several planners gives the same tasks.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from clientela.customers.following import merging_excluded

from . import allocating, levelling
from .conditions import CONDITIONS, LAST_VISIT, SCOPE, window
from .models import ContactTask, ProgrammeStep
from .models.task import RANK

log = logging.getLogger(__name__)

#: Each day that may be day 0 of a window that opens now, with the window, and the first moment at which its dealership
#: may call. Few rows, in which all arithmetic with days is done; each finds its visits by the index of dealership and
#: day. A window may open before its day 0, so days are looked at as far ahead.
_DAYS = f"""
    days AS MATERIALIZED (
        SELECT n.*, first.callable_from
        FROM (
            SELECT s.id AS step_id, s.dealership_id, t.day, a.anchor_on, w.opens_on, w.due_on,
                w.opens_on::timestamp AT TIME ZONE d.time_zone AS opens_at,
                a.anchor_on::timestamp AT TIME ZONE d.time_zone AS anchor_at,
                (a.anchor_on + 1)::timestamp AT TIME ZONE d.time_zone AS next_day_at,
                (w.due_on + 1 + s.tolerance)::timestamp AT TIME ZONE d.time_zone AS due_at
            FROM {SCOPE}
            CROSS JOIN LATERAL (
                SELECT x::date AS anchor_on FROM generate_series(
                    t.day - s.catch_up_days, t.day + s.look_ahead_days + greatest(0, -31 * s.window_from),
                    interval '1 day') AS x
            ) a
            {window("a.anchor_on")} w
            WHERE s.code = %(code)s AND s.dealership_id = ANY (%(dealerships)s)
                AND w.opens_on <= t.day + s.look_ahead_days AND w.due_on >= w.opens_on
            OFFSET 0
        ) n
        CROSS JOIN LATERAL (
            SELECT greatest(c.starts_at, n.opens_at) AS callable_from
            FROM network_callableinterval c
            WHERE c.dealership_id = n.dealership_id AND c.ends_at > n.opens_at
            ORDER BY c.ends_at LIMIT 1
        ) first
    )"""

#: What a step counts from: the anchor's name, and how its visit `v` is found. The day 0 of an anniversary may be 29
#: February's.
_ANCHORS = {
    "event": (
        "'visit:' || v.id",
        "JOIN customers_visit v ON v.dealership_id = w.dealership_id AND v.delivered_on = w.anchor_on",
    ),
    "yearly": (
        "'visit:' || v.id || ':' || y.years",
        """
        CROSS JOIN generate_series(1, 30) AS y (years)
        CROSS JOIN LATERAL (
            SELECT (w.anchor_on - make_interval(years => y.years))::date + leap AS delivered_on
            FROM generate_series(0, 1) leap
        ) e
        JOIN customers_visit v ON v.dealership_id = w.dealership_id AND v.delivered_on = e.delivered_on
            AND (v.delivered_on + make_interval(years => y.years))::date = w.anchor_on
        """,
    ),
    "step_done": (
        "'task:' || k.id",
        """
        JOIN contacts_contacttask k ON k.dealership_id = w.dealership_id AND k.step_code = s.after AND k.state = 'done'
            AND k.concluded_at >= w.anchor_at AND k.concluded_at < w.next_day_at
            AND (%(tasks)s::bigint[] IS NULL OR k.id = ANY (%(tasks)s))
        JOIN customers_visit v ON v.id = k.visit_id
        """,
    ),
    "planned": (
        "'service:' || n.id",
        f"""
        JOIN contacts_nextservice n ON n.dealership_id = w.dealership_id AND n.planned_on = w.anchor_on
            AND n.state = 'planned'
        CROSS JOIN LATERAL ({LAST_VISIT}) last
        JOIN customers_visit v ON v.id = last.id
        """,
    ),
}


#: Whether a contact that is no duty would be one too many: of the days of the cap around its window, counted are those
#: that are open or were made. Programmes are planned by precedence, so the lower number came first.
_CAPPED = """
    SELECT NOT s.is_duty AND EXISTS (
        SELECT 1 FROM contacts_cap m WHERE m.dealership_id = s.dealership_id AND m.contacts <= (
            SELECT count(*) FROM contacts_contacttask o
            WHERE o.customer_id = v.customer_id AND o.state IN ('open', 'done')
                AND o.opens_on BETWEEN w.opens_on - m.days + 1 AND w.opens_on + m.days - 1)
    ) AS "is"
    OFFSET 0
"""


def _plan_from(anchor: str, visits: str) -> str:
    return f"""
WITH {_DAYS}
INSERT INTO contacts_contacttask (
    dealership_id, step_id, step_code, step_version, anchor, visit_id, customer_id, vehicle_id, assignee_id,
    anchor_on, window_from, from_unit, window_to, to_unit, closed_days, tolerance,
    attempts_max, distinct_days, distinct_bands,
    opens_on, due_on, due_at, ranks_at, callable_from, planned_at,
    state, attempts, bands_used, fence, performer, concluded_at, timing)
SELECT s.dealership_id, s.id, s.code, s.version, {anchor}, v.id, v.customer_id, v.vehicle_id,
    CASE WHEN s.performer IN ('consultant', 'sourcing_agent') THEN v.consultant_id ELSE (
        SELECT f.user_id FROM network_functionmapping f
        WHERE f.dealership_id = s.dealership_id AND f.function = s.performer) END,
    w.anchor_on, s.window_from, s.from_unit, s.window_to, s.to_unit, s.closed_days, s.tolerance,
    s.attempts_max, s.distinct_days, s.distinct_bands,
    w.opens_on, w.due_on, w.due_at, w.due_at, w.callable_from, %(at)s,
    CASE WHEN capped."is" THEN 'suppressed' ELSE 'open' END, 0, '{{}}', 0, s.performer,
    CASE WHEN capped."is" THEN %(at)s END, ''
FROM days w
JOIN contacts_programmestep s ON s.id = w.step_id
JOIN contacts_programme p ON p.id = s.programme_id
JOIN network_dealership d ON d.id = w.dealership_id
{visits}
JOIN customers_customer c ON c.id = v.customer_id
CROSS JOIN LATERAL ({_CAPPED}) capped
WHERE {" AND ".join(f"({condition.sql})" for condition in CONDITIONS)}
ON CONFLICT (step_code, anchor) DO NOTHING
"""


_PLAN = {kind: _plan_from(*anchor) for kind, anchor in _ANCHORS.items()}

# A visit that counts again needs its contact again.
_REOPEN = """
UPDATE contacts_contacttask k SET state = 'open', concluded_at = NULL
FROM customers_visit v
WHERE v.id = k.visit_id AND k.visit_id = ANY (%(visits)s) AND k.state = 'cancelled' AND v.cancelled_at IS NULL
"""

# A corrected delivery moves its open tasks; they keep the window they were born with. Who was tried already waits
# at least for her next try, who asked for a call for the agreed time. What follows another step keeps that day 0.
_MOVE = f"""
UPDATE contacts_contacttask k
SET anchor_on = own.anchor_on, opens_on = own.opens_on, due_on = own.due_on, due_at = own.due_at,
    ranks_at = {RANK},
    callable_from = CASE WHEN k.call_back_at IS NOT NULL THEN k.callable_from
        WHEN k.attempts > 0 THEN greatest(k.callable_from, own.first_at)
        ELSE coalesce(own.first_at, k.callable_from) END,
    customer_id = own.customer_id, vehicle_id = own.vehicle_id
FROM (
    SELECT k.id, a.anchor_on, w.opens_on, w.due_on, v.customer_id, v.vehicle_id, first.at AS first_at,
        (w.due_on + 1 + k.tolerance)::timestamp AT TIME ZONE d.time_zone AS due_at
    FROM contacts_contacttask k
    JOIN customers_visit v ON v.id = k.visit_id
    JOIN network_dealership d ON d.id = k.dealership_id
    CROSS JOIN LATERAL (
        SELECT CASE WHEN k.anchor NOT LIKE 'visit:%%' THEN k.anchor_on ELSE (v.delivered_on + make_interval(
            years => coalesce(nullif(split_part(k.anchor, ':', 3), '')::int, 0)))::date END AS anchor_on
    ) a
    {window("a.anchor_on", "k")} w
    LEFT JOIN LATERAL (
        SELECT greatest(c.starts_at, w.opens_on::timestamp AT TIME ZONE d.time_zone) AS at
        FROM network_callableinterval c
        WHERE c.dealership_id = d.id AND c.ends_at > w.opens_on::timestamp AT TIME ZONE d.time_zone
        ORDER BY c.ends_at LIMIT 1
    ) first ON true
    WHERE k.visit_id = ANY (%(visits)s) AND k.state = 'open' AND v.cancelled_at IS NULL AND w.due_on >= w.opens_on
) own
WHERE own.id = k.id AND (k.anchor_on, k.opens_on, k.due_on, k.customer_id, k.vehicle_id)
    IS DISTINCT FROM (own.anchor_on, own.opens_on, own.due_on, own.customer_id, own.vehicle_id)
"""

_CANCEL = """
UPDATE contacts_contacttask k
SET state = 'cancelled', concluded_at = %(at)s, leased_by_id = NULL, leased_until = NULL
FROM customers_visit v, contacts_programmestep s
WHERE v.id = k.visit_id AND s.id = k.step_id AND k.visit_id = ANY (%(visits)s) AND k.state = 'open'
    AND ((v.cancelled_at IS NOT NULL AND s.anchor <> 'planned') OR ('special' = ANY (s.excludes) AND v.special))
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


# Both at once, for each writing of a task costs as much as the task. Who is on the phone with one keeps it locked, or
# leased; that one is given and levelled the next time.
_SHARE_OUT = """
UPDATE contacts_contacttask k SET planned_on = n.day, assignee_id = n.agent
FROM (
    SELECT t.id, o.day, o.agent
    FROM unnest(%(ids)s::bigint[], %(agents)s::bigint[], %(days)s::date[], %(levelled)s::boolean[])
        AS u (id, agent, day, is_levelled)
    JOIN contacts_contacttask t ON t.id = u.id AND t.dealership_id = ANY (%(houses)s)
    CROSS JOIN LATERAL (
        SELECT CASE WHEN u.is_levelled THEN u.day ELSE t.planned_on END AS day,
            CASE WHEN t.leased_by_id IS NULL OR t.leased_until <= %(at)s THEN coalesce(t.assignee_id, u.agent)
                ELSE t.assignee_id END AS agent
    ) o
    WHERE t.state = 'open' AND (t.planned_on, t.assignee_id) IS DISTINCT FROM (o.day, o.agent)
    FOR NO KEY UPDATE OF t SKIP LOCKED
) n
WHERE k.id = n.id
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
def plan(
    *,
    at: datetime,
    on: date | None = None,
    dealership_ids: Sequence[int] | None = None,
    rehearsal: bool = False,
) -> Planned:
    """Give every due contact its task. `on` plans as if it were that day; without it, each house's own today.

    A rehearsal does the same, and whoever asked for it rolls it back.

    A dealership without opening hours gets no tasks and is named in the result: nobody could be called.
    """
    steps = ProgrammeStep.objects.filter(programme__active=True)
    if dealership_ids is not None:
        steps = steps.filter(dealership_id__in=dealership_ids)
    houses: dict[tuple[str, str], list[int]] = {}
    for code, anchor, dealership_id in steps.order_by("programme__precedence", "code").values_list(
        "code", "anchor", "dealership_id"
    ):
        houses.setdefault((code, anchor), []).append(dealership_id)
    new: dict[str, int] = {}
    for (code, anchor), ids in houses.items():
        new[code] = new.get(code, 0) + _plan_step(code, anchor, ids, at=at, on=on)
    _share_out(sorted({pk for ids in houses.values() for pk in ids}), at=at, is_new=any(new.values()))
    result = Planned(new=new, without_hours=_without_hours(houses.values(), at=at, on=on))
    if not rehearsal:
        log.info("planned", extra={"tasks": result.total, "without_hours": result.without_hours})
    return result


@transaction.atomic
def follow(task: ContactTask, *, at: datetime) -> int:
    """Plan at once what follows a step that was just done; how many (S1-4.5a)."""
    house = task.dealership_id
    steps = ProgrammeStep.objects.filter(dealership=house, after=task.step_code, programme__active=True)
    new = sum(_plan_step(step.code, step.anchor, [house], at=at, on=None, tasks=[task.pk]) for step in steps)
    if new:
        allocating.allocate([house], at=at)
    return new


@transaction.atomic
def plan_services(house: int, *, at: datetime) -> int:
    """Plan at once what is planned on files as next service; how many contacts are new (S1-2.1)."""
    steps = ProgrammeStep.objects.filter(dealership=house, anchor="planned", programme__active=True)
    new = sum(_plan_step(step.code, step.anchor, [house], at=at, on=None) for step in steps)
    if new:
        _share_out([house], at=at, is_new=True)
    return new


def unfollow(task: ContactTask) -> int:
    """Take off the plan what follows a step that turned out not to be done, if nobody tried it yet; how many.

    Off the plan, not cancelled: done again on another day, it is planned from that day.
    """
    taken, _by_model = ContactTask.objects.open().filter(anchor=f"task:{task.pk}", attempts=0).delete()
    return taken


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


def _plan_step(
    code: str, anchor: str, houses: list[int], *, at: datetime, on: date | None, tasks: list[int] | None = None
) -> int:
    parameters: dict[str, Any] = {"code": code, "dealerships": houses, "at": at, "on": on, "tasks": tasks}
    with connection.cursor() as cursor:
        # Two planners of one step take turns; the key would make the second wait on every row otherwise.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"plan {code}"])
        with merging_excluded():
            cursor.execute(_PLAN[anchor], parameters)
            return int(cursor.rowcount)


def _share_out(houses: list[int], *, at: datetime, is_new: bool) -> None:
    """Give what is free to the designated and, in the houses that got something new, its day."""
    given = allocating.choose(houses, at=at)
    days = levelling.days(_with_new(houses, at=at), at=at, given=given) if is_new else {}
    keys = sorted(given.keys() | days.keys())
    if not keys:
        return
    about: dict[str, Any] = {
        "ids": keys,
        "agents": [given.get(key) for key in keys],
        "days": [days.get(key) for key in keys],
        "levelled": [key in days for key in keys],
        "houses": houses,
        "at": at,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SHARE_OUT, about)


def _with_new(houses: list[int], *, at: datetime) -> "QuerySet[ContactTask, int]":
    new = ContactTask.objects.open().filter(dealership_id__in=houses, planned_at=at)
    return new.order_by().values_list("dealership_id", flat=True).distinct()


def _without_hours(houses: Iterable[list[int]], *, at: datetime, on: date | None) -> list[str]:
    ids = sorted({pk for ids in houses for pk in ids})
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
