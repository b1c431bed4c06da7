"""The boards of talking points: of the agent, of the manager who is asked, of everybody; what runs out next first."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django import forms
from django.db.models import Count, Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clientela.customers.listing.filters import Filters
from clientela.customers.listing.table import Asked, Column, List, Rows, Sort, Value
from clientela.lib.names import search_key
from clientela.network.forms import DayInput, people_of
from clientela.network.models import Dealership, Department, User
from clientela.network.permissions import Permission

from . import points
from .models import PointStep, TalkingPoint
from .models.point import PointQuerySet

SEE = Permission.SEE_FINDINGS
State = TalkingPoint.State
ANY = [("", _("any"))]
MINE, ASKED, ALL = "mine", "asked", "all"


class PointFilters(Filters):
    """Which of them; open ones unless something else is asked."""

    q = forms.CharField(label=_("customer or words"), max_length=100)
    state = forms.ChoiceField(
        label=_("state"), choices=[("", _("open")), *State.choices, ("any", _("open and closed"))]
    )
    late = forms.ChoiceField(label=_("late"), choices=[*ANY, ("now", _("late now")), ("ever", _("late now or once"))])
    kind = forms.ChoiceField(label=_("kind"), choices=[*ANY, *TalkingPoint.Kind.choices])
    about = forms.ChoiceField(label=_("about"), choices=[*ANY, *TalkingPoint.About.choices])
    department = forms.ChoiceField(label=_("department"), choices=[*ANY, *Department.Kind.choices])
    owner = forms.ModelChoiceField(label=_("who sees to it"), queryset=User.objects.none(), empty_label=_("any"))
    first = forms.DateField(label=_("said from"), widget=DayInput())
    last = forms.DateField(label=_("said until"), widget=DayInput())

    pairs = (("first", "last"),)

    def __init__(self, data: Any, *, house: Dealership, at: datetime | None = None) -> None:
        super().__init__(data, house=house)
        self.at = at
        self.fields["owner"].queryset = people_of(house)  # type: ignore[attr-defined]

    def narrow(self, rows: Rows) -> Rows:
        rows = super().narrow(rows)
        return rows if self.asked.get("state") else rows.filter(closed_at=None)

    def by_q(self, rows: Rows, words: str) -> Rows:
        found = Q(text__icontains=words) | Q(solution__icontains=words) | Q(answer__icontains=words)
        key = search_key(words)
        return rows.filter(found | Q(customer__search_name__contains=key) if key else found)

    def by_state(self, rows: Rows, state: str) -> Rows:
        return rows if state == "any" else rows.filter(state=state)

    def by_late(self, rows: Any, which: str) -> Rows:
        assert self.at is not None
        found: Rows = rows.late(self.at) if which == "now" else rows.breached(self.at)
        return found

    def by_kind(self, rows: Rows, kind: str) -> Rows:
        return rows.filter(kind=kind)

    def by_about(self, rows: Rows, about: str) -> Rows:
        return rows.filter(about=about)

    def by_department(self, rows: Rows, department: str) -> Rows:
        return rows.filter(department=department)

    def by_owner(self, rows: Rows, owner: User) -> Rows:
        return rows.filter(owner=owner)

    def by_first(self, rows: Rows, day: date) -> Rows:
        return rows.filter(recorded_at__gte=points.start_of(self.house, day))

    def by_last(self, rows: Rows, day: date) -> Rows:
        return rows.filter(recorded_at__lte=points.end_of(self.house, day))


@dataclass(frozen=True)
class Counts:
    """How many are open on each board, and how many of them late."""

    mine: int
    asked: int
    all: int
    late: int


def counts(house: Dealership, user: User, *, at: datetime) -> Counts:
    """In one question."""
    rows = TalkingPoint.objects.open().filter(dealership=house)
    late = Q(state=State.PENDING, report_by__lt=at) | Q(state=State.SOLVED, inform_by__lt=at)
    return Counts(
        **rows.aggregate(
            mine=Count("pk", filter=Q(owner=user)),
            asked=Count("pk", filter=Q(asked=user, state=State.REPORTED)),
            all=Count("pk"),
            late=Count("pk", filter=late),
        )
    )


def asked(query: Any, house: Dealership, of: str, *, by: User, right: Permission, at: datetime) -> Asked:
    """The board an address asks for."""
    filters = PointFilters(query, house=house, at=at)
    rows: Rows = of_house(house).visible_to(by, right)
    if of == MINE:
        rows = rows.filter(owner=by)
    elif of == ASKED:
        rows = rows.filter(asked=by)
        rows = rows if query.get("state") else rows.filter(state=State.REPORTED)
    rows = filters.narrow(rows) if filters.is_valid() else rows.none()
    sort, falls = POINTS.sort(query.get("sort", ""))
    return Asked(POINTS, house, filters, rows, sort, falls, POINTS.chosen(()))


def of_house(house: Dealership) -> PointQuerySet:
    return TalkingPoint.objects.standing().filter(dealership=house).clocked()


def _dressed(rows: Rows) -> Rows:
    late = PointStep.objects.filter(point=OuterRef("pk"), at__gt=F("due_at"))
    with_all: Rows = rows.select_related("customer", "owner", "asked", "dealership", "record").annotate(
        was_late=Exists(late)
    )
    return with_all


def _day(moment: datetime | None, point: TalkingPoint) -> date | None:
    return timezone.localtime(moment, point.dealership.zone).date() if moment else None


def _spoken(name: str) -> Any:
    def value(point: TalkingPoint) -> Value:
        return str(getattr(point, f"get_{name}_display")())

    return value


POINTS = List(
    code="points",
    title=_("Talking points"),
    rows=of_house,
    dressed=_dressed,
    filters=PointFilters,
    columns=(
        Column("recorded", _("Said on"), lambda p: _day(p.recorded_at, p), kind="day", shown=True, firm=True),
        Column("call", _("Call"), lambda p: str(p.record), shown=True),
        Column("name", _("Customer"), lambda p: p.customer.listed_name, kind="name", shown=True),
        Column("kind", _("Kind"), _spoken("kind"), kind="word", shown=True),
        Column("about", _("About"), _spoken("about"), kind="word", shown=True),
        Column("department", _("Department"), _spoken("department"), kind="word", shown=True),
        Column("text", _("What the customer said"), lambda p: p.text, shown=True),
        Column("state", _("State"), _spoken("state"), kind="word", shown=True),
        Column("owner", _("Who sees to it"), lambda p: str(p.owner), shown=True),
        Column("report_by", _("Report by"), lambda p: _day(p.report_by, p), kind="day", shown=True),
        Column("reported", _("Reported on"), lambda p: _day(p.reported_at, p), kind="day", shown=True),
        Column("asked", _("Who is asked"), lambda p: str(p.asked or ""), shown=True),
        Column("report", _("What is asked"), lambda p: p.report, shown=True),
        Column("solved", _("Solved on"), lambda p: _day(p.solved_at, p), kind="day", shown=True),
        Column("solution", _("Solution"), lambda p: p.solution or p.answer, shown=True),
        Column("informed", _("Customer informed on"), lambda p: _day(p.informed_at, p), kind="day", shown=True),
        Column("satisfied", _("Satisfied"), lambda p: p.satisfied, kind="flag", shown=True),
        Column("breach", _("A clock was not kept"), lambda p: p.was_late, kind="flag", shown=True),
    ),
    sorts=(
        Sort("due", _("what runs out next"), ("due_at", "pk"), may_be_empty=True),
        Sort("recorded", _("day it was said"), ("recorded_at", "pk")),
        Sort("reported", _("day it was reported"), ("reported_at", "pk"), may_be_empty=True),
    ),
    detail="contacts:point",
)
