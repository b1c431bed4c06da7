"""Filing: the duty to complete a customer's file within the days of the house's rule (S1-1.1, S1-1.2, S1-4.2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from clientela.lib.refusal import Refusal
from clientela.network.models import Dealership

from .completeness import FACTS as _FACTS
from .completeness import missing, missing_of, titles
from .models import CallPlan, Change, Customer, CustomerFile, FileRule, Visit
from .signals import first_call_asked

if TYPE_CHECKING:
    from clientela.network.models import User

State = CustomerFile.State
#: What a preset's section may say, and a house may change.
PARAMETERS = ("triggers", "required", "known", "days", "stale_months", "call_plan")
_LISTS = ("triggers", "required", "known")


# The rule ------------------------------------------------------------------------------------------------


@transaction.atomic
def adopt(section: dict[str, Any], preset: str, dealership: Dealership, *, live_on: date) -> FileRule:
    """Let a preset's section join the rule of a house: fields of all presets, the strictest days.

    A preset joins once. What the house itself has changed stays as it is.
    """
    rule = FileRule.objects.select_for_update().filter(dealership=dealership).first()
    if rule is None:
        rule = FileRule(dealership=dealership, triggers=[], required=[], live_on=live_on, sources={})
    if preset in rule.sources.get("presets", []):
        return rule
    for parameter in PARAMETERS:
        if parameter in section and parameter not in rule.sources.get("edited", []):
            _join(rule, parameter, section)
    rule.sources["presets"] = [*rule.sources.get("presets", []), preset]
    rule.save()
    return rule


def _join(rule: FileRule, parameter: str, section: dict[str, Any]) -> None:
    said, sources = section[parameter], rule.sources.setdefault("of", {})
    before = getattr(rule, parameter)
    if parameter in _LISTS:
        setattr(rule, parameter, [*before, *(value for value in said if value not in before)])
    elif isinstance(said, bool):
        setattr(rule, parameter, before or said)
    else:
        setattr(rule, parameter, min(before, said) if parameter in sources else said)
    source = section["sources"][parameter]
    if source not in sources.get(parameter, []):
        sources[parameter] = [*sources.get(parameter, []), source]


@transaction.atomic
def edit_rule(rule: FileRule, changed: Sequence[str], *, by: "User", at: datetime) -> None:
    """Keep what a manager changed, with what it was before; duties already open keep their day."""
    before = FileRule.objects.select_for_update().filter(pk=rule.pk).first()
    rule.sources["edited"] = sorted({*rule.sources.get("edited", []), *changed})
    rule.save()
    Change.objects.bulk_create(
        Change(
            dealership_id=rule.dealership_id,
            noun=Change.Noun.FILE_RULE,
            row=rule.pk,
            field=field,
            old=_plain(getattr(before, field)) if before else "",
            new=_plain(getattr(rule, field)),
            by=by,
            at=at,
        )
        for field in changed
    )
    catch_up(rule.dealership_id, at=at)


def _plain(value: Any) -> str:
    return ",".join(value) if isinstance(value, list) else str(value)


# The duty ------------------------------------------------------------------------------------------------


@transaction.atomic
def open_duties(visit_ids: Sequence[int], *, at: datetime) -> int:
    """Follow visits that came in or were corrected; how many duties are new.

    A customer has one open duty at a time, and none while her file is complete and was so before.
    """
    with connection.cursor() as cursor:
        # Two imports of one house take turns: else both might find that nothing is open.
        cursor.execute(_TAKE_TURNS, {"visits": list(visit_ids)})
        cursor.execute(_FOLLOW, {"visits": list(visit_ids)})
        cursor.execute(_DROP, {"visits": list(visit_ids)})
        again = [pk for (pk,) in cursor.fetchall()]
        cursor.execute(_OPEN, {"visits": list(visit_ids), "customers": again, "at": at})
        return int(cursor.rowcount)


def catch_up(dealership_id: int, *, at: datetime) -> int:
    """Open what is due of visits that were here before the rule was."""
    rule = FileRule.objects.filter(dealership=dealership_id).first()
    if rule is None:
        return 0
    since = Q(opened_on__gte=rule.live_on) | Q(opened_on=None, delivered_on__gte=rule.live_on)
    visits = Visit.objects.filter(since, dealership=dealership_id, cancelled_at=None, kind__in=rule.triggers)
    return open_duties(list(visits.values_list("pk", flat=True)), at=at)


def begin(customer: Customer) -> None:
    """Somebody writes in the file: what was due is now a draft."""
    CustomerFile.objects.filter(customer=customer, state=State.DUE).update(state=State.DRAFT)


@transaction.atomic
def complete(file: CustomerFile, *, by: "User", at: datetime) -> None:
    """Say that the file is complete. Refused while something is missing, naming it (S1-1.3, S3-P8)."""
    rule = FileRule.objects.get(dealership=file.dealership_id)
    if needed := missing(file.customer, rule, file.visit):
        raise Refusal(_("The file is not complete yet. Missing: %(fields)s.") % {"fields": titles(needed)})
    file.move(State.COMPLETE, completed_at=at, completed_on=file.dealership.today(at), completed_by=by)


def put_away(file: CustomerFile, *, at: datetime) -> None:
    """The file is in its folder. Refused without a call plan where the rule asks for one (S1-4.3)."""
    if needs_plan(file):
        raise Refusal(_("Plan the first call before you file it: how many days after the visit, and of what."))
    file.move(State.FILED, filed_at=at)


def needs_plan(file: CustomerFile) -> bool:
    """Whether the rule of the house asks for a call plan that is not there; of a call that was made there is none."""
    asked = FileRule.objects.filter(dealership=file.dealership_id, call_plan=True).exists()
    if not asked or CallPlan.objects.filter(file=file).exists():
        return False
    return not any(is_over for _listener, is_over in first_call_asked.send(CustomerFile, visit=file.visit))


def reopen(file: CustomerFile) -> None:
    """It was not complete after all."""
    if CustomerFile.objects.open().filter(customer=file.customer_id).exists():
        raise Refusal(_("Another visit already asks for this customer's file. Complete that one."))
    file.move(State.DRAFT, completed_at=None, completed_on=None, completed_by=None, filed_at=None)


def hand_over(leaver: "User", heir: "User") -> None:
    """Somebody leaves: the files that she was to complete are the heir's."""
    CustomerFile.objects.open().filter(owner=leaver).update(owner=heir)


@dataclass(frozen=True)
class OnTime:
    """How many of the files due in a period were complete by their day."""

    n: int
    on_time: int

    @property
    def share(self) -> float | None:
        return 100 * self.on_time / self.n if self.n else None


def on_time(dealership_id: int, *, since: date, today: date) -> OnTime:
    """Of the files whose day is over or that are complete: what was due later is not judged before."""
    files = CustomerFile.objects.filter(dealership=dealership_id, due_on__gte=since)
    judged = files.filter(Q(due_on__lt=today) | Q(completed_on__isnull=False))
    return OnTime(judged.count(), judged.filter(completed_on__lte=F("due_on")).count())


def open_duty(customer: Customer) -> CustomerFile | None:
    """What she owes us now, else the last file that was completed."""
    files = CustomerFile.objects.filter(customer=customer).select_related("dealership", "visit", "owner", "customer")
    return files.order_by(F("completed_on").desc(nulls_first=True), "-pk").first()


# How -----------------------------------------------------------------------------------------------------

_TAKE_TURNS = """
SELECT pg_advisory_xact_lock(hashtext('files of ' || dealership_id)) FROM (
    SELECT DISTINCT dealership_id FROM customers_visit WHERE id = ANY (%(visits)s) ORDER BY 1) houses
"""

# The days are those with which the duty was born.
_FOLLOW = """
UPDATE customers_customerfile f
SET customer_id = v.customer_id, began_on = coalesce(v.opened_on, v.delivered_on),
    due_on = coalesce(v.opened_on, v.delivered_on) + (f.due_on - f.began_on)
FROM customers_visit v
WHERE v.id = f.visit_id AND v.id = ANY (%(visits)s) AND f.completed_on IS NULL AND v.cancelled_at IS NULL
    AND (f.customer_id, f.began_on) IS DISTINCT FROM (v.customer_id, coalesce(v.opened_on, v.delivered_on))
"""

# A visit that did not take place obliges to nothing; perhaps another one of the same customer does.
_DROP = """
WITH gone AS (
    SELECT f.id FROM customers_customerfile f JOIN customers_visit v ON v.id = f.visit_id
    WHERE v.id = ANY (%(visits)s) AND f.completed_on IS NULL AND v.cancelled_at IS NOT NULL
), plans AS (
    DELETE FROM customers_callplan USING gone WHERE file_id = gone.id
)
DELETE FROM customers_customerfile f USING customers_visit v
WHERE v.id = f.visit_id AND v.id = ANY (%(visits)s) AND f.completed_on IS NULL AND v.cancelled_at IS NOT NULL
RETURNING f.customer_id
"""

# What the visit itself brought may be all that was needed: then the system says so at once.
_OPEN = f"""
WITH owed AS (
    SELECT DISTINCT ON (v.customer_id) v.id AS visit_id, v.customer_id, v.dealership_id, r.required, r.days,
        coalesce(v.opened_on, v.delivered_on) AS began_on
    FROM customers_visit v
    JOIN customers_filerule r ON r.dealership_id = v.dealership_id AND v.kind = ANY (r.triggers)
    WHERE (v.id = ANY (%(visits)s) OR v.customer_id = ANY (%(customers)s)) AND v.cancelled_at IS NULL
        AND coalesce(v.opened_on, v.delivered_on) >= r.live_on
        AND NOT EXISTS (SELECT 1 FROM customers_customerfile f WHERE f.visit_id = v.id)
        AND NOT EXISTS (
            SELECT 1 FROM customers_customerfile f WHERE f.customer_id = v.customer_id AND f.completed_on IS NULL)
    ORDER BY v.customer_id, coalesce(v.opened_on, v.delivered_on), v.id
), judged AS (
    SELECT asked.*, cardinality({missing_of("asked.required")}) = 0 AS done
    FROM owed asked
    JOIN customers_customer c ON c.id = asked.customer_id AND c.merged_into_id IS NULL AND c.erased_at IS NULL
    {_FACTS}
)
INSERT INTO customers_customerfile (
    dealership_id, customer_id, visit_id, began_on, due_on, owner_id, state, completed_at, completed_on)
SELECT j.dealership_id, j.customer_id, j.visit_id, j.began_on, j.began_on + j.days,
    (SELECT m.user_id FROM network_functionmapping m
     WHERE m.dealership_id = j.dealership_id AND m.function = 'representative'),
    CASE WHEN j.done THEN 'complete' ELSE 'due' END,
    CASE WHEN j.done THEN %(at)s END,
    CASE WHEN j.done THEN (%(at)s::timestamptz AT TIME ZONE d.time_zone)::date END
FROM judged j JOIN network_dealership d ON d.id = j.dealership_id
WHERE NOT (j.done AND EXISTS (SELECT 1 FROM customers_customerfile f WHERE f.customer_id = j.customer_id))
ON CONFLICT (visit_id) DO NOTHING
"""
