"""One call that counts for several contacts, each judged by its own window, caller and channel.

A company with thirty cars gets one call (C-26); two steps that were combined after one visit are closed by one contact.
"""

from datetime import date, datetime

from django.db.models import Q

from . import who
from .models import Attempt, ContactTask, Outcome

State = ContactTask.State


def count_for_others(task: ContactTask, tried: Attempt, *, at: datetime) -> list[ContactTask]:
    """Conclude, as `task` was, the open contacts of its customer for which this call counts too; which they are."""
    day = task.dealership.today(at)
    if not tried.counted:
        return []
    counted = [other for other in _others(task, day) if _counts(other, task, tried)]
    for other in counted:
        other.move(task.state, at=at, timing=other.timing_on(day), via=tried)
    return counted


def count_no_more(tried: Attempt) -> None:
    """The call was taken back: what it counted for is open again."""
    tried.counts_for.update(state=State.OPEN, concluded_at=None, timing="", via=None)


def _others(task: ContactTask, day: date) -> list[ContactTask]:
    same_step = Q(step_code=task.step_code)
    combined = Q(visit_id=task.visit_id, step__satisfied_by__contains=[task.step_code])
    refused = Q(step__programme=task.step.programme_id, step__excludes__contains=["refused_before"])
    counts = Q(opens_on__lte=day) & (same_step | combined)
    return list(
        ContactTask.objects.open()
        .select_for_update(of=("self",))
        .select_related("step", "visit", "dealership")
        .filter(counts | refused if task.state == State.REFUSED else counts)
        .filter(customer_id=task.customer_id, dealership_id=task.dealership_id)
        .exclude(pk=task.pk)
        .order_by("pk")
    )


def _counts(other: ContactTask, task: ContactTask, tried: Attempt) -> bool:
    """Of another car's contact for the same step, always. Of another step: if who called, and how, is right for it.

    Who refuses refuses the whole programme, if its steps leave out whom it was refused by (S2-9.5).
    """
    if other.step_code == task.step_code:
        return True
    if tried.outcome == Outcome.REFUSED:
        return other.step.programme_id == task.step.programme_id and "refused_before" in other.step.excludes
    return (
        tried.outcome == Outcome.REACHED
        and tried.channel in other.step.channels
        and (other.assignee_id == tried.by_id or who.performs(tried.by, other.performer, other.dealership_id))
        and not who.called_first(other, tried.by)
    )
