"""What today's page shows: the list in its groups, the one next thing, and how the day and the week go."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, CharField, Count, F, OuterRef, Q, Value, When
from django.db.models.functions import JSONObject
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from clientela.contacts import coverage as covering
from clientela.contacts import handing_on, holding, windows
from clientela.contacts.coverage import FOLLOWED_UP, NOT_OWED, Period
from clientela.contacts.models import Attempt, Channel, ContactTask, Outcome, Plan, ProgrammeStep, TalkingPoint, Timing
from clientela.contacts.retrying import latest_start, open_bands, still_to_try, tries_that_fit
from clientela.customers import special
from clientela.customers.models import Visit
from clientela.network.models import Dealership, RestHours, User
from clientela.network.permissions import Permission

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
    #: Contacts that she tried and that wait until tomorrow or later.
    waiting: int = 0

    @property
    def total(self) -> int:
        return self.reached + self.failed + self.invalid


@dataclass(frozen=True)
class Coverage:
    """Of the contacts due this week: how many were followed up."""

    due: int
    made: int

    @property
    def percent(self) -> float | None:
        """Share made, in percent; without anything due there is none."""
        return 100 * self.made / self.due if self.due else None


def end_of_day(dealership: Dealership, at: datetime) -> datetime:
    return datetime.combine(dealership.today(at) + timedelta(days=1), time(), dealership.zone)


def sections(
    tasks: Iterable[ContactTask], counts: dict[str, int], *, at: datetime, tried: bool = False
) -> list[Section]:
    """Late first, then agreed times, then each step. Tried ones are one."""
    if tried:
        shown = list(tasks)
        return [Section(_("Tried today"), _("called again from the day that is given"), tasks=shown)] if shown else []
    found: dict[str, Section] = {}
    for task in tasks:
        key = _section_of(task, at)
        if key not in found:
            found[key] = _heading(key, task.step)
            found[key].count = counts.get(key, 0)
        found[key].tasks.append(task)
    return sorted(found.values(), key=lambda section: (not section.is_late, bool(section.note)))


def mark_tries(
    tasks: Iterable[ContactTask], hours: list[tuple[datetime, datetime]], zone: ZoneInfo, *, at: datetime
) -> None:
    """Say of each task that is in time whether its tries still fit, planned backwards from its end (C-4)."""
    in_time = [task for task in tasks if task.is_open and not task.is_late(at) and not task.call_back_at]
    last = max((task.due_at for task in in_time), default=at)
    days = open_bands([stretch for stretch in hours if stretch[0] < last], zone)
    for task in in_time:
        _mark_tries(task, days, zone, at)


@dataclass(frozen=True)
class Notices:
    """What stands at the head of the page: when nobody is to be disturbed, and how many sales wait to be handed on."""

    rest: list[str]
    hand_overs: int
    #: Of my talking points: whose solution is to be told today, which are to be reported today, which are late.
    inform: int = 0
    report: int = 0
    late_points: int = 0
    #: Solutions that are asked of me.
    asked: int = 0
    #: Visits of which a manager is to say whether they are special.
    special: int = 0
    #: Follow-up plans that she reviews as the leader (S4-2.3).
    plans: int = 0


def notices(house: Dealership, user: User, *, at: datetime) -> Notices:
    """All in one question: the page has few."""
    today = house.today(at)
    points = TalkingPoint.objects.open().filter(dealership=OuterRef("pk")).clocked()
    mine = Q(owner=user, due_at__lte=end_of_day(house, at)) | Q(asked=user, state=TalkingPoint.State.REPORTED)
    pauses = RestHours.objects.filter(Q(weekday=today.weekday()) | Q(weekday=None), dealership=OuterRef("pk"))
    proposed = special.proposed(house) if user.may(Permission.SET_APART, house.pk) else Visit.objects.none()
    submitted = Plan.objects.filter(dealership=OuterRef("pk"), state=Plan.State.SUBMITTED)
    reviewed = submitted if user.may(Permission.REVIEW_PLANS, house.pk) else submitted.none()
    asked = Dealership.objects.filter(pk=house.pk).annotate(
        pauses=ArraySubquery(pauses.order_by("starts").values(data=JSONObject(starts="starts", ends="ends"))),
        sales=ArraySubquery(handing_on.missing(house, user, today).order_by().values("pk")),
        special=ArraySubquery(proposed.order_by().values("pk")),
        plans=ArraySubquery(reviewed.order_by().values("pk")),
        points=ArraySubquery(points.filter(mine).order_by().values(said=_said_of_point(at))),
    )
    pauses_said, sales, proposals, plans, said = asked.values_list(
        "pauses", "sales", "special", "plans", "points"
    ).get()
    return Notices(
        [f"{pause['starts'][:5]}–{pause['ends'][:5]}" for pause in pauses_said],
        len(sales),
        inform=said.count(TalkingPoint.State.SOLVED),
        report=said.count(TalkingPoint.State.PENDING),
        late_points=said.count("late"),
        asked=said.count(TalkingPoint.State.REPORTED),
        plans=len(plans or ()),
        special=len(proposals or ()),  # for who may not decide, the database answers nothing
    )


def _said_of_point(at: datetime) -> Case:
    """Its state, or that it is late."""
    return Case(When(due_at__lt=at, then=Value("late")), default=F("state"), output_field=CharField())


def mark_held(
    tasks: Iterable[ContactTask], hours: list[tuple[datetime, datetime]], house: Dealership, *, at: datetime
) -> None:
    """Say of each task what holds it now, and until when (`holding.held_by` annotated the first)."""
    for task in tasks:
        task.dealership = house
        if code := getattr(task, "held_by", ""):
            holding.mark(task, code, at=at, hours=hours)


def _mark_tries(task: ContactTask, days: dict[date, set[str]], zone: ZoneInfo, at: datetime) -> None:
    first = max(task.opens_on, task.callable_from.astimezone(zone).date())
    tries = still_to_try(task)
    inside = {day: bands for day, bands in days.items() if first <= day <= task.due_on}
    fit = tries_that_fit(inside, tries)
    task.tries_fit = fit if fit < tries.left else None
    start = latest_start(inside, tries, due_on=task.due_on)
    task.is_last_start = tries.left > 1 and start == at.astimezone(zone).date()


def tally(user: User, dealership: Dealership, *, at: datetime) -> Tally:
    """My calls since midnight."""
    midnight = end_of_day(dealership, at) - timedelta(days=1)
    mine = Attempt.objects.filter(dealership=dealership, by=user, at__gte=midnight, undone_at__isnull=True)
    mine = mine.filter(channel=Channel.PHONE)
    spoken = [Outcome.REACHED, Outcome.REFUSED, Outcome.CALL_BACK]
    return Tally(
        **mine.aggregate(
            reached=Count("pk", filter=Q(outcome__in=spoken)),
            failed=Count("pk", filter=~Q(outcome__in=[*spoken, Outcome.WRONG_NUMBER])),
            invalid=Count("pk", filter=Q(outcome=Outcome.WRONG_NUMBER)),
            waiting=Count(
                "task",
                distinct=True,
                filter=Q(task__state=State.OPEN, task__callable_from__gte=end_of_day(dealership, at)),
            ),
        )
    )


def coverage(dealership: Dealership, *, at: datetime) -> Coverage:
    """Contacts whose window closed this week, and those of them that were followed up (S4-3.2.4.3.3)."""
    today = dealership.today(at)
    monday = today - timedelta(days=today.weekday())
    due = covering.owed(dealership, Period(monday, today))
    return Coverage(**due.aggregate(due=Count("pk"), made=Count("pk", filter=Q(state__in=FOLLOWED_UP))))


def houses(ids: list[int], *, at: datetime) -> dict[int, dict[str, Any]]:
    """The last thirty days of each house: what was due, followed up, made, made in its window, and is late."""
    rows = (
        ContactTask.objects.filter(_in_the_last_thirty_days(ids, at))
        .exclude(state__in=NOT_OWED)
        .exclude(step__excludes__contains=["special"], visit__special=True)
        .order_by()
        .values("dealership_id")
        .annotate(
            due=Count("pk"),
            followed=Count("pk", filter=Q(state__in=FOLLOWED_UP)),
            made=Count("pk", filter=Q(state=State.DONE)),
            in_window=Count("pk", filter=Q(state=State.DONE, timing=Timing.IN_WINDOW)),
            late=Count("pk", filter=Q(state=State.OPEN, due_at__lte=at, contacted_on=None)),
        )
    )
    return {row["dealership_id"]: dict(row) for row in rows}


def _in_the_last_thirty_days(ids: list[int], at: datetime) -> Q:
    """By the calendar of each house."""
    found = Q(pk=None)
    for house in Dealership.objects.filter(pk__in=ids):
        today = house.today(at)
        found |= Q(dealership=house, due_on__range=(today - timedelta(days=30), today))
    return found


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
        windows.said(step),
    )
