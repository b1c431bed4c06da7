"""Coverage of the duties, the missing by name, who was left out, whom three calls did not reach, and hand-overs."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clientela.customers import exporting
from clientela.customers.exporting import Format
from clientela.customers.listing import Asked, List, count
from clientela.customers.models import Visit
from clientela.lib import months
from clientela.lib.refusal import Refusal
from clientela.network.models import Dealership
from clientela.network.paging import SIZE, page_after
from clientela.network.permissions import AuthenticatedHttpRequest, Permission, allowed

from . import covering, duties, handing_on, left_out
from .duties import PeriodFilters
from .models import ProgrammeStep

SEE = Permission.SEE_TASKS
LISTS: dict[str, List] = {listed.code: listed for listed in (duties.DUTIES, duties.UNREACHED)}


@dataclass(frozen=True)
class Span:
    """A period one may jump to, and its address."""

    code: str
    first: date
    last: date


@require_safe
@allowed(SEE)
def overview(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    """Of every duty: how many were due, how many were followed up, who is missing (S4-3.2.4.2)."""
    house, at = _house(request), timezone.now()
    form = PeriodFilters(_with_period(request, house), house=house)
    facts = {
        "form": form,
        "spans": _spans(house.today(at)),
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
    facts |= {"period": form.period, "shown": shown, "chips": _chips(request, form)}
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
        "spans": _spans(house.today(at)),
        "chips": _chips(request, form) if is_valid else [],
        "formats": Format,
        "may_export": request.user.may(Permission.EXPORT, house.pk),
        "tab": of.code,
        "query": f"?{request.GET.urlencode()}",
        "back_query": _without(request.GET, "step", "shows", "after"),
    }
    return TemplateResponse(request, template, facts, status=200 if is_valid else 422)


@require_safe
@allowed(SEE)
def excluded(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    """Whom a step left out, special vehicles with their reason first (S4-3.2.4.2b)."""
    house, at = _house(request), timezone.now()
    steps = ProgrammeStep.objects.visible_to(request.user, SEE).select_related("programme")
    step = get_object_or_404(steps, pk=pk, dealership=house)
    form = PeriodFilters(_with_period(request, house), house=house)
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
        "back_query": _without(request.GET),
    }
    return TemplateResponse(request, "contacts/left_out.html", facts, status=200 if form.is_valid() else 422)


@require_POST
@allowed(Permission.EXPORT)
def export(request: AuthenticatedHttpRequest, what: str) -> HttpResponseBase:
    """The figures, or the list that the address describes, as a file or to be printed; it stands in the log."""
    house, at = request.dealership, timezone.now()
    if not request.user.may(Permission.EXPORT, house.pk):
        raise PermissionDenied
    asked = _figures(request, house) if what == "coverage" else _asked(request, LISTS[what], Permission.EXPORT)
    given = request.POST.get("format", "")
    if given not in Format or not asked.filters.is_valid():
        raise Refusal(_("This cannot be taken out. Mend the filters and choose how."))
    form = Format(given)
    if form is not Format.PRINT:
        file = exporting.export(asked, form, by=request.user, at=at)
        return FileResponse(file, as_attachment=True, filename=exporting.file_name(asked, form, at=at))
    filters: Any = asked.filters
    facts = {
        "asked": asked,
        "lines": exporting.on_paper(asked, by=request.user, at=at),
        "total": count(asked.rows),
        "chips": list(filters.chips()),
        "period": filters.period,
        "back": f"{reverse(_PAGES[what])}?{request.GET.urlencode()}",
        "at": at,
    }
    return TemplateResponse(request, "customers/print.html", facts)


_PAGES = {"coverage": "contacts:coverage", "duties": "contacts:duties", "unreached": "contacts:unreached"}


def _figures(request: AuthenticatedHttpRequest, house: Dealership) -> Asked:
    form = PeriodFilters(_with_period(request, house), house=house)
    return covering.as_list(house, form, by=request.user, at=timezone.now())


def _asked(request: AuthenticatedHttpRequest, of: List, right: Permission) -> Asked:
    query = _with_period(request, request.dealership)
    return of.asked(query, request.dealership, by=request.user, right=right, columns=())


def _house(request: AuthenticatedHttpRequest) -> Dealership:
    if not request.user.may(SEE, request.dealership.pk):
        raise Http404
    return request.dealership


def _with_period(request: AuthenticatedHttpRequest, house: Dealership) -> QueryDict:
    """What the address says; without days, this month."""
    query = request.GET.copy()
    month = _spans(house.today(timezone.now()))[0]
    for name, day in (("first", month.first), ("last", month.last)):
        if not query.get(name):
            query[name] = day.isoformat()
    return query


def _spans(today: date) -> list[Span]:
    """This month, the one before, and the one before that."""
    first = today.replace(day=1)
    begins = [months.later(first, 1), first, months.later(first, -1), months.later(first, -2)]
    return [
        Span(code, begin, date.fromordinal(end.toordinal() - 1))
        for code, begin, end in zip(("this", "last", "before"), begins[1:], begins, strict=False)
    ]


def _chips(request: AuthenticatedHttpRequest, form: PeriodFilters) -> list[tuple[Any, str]]:
    return [(chip, _without(request.GET, chip.name, "after")) for chip in form.chips()]


def _without(query: QueryDict, *names: str) -> str:
    rest = query.copy()
    for name in names:
        rest.pop(name, None)
    return f"?{rest.urlencode()}"


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
    rows = handing_on.waiting(house)
    if of == "mine":
        rows = rows.filter(visit__consultant=user)
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
