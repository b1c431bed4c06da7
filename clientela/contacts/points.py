"""The way of a talking point: heard, answered or reported, solved, told to the customer (S1-4.4)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from clientela.customers.models import Customer, Visit
from clientela.journal.models import Kind, record
from clientela.lib.refusal import Refusal
from clientela.network.models import Dealership, User
from clientela.network.permissions import Permission
from clientela.network.templatetags.clientela import figures

from . import asking_managers, next_services, registering
from .models import Attempt, Channel, ContactRecord, NextService, PointStep, Request, ServiceKind, TalkingPoint
from .signals import point_closed, point_recorded

State, Act = TalkingPoint.State, PointStep.Act
#: So many days after the call it is solved or reported (S1-4.4e).
REPORTED_WITHIN = timedelta(days=2)
#: What may be needed by a day.
NEEDS = (TalkingPoint.Kind.REQUIREMENT, TalkingPoint.Kind.WISH)


@dataclass(frozen=True, kw_only=True)
class Heard:
    """One point as the agent wrote it down. With an answer it was answered on the spot."""

    kind: str
    text: str
    about: str = ""
    answer: str = ""
    wanted_on: date | None = None
    #: What was planned of it; `plan_needs` fills it in.
    service: NextService | None = None


def start_of(house: Dealership, day: date) -> datetime:
    """The first moment of a day there."""
    return datetime.combine(day, time(), house.zone)


def end_of(house: Dealership, day: date) -> datetime:
    """The last moment of a day there."""
    return datetime.combine(day, time.max, house.zone)


# Heard ---------------------------------------------------------------------------------------------------


def plan_needs(
    customer: Customer, heard: Iterable[Heard], *, visit: Visit | None, by: User, at: datetime
) -> tuple[Heard, ...]:
    """Put each need that has a day on the file as a planned next service, which answers it (S1-3.2).

    Before the register: planning takes its turn, and who waits for it must not hold the register's last number.
    """
    kinds = ServiceKind.objects.filter(dealership=customer.dealership_id, rule=ServiceKind.Rule.NEED, retired=False)
    return tuple(_planned(customer, one, kinds.order_by("pk").first(), visit, by, at) for one in heard)


@transaction.atomic
def keep(
    line: ContactRecord, heard: Sequence[Heard], *, by: User, at: datetime, owner: User | None = None
) -> list[TalkingPoint]:
    """Write down what was said on the call of this line of the register; who heard it sees to it, or `owner`."""
    if not heard:
        return []
    if line.customer is None:
        raise Refusal(_("Find the customer's file first: a point is answered to somebody."))
    return [_keep(line, line.customer, one, owner or by, by=by, at=at) for one in heard]


@transaction.atomic
def withdraw(tried: Attempt, *, by: User, at: datetime) -> None:
    """The call is taken back, and what was said on it; not what the customer was already told."""
    withdraw_of(ContactRecord.objects.filter(attempt=tried), by=by, at=at)


@transaction.atomic
def withdraw_of(lines: QuerySet[ContactRecord], *, by: User, at: datetime) -> None:
    """What was said on these calls is taken back; not what the customer was already told."""
    told = PointStep.objects.filter(point__record__in=lines, act__in=[Act.SATISFIED, Act.SENT_BACK])
    if told.exists():
        raise Refusal(_("The customer was already informed about a point of this call. It can no longer be undone."))
    for point in TalkingPoint.objects.standing().filter(record__in=lines).select_related("next_service__kind"):
        if point.next_service and point.next_service.state == NextService.State.PLANNED:
            next_services.withdraw(point.next_service, reason=_("The call was taken back."), by=by, at=at)
        _withdraw(point, by=by, at=at)


def let_go(customer_ids: Sequence[int], *, at: datetime) -> None:
    """Of who was erased nothing is open any more."""
    TalkingPoint.objects.open().filter(customer__in=customer_ids).update(withdrawn_at=at)


# The way to an end ---------------------------------------------------------------------------------------


@transaction.atomic
def answer(point: TalkingPoint, text: str, *, by: User, at: datetime) -> None:
    """The agent found the solution herself; the customer is told the same day."""
    _refuse_unless(point.may_act(by), point)
    if point.state == State.REPORTED:
        raise Refusal(_("%(name)s was asked for the solution, and enters it.") % {"name": point.asked})
    text, due = _said(text, _("Write what the solution is.")), point.report_by
    point.move(State.SOLVED, answer=text, **_solved(point, text, by=by, at=at))
    _step(point, Act.ANSWERED, text, due_at=due, by=by, at=at)


@transaction.atomic
def report(point: TalkingPoint, text: str, asked: User | None = None, *, by: User, at: datetime) -> None:
    """Ask the manager for a solution; whom, if nobody is named, `asking_managers` says (S1-4.4e)."""
    _refuse_unless(point.may_act(by), point)
    if point.state == State.SOLVED:
        raise Refusal(_("The solution is there. Inform the customer first."))
    asked = asking_managers.one_of(point, asked, by=by)
    text, due = _said(text, _("Write what you ask of the manager.")), point.report_by
    point.move(State.REPORTED, report=text, asked=asked, reported_at=at)
    _step(point, Act.REPORTED, text, to=asked, due_at=due, by=by, at=at)


@transaction.atomic
def solve(point: TalkingPoint, text: str, *, by: User, at: datetime) -> None:
    """The manager enters the solution; from now on the clock of the same day runs (S1-4.4f)."""
    if not point.may_solve(by):
        raise Refusal(_("Only a manager can enter the solution that was asked for."))
    due = point.report_by if point.state == State.PENDING else None
    text = _said(text, _("Write what the solution is."))
    point.move(State.SOLVED, **_solved(point, text, by=by, at=at))
    _step(point, Act.SOLVED, text, due_at=due, by=by, at=at)


@transaction.atomic
def inform(point: TalkingPoint, *, satisfied: bool, words: str = "", by: User, at: datetime) -> ContactRecord:
    """The customer was told. Satisfied, it is closed; else it goes back to the manager, with her reason."""
    _refuse_unless(point.may_act(by), point)
    if point.state != State.SOLVED:
        raise Refusal(_("There is no solution yet of which to inform the customer."))
    due, solution, words = point.inform_by, point.solution, words.strip()
    if satisfied:
        point.move(State.CLOSED, satisfied=True, informed_at=at, closed_at=at)
    else:
        _send_back(point, words, by=by, at=at)
    line = _enter(point, solution, words, by=by, at=at)
    _step(point, Act.SATISFIED if satisfied else Act.SENT_BACK, words, due_at=due, record=line, by=by, at=at)
    if satisfied:
        _end_request(point, solution, by=by, at=at)
        point_closed.send(TalkingPoint, point=point, by=by, at=at)
    return line


@transaction.atomic
def pass_on(point: TalkingPoint, to: User, *, by: User, at: datetime) -> None:
    """Somebody else of the house sees to it; its clock goes on."""
    if not by.may(Permission.REASSIGN, point.dealership_id):
        raise Refusal(_("Only who leads the follow-up can pass a point on."))
    if not to.may(Permission.CALL, point.dealership_id):
        raise Refusal(_("%(name)s makes no calls in this house. Choose somebody else.") % {"name": to})
    if not TalkingPoint.objects.open().filter(pk=point.pk).update(owner=to):
        raise Refusal(_("This point is closed."))
    point.refresh_from_db()
    _step(point, Act.PASSED, "", to=to, by=by, at=at)
    if asked := Request.objects.open().filter(record=point.record_id).exclude(owner=to).first():
        asked.pass_to(to, "", by=by, at=at)


@transaction.atomic
def hand_along(line: ContactRecord, to: User, *, by: User, at: datetime) -> None:
    """What was said on a call goes with its request to the next owner (S1-P2.2.2)."""
    said = TalkingPoint.objects.open().filter(record=line).exclude(owner=to)
    for point in list(said):
        said.filter(pk=point.pk).update(owner=to)
        _step(point, Act.PASSED, "", to=to, by=by, at=at)


# How -----------------------------------------------------------------------------------------------------


def _planned(
    customer: Customer, heard: Heard, kind: ServiceKind | None, visit: Visit | None, by: User, at: datetime
) -> Heard:
    if heard.wanted_on is None or heard.kind not in NEEDS or kind is None:
        return heard
    given = next_services.Plan(
        kind=kind,
        planned_on=heard.wanted_on,
        channel=Channel.PHONE,
        content=heard.text[:400],
        vehicle=visit.vehicle if visit else None,
    )
    try:
        with transaction.atomic():
            service = next_services.plan(customer, given, by=by, at=at)
    except Refusal:
        return heard  # no contact can come of it here: it stays an open point with its day
    said = _("Planned for %(day)s.") % {"day": figures(heard.wanted_on)}
    return Heard(**{**vars(heard), "answer": heard.answer or said, "service": service})


def _keep(
    line: ContactRecord, customer: Customer, heard: Heard, owner: User, *, by: User, at: datetime
) -> TalkingPoint:
    house, is_answered = line.dealership, bool(heard.answer)
    point = TalkingPoint.objects.create(
        dealership=house,
        record=line,
        customer=customer,
        visit=line.visit,
        kind=heard.kind,
        text=heard.text,
        about=heard.about,
        department=asking_managers.department_of(heard.about, line.visit),
        wanted_on=heard.wanted_on,
        next_service=heard.service,
        answer=heard.answer,
        state=State.CLOSED if is_answered else State.PENDING,
        closed_at=at if is_answered else None,
        owner=owner,
        recorded_at=at,
        report_by=end_of(house, house.today(line.at) + REPORTED_WITHIN),
    )
    _step(point, Act.RECORDED, heard.text, record=line, by=by, at=at)
    point_recorded.send(TalkingPoint, point=point, by=by, at=at)
    if is_answered:
        _step(point, Act.ON_THE_SPOT, heard.answer, record=line, by=by, at=at)
        point_closed.send(TalkingPoint, point=point, by=by, at=at)
    return point


def _withdraw(point: TalkingPoint, *, by: User, at: datetime) -> None:
    if TalkingPoint.objects.standing().filter(pk=point.pk).update(withdrawn_at=at):
        point.refresh_from_db()
        point_closed.send(TalkingPoint, point=point, by=by, at=at)


def _solved(point: TalkingPoint, text: str, *, by: User, at: datetime) -> dict[str, Any]:
    today = point.dealership.today(at)
    return {"solution": text, "solved_at": at, "solved_by": by, "inform_by": end_of(point.dealership, today)}


def _end_request(point: TalkingPoint, solution: str, *, by: User, at: datetime) -> None:
    """The request of the call in which it was said has its answer, when nothing else of that call is open."""
    if TalkingPoint.objects.open().filter(record=point.record_id).exists():
        return
    if asked := Request.objects.open().filter(record=point.record_id).first():
        asked.end(solution, Channel.PHONE, by=by, at=at)


def _send_back(point: TalkingPoint, reason: str, *, by: User, at: datetime) -> None:
    """To the manager, anew; the rounds before are read in the steps."""
    reason = _said(reason, _("Write why the customer is not satisfied."))
    asked = asking_managers.one_of(point, None, by=by)
    nothing = {"solution": "", "solved_at": None, "solved_by": None, "inform_by": None}
    point.move(State.REPORTED, satisfied=False, informed_at=at, report=reason, asked=asked, reported_at=at, **nothing)


def _enter(point: TalkingPoint, solution: str, words: str, *, by: User, at: datetime) -> ContactRecord:
    """The call by which the customer was told: a line of the register."""
    return registering.enter(
        ContactRecord(
            dealership=point.dealership,
            direction=ContactRecord.Direction.OUT,
            kind=ContactRecord.Kind.SOLUTION,
            channel=Channel.PHONE,
            started_at=at,
            at=at,
            by=by,
            instead_of_id=point.owner_id if point.owner_id != by.pk else None,
            customer_id=point.customer_id,
            vehicle_id=point.visit.vehicle_id if point.visit else None,
            visit_id=point.visit_id,
            phone=registering.shown_number(point.customer),
            summary=" ".join(point.text.split())[:200],
            words=words,
            answer=solution,
        )
    )


def _step(point: TalkingPoint, act: str, text: str, *, by: User, at: datetime, **facts: Any) -> None:
    """A step of the point, and a line of the customer's timeline."""
    step = PointStep.objects.create(
        dealership_id=point.dealership_id, point=point, act=act, text=text, by=by, at=at, **facts
    )
    record(
        Kind.POINT,
        at=at,
        by=by,
        dealership_id=point.dealership_id,
        customer_id=point.customer_id,
        vehicle_id=point.visit.vehicle_id if point.visit else None,
        visit_id=point.visit_id,
        act=act,
        point=point.kind,
        said=point.text,
        text=text,
        to=step.to.name if step.to else "",
        late=step.is_late,
    )


def _said(text: str, ask: str) -> str:
    text = text.strip()
    if not text:
        raise Refusal(ask)
    return text


def _refuse_unless(allowed: bool, point: TalkingPoint) -> None:
    if not allowed:
        raise Refusal(
            _("%(owner)s sees to this point. Ask who leads the follow-up to pass it on.") % {"owner": point.owner}
        )
