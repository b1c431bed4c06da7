"""The act of calling: keep what a call brought, or take it back."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from clientela.customers import upkeep
from clientela.customers.models import ContactPoint
from clientela.journal.models import Kind, record
from clientela.lib.refusal import Refusal
from clientela.network.models import CallableInterval, User
from clientela.satisfaction.models import Response

from . import planning
from .models import Attempt, ContactTask, Finding, Outcome, Remedy, TimeBand
from .retrying import next_try
from .signals import task_concluded

#: What taking back restores; written as JSON into the attempt.
_REMEMBERED = ("attempts", "bands_used", "opens_on", "callable_from", "ranks_at", "call_back_at")
_REACH = timedelta(days=21)
State = ContactTask.State


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a call brought: the outcome, and what it needs to be kept."""

    outcome: Outcome
    grade: str = ""
    words: str = ""
    call_back_at: datetime | None = None
    started_at: datetime | None = None
    finding_kind: str = ""
    finding_text: str = ""
    remedy_owner: User | None = None


@transaction.atomic
def keep(task: ContactTask, answer: Answer, *, fence: int, by: User, at: datetime) -> Attempt:
    """Record a call under a lease: the next due time, or the end of the task.

    Sent twice under one `fence` it is kept once. Refused when the lease went to somebody else meanwhile.
    """
    # Locked before it is asked: of the same save sent twice at once, the second waits and finds the first.
    ContactTask.objects.select_for_update().get(pk=task.pk)
    if kept := task.tries.filter(fence=fence, by=by, undone_at__isnull=True).first():
        return kept
    if answer.outcome is Outcome.CALL_BACK and answer.call_back_at is None:
        raise Refusal(_("Say when the customer wants to be called: day and time."))
    task = _held(task, fence, by)
    tried = _write_attempt(task, answer, fence=fence, by=by, at=at)
    if answer.finding_kind or answer.finding_text:
        _write_finding(tried, answer, at=at)
    _follow(task, tried, at=at)
    _tell(task, tried)
    if not task.is_open:
        task_concluded.send(ContactTask, task=task, by=by, at=at)
    return tried


@transaction.atomic
def take_back(tried: Attempt, *, by: User, at: datetime) -> ContactTask:
    """Undo a wrong outcome: who recorded it may, on the same day, while nothing newer was recorded."""
    task = ContactTask.objects.select_for_update(of=("self",)).get(pk=tried.task_id)
    if tried.by_id != by.pk or task.dealership.today(tried.at) != task.dealership.today(at):
        raise Refusal(_("Only who recorded a call can take it back, and only on the same day."))
    if task.tries.filter(undone_at__isnull=True, pk__gt=tried.pk).exists():
        raise Refusal(_("Something newer was recorded since. Take that back first."))
    if task.leased_by_id not in {None, by.pk} and task.leased_until and task.leased_until > at:
        raise Refusal(_("%(name)s is on this contact right now.") % {"name": task.leased_by})
    if not Attempt.objects.filter(pk=tried.pk, undone_at__isnull=True).update(undone_at=at):
        raise Refusal(_("This call was already taken back."))
    if tried.invalidated:
        upkeep.number_was_right(tried.invalidated)
    if tried.response_id:
        Response.objects.filter(pk=tried.response_id).update(withdrawn_at=at)
    tried.findings.update(withdrawn_at=at)
    _restore(task, tried.before, at=at)
    planning.realign([task.visit_id], at=at)  # the visit may have been corrected meanwhile
    task.refresh_from_db()
    record(Kind.ATTEMPT_UNDONE, at=at, by=by, outcome=tried.outcome, **_about(task))
    return task


# How -----------------------------------------------------------------------------------------------------


def _held(task: ContactTask, fence: int, by: User) -> ContactTask:
    held = (
        ContactTask.objects.select_for_update(of=("self",))
        .select_related("step", "visit", "dealership")
        .filter(pk=task.pk, state=State.OPEN, leased_by=by, fence=fence)
        .first()
    )
    if held is None:
        raise Refusal(
            _("This task is no longer yours: your time on it ran out or it was concluded. Nothing was recorded.")
        )
    return held


def _write_attempt(task: ContactTask, answer: Answer, *, fence: int, by: User, at: datetime) -> Attempt:
    started = answer.started_at
    return Attempt.objects.create(
        dealership_id=task.dealership_id,
        task=task,
        number=task.attempts + 1,
        fence=fence,
        by=by,
        at=at,
        # The agent's clock may be wrong; ours is the one that counts.
        started_at=started if started and at - timedelta(hours=4) < started <= at else at,
        outcome=answer.outcome,
        band=TimeBand.of(at.astimezone(task.dealership.zone).time()),
        timing=task.timing_on(task.dealership.today(at)),
        words=answer.words,
        call_back_at=answer.call_back_at if answer.outcome is Outcome.CALL_BACK else None,
        invalidated=_number_called(task) if answer.outcome is Outcome.WRONG_NUMBER else None,
        response=_write_response(task, answer, by=by, at=at),
        before={name: _as_json(getattr(task, name)) for name in _REMEMBERED},
    )


def _write_response(task: ContactTask, answer: Answer, *, by: User, at: datetime) -> Response | None:
    if answer.outcome is not Outcome.REACHED or not answer.grade:
        return None
    return Response.objects.create(
        dealership_id=task.dealership_id,
        questionnaire=task.step.questionnaire,
        visit=task.visit,
        customer_id=task.customer_id,
        grade=answer.grade,
        words=answer.words,
        consultant_name=task.visit.consultant_name,
        answered_at=at,
        recorded_by=by,
    )


def _write_finding(tried: Attempt, answer: Answer, *, at: datetime) -> None:
    """Keep what was found; a shortcoming gets a remedy with an owner in the same breath (S4-1.3.0)."""
    if not answer.finding_text:
        raise Refusal(_("Write what was found."))
    if answer.finding_kind not in Finding.Kind:
        raise Refusal(_("Say what it is: a need, a shortcoming or market information."))
    task, owner = tried.task, ""
    finding = Finding.objects.create(
        dealership_id=task.dealership_id,
        attempt=tried,
        customer_id=task.customer_id,
        visit_id=task.visit_id,
        kind=answer.finding_kind,
        text=answer.finding_text,
        found_at=at,
    )
    if finding.kind == Finding.Kind.SHORTCOMING:
        if answer.remedy_owner is None:
            raise Refusal(_("A shortcoming needs somebody who puts it right. Choose an owner."))
        Remedy.objects.create(
            dealership_id=task.dealership_id, finding=finding, owner=answer.remedy_owner, opened_at=at
        )
        owner = answer.remedy_owner.name
    record(Kind.FINDING, at=at, by=tried.by, finding=finding.kind, text=finding.text, owner=owner, **_about(task))


def _follow(task: ContactTask, tried: Attempt, *, at: datetime) -> None:
    """What the outcome does to the task."""
    outcome = Outcome(tried.outcome)
    if outcome is Outcome.REACHED:
        return task.move(State.DONE, at=at, attempts=tried.number)
    if outcome is Outcome.REFUSED:
        return task.move(State.REFUSED, at=at, attempts=tried.number)
    if outcome is Outcome.WRONG_NUMBER:
        return _try_another_number(task, tried, at=at)
    if outcome is Outcome.CALL_BACK and tried.call_back_at:
        return _wait(task, tried, tried.call_back_at, call_back_at=tried.call_back_at, ranks_at=tried.call_back_at)
    if task.attempts_max is not None and tried.number >= task.attempts_max:
        return task.move(State.UNREACHED, at=at, attempts=tried.number)
    return _try_again(task, tried, at=at)


def _try_again(task: ContactTask, tried: Attempt, *, at: datetime) -> None:
    bands = [*task.bands_used, tried.band]
    again = when_again(task, bands, at=at)
    if again is None:
        raise Refusal(_("The dealership's calendar has no opening hours in the next three weeks. Mend it first."))
    _wait(task, tried, again, bands_used=bands, call_back_at=None, ranks_at=task.due_at)


def when_again(task: ContactTask, bands: list[str], *, at: datetime) -> datetime | None:
    """When the customer is tried again after a call at `at`, and never before her window opens."""
    zone = task.dealership.zone
    first = max(at, datetime.combine(task.opens_on, time(), zone))
    intervals = CallableInterval.objects.filter(
        dealership_id=task.dealership_id, ends_at__gt=first, starts_at__lt=first + _REACH
    ).values_list("starts_at", "ends_at")
    return next_try(
        [(max(starts, first), ends) for starts, ends in intervals],
        at=at,
        zone=zone,
        bands_used=bands,
        distinct_days=task.distinct_days,
        distinct_bands=task.distinct_bands,
    )


def _try_another_number(task: ContactTask, tried: Attempt, *, at: datetime) -> None:
    """A wrong number is marked; another one is tried at once, else the task ends without a valid number."""
    if tried.invalidated:
        upkeep.number_failed(tried.invalidated, at=at)
    if _number_called(task) is None:
        return task.move(State.INVALID, at=at, attempts=tried.number)
    return _wait(task, tried, at)


def _wait(task: ContactTask, tried: Attempt, until: datetime, **facts: object) -> None:
    """Stay open until then, and let go of the task."""
    ContactTask.objects.filter(pk=task.pk).update(
        attempts=tried.number, callable_from=until, leased_by=None, leased_until=None, **facts
    )
    task.refresh_from_db()


def _restore(task: ContactTask, before: dict[str, object], *, at: datetime) -> None:
    if task.is_open:
        ContactTask.objects.filter(pk=task.pk).update(leased_by=None, leased_until=None, **before)
        task.refresh_from_db()
    else:
        task.move(State.OPEN, at=at, **before)


def _number_called(task: ContactTask) -> ContactPoint | None:
    """The number the screen dials: the preferred valid one."""
    return task.customer.contact_points.filter(kind=ContactPoint.Kind.PHONE, valid=True).first()


def _tell(task: ContactTask, tried: Attempt) -> None:
    record(
        Kind.ATTEMPT,
        at=tried.at,
        by=tried.by,
        outcome=tried.outcome,
        timing=tried.timing,
        number=tried.number,
        step=task.step.names,
        words=tried.words,
        grade=tried.response.grade if tried.response else "",
        seconds=int(tried.duration.total_seconds()),
        next_at=task.callable_from.isoformat() if task.is_open else "",
        state=task.state,
        **_about(task),
    )


def _about(task: ContactTask) -> dict[str, Any]:
    return {
        "dealership_id": task.dealership_id,
        "customer_id": task.customer_id,
        "vehicle_id": task.vehicle_id,
        "visit_id": task.visit_id,
    }


def _as_json(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value
