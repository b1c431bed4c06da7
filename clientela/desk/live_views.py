"""The leader's view of the day as it goes."""

from django.http import Http404, HttpResponseBase
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from clientela.network.permissions import AuthenticatedHttpRequest, Permission, allowed

from . import live


@require_safe
@allowed(Permission.REASSIGN)
def now(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    """Who is on a call, the queue, answered calls by hour and by person, what is late. It renews itself."""
    house, at = request.dealership, timezone.now()
    if not request.user.may(Permission.REASSIGN, house.pk):
        raise Http404
    day = live.day(house, at=at)
    facts = {
        "at": at,
        "house": house,
        "day": day,
        "most": max((tries.made for tries in day.hours.values()), default=1),
        "on_calls": live.on_calls(house, at=at),
        "queue": live.queue(house, at=at),
        "late": live.late(house, at=at),
    }
    return TemplateResponse(request, "desk/_live.html" if request.htmx else "desk/live.html", facts)
