"""The least a list view can be: the same fifty tasks, a table, nothing else. Served by what Django starts with."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import include, path
from django.utils import timezone

from clientela.contacts.models import ContactTask

MIDDLEWARE = [name for name in settings.MIDDLEWARE if name.startswith("django.")]
TEMPLATE = engines["django"].from_string(
    """<!doctype html><html><head><title>Tasks</title></head><body><table>
{% for task in tasks %}<tr><td>{{ task.due_on|date:"j M" }}</td><td>{{ task.customer.full_name }}</td>
<td>{{ task.vehicle.title }}</td><td>{{ task.vehicle.plate }}</td><td>{{ task.visit.get_kind_display }}</td>
<td>{{ task.attempts }}</td><td>{{ task.visit.consultant_name }}</td></tr>{% endfor %}
</table></body></html>"""
)


def tasks(request: HttpRequest) -> HttpResponse:
    """No rights, no counts, no row policies: it reads as the owner of the tables."""
    house = request.user.dealership_ids[0]  # type: ignore[union-attr]
    due = ContactTask.objects.using("owner").filter(state="open", callable_from__lte=timezone.now())
    page = (
        due.filter(dealership_id=house).select_related("customer", "vehicle", "visit").order_by("ranks_at", "id")[:50]
    )
    return HttpResponse(TEMPLATE.render({"tasks": page}))


urlpatterns = [path("bare/", tasks), path("", include("clientela.urls"))]
