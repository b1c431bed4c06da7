"""Follow-up plans: the list, making one, working it down, the leader's review, and both papers (S4-2.3, S4-2.4a)."""

from typing import Any

from django.contrib import messages
from django.db.models import Exists, OuterRef, Q
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from clientela.customers.listing import CUSTOMERS
from clientela.network.models import Dealership
from clientela.network.paging import page_after
from clientela.network.permissions import AuthenticatedHttpRequest, Permission, allowed

from . import batching, plan_forms, plans
from .batching import Proposal
from .models import Plan, PlanTarget
from .models.plan import PlanQuerySet

SEE, LEAD, REVIEW = Permission.SEE_CUSTOMERS, Permission.REASSIGN, Permission.REVIEW_PLANS
VISITS, CUSTOMER_LIST = "visits", "customers"


def _plans(request: AuthenticatedHttpRequest, right: Permission = SEE) -> PlanQuerySet:
    """Who leads or oversees sees all; everybody else the plans in which she has customers."""
    user = request.user
    mine = Exists(PlanTarget.objects.filter(plan=OuterRef("pk"), responsible=user, dealership=OuterRef("dealership")))
    all_of = {
        *user.dealerships_with(Permission.SEE_TASKS),
        *user.dealerships_with(LEAD),
        *user.dealerships_with(REVIEW),
    }
    rows = Plan.objects.visible_to(user, right).filter(Q(dealership__in=all_of) | mine)
    return rows.select_related("dealership", "made_by", "submitted_by")


@require_safe
@allowed(SEE)
def listed(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    house, user, at = request.dealership, request.user, timezone.now()
    rows = _plans(request).filter(dealership=house)
    state, mode, of = (request.GET.get(name, "") for name in ("state", "mode", "of"))
    counts = {code: rows.filter(state=code).count() for code in Plan.State.values}
    if state in Plan.State:
        rows = rows.filter(state=state)
    if mode in Plan.Mode:
        rows = rows.filter(mode=mode)
    if of == "mine":
        rows = rows.filter(Exists(PlanTarget.objects.filter(plan=OuterRef("pk"), responsible=user, dealership=house)))
    page = page_after(rows.counted(), ("-made_at", "-pk"), request.GET.get("after"))
    facts = {
        "rows": [{"plan": plan, "late": plan.is_late(at)} for plan in page.rows],
        "more": page.more,
        "states": [(code, label, counts[code]) for code, label in Plan.State.choices],
        "modes": Plan.Mode.choices,
        "state": state,
        "mode": mode,
        "of": of,
        "may_make": user.may(LEAD, house.pk),
        "tab": "plans",
    }
    return TemplateResponse(request, "contacts/plans.html", facts)


# Making one ----------------------------------------------------------------------------------------------


@allowed(LEAD)
def new(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    """A batch as the address describes it; sent, it becomes a plan."""
    house, at = request.dealership, timezone.now()
    if not request.user.may(LEAD, house.pk):
        raise Http404
    source = CUSTOMER_LIST if request.GET.get("of") == CUSTOMER_LIST else VISITS
    batch, filters, found = _batch(request, house, source)
    data = request.POST or None
    plan = Plan(dealership=house, made_by=request.user, from_on=house.today(at), to_on=house.today(at))
    form = plan_forms.PlanForm(data, instance=plan, dealership=house)
    allot = plan_forms.AllotForm(data, dealership=house)
    if request.method == "POST" and form.is_valid() and allot.is_valid():
        made = plans.make(form.instance, found.chosen, at=at, **allot.asked)
        messages.success(request, _("The plan is made."))
        return redirect("contacts:plan", made.pk)
    facts = {
        "source": source,
        "batch": batch,
        "filters": filters,
        "found": found,
        "shown": found.chosen[:50],
        "form": form,
        "allot": allot,
        "tab": "plans",
        "query": f"?{request.GET.urlencode()}",
    }
    return TemplateResponse(request, "contacts/plan_new.html", facts, status=422 if data else 200)


def _batch(request: AuthenticatedHttpRequest, house: Dealership, source: str) -> tuple[Any, Any, Proposal]:
    """The form of the source, and whom it proposes; last week's workshop visits, if nothing was asked."""
    batch = plan_forms.BatchForm(request.GET if "first" in request.GET else _last_week(house), dealership=house)
    filters = CUSTOMERS.filters(request.GET, house=house)
    if source == CUSTOMER_LIST:
        asks = filters.is_valid() and filters.asked
        found = batching.of_customers(house, request.GET, by=request.user) if asks else Proposal([], [])
    else:
        found = batching.of_visits(house, **batch.cleaned_data) if batch.is_valid() else Proposal([], [])
    return batch, filters, found


def _last_week(house: Dealership) -> dict[str, Any]:
    first, last = plan_forms.week_before(house.today(timezone.now()))
    return {"first": first, "last": last, "kind": "workshop_visit"}


# Working it down -----------------------------------------------------------------------------------------


@require_safe
@allowed(SEE)
def plan(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    found = get_object_or_404(_plans(request).counted(), pk=pk)
    return _plan_page(request, found)


def _plan_page(request: AuthenticatedHttpRequest, found: Plan, *, status: int = 200, **forms: Any) -> HttpResponseBase:
    user, house, at = request.user, found.dealership, timezone.now()
    leads, shows, of = user.may(LEAD, house.pk), request.GET.get("shows", ""), request.GET.get("of", "")
    targets = PlanTarget.objects.filter(plan=found, dealership=house)
    rows = {"open": targets.unrecorded(), "recorded": targets.recorded()}.get(shows, targets)
    if of == "mine":
        rows = rows.filter(responsible=user)
    page = page_after(rows.for_list(), ("pk",), request.GET.get("after"))
    facts = {
        "plan": found,
        "rows": [{"target": target, "mine": leads or target.responsible_id == user.pk} for target in page.rows],
        "more": page.more,
        "total": targets.count(),
        "recorded": targets.recorded().count(),
        "late": found.is_late(at),
        "shows": shows if shows in {"open", "recorded"} else "",
        "of": of,
        "leads": leads,
        "reviews": found.reviews.select_related("by").order_by("-pk"),
        "may_review": found.state == Plan.State.SUBMITTED
        and user.may(REVIEW, house.pk)
        and found.submitted_by_id != user.pk,
        "share_form": plan_forms.ShareForm(plan=found),
        "give_form": plan_forms.GiveForm(plan=found),
        "review_form": plan_forms.ReviewForm(),
        "tab": "plans",
        **forms,
    }
    return TemplateResponse(request, "contacts/plan.html", facts, status=status)


@allowed(SEE)
def target(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    """What came of one customer: written by who is responsible, or read from the call."""
    found, at = _target(request, pk), timezone.now()
    form = plan_forms.RecordForm(request.POST) if request.method == "POST" else plan_forms.RecordForm.of(found)
    if form.is_bound and form.is_valid():
        plans.write(found, plans.Record(**form.cleaned_data), by=request.user, at=at)
        messages.success(request, _("Recorded: %(name)s.") % {"name": found.customer.listed_name})
        return redirect("contacts:plan", found.plan_id)
    facts = {
        "target": found,
        "form": form,
        "may_write": found.plan.is_open
        and plans.may_write(found, request.user)
        and not found.from_call
        and not (found.waits_for_call and found.plan.is_by_phone),
        "may_call": request.user.may(Permission.CALL, found.dealership_id),
        "leads": request.user.may(LEAD, found.dealership_id),
        "tries": found.task.tries.filter(undone_at=None).select_related("by").order_by("number") if found.task else [],
        "tab": "plans",
    }
    return TemplateResponse(request, "contacts/plan_target.html", facts, status=422 if form.is_bound else 200)


def _target(request: AuthenticatedHttpRequest, pk: int, right: Permission = SEE) -> PlanTarget:
    rows = PlanTarget.objects.visible_to(request.user, right).filter(plan__in=_plans(request, right))
    return get_object_or_404(rows.for_list().select_related("plan", "dealership"), pk=pk)


@require_POST
@allowed(LEAD)
def remove(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    found = _target(request, pk, LEAD)
    plans.remove(found)
    messages.success(request, _("Taken off the plan: %(name)s.") % {"name": found.customer.listed_name})
    return redirect("contacts:plan", found.plan_id)


@require_POST
@allowed(LEAD)
def share(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    """Share out anew what is not recorded."""
    found = get_object_or_404(_plans(request, LEAD), pk=pk)
    form = plan_forms.ShareForm(request.POST, plan=found)
    if not form.is_valid():
        return _plan_page(request, found, share_form=form, status=422)
    return _given(request, found, plans.share_out(found, at=timezone.now(), **form.asked))


@require_POST
@allowed(LEAD)
def give(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    """Give the chosen ones to one person."""
    found = get_object_or_404(_plans(request, LEAD), pk=pk)
    form = plan_forms.GiveForm(request.POST, plan=found)
    if not form.is_valid():
        return _plan_page(request, found, give_form=form, status=422)
    given = form.cleaned_data
    return _given(request, found, plans.give(found, given["targets"], given["taker"], at=timezone.now()))


def _given(request: AuthenticatedHttpRequest, found: Plan, count: int) -> HttpResponseBase:
    said = ngettext("%(n)d customer was given on.", "%(n)d customers were given on.", count) % {"n": count}
    messages.success(request, said)
    return redirect("contacts:plan", found.pk)


# The leader ----------------------------------------------------------------------------------------------


@require_POST
@allowed(LEAD)
def submit(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    found = get_object_or_404(_plans(request, LEAD), pk=pk)
    plans.submit(found, by=request.user, at=timezone.now())
    messages.success(request, _("Submitted to the leader."))
    return redirect("contacts:plan", pk)


@require_POST
@allowed(REVIEW)
def review(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    """The leader closes the plan with remarks, or sends it back."""
    found = get_object_or_404(_plans(request, REVIEW), pk=pk)
    form = plan_forms.ReviewForm(request.POST)
    if not form.is_valid():
        return _plan_page(request, found, review_form=form, status=422)
    closes = "back" not in request.POST
    plans.review(found, closes=closes, remarks=form.cleaned_data["remarks"], by=request.user, at=timezone.now())
    messages.success(request, _("The plan is closed.") if closes else _("The plan went back."))
    return redirect("contacts:plan", pk)


# On paper ------------------------------------------------------------------------------------------------


@require_safe
@allowed(SEE)
def print_plan(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    """The follow-up plan, with room for the leader's signature."""
    return _paper(request, pk, "contacts/paper_plan.html")


@require_safe
@allowed(SEE)
def print_records(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    """The follow-up tracking record form."""
    return _paper(request, pk, "contacts/paper_records.html")


def _paper(request: AuthenticatedHttpRequest, pk: int, template: str) -> HttpResponseBase:
    found = get_object_or_404(_plans(request), pk=pk)
    house, at = found.dealership, timezone.now()
    ours = request.GET.get("language") != "mine"
    targets = PlanTarget.objects.filter(plan=found, dealership=house).for_list().order_by("responsible__name", "pk")
    facts: dict[str, Any] = {
        "plan": found,
        "targets": targets.prefetch_related("customer__contact_points__dealership", "task__tries__by"),
        "reviews": found.reviews.select_related("by").order_by("pk"),
        "house": house,
        "paper_language": house.locale if ours else request.user.language,
        "ours": ours,
        "back": reverse("contacts:plan", args=[pk]),
        "printed_on": house.today(at),
    }
    with translation.override(facts["paper_language"]):
        return TemplateResponse(request, template, facts).render()
