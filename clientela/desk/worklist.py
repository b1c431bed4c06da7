"""Today's list of contacts: mine, my team's, or those of whom I stand in for; and what stands beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.db.models import Expression, Q, Value

from clientela.contacts import allocating, holding, serving
from clientela.contacts.models import Absence, ContactTask, Remedy
from clientela.contacts.models.task import TaskQuerySet
from clientela.contacts.who import leads, may_take
from clientela.customers.models.customer import NAME_PARTS_IN_ORDER
from clientela.network import calendars
from clientela.network.models import Dealership, User
from clientela.network.paging import Page, page_after
from clientela.network.permissions import Permission

from . import day, overview

#: What the name of a customer is made of.
_NAMES = ("kind", "full_name", *NAME_PARTS_IN_ORDER, "language")
#: What a row of the list shows of a contact, of whom it is to and what it is about.
_ROW = (
    *(field.name for field in ContactTask._meta.concrete_fields),
    *(f"customer__{name}" for name in (*_NAMES, "time_zone")),
    *(f"vehicle__{name}" for name in ("make", "model", "model_year", "plate")),
    *(f"visit__{name}" for name in ("kind", "work", "consultant_name", "delivered_on")),
    *(f"step__{name}" for name in ("names", "window_from", "from_unit", "window_to", "to_unit")),
    "leased_by__name",
)


@dataclass(frozen=True)
class Desk:
    """Who looks, in which house, and when."""

    house: Dealership
    user: User
    at: datetime

    @cached_property
    def today(self) -> date:
        return self.house.today(self.at)

    @cached_property
    def calls(self) -> bool:
        return self.user.may(Permission.CALL, self.house.pk)

    @cached_property
    def sees_all(self) -> bool:
        return self.user.may(Permission.SEE_TASKS, self.house.pk)

    @cached_property
    def absences(self) -> list[Absence]:
        return allocating.absences(self.house, self.today)

    @cached_property
    def stood_in(self) -> list[Absence]:
        return overview.stood_in_for(self.absences, self.user, self.today)

    @cached_property
    def hours(self) -> list[tuple[datetime, datetime]]:
        """When the house calls, from now on."""
        return calendars.coming_hours(self.house.pk, self.at)

    @cached_property
    def mine(self) -> Expression:
        """The condition of what she may take."""
        return may_take(self.user, self.house.pk, self.today)

    def contacts(self) -> TaskQuerySet:
        """Those that she sees: all of the house, or what she may take."""
        rows = ContactTask.objects.visible_to(self.user).filter(leads(self.today), dealership=self.house)
        if self.sees_all:
            return rows
        return rows.filter(self.mine) if self.calls else rows.none()


def listed(desk: Desk, *, of: str, kind: str, after: str) -> dict[str, Any]:
    """One page of the list, what is in each view and of each kind, and whom one calls next."""
    end, rows = day.end_of_day(desk.house, desk.at), desk.contacts()
    counted = overview.read(rows.due_by(end), desk.user, desk.house, desk.stood_in, at=desk.at)
    of, kind = _asked(desk, counted, of, kind)
    page = page_after(_shown(desk, rows, of, kind), ("ranks_at", "pk"), after, drawn=_drawn(desk, of))
    _mark(desk, page.rows)
    return {
        "of": of,
        "kind": kind,
        **counted.of_view(of),
        "sections": day.sections(page.rows, counted.sections(of, kind), at=desk.at, tried=kind == overview.TRIED),
        "more": page.more,
        "next": _next_up(desk, page, after) if desk.calls and not kind else None,
    }


def beside(desk: Desk) -> dict[str, Any]:
    """What the page says around the list: who is away, what waits for her, how her day and the week go."""
    house, user, at = desk.house, desk.user, desk.at
    notices = day.notices(house, user, at=at)
    return {
        "at": at,
        "calls": desk.calls,
        "sees_all": desk.sees_all,
        "stood_in": desk.stood_in,
        "away": [row for row in desk.absences if row.user_id == user.pk and row.from_on <= desk.today],
        "uncovered": allocating.uncovered(desk.absences) if user.may(Permission.DESIGNATE, house.pk) else [],
        "opens_at": _opens_at(desk) if desk.calls else None,
        "rest": notices.rest,
        "hand_overs": notices.hand_overs,
        "notices": notices,
        "tally": day.tally(user, house, at=at) if desk.calls else None,
        "goal": day.DONE_A_DAY,
        "coverage": day.coverage(house, at=at) if desk.calls or desk.sees_all else None,
        "remedies": _to_put_right(desk),
    }


def _asked(desk: Desk, counted: overview.Overview, of: str, kind: str) -> tuple[str, str]:
    """Which view, and which kind in it; what the address has no right to, or nobody knows, is the plain list."""
    views = {overview.MINE: desk.calls, overview.SUBSTITUTE: desk.calls, overview.TEAM: desk.sees_all}
    if not views.get(of):
        of = overview.MINE if desk.calls else overview.TEAM
    known = {overview.LATE, overview.AGREED, overview.TRIED, *(row["step_code"] for row in counted.rows)}
    return of, kind if kind in known else ""


def _shown(desk: Desk, rows: TaskQuerySet, of: str, kind: str) -> TaskQuerySet:
    shown = overview.shown(rows, kind, end=day.end_of_day(desk.house, desk.at), at=desk.at)
    if of == overview.TEAM:
        return shown
    theirs = overview.standing(desk.user, desk.house, desk.stood_in, at=desk.at)
    return shown.filter(desk.mine if of == overview.MINE else theirs)


def _drawn(desk: Desk, of: str) -> TaskQuerySet:
    """What a row shows and no more: eight tables take PostgreSQL longer to plan than fifty rows to read."""
    rows = ContactTask.objects.visible_to(desk.user).filter(dealership=desk.house)
    rows = rows.select_related("customer", "vehicle", "visit", "step", "leased_by").only(*_ROW)
    takes = Value(True) if of == overview.MINE else desk.mine
    return rows.annotate(takes=takes, held_by=holding.held_by(desk.at, desk.today))


def _mark(desk: Desk, rows: Sequence[ContactTask]) -> None:
    """Say of each what it is made for, what holds it, and whether its tries still fit."""
    serving.attach(rows)
    day.mark_tries(rows, desk.hours, desk.house.zone, at=desk.at)
    day.mark_held(rows, desk.hours, desk.house, at=desk.at)


def _next_up(desk: Desk, page: Page[ContactTask], after: str) -> ContactTask | None:
    """Whom the queue would hand out now; only a look, nothing is taken. On the first page she mostly stands."""
    at, user = desk.at, desk.user
    if not after:
        for task in page.rows:
            free = not task.leased_until or task.leased_until <= at or task.leased_by_id == user.pk
            if free and task.callable_from <= at and task.takes and not task.held:  # type: ignore[attr-defined]
                return task  # `takes` is annotated by `_drawn`
        if not page.more:
            return None
    held_by_nobody = Q(leased_by__isnull=True) | Q(leased_until__lte=at) | Q(leased_by=user)
    queue = ContactTask.objects.filter(held_by_nobody, desk.mine, dealership=desk.house).callable_at(at)
    # First who, then her facts: joined to a long queue, all of it would be read.
    first = queue.filter(holding.not_held(at, desk.today)).ranked().values_list("pk", flat=True).first()
    return ContactTask.objects.for_list().filter(dealership=desk.house, pk=first).first() if first else None


def _opens_at(desk: Desk) -> datetime | None:
    """When calling hours begin again; None while they last."""
    if not desk.hours or desk.hours[0][0] <= desk.at:
        return None
    return next((starts for starts, _ends in desk.hours if starts > desk.at), None)


def _to_put_right(desk: Desk) -> Any:
    """The shortcomings that are hers to put right, the most urgent first."""
    rows = Remedy.objects.open().filter(dealership=desk.house, owner=desk.user).select_related("finding__customer")
    names = (f"finding__customer__{name}" for name in _NAMES)
    return rows.only("due_at", "finding__text", *names).order_by("due_at")[:5]
