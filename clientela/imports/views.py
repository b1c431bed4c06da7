"""Giving a file, saying how it is read, importing, mending, taking back; and the saved mappings."""

import uuid
from datetime import UTC, datetime, timedelta
from mimetypes import guess_type
from os import SEEK_END
from typing import IO, Any

from django.contrib import messages
from django.db.models import F
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header, urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from clientela.network.paging import page_after
from clientela.network.permissions import AuthenticatedHttpRequest, Permission, allowed

from . import discarding, forms, importing, mappings, previewing, refused, settling, tasks, undoing
from .columns import KINDS
from .models import Mapping, Remark, Run
from .templatetags.fields import WORDS

#: So many rows of a long list stand on the page of the run; the others have a page of their own.
SHOWN = 20
SENT_AT_ONCE = 2**20
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# Files -------------------------------------------------------------------------------------------------------


@allowed(Permission.IMPORT)
def runs(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    """The files of this house, and the field for a new one."""
    house = request.dealership
    form = forms.UploadForm(request.POST, request.FILES) if request.method == "POST" else forms.UploadForm()
    if request.method == "POST" and not request.user.may(Permission.IMPORT, house.pk):
        raise Http404
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        path = importing.store(file.name, file.chunks(), uuid.uuid4().hex)
        run = importing.open_run(path, file.name, house, by=request.user, at=timezone.now())
        tasks.rehearse.defer(run_id=run.pk)
        return redirect("imports:run", run.pk)
    chosen = {key: request.GET.get(key, "") for key in ("state", "kind")}
    rows = Run.objects.visible_to(request.user, Permission.IMPORT).filter(dealership=house)
    filtered = rows.filter(**{key: value for key, value in chosen.items() if value and "\0" not in value})
    newest = filtered.select_related("by").annotate(newest=-F("pk"))
    page = page_after(newest, ("newest",), request.GET.get("after"))
    facts = {"form": form, "runs": page.rows, "more": page.more, "filtered": any(chosen.values())}
    facts |= chosen | {"states": Run.State.choices, "kinds": KINDS, "understood": forms.understood()}
    facts["words"] = WORDS.values()
    return TemplateResponse(request, "imports/runs.html", facts, status=422 if form.is_bound else 200)


@require_safe
@allowed(Permission.IMPORT)
def run(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    """What the rehearsal or the import found. While it is at work the page asks again by itself."""
    return _page(request, _found(request, pk))


@require_POST
@allowed(Permission.IMPORT)
def choose(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    """Read the file again in another way."""
    found = _found(request, pk)
    form = forms.ReadingForm(request.POST, run=found)
    anew = "anew" in request.POST
    if not anew and not form.is_valid():
        return _page(request, found, form=form)
    if not anew and form.chosen == found.chosen:
        messages.info(request, _("Nothing was changed, so nothing was read again."))
        return redirect("imports:run", pk)
    importing.choose(found, {} if anew else form.chosen, at=timezone.now())
    tasks.rehearse.defer(run_id=found.pk)
    return redirect("imports:run", pk)


@require_POST
@allowed(Permission.IMPORT)
def perform(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    found = _found(request, pk)
    found.move(Run.State.IMPORTING)
    tasks.perform.defer(run_id=found.pk)
    return redirect("imports:run", pk)


@require_POST
@allowed(Permission.IMPORT)
def discard(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    found = _found(request, pk)
    discarding.discard(found)
    messages.success(request, _("%(name)s was thrown away. Nothing of it was written.") % {"name": found.name})
    return redirect("imports:runs")


@allowed(Permission.IMPORT)
def undo(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    """Say what would be taken back; then take it back."""
    found = _found(request, pk)
    if request.method != "POST":
        return TemplateResponse(request, "imports/undo.html", {"run": found})
    undoing.undo(found, by=request.user, at=timezone.now())
    messages.success(request, _("%(name)s was taken back.") % {"name": found.name})
    target = reverse("imports:run", args=[pk])
    return HttpResponse(headers={"HX-Redirect": target}) if request.htmx else redirect(target)


def _found(request: AuthenticatedHttpRequest, pk: int) -> Run:
    runs = Run.objects.visible_to(request.user, Permission.IMPORT)
    return get_object_or_404(runs.select_related("mapping", "like", "by", "undone_by", "dealership"), pk=pk)


def _page(request: AuthenticatedHttpRequest, found: Run, form: forms.ReadingForm | None = None) -> HttpResponseBase:
    facts: dict[str, Any] = {"run": found, "tenths": _tenths(found)}
    if not found.is_at_work:
        facts |= {"form": form or forms.ReadingForm(run=found), "name_form": forms.NameForm()}
        facts |= {"may_change": Run.State.UPLOADED in Run.MOVES[found.state], "same_as": _earlier(request, found)}
        facts |= {
            "preview": previewing.parts(found) if found.state == Run.State.REHEARSED else [],
            "source": forms.source_word(found),
        }
        facts |= {
            name: found.remarks.filter(refused=is_refused)[:SHOWN]
            for name, is_refused in (("refused", True), ("warned", False))
        }
    template = "imports/_run.html" if request.htmx else "imports/run.html"
    return TemplateResponse(request, template, facts, status=422 if form else 200)


def _tenths(found: Run) -> int | None:
    """How far the work has come: said aloud in steps of ten per cent, for who cannot see the bar."""
    return min(10, 10 * found.done // found.total) if found.total else None


def _earlier(request: AuthenticatedHttpRequest, found: Run) -> Run | None:
    """The earlier run of the same bytes, if it is still there."""
    pk = found.counts.get("same_as")
    if not pk:
        return None
    return Run.objects.visible_to(request.user, Permission.IMPORT).filter(pk=pk).first()


# Rows that were refused or taken with a warning --------------------------------------------------------------


@require_safe
@allowed(Permission.IMPORT)
def remarks(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    """All of them, by column and, for warnings, by whether somebody saw to them."""
    found = _found(request, pk)
    shows, column = request.GET.get("shows", "open"), request.GET.get("column", "")
    rows = Remark.objects.visible_to(request.user, Permission.IMPORT).filter(run=found)
    rows = rows.filter(refused=shows == "refused").select_related("settled_by")
    names = list(rows.order_by("column").values_list("column", flat=True).distinct())
    if shows != "refused":
        rows = rows.filter(settled_at__isnull=shows != "settled")
    if column in names:
        rows = rows.filter(column=column)
    page = page_after(rows, ("line", "pk"), request.GET.get("after"))
    facts = {"run": found, "remarks": page.rows, "more": page.more, "shows": shows, "column": column, "names": names}
    facts["kinds"] = settling.kinds(found) if shows == "open" else []
    return TemplateResponse(request, "imports/remarks.html", facts)


@require_POST
@allowed(Permission.IMPORT)
def settle(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    """One warning, or all of a kind."""
    found, at = _found(request, pk), timezone.now()
    form = forms.SettleForm(request.POST)
    if not form.is_valid():
        raise Http404
    settled = settling.settle(form.of(settling.open_warnings(found)), by=request.user, at=at)
    if settled:
        said = ngettext("%(n)d warning settled.", "%(n)d warnings settled.", settled) % {"n": settled}
        back = reverse("imports:reopen", args=[pk, (at - EPOCH) // timedelta(microseconds=1)])
        messages.success(request, said, extra_tags=f"undo {back}")
    within = urlencode({"column": form.cleaned_data["within"]})
    return redirect(f"{reverse('imports:remarks', args=[pk])}?{within}")


@require_POST
@allowed(Permission.IMPORT)
def reopen(request: AuthenticatedHttpRequest, pk: int, stamp: int) -> HttpResponseBase:
    """Take back what was settled at that moment."""
    found = _found(request, pk)
    try:
        settled_at = EPOCH + timedelta(microseconds=stamp)
    except OverflowError:
        raise Http404 from None
    settling.reopen(found, by=request.user, settled_at=settled_at)
    return redirect("imports:remarks", pk)


@require_safe
@allowed(Permission.IMPORT)
def refused_csv(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    found = _found(request, pk)
    return _file(refused.as_csv(found), refused.name_of(found, "csv"))


@require_safe
@allowed(Permission.IMPORT)
def refused_xlsx(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    found = _found(request, pk)
    return _file(refused.as_workbook(found), refused.name_of(found, "xlsx"))


def _file(file: IO[bytes], name: str) -> HttpResponseBase:
    """Sent as it is read, unless it is small: then at once, so that no file stays open for a slow reader."""
    if file.seek(0, SEEK_END) > SENT_AT_ONCE:
        file.seek(0)
        return FileResponse(file, as_attachment=True, filename=name)
    with file:
        file.seek(0)
        kind = guess_type(name)[0] or "application/octet-stream"
        disposition = content_disposition_header(as_attachment=True, filename=name)
        return HttpResponse(file.read(), content_type=kind, headers={"Content-Disposition": disposition})


# Saved mappings ----------------------------------------------------------------------------------------------


@require_POST
@allowed(Permission.IMPORT)
def keep_mapping(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    """Save how this file was read."""
    found = _found(request, pk)
    form = forms.NameForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(map(str, form.errors["name"])))
        return redirect("imports:run", pk)
    saved = mappings.save(found, form.cleaned_data["name"], at=timezone.now())
    messages.success(request, _("Saved. Files with these columns are now read as “%(name)s”.") % {"name": saved})
    return redirect("imports:run", pk)


@require_safe
@allowed(Permission.IMPORT)
def saved_mappings(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    rows = Mapping.objects.visible_to(request.user, Permission.IMPORT).filter(dealership=request.dealership)
    page = page_after(mappings.with_use(rows), ("name", "pk"), request.GET.get("after"))
    return TemplateResponse(request, "imports/mappings.html", {"mappings": page.rows, "more": page.more})


@allowed(Permission.IMPORT)
def mapping(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    """What it says of each column; and its name, to be changed."""
    found = get_object_or_404(Mapping.objects.visible_to(request.user, Permission.IMPORT), pk=pk)
    form = forms.MappingForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("imports:mappings")
    columns = [(name, found.chosen.get("columns", {}).get(str(index), "")) for index, name in enumerate(found.header)]
    facts = {"mapping": found, "form": form, "columns": columns}
    return TemplateResponse(request, "imports/mapping.html", facts, status=422 if form.is_bound else 200)


@require_POST
@allowed(Permission.IMPORT)
def delete_mapping(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    found = get_object_or_404(Mapping.objects.visible_to(request.user, Permission.IMPORT), pk=pk)
    found.delete()
    messages.success(request, _("%(name)s was deleted. Such files are guessed again.") % {"name": found.name})
    return redirect("imports:mappings")
