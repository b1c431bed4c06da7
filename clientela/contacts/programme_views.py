"""Pages of programmes: what a house runs, what each step says and where that comes from, and what may be combined."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Count, Prefetch, QuerySet
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clientela.customers import filing
from clientela.lib.refusal import Refusal
from clientela.network.models import Dealership
from clientela.network.permissions import AuthenticatedHttpRequest, Permission, allowed

from . import combining, editing, planning, presets, previewing, programme_forms, rehearsing, windows, wording
from .models import ContactTask, Programme, ProgrammeStep, ProgrammeVersion, StepVersion


@dataclass(frozen=True)
class StepLine:
    """A step as the list of programmes says it."""

    step: ProgrammeStep
    said: dict[str, str]
    open_tasks: int

    @property
    def window(self) -> str:
        return windows.said(self.step)

    @property
    def rehearsals(self) -> list[rehearsing.Rehearsal]:
        """The whole call in each language."""
        return rehearsing.of_step(self.step, self.step.script)


@dataclass(frozen=True)
class Listed:
    """A programme with its steps, as the list shows it."""

    programme: Programme
    preset: str
    follows: str
    steps: list[StepLine]


@require_safe
@allowed(Permission.SEE_PROGRAMMES)
def programmes(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    """What this house runs, preset by preset; filtered by preset and state."""
    house = request.dealership
    rows = Programme.objects.visible_to(request.user, Permission.SEE_PROGRAMMES).filter(dealership=house)
    known = dict(presets.names())
    taken = sorted(set(rows.values_list("preset", flat=True)))
    preset, shows = request.GET.get("preset", ""), request.GET.get("shows", "")
    if preset in taken:
        rows = rows.filter(preset=preset)
    if shows in {"active", "off"}:
        rows = rows.filter(active=shows == "active")
    facts = {
        "listed": list(_listed(rows, house)),
        "taken": [(code, known.get(code, code)) for code in taken],
        "preset": preset,
        "shows": shows,
        "may_edit": request.user.may(Permission.EDIT_PROGRAMMES, house.pk),
    }
    return TemplateResponse(request, "contacts/programmes.html", facts)


@allowed(Permission.EDIT_PROGRAMMES)
def activate(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    """Take up a preset in the house one stands in: first what it brings, what it clashes with, what it would do."""
    house, at = request.dealership, timezone.now()
    if not request.user.may(Permission.EDIT_PROGRAMMES, house.pk):
        raise Http404
    code = request.POST.get("preset") or request.GET.get("preset", "")
    known = presets.available()
    if code not in known:
        return _choose_a_preset(request, house)
    form = programme_forms.ActivationForm(
        request.POST or None, known=known, initial={"preset": code, "go_live_on": house.today(at)}
    )
    effect = None
    if request.method == "POST" and form.is_valid():
        go_live_on = form.cleaned_data["go_live_on"]
        if "preview" not in request.POST:
            presets.activate(code, house, go_live_on=go_live_on)
            planning.plan(at=at, dealership_ids=[house.pk])
            filing.catch_up(house.pk, at=at)
            messages.success(request, _("Active. Today's list follows."))
            return redirect("contacts:programmes")
        effect = previewing.of_preset(presets.load(code), house, go_live_on=go_live_on, at=at)
    drafts = presets.brings(code, house)
    facts = {
        "form": form,
        "effect": effect,
        "house": house,
        "name": dict(presets.names())[code],
        "drafts": [_draft(draft) for draft in drafts],
        "clashes": _clashes([step for draft in drafts for step in draft.steps], house),
    }
    return TemplateResponse(request, "contacts/activate.html", facts, status=422 if form.errors else 200)


@allowed(Permission.EDIT_PROGRAMMES)
def programme(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    """Change what concerns a programme itself: switched on or off, what it follows, from when on."""
    rows = Programme.objects.visible_to(request.user, Permission.EDIT_PROGRAMMES).select_related("dealership")
    found, at = get_object_or_404(rows, pk=pk), timezone.now()
    form = programme_forms.ProgrammeForm(request.POST or None, programme=found)
    if "back" in request.POST:
        data = form.back_to_the_preset(request.POST["back"])
        form = programme_forms.ProgrammeForm(data, programme=found)
        return _editor(request, "contacts/programme.html", form, found, None)
    effect = None
    if form.is_bound and form.is_valid():
        if "preview" not in request.POST:
            version = form.cleaned_data["version"]
            editing.change_programme(found, form.parameters, by=request.user, at=at, version=version)
            planning.plan(at=at, dealership_ids=[found.dealership_id])
            messages.success(request, _("Saved. Today's list follows."))
            return redirect("contacts:programmes")
        effect = previewing.of_programme(found, form.parameters, at=at)
    return _editor(request, "contacts/programme.html", form, found, effect)


@allowed(Permission.EDIT_PROGRAMMES)
def step(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    """Change a step. Tasks keep what they were born with; new ones follow the new version."""
    rows = ProgrammeStep.objects.visible_to(request.user, Permission.EDIT_PROGRAMMES)
    found, at = get_object_or_404(rows.select_related("programme__dealership"), pk=pk), timezone.now()
    form = programme_forms.StepForm(request.POST or None, step=found)
    if "back" in request.POST:
        form = programme_forms.StepForm(form.back_to_the_preset(request.POST["back"]), step=found)
        return _editor(request, "contacts/programme_step.html", form, found, None)
    effect = None
    if form.is_bound and form.is_valid():
        if "preview" not in request.POST:
            found.version = form.cleaned_data["version"] or found.version
            editing.change(found, form.parameters, by=request.user, at=at)
            planning.plan(at=at, dealership_ids=[found.dealership_id])
            messages.success(request, _("Saved. New contacts follow; those already planned keep their window."))
            return redirect("contacts:programmes")
        effect = previewing.of_step(found, form.parameters, at=at)
    return _editor(request, "contacts/programme_step.html", form, found, effect)


# History ------------------------------------------------------------------------------------------------------


@require_safe
@allowed(Permission.SEE_PROGRAMMES)
def programme_history(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    rows = Programme.objects.visible_to(request.user, Permission.SEE_PROGRAMMES)
    return _history(request, get_object_or_404(rows, pk=pk), "contacts:restore_programme")


@require_safe
@allowed(Permission.SEE_PROGRAMMES)
def step_history(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    rows = ProgrammeStep.objects.visible_to(request.user, Permission.SEE_PROGRAMMES)
    return _history(request, get_object_or_404(rows.select_related("programme"), pk=pk), "contacts:restore_step")


@require_POST
@allowed(Permission.EDIT_PROGRAMMES)
def restore_programme(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    rows = ProgrammeVersion.objects.visible_to(request.user, Permission.EDIT_PROGRAMMES)
    version = get_object_or_404(rows.select_related("programme"), pk=pk)
    _restore(request, version)
    return redirect("contacts:programme_history", version.programme_id)


@require_POST
@allowed(Permission.EDIT_PROGRAMMES)
def restore_step(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    rows = StepVersion.objects.visible_to(request.user, Permission.EDIT_PROGRAMMES)
    version = get_object_or_404(rows.select_related("step__programme"), pk=pk)
    _restore(request, version)
    return redirect("contacts:step_history", version.step_id)


# Combining ----------------------------------------------------------------------------------------------------


@require_safe
@allowed(Permission.SEE_PROGRAMMES)
def combinations(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    """Which contacts of this house one call can serve, in which days, and which not and why."""
    house = request.dealership
    rows = ProgrammeStep.objects.visible_to(request.user, Permission.SEE_PROGRAMMES)
    found = combining.pairs(list(_running(rows, house)))
    shows = request.GET.get("shows", "")
    today = house.today(timezone.now())
    facts = {
        "pairs": [(pair, pair.days(today)) for pair in found if shows in ("", pair.state)],
        "today": today,
        "shows": shows,
        "may_edit": request.user.may(Permission.EDIT_PROGRAMMES, house.pk),
    }
    return TemplateResponse(request, "contacts/programme_combinations.html", facts)


@require_POST
@allowed(Permission.EDIT_PROGRAMMES)
def combine(request: AuthenticatedHttpRequest, pk: int, other: int) -> HttpResponseBase:
    first, second = _two(request, pk, other)
    at = timezone.now()
    combining.combine(first, second, narrow="narrow" in request.POST, by=request.user, at=at)
    planning.plan(at=at, dealership_ids=[first.dealership_id])
    messages.success(request, _("Combined. One contact can count for both."))
    return redirect("contacts:combinations")


@require_POST
@allowed(Permission.EDIT_PROGRAMMES)
def separate(request: AuthenticatedHttpRequest, pk: int, other: int) -> HttpResponseBase:
    first, second = _two(request, pk, other)
    combining.separate(first, second, by=request.user, at=timezone.now())
    messages.success(request, _("Separated. Each has a contact of its own again."))
    return redirect("contacts:combinations")


def _listed(rows: QuerySet[Programme], house: Dealership) -> Iterator[Listed]:
    waiting = ContactTask.objects.filter(dealership=house).open().order_by().values_list("step")
    open_tasks = dict(waiting.annotate(n=Count("pk")))
    names, known = editing.names_of_steps(house.pk), dict(presets.names())
    steps = ProgrammeStep.objects.filter(dealership=house).defer("script").order_by("code")
    for row in rows.prefetch_related(Prefetch("steps", steps)).order_by("preset", "precedence", "code"):
        lines = [StepLine(step, _said(step, names), open_tasks.get(step.pk, 0)) for step in row.steps.all()]
        yield Listed(row, known.get(row.preset, row.preset), wording.said("trigger", row.trigger, names), lines)


def _said(step: ProgrammeStep, names: dict[str, str]) -> dict[str, str]:
    lists = ("channels", "excludes", "topics_allowed", "topics_forbidden", "satisfied_by")
    return {name: wording.said(name, value, names) for name in lists if (value := getattr(step, name))}


def _choose_a_preset(request: AuthenticatedHttpRequest, house: Dealership) -> HttpResponseBase:
    taken = set(Programme.objects.filter(dealership=house).values_list("preset", flat=True))
    found = [(code, name, code in taken, presets.brings(code, house)) for code, name in presets.names()]
    wrong = request.method == "POST"
    facts = {"presets": found, "house": house, "wrong": wrong, "mistakes": presets.mistakes()}
    return TemplateResponse(request, "contacts/activate_choose.html", facts, status=422 if wrong else 200)


def _draft(draft: presets.Draft) -> Listed:
    names = {step.code: step.name for step in draft.steps}
    lines = [StepLine(step, _said(step, names), 0) for step in draft.steps]
    return Listed(
        draft.programme, draft.programme.preset, wording.said("trigger", draft.programme.trigger, names), lines
    )


def _clashes(new: Iterable[ProgrammeStep], house: Dealership) -> list[str]:
    """Why contacts of a preset could not be combined with those the house already makes after the same visits."""
    here = {step.code: step for step in _running(ProgrammeStep.objects.filter(dealership=house), house)}
    return [
        reason
        for step in new
        if step.code not in here
        for other in here.values()
        if combining.meet(step, other)
        for reason in combining.verdict(step, other).refusals
    ]


def _running(rows: QuerySet[ProgrammeStep], house: Dealership) -> QuerySet[ProgrammeStep]:
    running = rows.filter(dealership=house, programme__active=True).defer("script")
    return running.select_related("programme").order_by("code")


def _editor(
    request: AuthenticatedHttpRequest,
    template: str,
    form: programme_forms.ParametersForm,
    subject: ProgrammeStep | Programme,
    effect: previewing.Effect | None,
) -> HttpResponseBase:
    facts = {"form": form, "subject": subject, "effect": effect}
    return TemplateResponse(request, template, facts, status=422 if form.errors else 200)


def _history(request: AuthenticatedHttpRequest, subject: Programme | ProgrammeStep, restores: str) -> HttpResponseBase:
    versions: Any = subject.versions.filter(dealership=subject.dealership_id).select_related("by")
    facts = {
        "subject": subject,
        "history": editing.history(subject, versions),
        "restores": restores,
        "is_step": isinstance(subject, ProgrammeStep),
        "may_edit": request.user.may(Permission.EDIT_PROGRAMMES, subject.dealership_id),
    }
    return TemplateResponse(request, "contacts/programme_history.html", facts)


def _restore(request: AuthenticatedHttpRequest, version: StepVersion | ProgrammeVersion) -> None:
    at = timezone.now()
    if not editing.restore(version, by=request.user, at=at):
        raise Refusal(_("It already says the same."))
    planning.plan(at=at, dealership_ids=[version.dealership_id])
    messages.success(request, _("Version %(version)d holds again.") % {"version": version.version})


def _two(request: AuthenticatedHttpRequest, pk: int, other: int) -> tuple[ProgrammeStep, ProgrammeStep]:
    rows = ProgrammeStep.objects.visible_to(request.user, Permission.EDIT_PROGRAMMES).select_related("programme")
    first = get_object_or_404(rows, pk=pk)
    return first, get_object_or_404(rows.filter(dealership=first.dealership_id), pk=other)
