"""Special vehicles: what the dealers' files propose, and what a manager set apart (S4-3.2.4.2b)."""

from django.http import Http404, HttpResponseBase
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from clientela.customers import special
from clientela.network.paging import page_after
from clientela.network.permissions import AuthenticatedHttpRequest, Permission, allowed


@require_safe
@allowed(Permission.SEE_TASKS)
def listed(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    """Visits to decide about, or those set apart with the reason; the latest first."""
    house, user = request.dealership, request.user
    if not user.may(Permission.SEE_TASKS, house.pk):
        raise Http404
    shows = "apart" if request.GET.get("shows") == "apart" else "proposed"
    waiting = special.proposed(house)
    rows = special.apart(house) if shows == "apart" else waiting
    rows = rows.select_related("customer", "vehicle", "special_by")
    page = page_after(rows, ("-delivered_on", "-pk"), request.GET.get("after"))
    facts = {
        "rows": page.rows,
        "more": page.more,
        "shows": shows,
        "waiting": waiting.count(),
        "may_decide": user.may(Permission.SET_APART, house.pk),
        "tab": "special",
    }
    return TemplateResponse(request, "contacts/special.html", facts)
