"""The screen of a call: everything it shows, in few questions."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, OuterRef, Prefetch, Subquery
from django.utils.translation import gettext as _

from clientela.contacts import (
    announcing,
    attempting,
    call_plans,
    deciding,
    handing_on,
    holding,
    point_forms,
    points,
    queue,
    repeating,
    scripts,
    serving,
)
from clientela.contacts.models import Attempt, ContactTask, Finding, Outcome, TalkingPoint
from clientela.contacts.models.task import TaskQuerySet
from clientela.customers import completeness
from clientela.customers.models import CustomerRestHours, OdometerReading, Visit
from clientela.network import calendars
from clientela.network.forms import people_of
from clientela.network.models import User
from clientela.network.templatetags.clientela import figures as in_words
from clientela.satisfaction import questionnaires
from clientela.satisfaction.models import Grade, Response

from . import day

#: How the grades are signed, from good to bad.
SIGNS = ("good", "soon", "late")
#: The keys of what a customer may object to; of more items the others are ticked by hand.
ITEM_KEYS = ("KeyA", "KeyS", "KeyD", "KeyF", "KeyG", "KeyH", "KeyJ")


def facts(task: ContactTask, user: User, at: datetime) -> dict[str, Any]:
    """What the page shows of a contact that somebody has taken; `task` is of `with_all_facts`."""
    serving.attach([task])
    visits = announcing.visits_known(task)
    before = repeating.before(task, at=at)
    hours = calendars.coming_hours(task.dealership_id, at)
    day.mark_tries([task], hours, task.dealership.zone, at=at)
    return {
        "task": task,
        "at": at,
        "before": before,
        **_length(task, at),
        **_next_maintenance(task, before),
        **_customer(task, visits),
        **_to_say(task, user, before, visits, at),
        **_questions(task),
        **_points(task, at),
        "hand_over_awaited": handing_on.awaited(task),
        "cautions": deciding.undecided(task, at=at),
        "decided": deciding.of_this_lease(task),
        "missed": attempting.if_missed(task, hours, at=at),
        "outcomes": Outcome,
        "instead_of": task.assignee if task.assignee_id != user.pk else None,
    }


def _customer(task: ContactTask, visits: list[Visit]) -> dict[str, Any]:
    """Who is called, and what went before."""
    customer = task.customer
    remedied = {"remedy__done_at": None, "remedy__isnull": False, "withdrawn_at": None}
    return {
        "customer": customer,
        "visit": task.visit,
        "points": list(customer.contact_points.select_related("dealership")),
        "rest_hours": customer.rest_hours.all(),
        "visits": [visit for visit in visits if visit.customer_id == customer.pk and visit.pk != task.visit_id][:3],
        "said": Response.objects.filter(customer=customer, withdrawn_at=None).order_by("-answered_at")[:3],
        "tries": [tried for tried in task.tries.all() if tried.undone_at is None],
        "open_findings": Finding.objects.filter(customer=customer, **remedied)[:3],
    }


def _to_say(
    task: ContactTask, user: User, before: repeating.Before, visits: list[Visit], at: datetime
) -> dict[str, Any]:
    """The script, what was planned for this call, and what there is to tell."""
    plan = call_plans.of_task(task) or repeating.planned(task)
    planned = task.service.content if task.service else ""
    return {
        "script": scripts.of_call(task, user, at=at),
        "call_plan": plan,
        "topics": before.planned(plan.topics) if plan else [],
        "service_repeats": before.repeated(planned) if planned else None,
        "tips": announcing.for_call(task, visits, task.dealership.today(at)),
    }


def _questions(task: ContactTask) -> dict[str, Any]:
    """What the customer is asked: grades, items, words of her own, sections."""
    asked = questionnaires.of(task.step.questionnaire)
    texts = asked.texts_after(task.visit.kind)
    return {
        "grades": zip(Grade.choices, ("KeyQ", "KeyW", "KeyE"), SIGNS, strict=True),
        "items": list(zip(asked.items, ITEM_KEYS, strict=False)),
        "texts": [(question, question.question(task.customer.language)) for question in texts],
        "sections": _sections(task),
    }


def _points(task: ContactTask, at: datetime) -> dict[str, Any]:
    """What may come of the call: findings with an owner, talking points."""
    today = task.dealership.today(at)
    return {
        "finding_kinds": Finding.Kind.choices,
        "owners": people_of(task.dealership),
        "tomorrow": today + timedelta(days=1),
        "point_rows": point_forms.ROWS,
        "point_kinds": TalkingPoint.Kind.choices,
        "point_abouts": TalkingPoint.About.choices,
        "report_on": today + points.REPORTED_WITHIN,
    }


def _length(task: ContactTask, at: datetime) -> dict[str, Any]:
    """Since when the call lasts: a page that is opened again goes on counting. Deciding whether to call is no call."""
    begun = at if deciding.of_this_lease(task) or not task.leased_until else min(task.leased_until - queue.LEASE, at)
    return {"started_at": begun, "lasted": int((at - begun).total_seconds())}


def _next_maintenance(task: ContactTask, before: repeating.Before) -> dict[str, Any]:
    """When her car is due next, and whether she was told so after this visit (S2-9.6)."""
    due = task.vehicle.next_service_on or task.due_by_cycle if task.vehicle else None  # type: ignore[attr-defined]
    if due is None:
        return {}
    said = _("next service on %(day)s") % {"day": in_words(due)}
    return {"next_on": due, "next_said": said, "next_told": before.repeated(said)}


def with_all_facts(tasks: TaskQuerySet, at: datetime) -> Any:
    """What the screen of a call shows of one, in few questions."""
    reading = OdometerReading.objects.filter(vehicle=OuterRef("vehicle")).order_by("-read_on", "-pk")
    tries = Attempt.objects.select_related("by").order_by("at", "pk")
    care = completeness.maintenances().filter(vehicle=OuterRef("vehicle")).order_by("-delivered_on", "-pk")
    cycle = completeness.Months(Subquery(care.values("delivered_on")[:1]), F("vehicle__cycle_months"))
    rests = CustomerRestHours.objects.order_by("weekday", "starts")
    rows: Any = tasks.for_list().select_related("plan", "visit__file__call_plan")
    rows = rows.prefetch_related(Prefetch("tries", tries), Prefetch("customer__rest_hours", rests))
    rows = rows.annotate(km=Subquery(reading.values("km")[:1]), read_on=Subquery(reading.values("read_on")[:1]))
    return rows.annotate(due_by_cycle=cycle, cautioned=holding.cautioned(at))


@dataclass(frozen=True)
class Asked:
    """One section of the questionnaire on the screen; only the first three have keys of their own."""

    code: str
    name: str
    question: str
    grades: list[tuple[str, str, str, str]]


def _sections(task: ContactTask) -> list[Asked]:
    """What is asked section by section, in the customer's language; nothing of a questionnaire of one question."""
    rows = (("KeyQ", "KeyW", "KeyE"), ("KeyA", "KeyS", "KeyD"), ("KeyU", "KeyI", "KeyO"))
    return [
        Asked(
            section.code,
            section.name,
            section.question(task.customer.language),
            [
                (grade.value, str(grade.label), rows[number][place] if number < len(rows) else "", SIGNS[place])
                for place, grade in enumerate(Grade)
            ],
        )
        for number, section in enumerate(questionnaires.of(task.step.questionnaire).sections)
    ]
