"""Lists of contacts due in a period: the missing by name, and those that reached nobody; to look at and to take out."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django import forms
from django.db.models import Prefetch, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clientela.customers.listing.filters import Filters
from clientela.customers.listing.table import Column, List, Rows, Sort, Value
from clientela.customers.models import Visit
from clientela.network.forms import DayInput
from clientela.network.models import Dealership
from clientela.network.templatetags.clientela import clock, figures

from . import coverage
from .coverage import Period
from .models import Attempt, ContactTask, Programme, ProgrammeStep, Timing

State = ContactTask.State
#: More days at once are no period any more.
LONGEST = timedelta(days=366)
ANY = [("", _("any"))]
#: What can be looked at of the contacts due, each with the rule by which it is found.
SHOWS: dict[str, tuple[Any, Q]] = {
    "missing": (_("not followed up"), ~Q(state__in=coverage.FOLLOWED_UP)),
    "followed": (_("followed up"), Q(state__in=coverage.FOLLOWED_UP)),
    "in_window": (_("made in the window"), Q(state=State.DONE) & ~Q(timing__in=[Timing.LATE, Timing.EARLY])),
    "late_made": (_("made late"), Q(state=State.DONE, timing=Timing.LATE)),
    "refused": (_("declined"), Q(state=State.REFUSED)),
    "unreached": (_("not reached"), Q(state=State.UNREACHED)),
    "open": (_("open"), Q(state=State.OPEN)),
    "invalid": (_("no valid number"), Q(state=State.INVALID)),
}


class PeriodFilters(Filters):
    """A period, and whose duties. The period's days are always there: the view fills them in."""

    first = forms.DateField(label=_("from"), widget=DayInput())
    last = forms.DateField(label=_("until"), widget=DayInput())
    by = forms.ChoiceField(label=_("counted by"), choices=[("", _("day due")), ("visit", _("day of the visit"))])
    programme = forms.ModelChoiceField(label=_("programme"), queryset=Programme.objects.none(), empty_label=_("any"))
    kind = forms.ChoiceField(label=_("kind of visit"), choices=[*ANY, *Visit.Kind.choices])
    members = forms.BooleanField(label=_("members only"))

    pairs = (("first", "last"),)

    def __init__(self, data: Any, *, house: Dealership) -> None:
        super().__init__(data, house=house)
        named = Programme.objects.filter(dealership=house).order_by("precedence", "pk")
        self.fields["programme"].queryset = named  # type: ignore[attr-defined]
        for name in ("first", "last"):
            self.fields[name].required = True

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        first, last = given.get("first"), given.get("last")
        if first and last and last - first > LONGEST:
            self.add_error("last", _("Look at one year at most."))
        return given

    @property
    def period(self) -> Period:
        given = self.cleaned_data
        return Period(given["first"], given["last"], by_visit=given.get("by") == "visit")

    @property
    def members_only(self) -> bool:
        return bool(self.cleaned_data.get("members"))

    def chips(self) -> Iterator[Any]:
        """The period stands in the heading of the page."""
        return (chip for chip in super().chips() if chip.name not in {"first", "last"})

    def narrow(self, rows: Rows) -> Rows:
        given = self.asked
        rows = rows.filter(self.period.rule)
        if self.members_only:
            rows = coverage.of_members(rows)  # type: ignore[arg-type]
        if programme := given.get("programme"):
            rows = rows.filter(step__programme=programme)
        if kind := given.get("kind"):
            rows = rows.filter(visit__kind=kind)
        return rows


class DutyFilters(PeriodFilters):
    """Which of them: of one step, in one state."""

    step = forms.ModelChoiceField(label=_("contact"), queryset=ProgrammeStep.objects.none(), empty_label=_("any"))
    shows = forms.ChoiceField(
        label=_("show"), choices=[*ANY, *((code, words) for code, (words, _rule) in SHOWS.items())]
    )

    def __init__(self, data: Any, *, house: Dealership) -> None:
        super().__init__(data, house=house)
        steps = ProgrammeStep.objects.filter(dealership=house).select_related("programme").order_by("pk")
        self.fields["step"].queryset = steps  # type: ignore[attr-defined]
        self.fields["step"].label_from_instance = lambda step: f"{step.programme} · {step}"  # type: ignore[attr-defined]

    def narrow(self, rows: Rows) -> Rows:
        rows = super().narrow(rows)
        if step := self.asked.get("step"):
            rows = rows.filter(step=step)
        if shows := self.asked.get("shows"):
            rows = rows.filter(SHOWS[shows][1])
        return rows


def _tasks(house: Dealership) -> Rows:
    """Whatever is owed, of all days; the filters say which."""
    return coverage.owed(house, Period(date.min, date.max))


def _unreached(house: Dealership) -> Rows:
    return ContactTask.objects.filter(dealership=house, state=State.UNREACHED)


def _dressed(rows: Rows) -> Rows:
    tries = Attempt.objects.filter(undone_at=None, counted=True).select_related("by").order_by("at", "pk")
    return (
        rows.select_related("customer", "vehicle", "visit", "step__programme", "assignee", "via__by", "dealership")
        .defer("step__script", "step__sources")
        .prefetch_related(Prefetch("tries", queryset=tries, to_attr="calls"), "customer__contact_points__dealership")
    )


def _of_car(name: str) -> Any:
    def value(task: ContactTask) -> Value:
        return getattr(task.vehicle, name) if task.vehicle else ""

    return value


def _phone(task: ContactTask) -> str:
    points = [point for point in task.customer.contact_points.all() if point.kind == "phone"]
    return sorted(points, key=lambda point: not point.valid)[0].readable if points else ""


def calls_of(task: Any) -> list[Attempt]:
    """The tries of a contact that count; for one that another's call counted for, that call."""
    return task.calls or ([task.via] if task.via else [])


def _call(number: int) -> Any:
    """A try in words: the moment, the part of the day, the outcome, who called."""

    def value(task: ContactTask) -> Value:
        calls = calls_of(task)
        if len(calls) < number:
            return ""
        tried = calls[number - 1]
        moment = f"{figures(timezone.localtime(tried.at).date())} {clock(tried.at)}"
        words = (moment, tried.get_band_display(), tried.get_outcome_display(), str(tried.by))
        return "; ".join(map(str, words))

    return value


def _concluded(task: ContactTask) -> date | None:
    return timezone.localtime(task.concluded_at, task.dealership.zone).date() if task.concluded_at else None


_WHO = (
    Column("name", _("Customer"), lambda k: k.customer.listed_name, kind="name", shown=True, firm=True),
    Column("phone", _("Telephone"), _phone, kind="phone", shown=True),
    Column("vehicle", _("Vehicle"), _of_car("title"), shown=True),
    Column("plate", _("Plate"), _of_car("plate"), kind="plate", shown=True),
    Column("visit", _("Visit"), lambda k: k.visit.delivered_on, kind="day", shown=True),
    Column("number", _("Number"), lambda k: k.visit.number, shown=True),
    Column("programme", _("Programme"), lambda k: k.step.programme.name, kind="word", shown=True),
    Column("step", _("Contact"), lambda k: k.step.name, kind="word", shown=True),
)
_BY_DUE = (Sort("due", _("day due"), ("due_on", "pk")),)

DUTIES = List(
    code="duties",
    title=_("Contacts of the period"),
    rows=_tasks,
    dressed=_dressed,
    filters=DutyFilters,
    columns=(
        *_WHO,
        Column("due", _("Due"), lambda k: k.due_on, kind="day", shown=True),
        Column("state", _("State"), lambda k: str(k.get_state_display()), kind="word", shown=True),
        Column("timing", _("In window"), lambda k: str(k.get_timing_display()), kind="word", shown=True),
        Column("concluded", _("Concluded"), _concluded, kind="day", shown=True),
        Column("attempts", _("Attempts"), lambda k: k.attempts, kind="figure", shown=True),
        Column("owner", _("Responsible"), lambda k: str(k.assignee or ""), shown=True),
        Column("attended", _("Attended by"), lambda k: k.visit.consultant_name, shown=True),
    ),
    sorts=_BY_DUE,
    detail="desk:visit",
)
UNREACHED = List(
    code="unreached",
    title=_("Register of customers not reached"),
    rows=_unreached,
    dressed=_dressed,
    filters=DutyFilters,
    columns=(
        *_WHO,
        Column("call_1", _("First call"), _call(1), shown=True),
        Column("call_2", _("Second call"), _call(2), shown=True),
        Column("call_3", _("Third call"), _call(3), shown=True),
        Column("concluded", _("Concluded"), _concluded, kind="day", shown=True),
    ),
    sorts=_BY_DUE,
    detail="desk:visit",
)
