"""What today's page shows: the list in its groups, the one next thing, and how the day and the week go."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import Count, Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from clientela.contacts.models import Attempt, ContactTask, Outcome, ProgrammeStep
from clientela.contacts.models.task import TaskQuerySet
from clientela.network.models import Dealership, User

State = ContactTask.State
DONE_A_DAY = 80


@dataclass
class Section:
    """Tasks under one heading."""

    title: "str | Promise"
    note: "str | Promise" = ""
    is_late: bool = False
    count: int = 0
    tasks: list[ContactTask] = field(default_factory=list)


@dataclass(frozen=True)
class Tally:
    """Of my calls today: how many reached, not reached, without a valid number."""

    reached: int
    failed: int
    invalid: int

    @property
    def total(self) -> int:
        return self.reached + self.failed + self.invalid


@dataclass(frozen=True)
class Coverage:
    """Of the contacts due this week: how many were made."""

    due: int
    made: int

    @property
    def percent(self) -> float | None:
        """Share made, in percent; without anything due there is none."""
        return 100 * self.made / self.due if self.due else None


def end_of_day(dealership: Dealership, at: datetime) -> datetime:
    return datetime.combine(dealership.today(at) + timedelta(days=1), time(), dealership.zone)


def sections(tasks: Iterable[ContactTask], counts: dict[str, int], *, at: datetime) -> list[Section]:
    """Late first, then agreed times, then each step: the order in which the queue hands out."""
    found: dict[str, Section] = {}
    for task in tasks:
        key = _section_of(task, at)
        if key not in found:
            found[key] = _heading(key, task.step)
            found[key].count = counts.get(key, 0)
        found[key].tasks.append(task)
    return sorted(found.values(), key=lambda section: (not section.is_late, bool(section.note)))


def section_counts(tasks: TaskQuerySet, *, at: datetime) -> dict[str, int]:
    """How many tasks stand under each heading, also beyond the page."""
    late = Q(due_at__lte=at)
    agreed = Q(call_back_at__isnull=False) & ~late
    counts = (
        tasks.order_by()
        .values("step_code")
        .annotate(
            late=Count("pk", filter=late),
            agreed=Count("pk", filter=agreed),
            rest=Count("pk", filter=~late & ~agreed),
        )
    )
    found = {"late": 0, "agreed": 0}
    for row in counts:
        found["late"] += row["late"]
        found["agreed"] += row["agreed"]
        found[row["step_code"]] = row["rest"]
    return found


def tally(user: User, dealership: Dealership, *, at: datetime) -> Tally:
    """My calls since midnight."""
    midnight = end_of_day(dealership, at) - timedelta(days=1)
    mine = Attempt.objects.filter(dealership=dealership, by=user, at__gte=midnight, undone_at__isnull=True)
    spoken = [Outcome.REACHED, Outcome.REFUSED, Outcome.CALL_BACK]
    return Tally(
        **mine.aggregate(
            reached=Count("pk", filter=Q(outcome__in=spoken)),
            failed=Count("pk", filter=~Q(outcome__in=[*spoken, Outcome.WRONG_NUMBER])),
            invalid=Count("pk", filter=Q(outcome=Outcome.WRONG_NUMBER)),
        )
    )


def coverage(dealership: Dealership, *, at: datetime) -> Coverage:
    """Contacts whose window closed this week, and those of them that were made."""
    today = dealership.today(at)
    monday = today - timedelta(days=today.weekday())
    due = ContactTask.objects.filter(dealership=dealership, due_on__range=(monday, today)).exclude(
        state=State.CANCELLED
    )
    return Coverage(**due.aggregate(due=Count("pk"), made=Count("pk", filter=Q(state=State.DONE))))


def houses(ids: list[int], *, at: datetime) -> dict[int, dict[str, Any]]:
    """The last thirty days of each house: what was due, made, made in its window, and is late."""
    since = (at - timedelta(days=30)).date()
    rows = (
        ContactTask.objects.filter(dealership_id__in=ids, due_on__gte=since, due_on__lte=at.date())
        .exclude(state=State.CANCELLED)
        .order_by()
        .values("dealership_id")
        .annotate(
            due=Count("pk", distinct=True),
            made=Count("pk", filter=Q(state=State.DONE), distinct=True),
            in_window=Count(
                "pk",
                filter=Q(state=State.DONE, tries__timing="in_window", tries__undone_at__isnull=True)
                & Q(tries__outcome=Outcome.REACHED),
                distinct=True,
            ),
            late=Count("pk", filter=Q(state=State.OPEN, due_at__lte=at), distinct=True),
        )
    )
    return {row["dealership_id"]: dict(row) for row in rows}


def _section_of(task: ContactTask, at: datetime) -> str:
    if task.is_late(at):
        return "late"
    return "agreed" if task.call_back_at else task.step_code


def _heading(key: str, step: ProgrammeStep) -> Section:
    if key == "late":
        return Section(_("Late"), _("the window has closed; they are still called and counted apart"), is_late=True)
    if key == "agreed":
        return Section(_("At an agreed time"))
    return Section(
        step.name,
        _("day %(from)d to %(to)d after delivery") % {"from": step.window_from, "to": step.window_to},
    )
