"""Possible duplicates, merging them, and undoing it. The page that compares two files is the desk's."""

from typing import Any

from django.contrib import messages
from django.db.models import Count, F, Q
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clientela.lib.refusal import Refusal
from clientela.network.paging import page_after
from clientela.network.permissions import AuthenticatedHttpRequest, Permission, allowed

from . import duplicate_forms, likes, merging, parting
from . import duplicates as finding
from .models import Customer, Duplicate, Merge

EDIT, MERGE = Permission.EDIT_CUSTOMERS, Permission.MERGE_CUSTOMERS


@require_safe
@allowed(EDIT)
def duplicates(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    """Pairs to be looked at, the surest first; or those that somebody said are two."""
    reason, dismissed = request.GET.get("reason", ""), request.GET.get("shows") == "dismissed"
    pairs = Duplicate.objects.visible_to(request.user, EDIT).filter(dealership=request.dealership)
    to_look_at = pairs.filter(finding.to_be_looked_at())
    shown = pairs.exclude(dismissed_at=None) if dismissed else to_look_at
    if reason in Duplicate.Reason:
        shown = shown.filter(reasons__contains=[reason])
    rows = shown.annotate(rank=-F("score")).select_related("one__dealership", "other__dealership", "dismissed_by")
    rows = rows.prefetch_related(*(f"{side}__{what}" for side in ("one", "other") for what in _ON_A_ROW))
    page = page_after(rows, ("rank", "pk"), request.GET.get("after"))
    counts = to_look_at.aggregate(
        all=Count("pk"), **{one.value: Count("pk", filter=Q(reasons__contains=[one])) for one in Duplicate.Reason}
    )
    facts = {
        "pairs": page.rows,
        "more": page.more,
        "dismissed": dismissed,
        "dismissed_count": pairs.exclude(dismissed_at=None).count(),
        "total": counts.pop("all"),
        "reason": reason,
        "reasons": [(one.value, one.label, counts[one.value]) for one in Duplicate.Reason if counts[one.value]],
        "crowds": [] if request.GET.get("after") else finding.crowds(request.dealership.pk),
        "may_merge": request.user.may(MERGE, request.dealership.pk),
    }
    return TemplateResponse(request, "customers/duplicates/list.html", facts)


_ON_A_ROW = ("contact_points__dealership", "ownerships__vehicle")


@require_POST
@allowed(EDIT)
def dismiss(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    pair = get_object_or_404(Duplicate.objects.visible_to(request.user, EDIT), pk=pk)
    finding.dismiss(pair, by=request.user, at=timezone.now())
    undo = f"undo {reverse('customers:look_again', args=[pk])}"
    messages.success(request, _("They stay two files."), extra_tags=undo)
    return redirect("customers:duplicates")


@require_POST
@allowed(EDIT)
def look_again(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    pair = get_object_or_404(Duplicate.objects.visible_to(request.user, EDIT), pk=pk)
    finding.look_again(pair)
    messages.success(request, _("Back among the possible duplicates."))
    return redirect("customers:duplicates")


@require_POST
@allowed(MERGE)
def merge_files(request: AuthenticatedHttpRequest, one: int, other: int) -> HttpResponseBase:
    """Make the two one; the form says which stays, and field by field whose value."""
    people = Customer.objects.visible_to(request.user, MERGE)
    pair = [get_object_or_404(people, pk=pk) for pk in (one, other)]
    form = duplicate_forms.MergeForm(request.POST, pair=pair)
    if not form.is_valid():
        raise Refusal(_("Choose which of the two files stays, and for each field the value of one of them."))
    made = merging.merge(form.survivor, form.gone, form.keep, by=request.user, at=timezone.now())
    words = _("The file of %(gone)s is now part of this one.") % {"gone": made.gone}
    messages.success(request, words, extra_tags=f"undo {reverse('customers:undo_merge', args=[made.pk])}")
    return redirect("desk:customer", made.survivor_id)


@require_safe
@allowed(EDIT)
def merges(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    """Which files were made one, the newest first."""
    made = Merge.objects.visible_to(request.user, EDIT).filter(dealership=request.dealership)
    rows = made.annotate(newest=-F("pk")).select_related("survivor", "gone", "by", "undone_by")
    page = page_after(rows, ("newest",), request.GET.get("after"))
    facts = {"merges": page.rows, "more": page.more, "may_merge": request.user.may(MERGE, request.dealership.pk)}
    return TemplateResponse(request, "customers/duplicates/merges.html", facts)


@require_safe
@allowed(EDIT)
def merge(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    """What one merge moved, and what its undoing could not give back."""
    made = Merge.objects.visible_to(request.user, EDIT).select_related("survivor", "gone", "by", "undone_by")
    found = get_object_or_404(made, pk=pk)
    facts = {
        "merge": found,
        "moved": parting.moved(found),
        "overwritten": parting.overwritten(found),
        "left": parting.sentences(found),
        "may_merge": request.user.may(MERGE, found.dealership_id),
    }
    return TemplateResponse(request, "customers/duplicates/merge.html", facts)


@require_POST
@allowed(MERGE)
def undo_merge(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    made = get_object_or_404(Merge.objects.visible_to(request.user, MERGE), pk=pk)
    left = merging.undo(made, by=request.user, at=timezone.now())
    messages.success(request, _("Two files again. Some things stayed as they are.") if left else _("Two files again."))
    return redirect("customers:merge", pk)


@require_POST
@allowed(EDIT)
def hints(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    """For a form that is being filled in: who is there already. Posted, because names do not belong in addresses."""
    form = duplicate_forms.DraftForm(request.POST)
    form.is_valid()  # what is half-typed is left out
    found: list[Any] = likes.of(form.draft, request.dealership, but=form.cleaned_data.get("customer"))
    places = request.user.dealerships_with(EDIT)
    shown = found if request.dealership.pk in places else []
    return TemplateResponse(request, "customers/duplicates/_hints.html", {"likes": shown})
