"""The registers as lists: calls (form 3), their records (form 2), letters (form 4), requests."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, F, OuterRef, Q, Subquery, Window
from django.db.models.functions import RowNumber
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from clientela.customers.listing.table import Column, List, Rows, Sort
from clientela.network.models import Dealership
from clientela.network.templatetags.clientela import clock, figures, localday

from .models import SPOKEN_TO, Channel, ContactRecord, Letter, PointStep, Request, TalkingPoint
from .register_filters import CallFilters, LetterFilters, RequestFilters

_Direction = ContactRecord.Direction
#: By these steps of a point the customer was told its solution.
TOLD = (PointStep.Act.SATISFIED, PointStep.Act.SENT_BACK)

# What stands in a line -----------------------------------------------------------------------------------


def who_said(line: ContactRecord) -> str:
    """Who made it, for whom when she stood in."""
    if line.instead_of:
        return _now("%(agent)s for %(other)s") % {"agent": line.by, "other": line.instead_of}
    return str(line.by)


def whose(line: ContactRecord) -> str:
    """Her name in the file, or what an unknown caller said."""
    return line.customer.listed_name if line.customer else line.caller or _now("unknown caller")


def kind_said(line: ContactRecord) -> str:
    """First follow-up, second follow-up: of a call from the list the name of its step says which."""
    return line.attempt.task.step.name if line.attempt else str(line.get_kind_display())


def summary_of(line: ContactRecord) -> str:
    """What it was about, in a line."""
    words = line.summary or (line.attempt.words if line.attempt else line.words) or Points.of(line).said
    if line.corrects:
        words = _now("Corrects %(number)s: %(words)s") % {"number": line.corrects, "words": words}
    return words[:160]


def result_of(line: ContactRecord) -> str:
    """What came of it."""
    if line.attempt and line.attempt.undone_at:
        return _now("taken back")
    if line.attempt:
        grade = line.attempt.response.get_grade_display() if line.attempt.response else ""
        return "; ".join(filter(None, [line.attempt.result_said, str(grade)]))
    if line.kind == ContactRecord.Kind.SOLUTION:
        told = getattr(line, "told", None)
        return str(PointStep.Act(told).label) if told else _now("customer informed")
    if hasattr(line, "request"):
        return _now("became a request") if line.request.is_open else _now("request, answered")
    return _now("answered on the spot") if line.answer else ""


def is_too_long(line: ContactRecord) -> bool:
    """Whether the call lasted longer than the ideal length of its step (S4-1.3.3d)."""
    tried = line.attempt
    return bool(
        tried
        and tried.channel == Channel.PHONE
        and tried.outcome in SPOKEN_TO
        and tried.undone_at is None
        and (line.at - line.started_at).total_seconds() > tried.task.step.ideal_seconds
    )


def direction_said(line: ContactRecord) -> str:
    return str(line.get_direction_display())


def _day(line: Any) -> date:
    day: date = line.dealership.today(line.at)
    return day


def _plate(line: Any) -> str:
    return line.vehicle.plate if line.vehicle else ""


def _moment(at: datetime) -> str:
    """With its day in figures: on paper nothing is “today”."""
    return f"{figures(localday(at))} {clock(at)}"


def _calls(house: Dealership) -> Rows:
    return ContactRecord.objects.filter(dealership=house)


def _numbered(rows: Rows) -> Rows:
    """With the number of each line in what was asked for."""
    numbered: Rows = rows.annotate(line=Window(RowNumber(), order_by=[F("at").asc(), F("pk").asc()]))
    return numbered


def dressed_calls(rows: Rows) -> Rows:
    """With everything that a line shows, in two questions."""
    told = PointStep.objects.filter(record=OuterRef("pk"), act__in=TOLD).order_by("pk").values("act")[:1]
    dressed: Rows = (
        _numbered(rows)
        .annotate(told=Subquery(told))
        .select_related("customer", "vehicle", "by", "instead_of", "dealership", "corrects", "request")
        .select_related("attempt__task__step", "attempt__response")
        .defer("attempt__task__step__script", "attempt__task__step__sources")
        .prefetch_related("points")
    )
    return dressed


_BY_TIME = (Sort("at", _("date"), ("at", "pk")),)

CALLS = List(
    code="calls",
    title=_("Call register"),
    rows=_calls,
    dressed=dressed_calls,
    filters=CallFilters,
    columns=(
        Column("line", _("Line"), lambda r: r.line, kind="figure", shown=True),
        Column("day", _("Date"), _day, kind="day", shown=True),
        Column("clock", _("Time"), lambda r: clock(r.at), kind="word", shown=True),
        Column("direction", _("Direction"), direction_said, kind="word", shown=True),
        Column("name", _("Customer"), whose, shown=True),
        Column("plate", _("Plate"), _plate, kind="plate", shown=True),
        Column("kind", _("Kind"), kind_said, kind="word", shown=True),
        Column("channel", _("Channel"), lambda r: str(r.get_channel_display()), kind="word", shown=True),
        Column("agent", _("Agent"), who_said, shown=True),
        Column("summary", _("Summary"), summary_of, shown=True),
        Column("result", _("Result"), result_of, kind="word", shown=True),
        Column("number", _("Record no."), str, shown=True),
    ),
    sorts=_BY_TIME,
    detail="contacts:record",
)


@dataclass(frozen=True)
class Points:
    """The talking points of a call as its form shows them (section 2.9)."""

    all: list[TalkingPoint]

    @classmethod
    def of(cls, line: ContactRecord) -> "Points":
        return cls([point for point in line.points.all() if point.withdrawn_at is None])

    @property
    def said(self) -> str:
        return "; ".join(f"{point.get_kind_display()}: {point.text}" for point in self.all)

    @property
    def on_the_spot(self) -> str:
        return "; ".join(point.answer for point in self.all if point.answer and point.reported_at is None)

    @property
    def solution(self) -> str:
        return "; ".join(point.solution for point in self.all if point.solution)

    @property
    def reported(self) -> str:
        return "; ".join(_moment(point.reported_at) for point in self.all if point.reported_at)

    @property
    def informed(self) -> str:
        return "; ".join(_moment(point.informed_at) for point in self.all if point.informed_at)


def answers_of(line: ContactRecord) -> str:
    """What she answered to the questionnaire of the call, and in her own words what she thinks of the service."""
    response = line.attempt.response if line.attempt else None
    if response is None:
        return ""
    return pgettext("separator", ", ").join(
        filter(None, [str(response.get_grade_display()), response.texts.get("opinion")])
    )


def on_the_spot(line: ContactRecord) -> str:
    """What was answered on the call itself; the call that tells a solution answers nothing on the spot."""
    return "" if line.kind == ContactRecord.Kind.SOLUTION else line.answer or Points.of(line).on_the_spot


def solution_of(line: ContactRecord) -> str:
    """What was found after the call, or is told on it."""
    if line.kind == ContactRecord.Kind.SOLUTION:
        return line.answer
    return Points.of(line).solution or (line.request.answer if hasattr(line, "request") else "")


def informed_on(line: ContactRecord) -> str:
    """When the customer heard of the solution."""
    if line.kind == ContactRecord.Kind.SOLUTION:
        return _moment(line.at)
    asked = getattr(line, "request", None)
    return Points.of(line).informed or (_moment(asked.closed_at) if asked and asked.closed_at else "")


def use_of(line: ContactRecord) -> str:
    """What she said of the use of her vehicle, if she was asked."""
    response = line.attempt.response if line.attempt else None
    return response.texts.get("vehicle_use", "") if response else ""


RECORDS = List(
    code="records",
    title=_("Call records"),
    rows=_calls,
    dressed=dressed_calls,
    filters=CallFilters,
    columns=(
        Column("number", _("Record no."), str, shown=True),
        Column("direction", _("Direction"), direction_said, kind="word", shown=True),
        Column("kind", _("Kind"), kind_said, kind="word", shown=True),
        Column("day", _("Date"), _day, kind="day", shown=True),
        Column("start", _("Start"), lambda r: clock(r.started_at), kind="word", shown=True),
        Column("end", _("End"), lambda r: clock(r.at), kind="word", shown=True),
        Column("agent", _("Agent"), who_said, shown=True),
        Column("name", _("Customer"), whose, shown=True),
        Column("vehicle", _("Vehicle"), lambda r: r.vehicle.title if r.vehicle else "", shown=True),
        Column("plate", _("Plate"), _plate, kind="plate", shown=True),
        Column("phone", _("Telephone dialled"), lambda r: r.phone, kind="phone", shown=True),
        Column("result", _("Result"), result_of, kind="word", shown=True),
        Column("use", _("Use of the vehicle"), use_of, shown=True),
        Column("opinion", _("Opinion of service"), answers_of, kind="word", shown=True),
        Column("words", _("What was said"), lambda r: r.words or (r.attempt.words if r.attempt else ""), shown=True),
        Column("points", _("Talking points"), lambda r: Points.of(r).said, shown=True),
        Column("answer", _("Answered on the spot"), lambda r: on_the_spot(r), shown=True),
        Column("solution", _("Solution"), lambda r: solution_of(r), shown=True),
        Column("reported", _("Reported to the manager"), lambda r: Points.of(r).reported, kind="word", shown=True),
        Column("informed", _("Customer informed"), lambda r: informed_on(r), kind="word", shown=True),
    ),
    sorts=_BY_TIME,
    detail="contacts:record",
)


def _letters(house: Dealership) -> Rows:
    return Letter.objects.filter(dealership=house)


def _dressed_letters(rows: Rows) -> Rows:
    return _numbered(rows).select_related("customer", "vehicle", "by", "dealership")


LETTERS = List(
    code="letters",
    title=_("Letter register"),
    rows=_letters,
    dressed=_dressed_letters,
    filters=LetterFilters,
    columns=(
        Column("line", _("Line"), lambda r: r.line, kind="figure", shown=True),
        Column("day", _("Date"), _day, kind="day", shown=True),
        Column("kind", _("Kind"), lambda r: str(r.get_kind_display()), kind="word", shown=True),
        Column("name", _("Customer"), lambda r: r.customer.listed_name, shown=True),
        Column("subject", _("Subject"), lambda r: r.subject, shown=True),
        Column("event", _("Event"), lambda r: r.event, shown=True),
        Column("agent", _("Sent by"), lambda r: str(r.by), shown=True),
        Column("channel", _("Channel"), lambda r: str(r.get_channel_display()), kind="word", shown=True),
        Column("number", _("Copy"), str, shown=True),
        Column("answered", _("Answer received"), lambda r: r.answered_on, kind="day", shown=True),
    ),
    sorts=_BY_TIME,
    detail="contacts:letter",
)


def _requests(house: Dealership) -> Rows:
    return Request.objects.filter(dealership=house)


def _dressed_requests(rows: Rows) -> Rows:
    listed: Rows = rows.for_list()  # type: ignore[attr-defined]
    return listed


def _closed(request: Request) -> date | None:
    return request.dealership.today(request.closed_at) if request.closed_at else None


REQUESTS = List(
    code="requests",
    title=_("Requests"),
    rows=_requests,
    dressed=_dressed_requests,
    filters=RequestFilters,
    columns=(
        Column("number", _("Number"), str, shown=True),
        Column("day", _("Opened"), lambda r: r.dealership.today(r.opened_at), kind="day", shown=True),
        Column("name", _("Customer"), lambda r: whose(r.record), shown=True),
        Column("about", _("About"), lambda r: r.record.summary, shown=True),
        Column("owner", _("Responsible"), lambda r: str(r.owner), shown=True),
        Column("handed", _("Hand-overs"), lambda r: r.handed_over, kind="figure", shown=True),
        Column("again", _("Called again"), lambda r: r.calls_again, kind="figure", shown=True),
        Column("closed", _("Closed"), _closed, kind="day", shown=True),
        Column("answer", _("Answer"), lambda r: r.answer, shown=True),
    ),
    sorts=(Sort("opened", _("opened"), ("opened_at", "pk")),),
    detail="contacts:request",
)


# Totals --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Totals:
    """What a period came to. A visit is a visit and no call (S1-3.7); what was taken back counts nowhere."""

    out: int
    inbound: int
    visits: int
    messages: int
    taken_back: int
    requests: int

    @property
    def calls(self) -> int:
        return self.out + self.inbound


def totals(rows: Rows) -> Totals:
    """In one question."""
    phone, stands = Q(channel=Channel.PHONE), Q(attempt__undone_at=None, corrects=None)
    visits = Q(channel=Channel.IN_PERSON)
    counted = rows.order_by().aggregate(
        out=Count("pk", filter=stands & phone & Q(direction=_Direction.OUT)),
        inbound=Count("pk", filter=stands & phone & Q(direction=_Direction.IN)),
        visits=Count("pk", filter=stands & visits),
        messages=Count("pk", filter=stands & ~phone & ~visits),
        taken_back=Count("pk", filter=Q(attempt__undone_at__isnull=False)),
        requests=Count("pk", filter=Q(request__isnull=False)),
    )
    return Totals(**counted)
