"""What agents tell customers: kept by a manager."""

from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from clientela.network.models import Dealership
from clientela.network.permissions import AuthenticatedHttpRequest, Permission, allowed

from .announcement_forms import AnnouncementForm
from .models import Announcement

EDIT = Permission.EDIT_PROGRAMMES


@allowed(EDIT)
def announcements(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    """All there is to tell, what is offered today first; and a form for one more."""
    house = _house(request)
    form = AnnouncementForm(request.POST or None, instance=Announcement(dealership=house))
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("contacts:announcements")
    today = house.today(timezone.now())
    rows = Announcement.objects.filter(dealership=house).order_by("retired", "kind", "-pk")[:200]
    offered = set(Announcement.objects.filter(dealership=house).on(today).values_list("pk", flat=True))
    facts = {"form": form, "rows": [(row, row.pk in offered) for row in rows]}
    return TemplateResponse(request, "contacts/announcements.html", facts, status=422 if form.is_bound else 200)


@allowed(EDIT)
def announcement(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    """Change one, or retire it; what was told stays told."""
    found = get_object_or_404(Announcement.objects.visible_to(request.user, EDIT), pk=pk)
    form = AnnouncementForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("contacts:announcements")
    facts = {"form": form, "row": found}
    return TemplateResponse(request, "contacts/announcement.html", facts, status=422 if form.is_bound else 200)


def _house(request: AuthenticatedHttpRequest) -> Dealership:
    if not request.user.may(EDIT, request.dealership.pk):
        raise Http404
    return request.dealership
