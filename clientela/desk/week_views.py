"""The plan of a week, day by day, for an agent or the whole team; on paper too."""

from datetime import date, timedelta
from typing import Any

from django.http import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from clientela.contacts import levelling, serving
from clientela.contacts.models import ContactTask
from clientela.contacts.models.task import TaskQuerySet
from clientela.contacts.who import leads, may_take
from clientela.network.paging import page_after
from clientela.network.permissions import AuthenticatedHttpRequest, Permission, allowed

from . import week
from .asking import WeekForm

#: So many contacts of a day stand on one page, and on its paper.
A_DAY = 200
#: So far back and ahead a week can be looked at.
REACH = timedelta(days=366)


@require_safe
@allowed(Permission.SEE_CUSTOMERS)
def plan(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    """Seven days side by side: what is planned, of it what can wait no longer, and what can be called."""
    at, house, user = timezone.now(), request.dealership, request.user
    calls, sees_all = user.may(Permission.CALL, house.pk), user.may(Permission.SEE_TASKS, house.pk)
    form, today = WeekForm(request.GET), house.today(at)
    of = form.asked("of", "mine" if calls else "team")
    of = of if (of == "mine" and calls) or not sees_all else "team"
    tasks = ContactTask.objects.visible_to(user).filter(leads(today), dealership=house)
    if not (calls or sees_all):
        tasks = tasks.none()
    if of == "mine":
        tasks = tasks.filter(may_take(user, house.pk, today))
    first = week.monday_of(_near(form.asked("start", today), today))
    by = form.asked("by", week.AGENT if of == "team" else week.STEP)
    room = levelling.room(house, at=at) if of == "team" else None
    day, line = form.asked("day", None), form.asked("line", "")
    facts = {
        "at": at,
        "of": of,
        "by": by,
        "calls": calls,
        "sees_all": sees_all,
        "week": week.read(house, tasks, first, by, room, at=at),
        "first": first,
        "before": first - timedelta(week.DAYS),
        "next": first + timedelta(week.DAYS),
        "last": first + timedelta(week.DAYS - 1),
        "this": week.monday_of(today),
        "day": day,
        "line": line,
        **_chosen(request, tasks, day, line, by, today),
    }
    return TemplateResponse(request, "desk/week.html", facts)


def _near(day: date, today: date) -> date:
    return max(today - REACH, min(day, today + REACH))


def _chosen(
    request: AuthenticatedHttpRequest, tasks: TaskQuerySet, day: date | None, line: str, by: str, today: date
) -> dict[str, Any]:
    """The contacts behind a day, or behind a day of one line."""
    if day is None:
        return {"tasks": []}
    rows = week.planned(tasks, today).filter(on=day)  # type: ignore[misc]  # annotated
    if by == week.STEP and line:
        rows = rows.filter(step_code=line)
    elif line:
        rows = rows.filter(assignee=int(line) if line.isdecimal() and len(line) < 10 else None)
    rows = rows.select_related("customer", "vehicle", "visit", "step", "assignee", "leased_by")
    page = page_after(
        rows.defer("step__script", "step__sources"), ("ranks_at", "pk"), request.GET.get("after"), size=A_DAY
    )
    serving.attach(page.rows)
    return {"tasks": page.rows, "more": page.more}
