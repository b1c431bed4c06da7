"""Why somebody is due: the conditions of a step, once, as SQL and as sentences.

`planning` inserts what meets all of them; `explaining` asks each of them alone. Neither has rules of its own.

In the SQL ``v`` is the visit, ``c`` its customer, ``s`` the step, ``p`` the programme, ``d`` the dealership and ``w``
the window: ``w.day`` the dealership's own today, ``w.anchor_on`` its day 0, ``w.opens_on`` and ``w.due_on`` its ends.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Condition:
    """One condition; `unmet` is the sentence for when it decides against a contact."""

    code: str
    sql: str
    unmet: "Promise | str"


def _unless(exclusion: str, sql: str) -> str:
    """A condition of those steps only that exclude it."""
    return f"NOT ('{exclusion}' = ANY (s.excludes) AND ({sql}))"


#: Nobody may ask her by telephone on that day.
NO_CONSENT = """NOT EXISTS (SELECT 1 FROM customers_consent o WHERE o.customer_id = c.id AND o.channel = 'phone'
    AND o.purpose = 'survey' AND o.given_on <= w.day AND (o.withdrawn_on IS NULL OR o.withdrawn_on > w.day))"""

CONDITIONS = (
    Condition("active", "p.active", _("The programme is switched off.")),
    Condition("follows", "v.kind = ANY (p.trigger)", _("The programme does not follow visits of this kind.")),
    Condition("counts", "v.cancelled_at IS NULL", _("The visit was cancelled.")),
    # Who was erased has visits of no other name; so her file need not be looked up.
    Condition("on_file", "left(v.key, 7) <> 'erased:'", _("The customer was erased.")),
    Condition(
        "live",
        # A next service is no echo of an old visit: its own day counts.
        "CASE WHEN s.anchor = 'planned' THEN w.anchor_on ELSE v.delivered_on END >= p.go_live_on",
        _("The visit lies before the programme's go-live date."),
    ),
    Condition(
        "present",
        "c.merged_into_id IS NULL AND c.erased_at IS NULL",
        _("The customer's file was merged with another, or erased."),
    ),
    Condition(
        "not_special",
        _unless("special", "v.special"),
        _("Special vehicles are left out of this programme."),
    ),
    Condition(
        "not_used",
        _unless("used_vehicle", "v.used IS TRUE"),
        _("Used vehicles are left out of this programme."),
    ),
    Condition(
        "not_company",
        _unless("company", "c.kind = 'company'"),
        _("Companies are left out of this programme."),
    ),
    Condition(
        "may_call",
        _unless("do_not_call", "c.do_not_call"),
        _("The customer is on a do-not-call list."),
    ),
    Condition(
        "consented",
        _unless("no_consent", NO_CONSENT),
        _("The customer gave no consent to a survey by telephone."),
    ),
    Condition(
        "not_refused",
        _unless(
            "refused_before",
            """EXISTS (SELECT 1 FROM contacts_contacttask r JOIN contacts_programmestep rs ON rs.id = r.step_id
                WHERE r.customer_id = c.id AND rs.programme_id = p.id AND r.state = 'refused')""",
        ),
        _("The customer refused this programme before."),
    ),
    Condition(
        "near",
        "w.opens_on <= w.day + s.look_ahead_days",
        _("Its window is still too far ahead to be planned."),
    ),
    Condition(
        "fresh",
        "w.anchor_on >= w.day - s.catch_up_days",
        _("It became known too long after the visit for a follow-up."),
    ),
)

#: A step with its dealership's own today. `on` overrides it for everybody; `at` is a moment.
SCOPE = """
    contacts_programmestep s
    JOIN contacts_programme p ON p.id = s.programme_id
    JOIN network_dealership d ON d.id = s.dealership_id
    CROSS JOIN LATERAL (
        SELECT coalesce(%(on)s::date, (%(at)s::timestamptz AT TIME ZONE d.time_zone)::date) AS day
    ) t
"""


def window(day: str, source: str = "s") -> str:
    """Both ends of a window whose day 0 is `day`, as `source` (a step, or a task that keeps its own) has them.

    OFFSET 0 keeps the arithmetic together: spread over the conditions it would be done again in each of them, and
    row-level security would no longer let an index answer what is compared with it.
    """
    opens, last = (_shift(day, f"{source}.window_{end}", f"{source}.{end}_unit") for end in ("from", "to"))
    return f"""CROSS JOIN LATERAL (
        SELECT e.opens_on, CASE {source}.closed_days WHEN 'keep' THEN e.last
            ELSE network_last_day(e.opens_on, e.last, {source}.closed_days, d.id) END AS due_on
        FROM (SELECT {opens} AS opens_on, {last} AS last OFFSET 0) e
        OFFSET 0
    )"""


def _shift(day: str, number: str, unit: str) -> str:
    """The common case without a call: PostgreSQL calls a function that looks into tables, it does not inline it."""
    return (
        f"CASE {unit} WHEN 'calendar_day' THEN {day} + {number} ELSE network_shift({day}, {number}, {unit}, d.id) END"
    )


#: The visit that a next service `n` hangs on: of its car before others, the latest first.
LAST_VISIT = """
    SELECT l.id FROM customers_visit l
    WHERE l.customer_id = n.customer_id AND l.cancelled_at IS NULL
    ORDER BY (l.vehicle_id = n.vehicle_id) IS TRUE DESC, l.delivered_on DESC, l.id DESC LIMIT 1
"""

#: Planning keeps this one by joining the few days of a window instead of asking for every visit.
HOURS = Condition(
    "hours",
    """w.due_on IS NOT NULL AND EXISTS (SELECT 1 FROM network_callableinterval i
        WHERE i.dealership_id = d.id AND i.ends_at > w.opens_on::timestamp AT TIME ZONE d.time_zone)""",
    _("The dealership has no hours in which it could call."),
)

#: Only of steps that wait for another.
BEFORE = Condition(
    "before",
    "w.anchor_on IS NOT NULL",
    _("It follows the step before it, which is not done yet."),
)
