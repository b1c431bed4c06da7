"""Supervising: a sample of each agent's records, and what a manager found in them (S1-4.10a)."""

from datetime import date, timedelta

from django.contrib import messages
from django.http import HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clientela.network.permissions import AuthenticatedHttpRequest, Permission, allowed

from . import inspecting, register_forms
from .register_views import house_of, line_facts, record_of, record_page, tabs

SUPERVISE = Permission.SUPERVISE


@require_POST
@allowed(SUPERVISE)
def inspect(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    """Note what was found in a record."""
    line = record_of(request, pk, SUPERVISE)
    form = register_forms.InspectionForm(request.POST)
    if not form.is_valid():
        return record_page(request, line, status=422, inspection_form=form)
    given = form.cleaned_data
    inspecting.inspect(
        line,
        in_order=given["verdict"] == form.IN_ORDER,
        finding=given["finding"],
        by=request.user,
        at=timezone.now(),
    )
    messages.success(request, _("The inspection is noted."))
    week = inspecting.week_of(line.dealership.today(line.at))
    return redirect(f"{reverse('contacts:supervision')}?week={week.isoformat()}")


@require_safe
@allowed(SUPERVISE)
def supervision(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    """A sample of each agent's records of a week, and what inspections found (S1-4.10a)."""
    house, at = house_of(request, SUPERVISE), timezone.now()
    this = inspecting.week_of(house.today(at))
    begun, before = inspecting.has_records(house, this), this - timedelta(days=7)
    usual = this if begun and not inspecting.has_records(house, before) else before
    monday = _week(request.GET, usual, this)
    size = request.GET.get("n", "")
    size_asked = (
        min(max(int(size), 1), inspecting.MOST)
        if size.isascii() and size.isdigit() and len(size) < 4
        else inspecting.SAMPLE
    )
    rows = inspecting.read(house, monday, size=size_asked, at=at)
    facts = {
        "monday": monday,
        "sunday": monday + timedelta(days=6),
        "before": monday - timedelta(days=7),
        "after": monday + timedelta(days=7) if monday < this else None,
        "size": size_asked,
        "most": inspecting.MOST,
        "rows": [{"of": row, "sample": [line_facts(line) for line in row.sample]} for row in rows],
        "user_id": request.user.pk,
        "tab": "supervision",
        **tabs(house, request),
    }
    return TemplateResponse(request, "contacts/supervision.html", facts)


def _week(query: QueryDict, usual: date, latest: date) -> date:
    """The week asked for; without one, the last that is over, or this one if nothing was recorded before."""
    try:
        asked = inspecting.week_of(date.fromisoformat(query.get("week", "")))
    except (ValueError, OverflowError):
        return usual
    return asked if date(2000, 1, 3) <= asked <= latest else usual
