"""The shipped rules as one would write them by hand: an INSERT … SELECT each, the preset's numbers in it.

Independent of the product's SQL, which reads every parameter, counts days in three units and looks into the calendar
of each house; here calls begin at nine. Left out on both sides, because no shipped preset has them: working days, rules
for closed days, anniversaries, and caps on contacts.
"""

from dataclasses import dataclass
from datetime import datetime

from . import server
from .scale import AT

_DELIVERY, _WORKSHOP, _HAND_OVER = "vehicle_delivery", "workshop_visit", "hand_over"
_ADVICE, _GOODS = "consultation", "goods_sale"


@dataclass(frozen=True)
class Rule:
    """One step: after which visits, from which day to which, by whom."""

    step: str
    kinds: tuple[str, ...]
    first: int
    last: int
    performer: str
    months: bool = False
    tolerance: int = 0
    tries: str = "3, true, true"
    catch_up: int = 45
    #: What it leaves out.
    unless: str = "false"
    #: The step that must be done before it.
    after: str = ""


_REFUSED = """EXISTS (SELECT 1 FROM contacts_contacttask r JOIN contacts_programmestep rs ON rs.id = r.step_id
    WHERE r.customer_id = v.customer_id AND rs.programme_id = s.programme_id AND r.state = 'refused')"""
AFTER_SALES, MAZDA = "after_sales_phone.after_sales_follow_up", "mazda_chile.thanks_and_help"
_ANY = "NULL, true, false"
RULES = (
    Rule("gm_mexico_prc.follow_up_delivery.call_1", (_DELIVERY, _WORKSHOP, _HAND_OVER), 3, 5, "representative"),
    Rule("china_4s.care_call.call_1", (_DELIVERY, _WORKSHOP), 1, 3, "cs_specialist"),
    Rule("china_4s.sales_follow_up.call_1", (_DELIVERY, _GOODS), 1, 7, "consultant"),
    Rule("china_4s.sales_follow_up.call_2", (_DELIVERY, _GOODS), 8, 1, "information_officer", months=True, catch_up=60),
    Rule("china_4s.service_follow_up.call_1", (_WORKSHOP,), 1, 7, "information_officer", unless="v.special"),
    Rule(f"{MAZDA}.call_1", (_DELIVERY, _WORKSHOP), 3, 5, "representative", unless=_REFUSED),
    Rule(f"{AFTER_SALES}.call_1", (_DELIVERY, _WORKSHOP, _ADVICE), 3, 7, "follow_up_agent", tries=_ANY),
    Rule(
        f"{AFTER_SALES}.call_2",
        (_DELIVERY, _WORKSHOP, _ADVICE),
        1,
        7,
        "follow_up_agent",
        tries=_ANY,
        after=f"{AFTER_SALES}.call_1",
    ),
    Rule("vehicle_sourcing.after_hand_over.call_1", (_HAND_OVER,), 7, 7, "sourcing_agent", tolerance=1, tries=_ANY),
    Rule(
        "vehicle_sourcing.after_hand_over.call_2",
        (_HAND_OVER,),
        45,
        2,
        "sourcing_agent",
        months=True,
        tries=_ANY,
        catch_up=90,
    ),
)

_COLUMNS = """dealership_id, step_id, step_code, step_version, anchor, visit_id, customer_id, vehicle_id, assignee_id,
    anchor_on, window_from, from_unit, window_to, to_unit, closed_days, tolerance,
    attempts_max, distinct_days, distinct_bands, opens_on, due_on, due_at, ranks_at, callable_from, planned_at,
    state, attempts, bands_used, fence, performer, concluded_at, timing"""

_VISITS = """JOIN customers_visit v ON v.dealership_id = d.id
    AND v.delivered_on BETWEEN t.today - {reach} AND t.today + 7 - {first}"""
_DONE = """JOIN contacts_contacttask k ON k.dealership_id = d.id AND k.state = 'done' AND k.step_code = '{after}'
    AND (k.concluded_at AT TIME ZONE d.time_zone)::date BETWEEN t.today - {reach} AND t.today + 7 - {first}
JOIN customers_visit v ON v.id = k.visit_id"""

_INSERT = """
INSERT INTO contacts_contacttask ({columns})
SELECT d.id, s.id, s.code, 1, {anchor}, v.id, v.customer_id, v.vehicle_id, {assignee},
    {day}, {first}, 'calendar_day', {last}, '{unit}', 'keep', {tolerance}, {tries},
    {day} + {first}, {due}, ({due} + 1 + {tolerance})::timestamp AT TIME ZONE d.time_zone,
    ({due} + 1 + {tolerance})::timestamp AT TIME ZONE d.time_zone,
    ({day} + {first} + time '9:00') AT TIME ZONE d.time_zone, %(at)s, 'open', 0, '{{}}', 0, '{performer}', NULL, ''
FROM network_dealership d
CROSS JOIN LATERAL (SELECT (%(at)s::timestamptz AT TIME ZONE d.time_zone)::date AS today) t
JOIN contacts_programmestep s ON s.dealership_id = d.id AND s.code = '{step}'
{visits}
JOIN customers_customer c ON c.id = v.customer_id
WHERE v.kind IN ({kinds}) AND v.cancelled_at IS NULL AND left(v.key, 7) <> 'erased:'
    AND c.merged_into_id IS NULL AND c.erased_at IS NULL AND NOT ({unless})
{conflict}
"""
_ONCE = "ON CONFLICT (step_code, anchor) DO NOTHING"


def by_hand(rule: Rule, *, conflict: str = _ONCE, reach: int | None = None) -> str:
    """The rule as a statement; `reach` is how many days back it looks."""
    day = "(k.concluded_at AT TIME ZONE d.time_zone)::date" if rule.after else "v.delivered_on"
    facts = {
        "columns": _COLUMNS,
        "step": rule.step,
        "after": rule.after,
        "first": rule.first,
        "last": rule.last,
        "tolerance": rule.tolerance,
        "tries": rule.tries,
        "performer": rule.performer,
        "unless": rule.unless,
        "anchor": "'task:' || k.id" if rule.after else "'visit:' || v.id",
        "assignee": "v.consultant_id" if rule.performer in {"consultant", "sourcing_agent"} else "NULL",
        "unit": "month" if rule.months else "calendar_day",
        "day": day,
        "due": f"({day} + interval '{rule.last} months')::date" if rule.months else f"({day} + {rule.last})",
        "kinds": ", ".join(f"'{kind}'" for kind in rule.kinds),
        "reach": rule.catch_up if reach is None else reach,
        "conflict": conflict,
    }
    visits = (_DONE if rule.after else _VISITS).format(**facts)
    return _INSERT.format(visits=visits, **facts)


def plan(at: datetime = AT) -> int:
    """All of them in one transaction; how many tasks."""
    with server.connect() as connection, connection.transaction():
        return sum(connection.execute(by_hand(rule), {"at": at}).rowcount for rule in RULES)


def rule(step: str) -> Rule:
    return next(known for known in RULES if known.step == step)
