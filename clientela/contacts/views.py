"""The verbs of contacts: take, give back, record, take back; remedies."""

from dataclasses import replace
from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST, require_safe

from clientela.network.models import User
from clientela.network.paging import page_after
from clientela.network.permissions import AuthenticatedHttpRequest, Permission, allowed

from . import calling, deciding, forms, holding, levelling, queue, scripts
from .models import Attempt, Capacity, Channel, ChannelResult, ContactTask, Remedy

# The call ----------------------------------------------------------------------------------------------------


@require_POST
@allowed(Permission.CALL)
def take_next(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    """Take the next task of the house one stands in, and go to its call."""
    return redirect(_next(request))


@require_POST
@allowed(Permission.CALL)
def take(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    """Take one contact; while the customer rests only for a reason, which is asked for."""
    task, at = _task(request, pk), timezone.now()
    form = forms.InSpiteForm(request.POST)
    in_spite = form.cleaned_data["reason"].strip() if form.is_valid() else ""
    if not in_spite and not _is_hers(task, request.user, at):
        holding.look(task, at=at)
        if task.is_open and task.held in holding.FOR_NOW:
            facts = {"task": task, "sentence": holding.sentence(task), "form": forms.InSpiteForm()}
            return TemplateResponse(request, "contacts/held.html", facts, status=409)
    queue.claim(task, by=request.user, at=at, in_spite=in_spite)
    return redirect("desk:call", pk)


@require_POST
@allowed(Permission.CALL)
def decide(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    """Call in spite of a caution, postpone, or leave the contact out."""
    task, at = _task(request, pk), timezone.now()
    form = forms.DecisionForm(request.POST)
    if not form.is_valid():
        return TemplateResponse(request, "contacts/errors.html", {"form": form, "task": task}, status=422)
    what, reason = form.cleaned_data["what"], form.cleaned_data["reason"]
    if what == form.CALL:
        deciding.call(task, reason, by=request.user, at=at)
        return redirect("desk:call", pk)
    if what == form.POSTPONE:
        deciding.postpone(task, form.cleaned_data["on"], reason, by=request.user, at=at)
        messages.success(request, _("Postponed. %(name)s is on the list again on that day.") % {"name": task.customer})
    else:
        deciding.leave_out(task, reason, by=request.user, at=at)
        messages.success(
            request,
            _("Left out: %(name)s.") % {"name": task.customer},
            extra_tags=f"undo {reverse('contacts:take_in_again', args=[task.pk])}",
        )
    return redirect("desk:today")


@require_POST
@allowed(Permission.CALL)
def take_in_again(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    """What was left out is made after all."""
    task = _task(request, pk)
    deciding.take_in_again(task, by=request.user, at=timezone.now())
    messages.success(request, _("Taken back. %(name)s is on the list again.") % {"name": task.customer})
    return redirect("desk:today")


@allowed(Permission.CALL)
def write_down(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    """A contact made otherwise than by a call: it counts if the step allows its channel (S2-9.3)."""
    task = _task(request, pk)
    channel = (request.POST or request.GET).get("channel", "")
    if channel not in _OTHERWISE:
        channel = next((code for code in task.step.channels if code in _OTHERWISE), Channel.EMAIL.value)
    form = forms.OtherwiseForm(request.POST or None, channel=channel)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        result = ChannelResult(given["result"])
        tried = calling.write_down(
            task, Channel(given["channel"]), given["words"], by=request.user, at=timezone.now(), result=result
        )
        _say_whether_it_counts(request, task, tried)
        return redirect("desk:visit", task.visit_id)
    allowed_ones = [Channel(code).label for code in task.step.channels if code in Channel.values]
    facts = {
        "task": task,
        "form": form,
        "allowed": allowed_ones,
        "channels": [(code, Channel(code).label) for code in _OTHERWISE],
        "channel": channel,
    }
    return TemplateResponse(request, "contacts/write_down.html", facts, status=422 if form.is_bound else 200)


#: The channels that are written down; a call is made.
_OTHERWISE = [code for code in Channel.values if code != Channel.PHONE]


def _say_whether_it_counts(request: AuthenticatedHttpRequest, task: ContactTask, tried: Attempt) -> None:
    undo = f"undo {reverse('contacts:undo', args=[tried.pk])}"
    task.refresh_from_db()
    if tried.counted and task.is_open:
        messages.success(request, _("Written down. The contact is still to be made."), extra_tags=undo)
    elif tried.counted:
        messages.success(request, _("Written down. The contact is done."), extra_tags=undo)
    else:
        sentence = _("Written down. It does not count: the contact is still to be made by %(channels)s.")
        names = [str(Channel(code).label) for code in task.step.channels if code in Channel.values]
        messages.warning(request, sentence % {"channels": pgettext("separator", ", ").join(names)}, extra_tags=undo)


def _task(request: AuthenticatedHttpRequest, pk: int) -> ContactTask:
    tasks = ContactTask.objects.visible_to(request.user, Permission.CALL)
    return get_object_or_404(tasks.select_related("dealership", "customer", "step", "visit"), pk=pk)


def _is_hers(task: ContactTask, user: User, at: datetime) -> bool:
    """Whether she is on this call already."""
    return task.leased_by_id == user.pk and task.leased_until is not None and task.leased_until > at


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
    task, at = _task(request, pk), timezone.now()
    form = forms.OutcomeForm(request.POST, task=task, at=at)
    if not form.is_valid():
        # Only what is wrong: the screen keeps every word that was typed.
        page = "contacts/_errors.html" if request.htmx else "contacts/errors.html"
        return TemplateResponse(request, page, {"form": form, "task": task}, status=422)
    answer = replace(form.answer, asked=scripts.of_call(task, request.user, at=at).question)
    tried = calling.keep(task, answer, fence=form.cleaned_data["fence"], by=request.user, at=at)
    messages.success(
        request,
        f"{task.customer.listed_name}: {tried.get_outcome_display()}{_uncounted(tried)}",
        extra_tags=f"undo {reverse('contacts:undo', args=[tried.pk])} draft call-{task.pk}",
    )
    target = _next(request) if "next" in request.POST else reverse("desk:today")
    if request.htmx:
        return HttpResponse(headers={"HX-Redirect": target})
    return redirect(target)


def _uncounted(tried: Attempt) -> str:
    if tried.counted:
        return ""
    return " · " + _("not counted: %(why)s") % {"why": tried.get_uncounted_display()}


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
    house, at = request.dealership, timezone.now()
    pk = queue.claim_next(house.pk, by=request.user, at=at, today=house.today(at))
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
    at = timezone.now()
    rows = rows.open() if shows != "done" else rows.exclude(done_at__isnull=True)
    if shows == "late":
        rows = rows.filter(due_at__lt=at)
    # What is open in the order in which it falls due, what is finished as it came.
    order = "opened_at" if shows == "done" else "due_at"
    page = page_after(rows.for_list(), (order, "pk"), request.GET.get("after"))
    for row in page.rows:
        row.late = row.is_late(at)
    facts = {"remedies": page.rows, "more": page.more, "shows": shows, "of": of, "tab": "remedies"}
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
    found.late = found.is_late(timezone.now())
    facts = {"remedy": found, "form": form, "may_finish": found.may_finish(request.user)}
    return TemplateResponse(request, "contacts/remedy.html", facts, status=422 if form.is_bound else 200)


@allowed(Permission.EDIT_PROGRAMMES)
def capacity(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    """How much the house one stands in can call; its open contacts are levelled anew."""
    house = request.dealership
    if not request.user.may(Permission.EDIT_PROGRAMMES, house.pk):
        raise Http404
    own = Capacity.objects.filter(dealership=house).first() or Capacity(dealership=house)
    form = forms.CapacityForm(request.POST or None, instance=own)
    if request.method == "POST" and form.is_valid():
        form.save()
        levelling.level([house.pk], at=timezone.now(), anew=True)
        messages.success(request, _("Saved. The open contacts were spread over their days anew."))
        return redirect("desk:forecast")
    facts = {"form": form, "subject": house}
    return TemplateResponse(request, "contacts/capacity.html", facts, status=422 if form.is_bound else 200)
