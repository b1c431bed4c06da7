"""The act of calling: keep what a call brought, or take it back."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from clientela.customers import upkeep
from clientela.customers.models import ContactPoint
from clientela.journal.models import Kind, record
from clientela.lib.refusal import Refusal
from clientela.network import calendars
from clientela.network.models import User
from clientela.satisfaction import questionnaires
from clientela.satisfaction.models import Grade, Response

from . import (
    announcing,
    attempting,
    closing,
    counting,
    deciding,
    gating,
    objecting,
    planning,
    points,
    queue,
    registering,
)
from .models import Attempt, Channel, ChannelResult, ContactTask, Counter, Finding, Outcome, Remedy, Timing, Uncounted
from .models.task import PROMISED_FIRST
from .points import Heard
from .signals import task_concluded

#: What taking back restores; written as JSON into the attempt.
_REMEMBERED = ("attempts", "bands_used", "opens_on", "callable_from", "ranks_at", "call_back_at", "contacted_on")
State = ContactTask.State


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a call brought: the outcome, and what it needs to be kept."""

    outcome: Outcome
    grade: str = ""
    #: Of a questionnaire in sections, the grade of each.
    answers: Mapping[str, str] = field(default_factory=dict)
    #: The items of the questionnaire that she objected to, and what she answered in her own words.
    objections: Collection[str] = ()
    texts: Mapping[str, str] = field(default_factory=dict)
    not_obtained: str = ""
    #: The question as it stood on the screen.
    asked: str = ""
    declined: bool = False
    identity_verified: bool = False
    channel: Channel = Channel.PHONE
    #: What came of it in the words of its channel, if it was no call.
    result: str = ""
    words: str = ""
    call_back_at: datetime | None = None
    started_at: datetime | None = None
    finding_kind: str = ""
    finding_text: str = ""
    remedy_owner: User | None = None
    #: What the customer was told, by key.
    told: Collection[int] = ()
    #: The visits whose recommended repairs she was told of.
    told_repairs: Collection[int] = ()
    #: What she asked for, wished or complained of.
    points: Sequence[Heard] = ()
    #: Of what was spoken.
    topics: Sequence[str] = ()


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
    if answer.channel is Channel.PHONE:
        _pass_gates(task, answer, at=at)
    tried = _write_attempt(task, answer, fence=fence, by=by, at=at)
    announcing.keep(tried, answer.told, answer.told_repairs)
    if answer.finding_kind or answer.finding_text:
        _write_finding(tried, answer, at=at)
    _follow(task, tried, at=at)
    _tell(task, tried)
    if not task.is_open:
        counting.count_for_others(task, tried, at=at)
    if task.state == State.DONE:
        planning.follow(task, at=at)
    if not task.is_open:
        task_concluded.send(ContactTask, task=task, by=by, at=at)
    spoken = (*answer.points, *objecting.suggested(task.step.questionnaire, answer.texts))
    heard = points.plan_needs(task.customer, spoken, visit=task.visit, by=by, at=at)
    line = registering.enter_attempt(tried, task)
    points.keep(line, heard, by=by, at=at)
    objecting.follow(line, tried.response, answer.objections, by=by, at=at)
    return tried


@transaction.atomic
def write_down(
    task: ContactTask, channel: Channel, words: str, *, by: User, at: datetime, result: ChannelResult | None = None
) -> Attempt:
    """Keep a contact made otherwise than by a call. It concludes the task only if the step allows its channel (S2-9.3).

    What came of it is said in the words of its channel (S4-1.3.1). Rest hours do not hold it: it was made.
    """
    if channel is Channel.PHONE:
        raise Refusal(_("Take the contact and say how the call ended."))
    if result and result not in ChannelResult.of(channel):
        raise Refusal(_("Say what came of it: choose one of the results."))
    queue.claim(task, by=by, at=at, to_write=True)
    outcome = result.outcome if result else Outcome.REACHED
    answer = Answer(outcome=outcome, words=words, channel=channel, result=result or "")
    return keep(task, answer, fence=task.fence, by=by, at=at)


@transaction.atomic
def take_back(tried: Attempt, *, by: User, at: datetime) -> ContactTask:
    """Undo a wrong outcome: who recorded it may, on the same day, while nothing newer was recorded."""
    task = ContactTask.objects.select_for_update(of=("self",)).get(pk=tried.task_id)
    closing.refuse_if_closed(task.dealership, Counter.Register.CALLS, tried.at)
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
    points.withdraw(tried, by=by, at=at)
    planning.unfollow(task)
    counting.count_no_more(tried)
    _restore(task, tried.before, at=at)
    planning.realign([task.visit_id], at=at)  # the visit may have been corrected meanwhile
    task.refresh_from_db()
    record(Kind.ATTEMPT_UNDONE, at=at, by=by, outcome=tried.outcome, **_about(task))
    return task


# How -----------------------------------------------------------------------------------------------------


def _pass_gates(task: ContactTask, answer: Answer, *, at: datetime) -> None:
    """What must be done before a call may be saved: decided, made sure, asked."""
    if cautions := deciding.undecided(task, at=at):
        raise Refusal(
            _("Decide first whether to call: %(why)s.")
            % {"why": pgettext("separator", ", ").join(str(caution.label) for caution in cautions)}
        )
    if answer.outcome is not Outcome.REACHED:
        return
    if task.step.identity and not answer.identity_verified:
        raise Refusal(gating.NO_IDENTITY)
    if missing := gating.missing_sections(task, answer.answers, declined=answer.declined):
        raise Refusal(gating.unanswered(missing))
    if gating.lacks_aspect(task, answer.grade, answer.objections):
        raise Refusal(gating.NO_ASPECT)
    if left := gating.not_asked(task, answer.texts, reason=answer.not_obtained, declined=answer.declined):
        raise Refusal(gating.without_reason(left))


def _held(task: ContactTask, fence: int, by: User) -> ContactTask:
    held = (
        ContactTask.objects.select_for_update(of=("self",))
        .select_related("step", "visit", "dealership", "customer")
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
    uncounted = attempting.why_uncounted(task, answer.outcome, answer.channel, at=at)
    return Attempt.objects.create(
        dealership_id=task.dealership_id,
        task=task,
        number=task.attempts + (not uncounted),
        counted=not uncounted,
        uncounted=uncounted,
        channel=answer.channel,
        result=answer.result,
        identity_verified=answer.identity_verified,
        declined=answer.declined,
        decided=deciding.of_this_lease(task) or None,
        fence=fence,
        by=by,
        instead_of_id=task.assignee_id if task.assignee_id != by.pk else None,
        at=at,
        # The agent's clock may be wrong; ours is the one that counts.
        started_at=started if started and at - timedelta(hours=4) < started <= at else at,
        outcome=answer.outcome,
        band=attempting.band(task, at),
        timing=task.timing_on(task.dealership.today(at)),
        words=answer.words,
        topics=list(answer.topics),
        call_back_at=answer.call_back_at if answer.outcome is Outcome.CALL_BACK else None,
        invalidated=_number_called(task) if answer.outcome is Outcome.WRONG_NUMBER else None,
        response=_write_response(task, answer, by=by, at=at),
        before={name: _as_json(getattr(task, name)) for name in _REMEMBERED},
    )


def _write_response(task: ContactTask, answer: Answer, *, by: User, at: datetime) -> Response | None:
    grade = answer.grade or questionnaires.worst(answer.answers.values())
    if answer.outcome is not Outcome.REACHED or answer.declined or not grade:
        return None
    return Response.objects.create(
        dealership_id=task.dealership_id,
        questionnaire=task.step.questionnaire,
        visit=task.visit,
        contact=f"{task.step_code} {task.anchor}",
        customer_id=task.customer_id,
        grade=grade,
        answers={**answer.answers, **dict.fromkeys(answer.objections, Grade.DISSATISFIED.value)},
        texts={code: text for code, text in answer.texts.items() if text},
        not_obtained=answer.not_obtained,
        asked=answer.asked,
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
    task, owner, due_at = tried.task, "", ""
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
        remedy = Remedy.objects.create(
            dealership_id=task.dealership_id,
            finding=finding,
            owner=answer.remedy_owner,
            opened_at=at,
            due_at=calendars.working_deadline(task.dealership, at, timedelta(hours=task.step.remedy_hours)),
        )
        owner, due_at = answer.remedy_owner.name, remedy.due_at.isoformat()
    facts: dict[str, Any] = {"finding": finding.kind, "text": finding.text, "owner": owner, "due_at": due_at}
    record(Kind.FINDING, at=at, by=tried.by, **facts, **_about(task))


def _follow(task: ContactTask, tried: Attempt, *, at: datetime) -> None:
    """What the outcome does to the task."""
    outcome = Outcome(tried.outcome)
    timing = Timing.IN_WINDOW if task.contacted_on else tried.timing
    if tried.uncounted == Uncounted.CHANNEL:
        return queue.release(task, by=tried.by)
    if outcome is Outcome.REACHED:
        return task.move(State.DONE, at=at, attempts=tried.number, timing=timing)
    if outcome is Outcome.REFUSED:
        return task.move(State.REFUSED, at=at, attempts=tried.number, timing=timing)
    if outcome is Outcome.WRONG_NUMBER:
        return _try_another_number(task, tried, at=at)
    if outcome is Outcome.CALL_BACK and tried.call_back_at:
        return _wait_for_the_agreed_time(task, tried, tried.call_back_at)
    if task.attempts_max is not None and tried.counted and tried.number >= task.attempts_max:
        return task.move(State.UNREACHED, at=at, attempts=tried.number, timing=tried.timing)
    return _try_again(task, tried, at=at)


def _wait_for_the_agreed_time(task: ContactTask, tried: Attempt, agreed: datetime) -> None:
    """The deadline stays; who was spoken to within the window was contacted in time (S4-1.3.4d)."""
    today = task.dealership.today(tried.at)
    contacted_on = task.contacted_on or (today if tried.timing == Timing.IN_WINDOW else None)
    _wait(task, tried, agreed, call_back_at=agreed, ranks_at=agreed - PROMISED_FIRST, contacted_on=contacted_on)


def _try_again(task: ContactTask, tried: Attempt, *, at: datetime) -> None:
    bands = [*task.bands_used, tried.band] if tried.counted else task.bands_used
    again = attempting.when_again(task, bands, at=at)
    if again is None:
        raise Refusal(_("The dealership's calendar has no opening hours in the next three weeks. Mend it first."))
    _wait(task, tried, again, bands_used=bands, call_back_at=None, ranks_at=task.due_at)


def _try_another_number(task: ContactTask, tried: Attempt, *, at: datetime) -> None:
    """A wrong number is marked; another one is tried at once, else the task ends without a valid number."""
    if tried.invalidated:
        upkeep.number_failed(tried.invalidated, at=at)
    if _number_called(task) is None:
        return task.move(State.INVALID, at=at, attempts=tried.number, timing=tried.timing)
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
        task.move(State.OPEN, at=at, timing="", **before)


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
        instead_of=tried.instead_of.name if tried.instead_of else "",
        step=task.step.names,
        words=tried.words,
        grade=tried.response.grade if tried.response else "",
        answers=_answers_said(tried.response),
        uncounted=tried.uncounted,
        channel=tried.channel,
        result=tried.result,
        declined=tried.declined,
        identity=tried.identity_verified,
        seconds=int(tried.duration.total_seconds()),
        next_at=task.callable_from.isoformat() if task.is_open else "",
        state=task.state,
        **_about(task),
    )


def _answers_said(response: Response | None) -> list[dict[str, Any]]:
    """What the timeline says of the items she objected to and of her answers, in every language."""
    if response is None:
        return []
    of = questionnaires.of(response.questionnaire)
    return [{"what": item.names} for item in of.objected(response.answers)] + [
        {"what": question.names, "text": response.texts[question.code]}
        for question in of.texts
        if response.texts.get(question.code)
    ]


def _about(task: ContactTask) -> dict[str, Any]:
    return {
        "dealership_id": task.dealership_id,
        "customer_id": task.customer_id,
        "vehicle_id": task.vehicle_id,
        "visit_id": task.visit_id,
    }


def _as_json(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value
