"""What is decided before a call: to make it in spite of rest hours or of a caution, to postpone it, to leave it out.

A decision to call holds for the lease under which it was taken; the attempt and the timeline keep it (C-19).
"""

from datetime import date, datetime, time
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clientela.journal.models import Kind, record
from clientela.lib.refusal import Refusal
from clientela.network import calendars
from clientela.network.models import User

from . import holding, resting
from .models import ContactTask

State = ContactTask.State
#: What was decided, in words.
WORDS = {
    "rest": gettext_lazy("called in spite of rest hours"),
    "call": gettext_lazy("called in spite of a caution"),
    "postpone": gettext_lazy("postponed"),
    "leave_out": gettext_lazy("left out"),
    "take_in_again": gettext_lazy("taken in again"),
}
#: As far away as a call may be put off.
FARTHEST = 60


def call_in_spite(task: ContactTask, reason: str, *, by: User, at: datetime) -> None:
    """Call in rest hours, for a reason."""
    _note(task, {"rest": reason})
    _tell(task, "rest", reason, by=by, at=at)


@transaction.atomic
def call(task: ContactTask, reason: str = "", *, by: User, at: datetime) -> None:
    """Call her though something speaks for caution."""
    task = held(task, by)
    found = holding.cautions(task, at=at)
    _note(task, {"cautions": [caution.value for caution in found], "reason": reason})
    _tell(task, "call", reason, by=by, at=at, cautions=[caution.value for caution in found])


@transaction.atomic
def postpone(task: ContactTask, on: date, reason: str = "", *, by: User, at: datetime) -> datetime:
    """Call her on another day, from its first free hour on; when that is. The deadline stays what it was."""
    task = held(task, by)
    today = task.dealership.today(at)
    if not 0 < (on - today).days <= FARTHEST:
        raise Refusal(_("Choose a day from tomorrow on, within 60 days."))
    begins = datetime.combine(on, time(), task.dealership.zone)
    hours = calendars.coming_hours(task.dealership_id, begins)
    free = resting.less_rest(hours, task.customer, task.dealership)
    if not free:
        raise Refusal(_("The dealership's calendar has no opening hours after that day. Mend it first."))
    ContactTask.objects.filter(pk=task.pk).update(
        callable_from=free[0][0], call_back_at=None, ranks_at=task.due_at, leased_by=None, leased_until=None
    )
    _tell(task, "postpone", reason, by=by, at=at, until=free[0][0].isoformat())
    return free[0][0]


@transaction.atomic
def leave_out(task: ContactTask, reason: str, *, by: User, at: datetime) -> None:
    """Do not make this contact at all; a reason is owed. Nobody owes it any more, so no figure counts it as missed."""
    task = held(task, by)
    if not reason.strip():
        raise Refusal(_("Say why this contact is left out."))
    task.move(State.LEFT_OUT, at=at)
    _tell(task, "leave_out", reason, by=by, at=at)


@transaction.atomic
def take_in_again(task: ContactTask, *, by: User, at: datetime) -> None:
    """Make it after all."""
    if task.state != State.LEFT_OUT:
        raise Refusal(_("This contact was not left out."))
    task.move(State.OPEN, at=at)
    _tell(task, "take_in_again", "", by=by, at=at)


def of_this_lease(task: ContactTask) -> dict[str, Any]:
    """What was decided under the lease that holds now."""
    decided: dict[str, Any] = task.decided or {}
    return decided if decided.get("fence") == task.fence else {}


def undecided(task: ContactTask, *, at: datetime) -> list[holding.Caution]:
    """The cautions of which nobody decided yet under this lease."""
    if of_this_lease(task).get("cautions") is not None:
        return []
    if hasattr(task, "cautioned"):  # asked with all the rest
        return holding.read_cautions(task.cautioned)
    return holding.cautions(task, at=at)


def held(task: ContactTask, by: User) -> ContactTask:
    """The task as it stands, locked, if she has it."""
    found = (
        ContactTask.objects.select_for_update(of=("self",))
        .select_related("step", "visit", "dealership", "customer")
        .filter(pk=task.pk, state=State.OPEN, leased_by=by)
        .first()
    )
    if found is None:
        raise Refusal(
            _("This task is no longer yours: your time on it ran out or it was concluded. Nothing was recorded.")
        )
    return found


def _note(task: ContactTask, what: dict[str, Any]) -> None:
    task.decided = {**of_this_lease(task), **what, "fence": task.fence}
    task.save(update_fields=["decided"])


def _tell(task: ContactTask, what: str, reason: str, *, by: User, at: datetime, **facts: Any) -> None:
    record(
        Kind.DECISION,
        dealership_id=task.dealership_id,
        customer_id=task.customer_id,
        vehicle_id=task.vehicle_id,
        visit_id=task.visit_id,
        at=at,
        by=by,
        what=what,
        reason=reason,
        step=task.step.names,
        **facts,
    )
