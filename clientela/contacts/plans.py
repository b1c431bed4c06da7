"""A plan's way: made with its customers, worked down, submitted, and closed by the leader's review (S4-2.3)."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clientela.journal.models import Kind, record
from clientela.lib.refusal import Refusal
from clientela.network.models import Dealership, User
from clientela.network.permissions import Permission

from . import allotting
from .batching import Candidate
from .models import ContactTask, Plan, PlanReview, PlanTarget
from .models.plan import TargetQuerySet

Result = PlanTarget.Result
#: So many missing customers are named; of more it is said how many.
NAMED = 10


@dataclass(frozen=True, kw_only=True)
class Record:
    """What came of one customer."""

    result: str
    words: str = ""
    visit_at: datetime | None = None


@transaction.atomic
def make(plan: Plan, chosen: Sequence[Candidate], *, takers: Sequence[User], by_owner: bool, at: datetime) -> Plan:
    """Keep a plan with its customers, each given to one of `takers`."""
    if not chosen:
        raise Refusal(_("Nobody is left to follow up. Choose other days or other filters."))
    if not takers:
        raise Refusal(_("Choose at least one person who is responsible."))
    plan.made_at = at
    plan.save()
    given = _given(plan.dealership, [one.customer.pk for one in chosen], takers, by_owner=by_owner)
    PlanTarget.objects.bulk_create(
        PlanTarget(
            dealership_id=plan.dealership_id,
            plan=plan,
            customer=one.customer,
            visit=one.visit,
            task=one.task,
            responsible_id=given[place],
        )
        for place, one in enumerate(chosen)
    )
    _pass_on(plan.targets.all(), at=at)
    return plan


@transaction.atomic
def share_out(plan: Plan, *, giver: User | None, takers: Sequence[User], by_owner: bool, at: datetime) -> int:
    """Give the customers of `giver` (without one, of everybody) that are not recorded to `takers` anew; how many."""
    plan = _locked(plan)
    targets = plan.targets.unrecorded()
    if giver:
        targets = targets.filter(responsible=giver)
    if not takers:
        raise Refusal(_("Choose at least one person who is responsible."))
    rows = list(targets.order_by("pk"))
    given = _given(plan.dealership, [row.customer_id for row in rows], takers, by_owner=by_owner)
    for place, row in enumerate(rows):
        row.responsible_id = given[place]
    PlanTarget.objects.bulk_update(rows, ["responsible"])
    _pass_on(plan.targets.filter(pk__in=[row.pk for row in rows]), at=at)
    return len(rows)


@transaction.atomic
def give(plan: Plan, keys: Iterable[int], taker: User, *, at: datetime) -> int:
    """Give chosen customers that are not recorded to one person; how many."""
    plan = _locked(plan)
    targets = plan.targets.unrecorded().filter(pk__in=list(keys))
    ids = list(targets.values_list("pk", flat=True))
    PlanTarget.objects.filter(pk__in=ids).update(responsible=taker)
    _pass_on(plan.targets.filter(pk__in=ids), at=at)
    return len(ids)


@transaction.atomic
def remove(target: PlanTarget) -> None:
    """Take a customer off the plan, unless something is recorded."""
    _locked(target.plan)
    if target.is_recorded:
        raise Refusal(_("What came of this customer is recorded. She stays on the plan."))
    target.delete()


@transaction.atomic
def write(target: PlanTarget, kept: Record, *, by: User, at: datetime) -> None:
    """Record what came of a customer; written again it replaces what was there, while the plan is under way."""
    _locked(target.plan)
    target = (
        PlanTarget.objects.select_for_update(of=("self",)).select_related("task", "plan", "visit").get(pk=target.pk)
    )
    _refuse_what_cannot_be_written(target, kept, by)
    target.result, target.words = kept.result, kept.words
    target.visit_at = kept.visit_at if kept.result == Result.BOOKED else None
    target.recorded_by, target.recorded_at = by, at
    target.save()
    record(
        Kind.TARGET_RECORDED,
        dealership_id=target.dealership_id,
        at=at,
        by=by,
        customer_id=target.customer_id,
        vehicle_id=target.visit.vehicle_id if target.visit else None,
        visit_id=target.visit_id,
        plan=target.plan.name,
        result=kept.result,
        words=kept.words,
        next_at=target.visit_at.isoformat() if target.visit_at else "",
    )


def may_write(target: PlanTarget, user: User) -> bool:
    """Who is responsible, and who may reassign work."""
    return target.responsible_id == user.pk or user.may(Permission.REASSIGN, target.dealership_id)


@transaction.atomic
def submit(plan: Plan, *, by: User, at: datetime) -> None:
    """Put the plan before the leader, once every customer is recorded."""
    plan = _locked(plan)
    _refuse_unrecorded(plan)
    _move(plan, Plan.State.SUBMITTED, submitted_by=by, submitted_at=at)


@transaction.atomic
def review(plan: Plan, *, closes: bool, remarks: str, by: User, at: datetime) -> PlanReview:
    """The leader's word, with its day: the plan is closed, or goes back."""
    plan = _locked(plan, state=Plan.State.SUBMITTED)
    if plan.submitted_by_id == by.pk:
        raise Refusal(_("Who submitted a plan does not review it. Another leader must."))
    if not remarks:
        raise Refusal(_("Write the remarks of the review."))
    if closes:
        _refuse_unrecorded(plan)
    _move(plan, Plan.State.CLOSED if closes else Plan.State.OPEN)
    return PlanReview.objects.create(
        dealership_id=plan.dealership_id, plan=plan, by=by, at=at, closes=closes, remarks=remarks
    )


# How -----------------------------------------------------------------------------------------------------


def _locked(plan: Plan, state: str = Plan.State.OPEN) -> Plan:
    """As it is now, in this state; who acts on it at the same time waits."""
    found = Plan.objects.select_for_update(of=("self",)).select_related("dealership").get(pk=plan.pk)
    if found.state != state:
        raise Refusal(_("This plan is %(state)s. Look at it again.") % {"state": found.get_state_display()})
    return found


def _move(plan: Plan, to: str, **facts: object) -> None:
    if to not in Plan.MOVES[plan.state]:
        raise Refusal(_("This plan is %(state)s. Look at it again.") % {"state": plan.get_state_display()})
    Plan.objects.filter(pk=plan.pk, state=plan.state).update(state=to, **facts)


def _refuse_unrecorded(plan: Plan) -> None:
    """A batch does not close with missing records; who is missing is said by name (S4-1.3.2b)."""
    missing = plan.targets.unrecorded().select_related("customer").order_by("pk")
    left = missing.count()
    if left:
        names = [target.customer.listed_name for target in missing[:NAMED]]
        said = ngettext(
            "It is not yet recorded what came of %(n)d customer: %(names)s.",
            "It is not yet recorded what came of %(n)d customers: %(names)s.",
            left,
        )
        more = _("and %(n)d more") % {"n": left - NAMED} if left > NAMED else ""
        raise Refusal(said % {"n": left, "names": "; ".join([*names, *filter(None, [more])])})


def _refuse_what_cannot_be_written(target: PlanTarget, kept: Record, by: User) -> None:
    if not may_write(target, by):
        raise Refusal(_("Only who is responsible, or a manager, can record this customer."))
    if target.from_call:
        raise Refusal(_("What came of it is read from the call. It cannot be written here."))
    if target.waits_for_call and target.plan.is_by_phone:
        raise Refusal(_("This customer is due a call. Make the call; what comes of it then stands here."))
    if kept.result not in Result:
        raise Refusal(_("Say what came of it."))
    if kept.result == Result.BOOKED and kept.visit_at is None:
        raise Refusal(_("Say for which day and time the visit is booked."))
    if kept.result in {Result.REACHED, Result.MET} and not kept.words:
        raise Refusal(_("Write what was said."))


def _given(house: Dealership, customers: list[int], takers: Sequence[User], *, by_owner: bool) -> dict[int, int]:
    """By place, the key of who gets it: a customer with two visits stands in two places."""
    ids = [taker.pk for taker in takers]
    known = allotting.owners(house, customers) if by_owner else {}
    owned = {place: known[customer] for place, customer in enumerate(customers) if customer in known}
    return allotting.share_out(range(len(customers)), ids, owners=owned, load=Counter())


def _pass_on(targets: TargetQuerySet, *, at: datetime) -> None:
    """The open contacts behind them go to who is responsible, if she makes calls there; who is on one keeps it."""
    free = Q(task__leased_by=None) | Q(task__leased_until__lte=at)
    rows = targets.filter(free, task__state=ContactTask.State.OPEN).select_related("responsible")
    by_person: dict[User, list[PlanTarget]] = {}
    for row in rows:
        by_person.setdefault(row.responsible, []).append(row)
    for person, hers in by_person.items():
        if person.may(Permission.CALL, hers[0].dealership_id):
            ContactTask.objects.open().filter(pk__in=[row.task_id for row in hers]).update(assignee=person)
