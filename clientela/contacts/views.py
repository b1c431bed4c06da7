"""The verbs of contacts: take, give back, record, take back; remedies; programmes."""

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clientela.customers import filing
from clientela.network.paging import page_after
from clientela.network.permissions import AuthenticatedHttpRequest, Permission, allowed

from . import calling, forms, planning, presets, queue
from .models import Attempt, ContactTask, Programme, ProgrammeStep, Remedy

# The call ----------------------------------------------------------------------------------------------------


@require_POST
@allowed(Permission.CALL)
def take_next(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    """Take the next task of the house one stands in, and go to its call."""
    return redirect(_next(request))


@require_POST
@allowed(Permission.CALL)
def take(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    task = get_object_or_404(ContactTask.objects.visible_to(request.user, Permission.CALL), pk=pk)
    queue.claim(task, by=request.user, at=timezone.now())
    return redirect("desk:call", pk)


@require_POST
@allowed(Permission.CALL)
def give_back(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    task = get_object_or_404(ContactTask.objects.visible_to(request.user, Permission.CALL), pk=pk)
    queue.release(task, by=request.user)
    return redirect("desk:today")


@require_POST
@allowed(Permission.CALL)
def outcome(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    """Record what the call brought; then today's list, or the next call."""
    tasks = ContactTask.objects.visible_to(request.user, Permission.CALL).select_related("dealership", "customer")
    task = get_object_or_404(tasks, pk=pk)
    at = timezone.now()
    form = forms.OutcomeForm(request.POST, dealership=task.dealership, at=at)
    if not form.is_valid():
        # Only what is wrong: the screen keeps every word that was typed.
        page = "contacts/_errors.html" if request.htmx else "contacts/errors.html"
        return TemplateResponse(request, page, {"form": form, "task": task}, status=422)
    tried = calling.keep(task, form.answer, fence=form.cleaned_data["fence"], by=request.user, at=at)
    messages.success(
        request,
        f"{task.customer.listed_name}: {tried.get_outcome_display()}",
        extra_tags=f"undo {reverse('contacts:undo', args=[tried.pk])} draft call-{task.pk}",
    )
    target = _next(request) if "next" in request.POST else reverse("desk:today")
    if request.htmx:
        return HttpResponse(headers={"HX-Redirect": target})
    return redirect(target)


@require_POST
@allowed(Permission.CALL)
def undo(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    tried = get_object_or_404(Attempt.objects.visible_to(request.user, Permission.CALL), pk=pk)
    task = calling.take_back(tried, by=request.user, at=timezone.now())
    messages.success(request, _("Taken back. %(name)s is on the list again.") % {"name": task.customer})
    return redirect("desk:today")


def _next(request: AuthenticatedHttpRequest) -> str:
    if not request.user.may(Permission.CALL, request.dealership.pk):
        messages.info(request, _("You make no calls for %(name)s.") % {"name": request.dealership})
        return reverse("desk:today")
    pk = queue.claim_next(request.dealership.pk, by=request.user, at=timezone.now())
    if pk is None:
        messages.info(request, _("Nobody is to be called right now."))
        return reverse("desk:today")
    return reverse("desk:call", args=[pk])


# Remedies ----------------------------------------------------------------------------------------------------


@require_safe
@allowed(Permission.SEE_FINDINGS)
def remedies(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    """What callers found wanting, and who puts it right (S4-1.3.0)."""
    shows = request.GET.get("shows", "open")
    rows = Remedy.objects.visible_to(request.user, Permission.SEE_FINDINGS).filter(dealership=request.dealership)
    of = request.GET.get("of", "")
    if of == "mine":
        rows = rows.filter(owner=request.user)
    rows = rows.open() if shows == "open" else rows.exclude(done_at__isnull=True)
    page = page_after(rows.for_list(), ("opened_at", "pk"), request.GET.get("after"))
    facts = {"remedies": page.rows, "more": page.more, "shows": shows, "of": of}
    return TemplateResponse(request, "contacts/remedies.html", facts)


def remedy(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    """One remedy. Whoever owns it may finish it, whatever her role."""
    rows = Remedy.objects.visible_to(request.user).for_list()
    found = get_object_or_404(rows, pk=pk)
    form = forms.MeasureForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        found.finish(form.cleaned_data["measure"], by=request.user, at=timezone.now())
        messages.success(request, _("Finished. The customer's timeline says so."))
        return redirect("contacts:remedy", pk)
    facts = {"remedy": found, "form": form, "may_finish": found.may_finish(request.user)}
    return TemplateResponse(request, "contacts/remedy.html", facts, status=422 if form.is_bound else 200)


# Programmes --------------------------------------------------------------------------------------------------


@require_safe
@allowed(Permission.SEE_PROGRAMMES)
def programmes(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    rows = Programme.objects.visible_to(request.user, Permission.SEE_PROGRAMMES).filter(dealership=request.dealership)
    facts = {
        "programmes": rows.prefetch_related("steps").order_by("preset", "code"),
        "may_edit": request.user.may(Permission.EDIT_PROGRAMMES, request.dealership.pk),
    }
    return TemplateResponse(request, "contacts/programmes.html", facts)


@allowed(Permission.EDIT_PROGRAMMES)
def activate(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    """Take up a preset in the house one stands in."""
    house, at = request.dealership, timezone.now()
    if not request.user.may(Permission.EDIT_PROGRAMMES, house.pk):
        raise Http404
    initial = {"go_live_on": house.today(at)}
    form = forms.ActivationForm(request.POST or None, presets=presets.names(), initial=initial)
    if request.method == "POST" and form.is_valid():
        presets.activate(form.cleaned_data["preset"], house, go_live_on=form.cleaned_data["go_live_on"])
        planning.plan(at=at, dealership_ids=[house.pk])
        filing.catch_up(house.pk, at=at)
        messages.success(request, _("Active. Today's list follows."))
        return redirect("contacts:programmes")
    facts = {"form": form, "subject": house}
    return TemplateResponse(request, "contacts/activate.html", facts, status=422 if form.is_bound else 200)


@allowed(Permission.EDIT_PROGRAMMES)
def programme(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    rows = Programme.objects.visible_to(request.user, Permission.EDIT_PROGRAMMES)
    found = get_object_or_404(rows, pk=pk)
    form = forms.ProgrammeForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        form.save()
        planning.plan(at=timezone.now(), dealership_ids=[found.dealership_id])
        messages.success(request, _("Saved. Today's list follows."))
        return redirect("contacts:programmes")
    facts = {"form": form, "subject": Programme.objects.get(pk=pk)}
    return TemplateResponse(request, "contacts/programme.html", facts, status=422 if form.is_bound else 200)


@allowed(Permission.EDIT_PROGRAMMES)
def step(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    """Change a step. Tasks keep what they were born with; new ones follow the new version."""
    found = get_object_or_404(ProgrammeStep.objects.visible_to(request.user, Permission.EDIT_PROGRAMMES), pk=pk)
    form = forms.StepForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        form.instance.version += 1
        form.save()
        planning.plan(at=timezone.now(), dealership_ids=[found.dealership_id])
        messages.success(request, _("Saved. New tasks follow; old ones keep their window."))
        return redirect("contacts:programmes")
    facts = {"form": form, "subject": ProgrammeStep.objects.select_related("programme").get(pk=pk)}
    return TemplateResponse(request, "contacts/programme.html", facts, status=422 if form.is_bound else 200)
