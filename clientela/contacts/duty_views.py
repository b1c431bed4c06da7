"""Who calls: designations, absences, the cap, and handing work over."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from clientela.network.models import Dealership
from clientela.network.permissions import AuthenticatedHttpRequest, Permission, allowed

from . import allocating, duty_forms, file_owners, levelling
from .models import Absence, Cap, Designation

#: What may be added on the page: its form and its rows.
DUTIES: dict[str, tuple[Any, Any]] = {
    "designation": (duty_forms.DesignationForm, Designation),
    "absence": (duty_forms.AbsenceForm, Absence),
    "cap": (duty_forms.CapForm, Cap),
}
#: Of these there may be many, and each can be changed by itself.
EDITED = ("designation", "absence")


@require_safe
@allowed(Permission.DESIGNATE)
def who(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    """Who makes which contacts, who is away, and what nobody has."""
    return _page(request, _house(request))


@require_POST
@allowed(Permission.DESIGNATE)
def add(request: AuthenticatedHttpRequest, what: str) -> HttpResponseBase:
    house = _house(request)
    if what not in DUTIES:
        raise Http404
    form_class, model = DUTIES[what]
    instance = Cap.objects.filter(dealership=house).first() if what == "cap" else None
    form = form_class(request.POST, dealership=house, instance=instance or model(dealership=house))
    if not form.is_valid():
        return _page(request, house, status=422, **{f"{what}_form": form})
    _keep(form, what, request)
    messages.success(request, _("Saved."))
    return redirect("contacts:who")


@allowed(Permission.DESIGNATE)
def edit(request: AuthenticatedHttpRequest, what: str, pk: int) -> HttpResponseBase:
    """Change the days of a designation or an absence, or who stands in."""
    if what not in EDITED:
        raise Http404
    form_class, model = DUTIES[what]
    rows = model.objects.visible_to(request.user, Permission.DESIGNATE).select_related("user", "dealership")
    row = get_object_or_404(rows, pk=pk)
    form = form_class(request.POST or None, dealership=row.dealership, instance=row)
    if request.method == "POST" and form.is_valid():
        _keep(form, what, request)
        messages.success(request, _("Saved."))
        return redirect("contacts:who")
    facts = {"form": form, "what": what, "row": row, "who": model.objects.get(pk=pk).user}
    return TemplateResponse(request, "contacts/duty.html", facts, status=422 if form.is_bound else 200)


def _keep(form: Any, what: str, request: AuthenticatedHttpRequest) -> None:
    """Write it down, give out what is nobody's, and let the days of the house follow."""
    at, house = timezone.now(), form.instance.dealership
    if what in EDITED:
        form.instance.by = request.user
    with transaction.atomic():
        form.save()
        _follow(house, at)


def _follow(house: Dealership, at: datetime) -> None:
    allocating.allocate([house.pk], at=at)
    file_owners.give_all(house.pk, at=at)
    levelling.level([house.pk], at=at)


@require_POST
@allowed(Permission.DESIGNATE)
def remove(request: AuthenticatedHttpRequest, what: str, pk: int) -> HttpResponseBase:
    if what not in DUTIES:
        raise Http404
    rows = DUTIES[what][1].objects.visible_to(request.user, Permission.DESIGNATE)
    row = get_object_or_404(rows.select_related("dealership"), pk=pk)
    with transaction.atomic():
        row.delete()
        _follow(row.dealership, timezone.now())
    messages.success(request, _("Removed."))
    return redirect("contacts:who")


@require_POST
@allowed(Permission.REASSIGN)
def reassign(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    """Give open contacts from one to another, many at once."""
    house = request.dealership
    if not request.user.may(Permission.REASSIGN, house.pk):
        raise Http404
    form = duty_forms.ReassignForm(request.POST, dealership=house)
    if not form.is_valid():
        return _page(request, house, status=422, reassign_form=form)
    at = timezone.now()
    given = allocating.reassign(house, **form.cleaned_data, at=at)
    levelling.level([house.pk], at=at)
    said = ngettext("%(n)d contact was handed over.", "%(n)d contacts were handed over.", given) % {"n": given}
    messages.success(request, said)
    return redirect("contacts:who")


def _house(request: AuthenticatedHttpRequest) -> Dealership:
    if not request.user.may(Permission.DESIGNATE, request.dealership.pk):
        raise Http404
    return request.dealership


def _page(request: AuthenticatedHttpRequest, house: Dealership, *, status: int = 200, **forms: Any) -> HttpResponseBase:
    today = house.today(timezone.now())
    absences = allocating.absences(house, today)
    facts = {
        "designations": Designation.objects.filter(dealership=house).select_related("user").order_by("performer", "pk"),
        "absences": absences,
        "cap": Cap.objects.filter(dealership=house).first(),
        "uncovered": allocating.uncovered(absences),
        "loads": allocating.loads(house, today),
        "today": today,
        **{f"{what}_form": form(dealership=house) for what, (form, _model) in DUTIES.items()},
        "reassign_form": duty_forms.ReassignForm(dealership=house),
        **forms,
    }
    return TemplateResponse(request, "contacts/who.html", facts, status=status)
