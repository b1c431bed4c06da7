"""Correcting a file: the person, how she is reached, what she allowed, her cars. Her whole page is the desk's."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clientela.lib.refusal import Refusal
from clientela.network.paging import page_after
from clientela.network.permissions import AuthenticatedHttpRequest, Permission, allowed

from . import changes, completeness, consents, filing, forms, garage, profiles, special, upkeep
from .models import Change, ContactPoint, Customer, CustomerRestHours, Ownership, Profile, Vehicle, Visit
from .signals import numbers_added

EDIT = Permission.EDIT_CUSTOMERS


# The person ----------------------------------------------------------------------------------------------


@allowed(EDIT)
def edit(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    customer, at = _hers(request, pk), timezone.now()
    form = forms.CustomerForm(request.POST or None, instance=customer, today=customer.dealership.today(at))
    if request.method == "POST" and form.is_valid():
        customer.correct(form.changed_fields, by=request.user, at=at)
        filing.begin(customer)
        messages.success(request, _("Saved."))
        return redirect("desk:customer", pk)
    return _edit_page(request, _hers(request, pk), form=form, status=422 if form.is_bound else 200)


def _hers(request: AuthenticatedHttpRequest, pk: int, right: Permission = EDIT) -> Customer:
    people = Customer.objects.visible_to(request.user, right).select_related("dealership")
    return get_object_or_404(people, pk=pk, merged_into=None)


def _edit_page(
    request: AuthenticatedHttpRequest, customer: Customer, *, status: int = 200, **given: Any
) -> HttpResponseBase:
    country, today = customer.dealership.country, customer.dealership.today(timezone.now())
    facts = {
        "customer": customer,
        "page": "person",
        "form": given.get("form") or forms.CustomerForm(instance=customer, today=today),
        "point_form": given.get("point_form") or forms.PointForm(country=country),
        "points": customer.contact_points.select_related("dealership"),
        "wrong": given.get("wrong"),
    }
    return TemplateResponse(request, "customers/edit.html", facts, status=status)


@require_POST
@allowed(EDIT)
def verify(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    """The file is right as of today (S4-1.1b)."""
    upkeep.verify(_hers(request, pk), by=request.user, at=timezone.now())
    messages.success(request, _("Verified today."))
    return redirect("desk:customer", pk)


# How she is reached --------------------------------------------------------------------------------------


@require_POST
@allowed(EDIT)
def add_phone(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    customer = _hers(request, pk)
    form = forms.PhoneForm(request.POST, country=customer.dealership.country)
    if not form.is_valid():
        again = forms.PointForm(
            {"kind": "phone", "written": request.POST.get("phone", "")}, country=customer.dealership.country
        )
        return _edit_page(request, customer, point_form=again, status=422)
    form.keep(customer, at=timezone.now(), by=request.user)
    messages.success(request, _("Saved."))
    return redirect("desk:customer", pk)


@require_POST
@allowed(EDIT)
def add_point(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    customer = _hers(request, pk)
    form = forms.PointForm(request.POST, country=customer.dealership.country)
    if not form.is_valid():
        return _edit_page(request, customer, point_form=form, status=422)
    given = form.cleaned_data
    ContactPoint.objects.update_or_create(
        customer=customer,
        kind=given["kind"],
        value=given["value"],
        defaults={"dealership_id": customer.dealership_id, "shown": given["shown"], "valid": True},
    )
    numbers_added.send(ContactPoint, customer_ids=[pk], at=timezone.now(), by=request.user)
    messages.success(request, _("Saved."))
    return redirect("customers:edit", pk)


@require_POST
@allowed(EDIT)
def correct_point(request: AuthenticatedHttpRequest, pk: int, row: int) -> HttpResponseBase:
    """Another number in the place of this one: open calls dial it at once, the old one is in the history."""
    customer = _hers(request, pk)
    point = get_object_or_404(ContactPoint, pk=row, customer=customer)
    data = {"kind": point.kind, "written": request.POST.get("written", "")}
    form = forms.PointForm(data, country=customer.dealership.country)
    if not form.is_valid():
        return _edit_page(request, customer, wrong={"pk": row, "errors": form.errors.get("written")}, status=422)
    point.value, point.shown, point.valid, point.verified_on = *_new(form), True, None
    try:
        with transaction.atomic():
            point.save()
    except IntegrityError as error:
        raise Refusal(_("This number or address is already on file.")) from error
    numbers_added.send(ContactPoint, customer_ids=[pk], at=timezone.now(), by=request.user)
    messages.success(request, _("Saved."))
    return redirect("customers:edit", pk)


def _new(form: forms.PointForm) -> tuple[str, str]:
    return form.cleaned_data["value"], form.cleaned_data["shown"]


@require_POST
@allowed(EDIT)
def mark_point(request: AuthenticatedHttpRequest, pk: int, row: int, act: str) -> HttpResponseBase:
    """Say of a number that it is wrong, right after all, verified today, or the one she prefers."""
    customer, at = _hers(request, pk), timezone.now()
    point = get_object_or_404(ContactPoint, pk=row, customer=customer)
    if act == "wrong":
        upkeep.number_failed(point, at=at)
    elif act == "right":
        upkeep.number_was_right(point)
    elif act == "verified":
        ContactPoint.objects.filter(pk=row, customer=customer).update(verified_on=customer.dealership.today(at))
    elif act == "preferred":
        ContactPoint.objects.filter(customer=customer, preferred=True).exclude(pk=row).update(preferred=False)
        ContactPoint.objects.filter(pk=row, customer=customer).update(preferred=True)
    else:
        raise Http404
    messages.success(request, _("Saved."))
    return redirect("customers:edit", pk)


# What she allowed ----------------------------------------------------------------------------------------


@allowed(EDIT)
def permissions(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    """Her consents, the do-not-call list, her rest hours; and one more consent."""
    customer, at = _hers(request, pk), timezone.now()
    form = forms.ConsentForm(request.POST or None, customer=customer, today=customer.dealership.today(at))
    if request.method == "POST" and form.is_valid():
        consents.give(form.instance, by=request.user, at=at)
        messages.success(request, _("Saved."))
        return redirect("customers:permissions", pk)
    return _permissions_page(request, customer, form=form, status=422 if form.is_bound else 200)


def _permissions_page(
    request: AuthenticatedHttpRequest, customer: Customer, *, status: int = 200, **given: Any
) -> HttpResponseBase:
    today = customer.dealership.today(timezone.now())
    facts = {
        "customer": customer,
        "page": "permissions",
        "today": today,
        "consents": customer.consents.select_related("by").order_by(F("withdrawn_on").desc(nulls_first=True), "-pk"),
        "rest_hours": customer.rest_hours.order_by(F("weekday").asc(nulls_first=True), "starts"),
        "form": forms.ConsentForm(customer=customer, today=today, initial={"given_on": today}),
        "list_form": forms.DoNotCallForm(instance=customer, today=today, auto_id="list_%s"),
        "rest_form": forms.CustomerRestForm(auto_id="rest_%s"),
        **given,
    }
    return TemplateResponse(request, "customers/permissions.html", facts, status=status)


@require_POST
@allowed(EDIT)
def withdraw_consent(request: AuthenticatedHttpRequest, pk: int, row: int) -> HttpResponseBase:
    customer, at = _hers(request, pk), timezone.now()
    consent = get_object_or_404(customer.consents.select_related("customer", "dealership"), pk=row)
    on = _day_given(request) or customer.dealership.today(at)
    consents.withdraw(consent, on=on, by=request.user, at=at)
    messages.success(request, _("Withdrawn. It stays on file that it once stood."))
    return redirect("customers:permissions", pk)


def _day_given(request: AuthenticatedHttpRequest) -> date | None:
    form = forms.DayForm(request.POST)
    return form.cleaned_data["on"] if form.is_valid() else None


@require_POST
@allowed(EDIT)
def do_not_call(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    customer, at = _hers(request, pk), timezone.now()
    today = customer.dealership.today(at)
    form = forms.DoNotCallForm(request.POST, instance=customer, today=today, auto_id="list_%s")
    if not form.is_valid():
        return _permissions_page(request, _hers(request, pk), list_form=form, status=422)
    customer.correct(form.changed_data, by=request.user, at=at)
    messages.success(request, _("Saved."))
    return redirect("customers:permissions", pk)


@require_POST
@allowed(EDIT)
def add_rest(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    customer = _hers(request, pk)
    form = forms.CustomerRestForm(request.POST, auto_id="rest_%s")
    if not form.is_valid():
        return _permissions_page(request, customer, rest_form=form, status=422)
    form.instance.customer, form.instance.dealership = customer, customer.dealership
    form.save()
    messages.success(request, _("Saved."))
    return redirect("customers:permissions", pk)


@require_POST
@allowed(EDIT)
def remove_rest(request: AuthenticatedHttpRequest, pk: int, row: int) -> HttpResponseBase:
    get_object_or_404(CustomerRestHours, pk=row, customer=_hers(request, pk)).delete()
    messages.success(request, _("Removed."))
    return redirect("customers:permissions", pk)


# Her cars ------------------------------------------------------------------------------------------------


@allowed(EDIT)
def garage_of(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    """Her cars, and one more: a known one by its VIN or plate, else a new one."""
    customer = _hers(request, pk)
    house, today = customer.dealership, customer.dealership.today(timezone.now())
    form = forms.NewVehicleForm(request.POST or None, dealership=house, today=today)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        car = garage.known(house.pk, vin=given["vin"], plate=given["plate"]) or form.instance
        garage.add(customer, car, capacity=given["capacity"], from_on=given["from_on"], today=today)
        filing.begin(customer)
        messages.success(request, _("Saved."))
        return redirect("customers:garage", pk)
    facts = {
        "customer": customer,
        "page": "vehicles",
        "today": today,
        "form": form,
        "ownerships": customer.ownerships.select_related("vehicle").order_by(F("to_on").desc(nulls_first=True), "-pk"),
    }
    return TemplateResponse(request, "customers/vehicles.html", facts, status=422 if form.is_bound else 200)


@require_POST
@allowed(EDIT)
def end_ownership(request: AuthenticatedHttpRequest, pk: int, row: int) -> HttpResponseBase:
    customer, at = _hers(request, pk), timezone.now()
    today = customer.dealership.today(at)
    garage.end(get_object_or_404(Ownership, pk=row, customer=customer), on=_day_given(request) or today, today=today)
    messages.success(request, _("Ended. The history stays."))
    return redirect("customers:garage", pk)


@allowed(EDIT)
def vehicle(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    car = _car(request, pk)
    form = forms.VehicleForm(request.POST or None, instance=car, dealership=car.dealership)
    if request.method == "POST" and form.is_valid():
        garage.save(car)
        messages.success(request, _("Saved."))
        return redirect("desk:vehicle", pk)
    return _vehicle_page(request, _car(request, pk), form=form, status=422 if form.is_bound else 200)


def _car(request: AuthenticatedHttpRequest, pk: int) -> Vehicle:
    return get_object_or_404(Vehicle.objects.visible_to(request.user, EDIT).select_related("dealership"), pk=pk)


def _vehicle_page(
    request: AuthenticatedHttpRequest, car: Vehicle, *, status: int = 200, **given: Any
) -> HttpResponseBase:
    facts = {
        "vehicle": car,
        "form": forms.VehicleForm(instance=car, dealership=car.dealership),
        "reading_form": forms.ReadingForm(today=car.dealership.today(timezone.now()), auto_id="reading_%s"),
        "readings": car.readings.select_related("by").order_by("-read_on", "-pk")[:20],
        "next_on": completeness.next_maintenance(car),
        **given,
    }
    return TemplateResponse(request, "customers/vehicle.html", facts, status=status)


@require_POST
@allowed(EDIT)
def read_odometer(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    car, at = _car(request, pk), timezone.now()
    form = forms.ReadingForm(request.POST, today=car.dealership.today(at), auto_id="reading_%s")
    if not form.is_valid():
        return _vehicle_page(request, car, reading_form=form, status=422)
    given = form.cleaned_data
    try:
        garage.read_odometer(car, km=given["km"], on=given["on"], reason=given["reason"], by=request.user, at=at)
    except Refusal as refusal:
        form.add_error("km", refusal.sentence)
        return _vehicle_page(request, car, reading_form=form, status=422)
    messages.success(request, _("Saved."))
    return redirect("desk:vehicle", pk)


@require_POST
@allowed(Permission.SET_APART)
def set_apart(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    """A manager says that a visit is a special one, or no longer (S4-3.2.4.2b)."""
    visits = Visit.objects.visible_to(request.user, Permission.SET_APART).select_related("dealership")
    form = forms.ReasonForm(request.POST)
    visit = get_object_or_404(visits, pk=pk)
    if not form.is_valid():
        raise Refusal(_("Say why, in at most 300 letters. The list of those left out shows it."))
    given = form.cleaned_data
    special.decide(visit, special=given["special"], reason=given["reason"], by=request.user, at=timezone.now())
    messages.success(request, _("Saved."))
    return redirect("contacts:special") if "list" in request.POST else redirect("desk:visit", pk)


# Who she is, and what changed ----------------------------------------------------------------------------


def profile(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    """What one knows of her as a person. For few: whose right it is, or whose file she is."""
    customer = _hers(request, pk, Permission.SEE_CUSTOMERS)
    if not profiles.may_edit(request.user, customer):
        raise Http404
    known = Profile.objects.filter(customer=customer).first()
    form = forms.ProfileForm(
        request.POST or None, instance=known or Profile(customer=customer, dealership=customer.dealership)
    )
    if request.method == "POST" and form.is_valid():
        form.save()
        filing.begin(customer)
        messages.success(request, _("Saved."))
        return redirect("desk:customer", pk)
    facts = {"customer": customer, "page": "profile", "form": form}
    return TemplateResponse(request, "customers/profile.html", facts, status=422 if form.is_bound else 200)


@require_safe
@allowed(Permission.SEE_CUSTOMERS)
def history(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    """What changed in a customer's file, by whom, when."""
    customer = _hers(request, pk, Permission.SEE_CUSTOMERS)
    rows = Change.objects.visible_to(request.user).filter(dealership=customer.dealership_id, customer_id=pk)
    return _history_page(request, rows, {"customer": customer, "page": "history"})


@require_safe
@allowed(Permission.SEE_CUSTOMERS)
def vehicle_history(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    cars = Vehicle.objects.visible_to(request.user).select_related("dealership")
    car = get_object_or_404(cars, pk=pk)
    rows = Change.objects.visible_to(request.user).filter(dealership=car.dealership_id, vehicle_id=pk)
    return _history_page(request, rows, {"vehicle": car})


def _history_page(request: AuthenticatedHttpRequest, rows: QuerySet[Change], about: dict[str, Any]) -> HttpResponseBase:
    fields = sorted(set(rows.values_list("noun", "field").distinct()))
    chosen = request.GET.get("field", "")
    shown = rows.filter(field=chosen) if chosen in {field for _noun, field in fields} else rows
    # Newest first: the key of the pages is the row's number, counted down.
    page = page_after(shown.annotate(newest=-F("pk")).select_related("by"), ("newest", "pk"), request.GET.get("after"))
    facts = {
        "lines": changes.lines(page.rows),
        "more": page.more,
        "chosen": chosen if shown is not rows else "",
        "fields": [(field, changes.title(noun, field)) for noun, field in fields],
        **about,
    }
    return TemplateResponse(request, "customers/history.html", facts)
