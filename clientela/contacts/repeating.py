"""Not asking twice: of what the earlier calls spoke, and what of a plan would repeat it (S1-4.5b)."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from clientela.customers.models import Customer
from clientela.network.models import User

from . import call_plans
from .models import Attempt, ContactTask, Outcome, TalkingPoint, TaskPlan, Topic

#: Topics on one call; what is longer or more was pasted by mistake.
LONGEST, MOST = 80, 20
#: Points of so many days ago are still shown, and open ones always.
FRESH = timedelta(days=180)
_HAN = re.compile(r"[\u3400-\u9fff]+")


@dataclass(frozen=True)
class Covered:
    """Something that was spoken of: a topic of a call, or a point that was answered."""

    topic: str
    at: datetime
    by: User

    @property
    def said(self) -> str:
        return call_plans.said(self.topic)


@dataclass(frozen=True)
class Planned:
    """A planned topic in words, and what it would repeat."""

    topic: str
    repeats: Covered | None

    @property
    def said(self) -> str:
        return call_plans.said(self.topic)


@dataclass(frozen=True)
class Before:
    """What was said on earlier calls: topics after the same visit, and the customer's points."""

    topics: Sequence[Covered]
    points: Sequence[TalkingPoint]

    def repeated(self, topic: str) -> Covered | None:
        """What this would say again; nothing if it is new."""
        answered = [
            Covered(point.text, point.recorded_at, point.record.by) for point in self.points if not point.is_open
        ]
        near = (one for one in self.topics if is_same(one.topic, topic))
        return next(near, None) or next((one for one in answered if _holds(one.topic, topic)), None)

    def planned(self, topics: Iterable[str]) -> list[Planned]:
        return [Planned(topic, self.repeated(topic)) for topic in topics]


def before(task: ContactTask, *, at: datetime) -> Before:
    """What stands before this contact."""
    calls = Attempt.objects.filter(
        task__visit_id=task.visit_id, outcome=Outcome.REACHED, undone_at=None, topics__len__gt=0
    ).exclude(task=task)
    return Before(_topics(calls), points_of(task.customer, at=at))


def before_service(customer: Customer, *, at: datetime) -> Before:
    """The same for advice planned to a customer: of all her calls of late."""
    calls = Attempt.objects.filter(
        task__customer=customer, outcome=Outcome.REACHED, undone_at=None, topics__len__gt=0, at__gt=at - FRESH
    )
    return Before(_topics(calls), points_of(customer, at=at))


def points_of(customer: Customer, *people: str, at: datetime) -> list[TalkingPoint]:
    """Her points, the open ones first, then the latest; who noted them is read along, and these `people`."""
    rows = TalkingPoint.objects.standing().filter(dealership=customer.dealership_id, customer=customer)
    found = rows.select_related("record__by", *people).order_by("-recorded_at", "-pk")[:20]
    return sorted(
        (point for point in found if point.is_open or point.recorded_at > at - FRESH),
        key=lambda point: not point.is_open,
    )


def topics_in(chosen: Iterable[str], further: str) -> list[str]:
    """What was ticked and what was written besides, one a line or between commas; each once."""
    written = re.split(r"[\n,;，、；]", further)
    words = [" ".join(topic.split())[:LONGEST] for topic in [*chosen, *written]]
    return list(dict.fromkeys(filter(None, words)))[:MOST]


def is_same(one: str, other: str) -> bool:
    """Whether two topics say the same: the same words in any order, or one all words of the other."""
    if one == other:
        return True
    if (one in Topic.values) != (other in Topic.values):
        one, other = call_plans.said(one), call_plans.said(other)
    elif one in Topic.values:
        return False
    return _holds(one, other) or _holds(other, one)


# The plan of a later call --------------------------------------------------------------------------------


def planned(task: ContactTask) -> TaskPlan | None:
    """What was planned for it; no question where it was read along with the task."""
    found: TaskPlan | None = getattr(task, "plan", None)
    return found


def choices(task: ContactTask, plan: TaskPlan) -> list[tuple[str, str]]:
    """What may be planned: the topics of the step before others, and none that it forbids."""
    step = task.step
    codes = dict.fromkeys([*step.topics_allowed, *Topic.values, *plan.topics])
    return [(code, call_plans.said(code)) for code in codes if code not in step.topics_forbidden]


@transaction.atomic
def keep(plan: TaskPlan, *, by: User, at: datetime) -> list[Planned]:
    """Write the plan down; what in it would repeat something."""
    plan.by, plan.at = by, at
    plan.save()
    return [one for one in before(plan.task, at=at).planned(plan.topics) if one.repeats]


# How -----------------------------------------------------------------------------------------------------


def _topics(calls: Iterable[Attempt]) -> list[Covered]:
    rows = calls.select_related("by").order_by("-at", "-pk")[:10]  # type: ignore[attr-defined]
    return [Covered(topic, row.at, row.by) for row in rows for topic in row.topics]


def _holds(text: str, part: str) -> bool:
    """Whether all words of the part stand in the text."""
    sought, found = _words(part), _words(text)
    return bool(sought) and all(
        word in found or any(word in other for other in found if _HAN.match(word)) for word in sought
    )


def _words(text: str) -> set[str]:
    """Its words without accents; those of one or two letters say nothing. Chinese is written without spaces."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
    words = re.findall(r"[^\W_]+", unicodedata.normalize("NFC", plain).casefold())
    return {word for word in words if len(word) > 2 or _HAN.match(word)}
