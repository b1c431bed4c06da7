"""What the customer's page says of her file: what is owed, how well she is known, what she allowed, what changed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, When

from clientela.contacts import call_plans, proposing, repeating, serving, who
from clientela.contacts.models import ContactTask
from clientela.customers import changes, completeness, filing, profiles
from clientela.customers.models import CallPlan, Change, Customer, CustomerFile, FileRule, Profile, Upkeep
from clientela.network.models import User
from clientela.network.permissions import Permission


def about(customer: Customer, user: User, *, at: datetime) -> dict[str, Any]:
    """The facts of `customers/_file.html`."""
    house = customer.dealership_id
    rule = FileRule.objects.filter(dealership=customer.dealership_id).first()
    duty = filing.open_duty(customer)
    asked = duty.visit if duty and duty.is_open else None
    latest = Change.objects.filter(dealership=customer.dealership_id, customer_id=customer.pk).select_related("by")
    return {
        "duty": duty,
        "late_days": duty.days_late(customer.dealership.today(at)) if duty else 0,
        "missing": completeness.missing(customer, rule, asked) if rule else [],
        "stage": completeness.stage(customer, rule) if rule else None,
        "upkeep": list(Upkeep.objects.filter(customer=customer, done_at=None).order_by("opened_at")),
        "consents": list(customer.consents.filter(withdrawn_on=None).order_by("channel", "purpose")),
        "rest_hours": list(customer.rest_hours.order_by("weekday", "starts")),
        "traits": _traits(customer, user),
        "latest": changes.lines(list(latest.order_by("-at", "-pk")[:3])),
        "call_plan": _call_plan(duty, rule) if duty else None,
        "talking": repeating.points_of(customer, "owner", "asked", at=at)
        if user.may(Permission.SEE_FINDINGS, house)
        else [],
        **_next(customer, user, at=at),
    }


@dataclass(frozen=True)
class Planned:
    """The first call as the file plans it; without a plan, that one is asked for."""

    plan: CallPlan | None
    topics: list[str]
    warning: str
    #: The call was made: the plan stands as it was.
    is_over: bool = False


def next_call(open_tasks: list[int], customer: Customer, user: User, at: datetime) -> ContactTask | None:
    """Of her open contacts the one to call now: one's own before others', one that has begun before the later ones."""
    if not open_tasks:
        return None
    today = customer.dealership.today(at)
    begun = Case(When(opens_on__lte=today, then=True), default=False)
    rows = ContactTask.objects.open().filter(pk__in=open_tasks, dealership=customer.dealership_id)
    # What is annotated the types do not know.
    annotated: Any = rows.annotate(mine=who.may_take(user, customer.dealership_id, today), begun=begun)
    found = annotated.select_related("step").order_by("-mine", "-begun", "due_at", "pk")
    return next((task for task in found if task.mine or not who.called_first(task, user)), None)


def _call_plan(duty: CustomerFile, rule: FileRule | None) -> Planned | None:
    plan = CallPlan.objects.filter(file=duty).select_related("file__visit").first()
    if plan is None:
        return Planned(None, [], "") if rule and rule.call_plan and not call_plans.is_over(duty.visit) else None
    first = call_plans.first_of(duty.visit)
    warning = first.warning(plan.after_days) if first else ""
    topics = [call_plans.said(topic) for topic in plan.topics]
    return Planned(plan, topics, warning, is_over=call_plans.is_over(duty.visit))


def _next(customer: Customer, user: User, *, at: datetime) -> dict[str, Any]:
    """What comes next: planned, and to who calls also what is proposed."""
    if customer.is_merged:
        return {}
    found = []
    if user.may(Permission.CALL, customer.dealership_id):
        found = proposing.proposals(customer, at=at, profiles=profiles.may_see(user, customer))
    return {"proposals": found, "planned": serving.planned_for(customer)}


def _traits(customer: Customer, user: User) -> list[tuple[str, str]]:
    """Her profile, to those who may see it."""
    if not profiles.may_see(user, customer):
        return []
    profile = Profile.objects.filter(customer=customer).first()
    said = [(completeness.FIELDS[name].title, getattr(profile, name, "")) for name in completeness.TRAITS]
    return [(str(title), value) for title, value in said if value]
