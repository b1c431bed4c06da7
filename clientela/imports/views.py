"""Giving a file, looking at the rehearsal, importing."""

import uuid

from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from clientela.network.permissions import AuthenticatedHttpRequest, Permission, allowed

from . import forms, importing, tasks
from .models import Run


@allowed(Permission.IMPORT)
def runs(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    """The files of this house, and the field for a new one."""
    form = forms.UploadForm(request.POST, request.FILES) if request.method == "POST" else forms.UploadForm()
    house = request.dealership
    if request.method == "POST" and request.user.may(Permission.IMPORT, house.pk) and form.is_valid():
        file = form.cleaned_data["file"]
        path = importing.store(file.name, file.chunks(), uuid.uuid4().hex)
        run = importing.open_run(path, file.name, house, by=request.user, at=timezone.now())
        tasks.rehearse.defer(run_id=run.pk)
        return redirect("imports:run", run.pk)
    rows = Run.objects.visible_to(request.user, Permission.IMPORT).filter(dealership=house)
    facts = {"form": form, "runs": rows.select_related("by").order_by("-uploaded_at")[:30]}
    return TemplateResponse(request, "imports/runs.html", facts, status=422 if form.is_bound else 200)


@require_safe
@allowed(Permission.IMPORT)
def run(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    """What the rehearsal or the import found. While it is at work the page asks again by itself."""
    found = get_object_or_404(Run.objects.visible_to(request.user, Permission.IMPORT), pk=pk)
    facts = {
        "run": found,
        "refused": found.remarks.filter(refused=True)[:100],
        "warned": found.remarks.filter(refused=False)[:100],
    }
    page = "imports/_run.html" if request.htmx else "imports/run.html"
    return TemplateResponse(request, page, facts)


@require_POST
@allowed(Permission.IMPORT)
def perform(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    found = get_object_or_404(Run.objects.visible_to(request.user, Permission.IMPORT), pk=pk)
    found.move(Run.State.IMPORTING)
    tasks.perform.defer(run_id=found.pk)
    return redirect("imports:run", pk)
