"""What holds a contact back now, or wants a decision first (C-19): rest hours, consent, cautions.

Each once, as SQL and as a sentence: the queue hands out what nothing holds; list, call and “Why?” say what does.
In the SQL ``k`` is the task, ``%(at)s`` the moment and ``%(today)s`` the day in its house.
"""

from collections.abc import Iterable
from datetime import date, datetime

from django.contrib.postgres.fields import ArrayField
from django.db import connection
from django.db.models import BooleanField, CharField
from django.db.models.expressions import RawSQL
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clientela.lib.postgres import APPLICATION, PLANNER
from clientela.network import calendars

from . import resting
from .conditions import NO_CONSENT, Condition
from .models import ContactTask, ProgrammeStep
from .who import as_expression

Caution = ProgrammeStep.Caution

#: So long after it an agreed time still goes before rest hours: the customer said so herself (S4-1.3.4d).
_AGREED = "(k.call_back_at <= %(at)s AND k.call_back_at > %(at)s - interval '1 hour')"

#: Opening hours without holidays and the house's rest hours.
_HOUSE_CALLS = """EXISTS (SELECT 1 FROM network_callableinterval i
    WHERE i.dealership_id = k.dealership_id AND i.ends_at > %(at)s AND i.starts_at <= %(at)s)"""


def _rests(clock: str) -> str:
    """Whether rest hours `r` cover this local time; an end before the start is one of the next morning."""
    weekday = f"extract(isodow FROM {clock})::int - 1"
    return f"""CASE WHEN r.starts < r.ends
        THEN coalesce(r.weekday = {weekday}, true) AND {clock}::time >= r.starts AND {clock}::time < r.ends
        ELSE coalesce(r.weekday = {weekday}, true) AND {clock}::time >= r.starts
            OR coalesce(r.weekday = mod({weekday} + 6, 7), true) AND {clock}::time < r.ends END"""


_HERS = f"""EXISTS (SELECT 1 FROM customers_customerresthours r
    JOIN customers_customer c ON c.id = r.customer_id
    JOIN network_dealership d ON d.id = r.dealership_id
    CROSS JOIN LATERAL (SELECT %(at)s::timestamptz AT TIME ZONE coalesce(nullif(c.time_zone, ''), d.time_zone) AS now) l
    WHERE r.customer_id = k.customer_id AND {_rests("l.now")})"""

#: The rest hours of the house by the clock of a customer who lives by another one.
_ELSEWHERE = f"""EXISTS (SELECT 1 FROM customers_customer c
    JOIN network_resthours r ON r.dealership_id = c.dealership_id
    CROSS JOIN LATERAL (SELECT %(at)s::timestamptz AT TIME ZONE c.time_zone AS now) l
    WHERE c.id = k.customer_id AND c.time_zone <> '' AND {_rests("l.now")})"""


def _of_steps(exclusion: str, sql: str) -> str:
    """A condition of those steps only that leave such customers out."""
    return f"""NOT EXISTS (SELECT 1 FROM contacts_programmestep s JOIN customers_customer c ON c.id = k.customer_id
        WHERE s.id = k.step_id AND '{exclusion}' = ANY (s.excludes) AND ({sql}))"""


#: Until it is lifted. Planning left such customers out; of these contacts the leave was taken back since.
UNTIL_LIFTED = (
    Condition(
        "may_call",
        _of_steps("do_not_call", "c.do_not_call"),
        gettext_lazy("held: the customer is on a do-not-call list"),
    ),
    Condition(
        "consented",
        _of_steps("no_consent", NO_CONSENT.replace("w.day", "%(today)s::date")),
        gettext_lazy("held: the customer's consent does not stand any more"),
    ),
)
#: For the hour. Whoever has a reason may call all the same.
FOR_NOW = (
    Condition(
        "house_calls", f"({_AGREED} IS TRUE OR {_HOUSE_CALLS})", gettext_lazy("the dealership does not call now")
    ),
    Condition("awake", f"({_AGREED} IS TRUE OR NOT {_HERS})", gettext_lazy("the customer rests")),
    Condition("awake_elsewhere", f"({_AGREED} IS TRUE OR NOT {_ELSEWHERE})", gettext_lazy("the customer rests")),
)
#: Of two contacts with one customer, the second waits until the first is made.
LINE_FREE = Condition(
    "line_free",
    """NOT EXISTS (SELECT 1 FROM contacts_contacttask o WHERE o.customer_id = k.customer_id AND o.id <> k.id
        AND o.state = 'open' AND o.leased_until > %(at)s)""",
    gettext_lazy("somebody is on the phone with the customer"),
)
HOLDS = (*UNTIL_LIFTED, *FOR_NOW, LINE_FREE)

_FIRST = "CASE " + " ".join(f"WHEN NOT ({hold.sql}) THEN '{hold.code}'" for hold in HOLDS) + " ELSE '' END"
#: The same for the queue and the list, as a function of the database (migration `held_by`): written out, five more
#: conditions would take PostgreSQL longer to plan than the whole claim takes. It asks of a task that was seen, and
#: reads past the row policies, each of which would cost as much as its condition. Changed holds need it made anew.
FUNCTION = f"""
CREATE OR REPLACE FUNCTION contacts_held_by(k contacts_contacttask, _at timestamptz, _day date) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$ BEGIN RETURN {_FIRST.replace("%(at)s", "_at").replace("%(today)s", "_day")}; END $$;
REVOKE ALL ON FUNCTION contacts_held_by FROM PUBLIC;
GRANT EXECUTE ON FUNCTION contacts_held_by TO {APPLICATION}, {PLANNER};
"""
NOT_HELD = "contacts_held_by(k, %(at)s, %(today)s) = ''"
_BY_CODE = {hold.code: hold for hold in HOLDS}

#: What wants a decision, if the step says so; the sentence is that of the choice.
CAUTIONS: dict[str, str] = {
    Caution.COMPLAINT_OPEN: """EXISTS (SELECT 1 FROM contacts_finding f JOIN contacts_remedy m ON m.finding_id = f.id
        WHERE f.customer_id = k.customer_id AND f.withdrawn_at IS NULL AND m.done_at IS NULL)""",
    Caution.RECENT_CONTACT: """EXISTS (SELECT 1 FROM contacts_contacttask o JOIN contacts_attempt t ON t.task_id = o.id
        WHERE o.customer_id = k.customer_id AND o.id <> k.id AND t.outcome = 'reached' AND t.counted
            AND t.undone_at IS NULL AND t.at > %(at)s::timestamptz - interval '7 days' AND t.at <= %(at)s)""",
    Caution.RECENT_PURCHASE: """EXISTS (SELECT 1 FROM customers_visit v WHERE v.customer_id = k.customer_id
        AND v.id <> k.visit_id AND v.kind = 'vehicle_delivery' AND v.cancelled_at IS NULL
        AND v.delivered_on BETWEEN (%(today)s::date - interval '6 months')::date AND %(today)s)""",
    Caution.RECENT_SERVICE: """EXISTS (SELECT 1 FROM customers_visit v WHERE v.customer_id = k.customer_id
        AND v.id <> k.visit_id AND v.kind = 'workshop_visit' AND v.cancelled_at IS NULL
        AND v.delivered_on BETWEEN (%(today)s::date - interval '3 months')::date AND %(today)s)""",
}
_DAY_THERE = """(%(at)s::timestamptz AT TIME ZONE (
    SELECT d.time_zone FROM network_dealership d WHERE d.id = k.dealership_id))::date"""
#: By caution in their order, whether it speaks against the call; nothing for a step that names none.
_CAUTIONED = f"""(
SELECT ARRAY[{", ".join(f"'{code}' = ANY (s.cautions) AND {sql}" for code, sql in CAUTIONS.items())}]
FROM contacts_programmestep s WHERE s.id = k.step_id AND s.cautions <> '{{}}')
""".replace("%(today)s", _DAY_THERE)
_ASKED = (
    "SELECT k.id, " + ", ".join(hold.sql for hold in HOLDS) + " FROM contacts_contacttask k WHERE k.id = ANY (%(ids)s)"
)


def held_by(at: datetime, today: date) -> RawSQL:
    """What holds each task of a queryset, as a code; empty if nothing does."""
    return as_expression("contacts_held_by(k, %(at)s, %(today)s)", {"at": at, "today": today}, CharField())


def not_held(at: datetime, today: date) -> RawSQL:
    """That nothing holds a task, for a queryset of tasks of any house."""
    return as_expression(NOT_HELD, {"at": at, "today": today})


def holds(task_ids: Iterable[int], *, at: datetime, today: date) -> dict[int, tuple[Condition, ...]]:
    """All that holds each of these tasks at that moment."""
    with connection.cursor() as cursor:
        cursor.execute(_ASKED, {"ids": list(task_ids), "at": at, "today": today})
        rows = cursor.fetchall()
    return {pk: tuple(h for h, free in zip(HOLDS, answers, strict=True) if not free) for pk, *answers in rows}


def mark(task: ContactTask, code: str, *, at: datetime, hours: resting.Stretches | None = None) -> None:
    """Say on a task what holds it (`held_by`), and until when if it is for the hour."""
    task.held = _BY_CODE.get(code)
    if task.held in FOR_NOW:
        task.held_until = free_from(task, at=at, hours=hours)


def look(task: ContactTask, *, at: datetime) -> None:
    """Mark one task with the first that holds it."""
    found = holds([task.pk], at=at, today=task.dealership.today(at)).get(task.pk, ())
    mark(task, found[0].code if found else "", at=at)


def free_from(task: ContactTask, *, at: datetime, hours: resting.Stretches | None = None) -> datetime | None:
    """The first moment from `at` on at which the house calls and the customer does not rest."""
    stretches = calendars.coming_hours(task.dealership_id, at) if hours is None else hours
    free = resting.less_rest(stretches, task.customer, task.dealership)
    return free[0][0] if free else None


def sentence(task: ContactTask) -> str:
    """Why a marked task is not called now, and when it can be."""
    assert task.held
    if task.held in UNTIL_LIFTED:
        return _("Not to be called, %(why)s.") % {"why": task.held.unmet}
    if task.held_until is None:
        return _("Not to be called now: %(why)s.") % {"why": task.held.unmet}
    local = timezone.localtime(task.held_until, task.dealership.zone)
    return _("Not to be called now: %(why)s. It can be called from %(when)s.") % {
        "why": task.held.unmet,
        "when": date_format(local, "SHORT_DATETIME_FORMAT"),
    }


def cautioned(at: datetime) -> RawSQL:
    """Which cautions speak against each task of a queryset, for `read_cautions`."""
    return as_expression(_CAUTIONED, {"at": at}, ArrayField(BooleanField()))


def cautions(task: ContactTask, *, at: datetime) -> list[Caution]:
    """What speaks against calling her without a second thought."""
    if not task.step.cautions:
        return []
    asked = ContactTask.objects.filter(pk=task.pk).annotate(answers=cautioned(at))
    return read_cautions(asked.values_list("answers", flat=True).get())


def read_cautions(answers: list[bool] | None) -> list[Caution]:
    return [Caution(code) for code, applies in zip(CAUTIONS, answers or (), strict=False) if applies]
