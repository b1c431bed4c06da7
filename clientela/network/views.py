"""Pages of the network: dealerships, hours, departments, people; and what stands outside all of them."""

import logging
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.db.models import Prefetch, QuerySet
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone, translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST, require_safe

from clientela.lib.refusal import Refusal

from . import calendars, forms, invitations, leaving
from .models import Dealership, Department, FunctionMapping, Role, RoleAssignment, User
from .permissions import AuthenticatedHttpRequest, Permission, allowed
from .signals import hours_changed

log = logging.getLogger(__name__)

# Dealerships -------------------------------------------------------------------------------------------------


@require_safe
@allowed(Permission.CONFIGURE)
def dealerships(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    houses = Dealership.objects.visible_to(request.user).by_name()
    return TemplateResponse(request, "network/dealerships.html", {"houses": houses})


@allowed(Permission.CONFIGURE)
def new_dealership(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    """Open a house. Only for who administers the whole group."""
    if not request.user.administers_group:
        raise Http404
    form = forms.DealershipForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        house = form.save(commit=False)
        house.group = Dealership.objects.visible_to(request.user).select_related("group")[0].group
        house.save()
        messages.success(request, _("%(name)s is open. Now say its hours.") % {"name": house})
        return redirect("network:hours", house.pk)
    return TemplateResponse(request, "network/dealership.html", {"form": form}, status=422 if form.is_bound else 200)


@allowed(Permission.CONFIGURE)
def dealership(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    house = _house(request, pk)
    form = forms.DealershipForm(request.POST or None, instance=house)
    if request.method == "POST" and form.is_valid():
        form.save()
        if {"time_zone", "country"} & set(form.changed_data):
            _recompile(house)
        messages.success(request, _("Saved."))
        return redirect("network:dealership", pk)
    if form.is_bound:
        house.refresh_from_db()  # the form wrote what it refused into it
    return TemplateResponse(
        request,
        "network/dealership.html",
        {"form": form, "house": house, "tab": "facts"},
        status=422 if form.is_bound else 200,
    )


@require_POST
def stand(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    """Work in another dealership from now on."""
    house = get_object_or_404(Dealership.objects.visible_to(request.user), pk=_number(request.POST.get("dealership")))
    request.session["dealership"] = house.pk
    return redirect("desk:today")


# Hours -------------------------------------------------------------------------------------------------------

HOURS: dict[str, tuple[type[forms.OfTheHouse[Any]], str]] = {
    "opening": (forms.OpeningHoursForm, "opening_hours"),
    "rest": (forms.RestHoursForm, "rest_hours"),
    "exception": (forms.CalendarExceptionForm, "exceptions"),
}


@require_safe
@allowed(Permission.CONFIGURE)
def hours(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    return _hours_page(request, _house(request, pk))


@require_POST
@allowed(Permission.CONFIGURE)
def add_hours(request: AuthenticatedHttpRequest, pk: int, kind: str) -> HttpResponseBase:
    house = _house(request, pk)
    if kind not in HOURS:
        raise Http404
    form_class, _related = HOURS[kind]
    form = form_class(request.POST, dealership=house)
    if not form.is_valid():
        return _hours_page(request, house, **{f"{kind}_form": form}, status=422)
    form.save()
    _recompile(house)
    messages.success(request, _("Saved. Calls not yet made follow the new hours."))
    return redirect("network:hours", pk)


@require_POST
@allowed(Permission.CONFIGURE)
def remove_hours(request: AuthenticatedHttpRequest, pk: int, kind: str, row: int) -> HttpResponseBase:
    house = _house(request, pk)
    if kind not in HOURS:
        raise Http404
    get_object_or_404(getattr(house, HOURS[kind][1]), pk=row).delete()
    _recompile(house)
    messages.success(request, _("Removed. Calls not yet made follow the new hours."))
    return redirect("network:hours", pk)


def _hours_page(
    request: AuthenticatedHttpRequest, house: Dealership, status: int = 200, **bound: ModelForm[Any]
) -> HttpResponseBase:
    today = house.today(timezone.now())
    year_end = today + timedelta(days=365)
    facts = {
        "house": house,
        "tab": "hours",
        "opening": house.opening_hours.order_by("weekday", "opens"),
        "rest": house.rest_hours.order_by("weekday", "starts"),
        "exceptions": house.exceptions.filter(on__gte=today).order_by("on", "opens"),
        "holidays": sorted(calendars.public_holidays(house.country, today, year_end).items()),
        **{f"{kind}_form": form_class(dealership=house) for kind, (form_class, _r) in HOURS.items()},
        **bound,
    }
    return TemplateResponse(request, "network/hours.html", facts, status=status)


def _recompile(house: Dealership) -> None:
    at = timezone.now()
    calendars.compile_calls(house, at=at)
    hours_changed.send(Dealership, dealership=house, at=at)


# Departments and functions -----------------------------------------------------------------------------------


@allowed(Permission.CONFIGURE)
def departments(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    house = _house(request, pk)
    adds = request.POST.get("adds")
    department = forms.DepartmentForm(request.POST if adds == "department" else None, dealership=house)
    function = forms.FunctionMappingForm(request.POST if adds == "function" else None, dealership=house)
    for form in (department, function):
        if form.is_bound and form.is_valid():
            form.save()
            messages.success(request, _("Saved."))
            return redirect("network:departments", pk)
    facts = {
        "house": house,
        "tab": "departments",
        "departments": house.departments.select_related("head").order_by("name"),
        "functions": house.functions.select_related("department", "user").order_by("function"),
        "department_form": department,
        "function_form": function,
    }
    bad = department.is_bound or function.is_bound
    return TemplateResponse(request, "network/departments.html", facts, status=422 if bad else 200)


@require_POST
@allowed(Permission.CONFIGURE)
def remove_department(request: AuthenticatedHttpRequest, pk: int, kind: str, row: int) -> HttpResponseBase:
    house = _house(request, pk)
    model = {"department": Department, "function": FunctionMapping}.get(kind)
    if model is None:
        raise Http404
    get_object_or_404(model, dealership=house, pk=row).delete()
    messages.success(request, _("Removed."))
    return redirect("network:departments", pk)


# People ------------------------------------------------------------------------------------------------------


@require_safe
@allowed(Permission.CONFIGURE)
def people(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    colleagues = _people(request).prefetch_related(Prefetch("roles", _roles(request))).order_by("name", "pk")
    shows = request.GET.get("shows", "active")
    if shows != "all":
        colleagues = colleagues.filter(is_active=shows != "left")
    return TemplateResponse(request, "network/people.html", {"people": colleagues, "shows": shows})


@allowed(Permission.CONFIGURE)
def invite(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    if not request.user.may(Permission.CONFIGURE, request.dealership.pk):
        raise Http404
    form = forms.InvitationForm(request.POST or None, initial={"language": request.dealership.locale})
    if request.method == "POST" and form.is_valid():
        user = form.save(commit=False)
        invitations.invite(user, Role(form.cleaned_data["role"]), request.dealership, by=request.user)
        messages.success(request, _("The invitation to %(email)s is on its way.") % {"email": user.email})
        return redirect("network:person", user.pk)
    return TemplateResponse(request, "network/invite.html", {"form": form}, status=422 if form.is_bound else 200)


@allowed(Permission.CONFIGURE)
def person(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    colleague = get_object_or_404(_people(request), pk=pk)
    houses = request.user.dealerships_with(Permission.CONFIGURE)
    form = forms.PersonForm(request.POST or None, instance=colleague, dealerships=houses)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("network:person", pk)
    return _person_page(request, colleague, form=form, status=422 if form.is_bound else 200)


@require_POST
@allowed(Permission.CONFIGURE)
def invite_again(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    colleague = get_object_or_404(_people(request), pk=pk)
    if not colleague.is_active:
        leaving.come_back(colleague, by=request.user)
    invitations.deliver(colleague, request.dealership, by=request.user)
    messages.success(request, _("The invitation to %(email)s is on its way.") % {"email": colleague.email})
    return redirect("network:person", pk)


@require_POST
@allowed(Permission.CONFIGURE)
def give_role(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    colleague = get_object_or_404(_people(request), pk=pk)
    form = forms.RoleForm(request.POST, user=colleague, giver=request.user)
    if not form.is_valid():
        return _person_page(request, colleague, role_form=form, status=422)
    form.save()
    messages.success(request, _("Saved."))
    return redirect("network:person", pk)


@require_POST
@allowed(Permission.CONFIGURE)
def take_role(request: AuthenticatedHttpRequest, pk: int, row: int) -> HttpResponseBase:
    assignment = get_object_or_404(_roles(request), user_id=pk, pk=row)
    if pk == request.user.pk and assignment.role == Role.ADMINISTRATOR:
        raise Refusal(_("You cannot take your own administrator role away. Ask another administrator."))
    leaving.take_role(assignment, at=timezone.now())
    messages.success(request, _("Removed."))
    return redirect("network:people")


@allowed(Permission.CONFIGURE)
def leave(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    leaver = get_object_or_404(_people(request).filter(is_active=True), pk=pk)
    form = forms.LeavingForm(request.POST or None, leaver=leaver, by=request.user)
    if request.method == "POST" and form.is_valid():
        leaving.leave(
            leaver, heir=form.cleaned_data["heir"], on=form.cleaned_data["on"], by=request.user, at=timezone.now()
        )
        messages.success(request, _("%(name)s has left; the open work is handed over.") % {"name": leaver})
        return redirect("network:people")
    return TemplateResponse(
        request, "network/leave.html", {"form": form, "leaver": leaver}, status=422 if form.is_bound else 200
    )


def preferences(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    form = forms.PreferencesForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        with translation.override(request.user.language):
            messages.success(request, _("Saved."))
        return redirect("network:preferences")
    return TemplateResponse(request, "network/preferences.html", {"form": form}, status=422 if form.is_bound else 200)


def _person_page(
    request: AuthenticatedHttpRequest, colleague: User, status: int = 200, **given: Any
) -> HttpResponseBase:
    houses = request.user.dealerships_with(Permission.CONFIGURE)
    facts = {
        "person": colleague,
        "roles": _roles(request).filter(user=colleague),
        "form": forms.PersonForm(instance=colleague, dealerships=houses),
        "role_form": forms.RoleForm(user=colleague, giver=request.user),
        **given,
    }
    return TemplateResponse(request, "network/person.html", facts, status=status)


def _house(request: AuthenticatedHttpRequest, pk: int) -> Dealership:
    houses = Dealership.objects.filter(pk__in=request.user.dealerships_with(Permission.CONFIGURE))
    return get_object_or_404(houses, pk=pk)


def _people(request: AuthenticatedHttpRequest) -> Any:
    """Who has a role in a house that this person configures; who has none, or one in the whole group, only to
    an administrator of the group."""
    if request.user.administers_group:
        return User.objects.all()
    return User.objects.filter(roles__dealership__in=request.user.dealerships_with(Permission.CONFIGURE)).distinct()


def _roles(request: AuthenticatedHttpRequest) -> QuerySet[RoleAssignment]:
    """Roles that this person gives and takes; those in other houses are not hers to know."""
    roles = RoleAssignment.objects.select_related("dealership").order_by("role", "pk")
    if request.user.administers_group:
        return roles
    return roles.filter(dealership__in=request.user.dealerships_with(Permission.CONFIGURE))


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0


# Outside of everything ---------------------------------------------------------------------------------------


@require_POST
@login_not_required
def language(request: HttpRequest) -> HttpResponseBase:
    """Speak another language: for the browser, and for the account of who is signed in."""
    chosen = request.POST.get("language", "")
    known = chosen in dict(settings.LANGUAGES)
    if known and request.user.is_authenticated:
        User.objects.filter(pk=request.user.pk).update(language=chosen)
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        target = "/"
    response = HttpResponseRedirect(target)  # not `redirect`, which would look for a view of this name
    if known:
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            chosen,
            max_age=365 * 24 * 3600,
            secure=settings.HTTPS,
            httponly=True,
            samesite="Lax",
        )
    return response


@require_GET
@login_not_required
def health(request: HttpRequest) -> HttpResponseBase:
    """Whether this process can serve: 200 with its parts, 503 with the one that fails."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT (SELECT count(*) FROM django_migrations), "
                "(SELECT extract(epoch FROM now() - max(last_heartbeat)) FROM procrastinate_workers)"
            )
            migrations, heartbeat = cursor.fetchone()
    except Exception:
        log.exception("unhealthy")
        return JsonResponse({"status": "failing", "database": "unreachable"}, status=503)
    worker = "none" if heartbeat is None else "running" if heartbeat < 60 else "silent"
    return JsonResponse({"status": "ok", "database": "ok", "migrations": migrations, "worker": worker})
