"""Coverage of the duties, the missing by name, who was left out, whom three calls did not reach, and hand-overs."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clientela.customers import taking_out
from clientela.customers.exporting import Format
from clientela.customers.listing import Asked, List, count
from clientela.customers.models import Visit
from clientela.network.models import Dealership
from clientela.network.paging import SIZE, page_after
from clientela.network.permissions import AuthenticatedHttpRequest, Permission, allowed

from . import covering, duties, handing_on, left_out
from .duties import PeriodFilters
from .models import ProgrammeStep
from .periods import chips_of, spans, with_period, without

SEE = Permission.SEE_TASKS
LISTS: dict[str, List] = {listed.code: listed for listed in (duties.DUTIES, duties.UNREACHED)}


@require_safe
@allowed(SEE)
def overview(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    """Of every duty: how many were due, how many were followed up, who is missing (S4-3.2.4.2)."""
    house, at = _house(request), timezone.now()
    form = PeriodFilters(with_period(request, house.today(timezone.now())), house=house)
    facts = {
        "form": form,
        "spans": spans(house.today(at)),
        "house": house,
        "at": at,
        "formats": Format,
        "may_export": request.user.may(Permission.EXPORT, house.pk),
        "tab": "coverage",
        "query": f"?{request.GET.urlencode()}",
    }
    if not form.is_valid():
        return TemplateResponse(request, "contacts/coverage.html", facts, status=422)
    shown = covering.read(house, form, by=request.user, at=at)
    facts |= {"period": form.period, "shown": shown, "chips": chips_of(request, form)}
    return TemplateResponse(request, "contacts/coverage.html", facts)


@require_safe
@allowed(SEE)
def listed(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    """The contacts behind a figure: the missing by name (S4-1.3.4b)."""
    return _list(request, duties.DUTIES, "contacts/duties.html")


@require_safe
@allowed(SEE)
def unreached(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    """The register of customers whom three calls did not reach (S4-3.2.4.3.3)."""
    return _list(request, duties.UNREACHED, "contacts/unreached.html")


def _list(request: AuthenticatedHttpRequest, of: List, template: str) -> HttpResponseBase:
    house, at = _house(request), timezone.now()
    asked = _asked(request, of, SEE)
    form: Any = asked.filters
    is_valid = form.is_valid()
    page = asked.page(request.GET.get("after"), SIZE)
    facts = {
        "asked": asked,
        "form": form,
        "rows": [{"task": task, "calls": duties.calls_of(task), "late": task.is_late(at)} for task in page.rows],
        "more": page.more,
        "count": count(asked.rows),
        "period": form.period if is_valid else None,
        "spans": spans(house.today(at)),
        "chips": chips_of(request, form) if is_valid else [],
        "formats": Format,
        "may_export": request.user.may(Permission.EXPORT, house.pk),
        "tab": of.code,
        "query": f"?{request.GET.urlencode()}",
        "back_query": without(request.GET, "step", "shows", "after"),
    }
    return TemplateResponse(request, template, facts, status=200 if is_valid else 422)


@require_safe
@allowed(SEE)
def excluded(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    """Whom a step left out, special vehicles with their reason first (S4-3.2.4.2b)."""
    house, at = _house(request), timezone.now()
    steps = ProgrammeStep.objects.visible_to(request.user, SEE).select_related("programme")
    step = get_object_or_404(steps, pk=pk, dealership=house)
    form = PeriodFilters(with_period(request, house.today(timezone.now())), house=house)
    rows = []
    if form.is_valid():
        rows = left_out.of_step(house, step, form.period, members=form.members_only, at=at)
    facts = {
        "step": step,
        "form": form,
        "rows": rows,
        "period": form.period if form.is_valid() else None,
        "is_cut": len(rows) == left_out.SHOWN,
        "tab": "coverage",
        "back_query": without(request.GET),
    }
    return TemplateResponse(request, "contacts/left_out.html", facts, status=200 if form.is_valid() else 422)


@require_POST
@allowed(Permission.EXPORT)
def export(request: AuthenticatedHttpRequest, what: str) -> HttpResponseBase:
    """The figures, or the list that the address describes, as a file or to be printed; it stands in the log."""
    house = request.dealership

    def asked() -> Asked:
        return _figures(request, house) if what == "coverage" else _asked(request, LISTS[what], Permission.EXPORT)

    def period(rows: Asked) -> Any:
        filters: Any = rows.filters
        return filters.period

    paper = taking_out.on_paper(request, reverse(_PAGES[what]), period=period)
    return taking_out.answer(request, asked, at=timezone.now(), printed=paper)


_PAGES = {"coverage": "contacts:coverage", "duties": "contacts:duties", "unreached": "contacts:unreached"}


def _figures(request: AuthenticatedHttpRequest, house: Dealership) -> Asked:
    form = PeriodFilters(with_period(request, house.today(timezone.now())), house=house)
    return covering.as_list(house, form, by=request.user, at=timezone.now())


def _asked(request: AuthenticatedHttpRequest, of: List, right: Permission) -> Asked:
    query = with_period(request, request.dealership.today(timezone.now()))
    return of.asked(query, request.dealership, by=request.user, right=right, columns=())


def _house(request: AuthenticatedHttpRequest) -> Dealership:
    if not request.user.may(SEE, request.dealership.pk):
        raise Http404
    return request.dealership


# Hand-overs ----------------------------------------------------------------------------------------------


@require_safe
@allowed(Permission.CALL)
def hand_overs(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    """Sales whose data who makes the second contact still waits for (S4-3.2.4.3.1b)."""
    house, user = request.dealership, request.user
    if not user.may(Permission.CALL, house.pk):
        raise Http404
    today = house.today(timezone.now())
    leads = user.may(Permission.REASSIGN, house.pk)
    of = "team" if leads and request.GET.get("of") != "mine" else "mine"
    rows = handing_on.waiting(house) if of == "team" else handing_on.of_mine(house, user, today)
    if request.GET.get("shows") == "missing":
        rows = rows.filter(opens_on__lte=today)
    page = page_after(rows, ("opens_on", "pk"), request.GET.get("after"))
    facts = {
        "rows": [{"task": task, "missing": task.opens_on <= today} for task in page.rows],
        "more": page.more,
        "of": of,
        "leads": leads,
        "shows": "missing" if request.GET.get("shows") == "missing" else "",
        "user_id": user.pk,
        "tab": "hand_overs",
    }
    return TemplateResponse(request, "contacts/hand_overs.html", facts)


@require_POST
@allowed(Permission.CALL)
def hand_over(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    """The data of this sale were given to who makes the second contact."""
    visits = Visit.objects.visible_to(request.user, Permission.CALL).select_related("customer", "dealership")
    visit = get_object_or_404(visits, pk=pk)
    handing_on.hand_on(visit, by=request.user, at=timezone.now())
    messages.success(request, _("Handed over: %(name)s.") % {"name": visit.customer.listed_name})
    return redirect("desk:visit", pk) if "stay" in request.POST else redirect("contacts:hand_overs")
