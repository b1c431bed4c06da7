"""Pages of the next service: what is proposed and planned for a customer, and the catalogue of its kinds."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clientela.customers import papers, profiles
from clientela.customers.models import CallPlan, Customer, CustomerFile
from clientela.customers.paper_views import paper
from clientela.lib.refusal import Refusal
from clientela.network.models import Dealership
from clientela.network.permissions import AuthenticatedHttpRequest, Permission, allowed

from . import call_plans, next_services, proposing, repeating, serving
from .models import Channel, NextService, ServiceKind
from .proposing import Proposal
from .service_forms import CallPlanForm, KindForm, ReasonForm, ServiceForm


@allowed(Permission.CALL)
def plan_service(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    """What could come next, why, and what is planned; plan something of one's own."""
    customer, at = _customer(request, pk), timezone.now()
    found = proposing.proposals(customer, at=at, profiles=profiles.may_see(request.user, customer))
    asked = request.POST.get("proposal") or request.GET.get("proposal", "")
    chosen = next((proposal for proposal in found if proposal.key == asked), None)
    form = ServiceForm(
        request.POST or None,
        customer=customer,
        today=customer.dealership.today(at),
        proposal=chosen,
        initial=vars(chosen) if chosen else {},
    )
    if request.method == "POST" and form.is_valid():
        service = next_services.plan(customer, form.plan, by=request.user, at=at)
        return _planned(request, service)
    facts = {
        "customer": customer,
        "form": form,
        "chosen": chosen,
        "proposals": found,
        "planned": serving.planned_for(customer),
        "ended": serving.ended_of(customer),
    }
    return TemplateResponse(request, "contacts/next_service.html", facts, status=422 if form.is_bound else 200)


@require_safe
@allowed(Permission.SEE_CUSTOMERS)
def print_file(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    """The basic information form of the customer's file (S1, form 1), in the language of the house or the reader."""
    return paper(request, pk, "contacts/paper_file.html", _basic_information, at=timezone.now())


def _basic_information(customer: Customer, *, at: datetime) -> dict[str, Any]:
    """What the file says, and what is planned next and not yet told (S1-2.1)."""
    planned = serving.planned_for(customer)
    services = [row.service for row in planned if not row.task or row.task.is_open]
    return papers.basic_information(customer, at=at) | {"services": services}


@require_POST
@allowed(Permission.CALL)
def accept_service(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    """Take a proposal as it stands."""
    customer, at = _customer(request, pk), timezone.now()
    given = next_services.plan_of(_proposal(request, customer), Channel.PHONE)
    return _planned(request, next_services.plan(customer, given, by=request.user, at=at))


@require_POST
@allowed(Permission.CALL)
def dismiss_service(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    customer, at = _customer(request, pk), timezone.now()
    proposal = _proposal(request, customer)
    next_services.dismiss(customer, proposal, reason=_reason(request), by=request.user, at=at)
    messages.success(request, _("Turned down; it is not proposed again."))
    return redirect("contacts:plan_service", pk)


@require_POST
@allowed(Permission.CALL)
def withdraw_service(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    rows = NextService.objects.visible_to(request.user, Permission.CALL).select_related("kind")
    service = get_object_or_404(rows, pk=pk)
    next_services.withdraw(service, reason=_reason(request), by=request.user, at=timezone.now())
    messages.success(request, _("Withdrawn; its contact is off the list."))
    return redirect("contacts:plan_service", service.customer_id)


def _customer(request: AuthenticatedHttpRequest, pk: int) -> Customer:
    people = Customer.objects.visible_to(request.user, Permission.CALL).select_related("dealership")
    return get_object_or_404(people, pk=pk, merged_into=None, erased_at=None)


def _proposal(request: AuthenticatedHttpRequest, customer: Customer) -> Proposal:
    found = next_services.proposal_of(
        customer,
        request.POST.get("proposal", ""),
        at=timezone.now(),
        profiles=profiles.may_see(request.user, customer),
    )
    if found is None:
        raise Refusal(_("This proposal no longer stands; the file has changed or it was decided."))
    return found


def _reason(request: AuthenticatedHttpRequest) -> str:
    form = ReasonForm(request.POST)
    if not form.is_valid():
        raise Refusal(_("Say why, in a few words."))
    reason: str = form.cleaned_data["reason"]
    return reason


def _planned(request: AuthenticatedHttpRequest, service: NextService) -> HttpResponseBase:
    messages.success(request, _("Planned: %(service)s.") % {"service": service.said})
    before = repeating.before_service(service.customer, at=service.at)
    if service.content and before.repeated(service.content):
        sentence = _("“%(topic)s” was already spoken of on an earlier call.")
        messages.warning(request, sentence % {"topic": service.content})
    return redirect("desk:customer", service.customer_id)


# The call plan -------------------------------------------------------------------------------------------


@allowed(Permission.EDIT_CUSTOMERS)
def call_plan(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    """When after the pick-up the customer is called first, and of what is spoken (S1-4.3)."""
    files = CustomerFile.objects.visible_to(request.user, Permission.EDIT_CUSTOMERS)
    file = get_object_or_404(files.select_related("customer", "visit__dealership"), pk=pk)
    call_plans.refuse_if_over(file.visit)
    plan = CallPlan.objects.filter(dealership=file.dealership_id, file=file).first() or CallPlan(
        file=file, dealership_id=file.dealership_id
    )
    first = call_plans.first_of(file.visit)
    if plan.pk is None and first:
        plan.after_days, plan.topics = first.opens, first.step.topics_allowed
    form = CallPlanForm(request.POST or None, instance=plan, topics=call_plans.topics_for(first, plan))
    if request.method == "POST" and form.is_valid():
        call_plans.keep(form.instance, by=request.user, at=timezone.now())
        warning = first.warning(form.instance.after_days) if first else ""
        messages.success(request, _("The first call is planned."))
        if warning:
            messages.warning(request, warning)
        return redirect("desk:customer", file.customer_id)
    facts = {"form": form, "file": file, "customer": file.customer, "first": first}
    return TemplateResponse(request, "contacts/call_plan.html", facts, status=422 if form.is_bound else 200)


# The catalogue -------------------------------------------------------------------------------------------


@allowed(Permission.EDIT_PROGRAMMES)
def service_kinds(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    """The types of next service that can be chosen here; one more is added without code (S1-2.2)."""
    house = _house(request)
    form = KindForm(request.POST or None, instance=ServiceKind(dealership=house, code=f"own-{uuid4().hex[:12]}"))
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("contacts:service_kinds")
    kinds = ServiceKind.objects.filter(dealership=house).order_by("retired", "pk")
    facts = {"form": form, "kinds": kinds}
    return TemplateResponse(request, "contacts/service_kinds.html", facts, status=422 if form.is_bound else 200)


@allowed(Permission.EDIT_PROGRAMMES)
def service_kind(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    """Rename a type, change when it is proposed, retire it or take it back."""
    kind = get_object_or_404(ServiceKind.objects.visible_to(request.user, Permission.EDIT_PROGRAMMES), pk=pk)
    form = KindForm(request.POST or None, instance=kind)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("contacts:service_kinds")
    return TemplateResponse(
        request, "contacts/service_kind.html", {"form": form, "kind": kind}, status=422 if form.is_bound else 200
    )


def _house(request: AuthenticatedHttpRequest) -> Dealership:
    if not request.user.may(Permission.EDIT_PROGRAMMES, request.dealership.pk):
        raise Http404
    return request.dealership
