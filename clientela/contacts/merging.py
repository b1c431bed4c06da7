"""What follows for contacts when two files become one, and when they part again."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from django.db import connection
from django.utils.translation import gettext as _

from clientela.customers.ledger import Ledger
from clientela.customers.models import Merge, MergedRow
from clientela.lib.refusal import Refusal

from . import planning
from .models import ContactTask, PlanTarget, ProgrammeStep

State = ContactTask.State


def settle(merge: Merge, ledger: Ledger, *, at: datetime) -> None:
    """Refuse while somebody is on a call; close what would be asked twice of one customer."""
    _let_planning_wait(merge.dealership_id)
    tasks = _locked(merge)
    _refuse_while_calling(tasks, at)
    by_question: dict[tuple[str, int | None], list[ContactTask]] = defaultdict(list)
    for task in tasks:
        if task.is_open:
            by_question[task.step_code, task.vehicle_id].append(task)
    for asked in by_question.values():
        best = min(asked, key=_first)
        for task in asked:
            if task.customer_id != best.customer_id:
                ledger.change(task, state=State.MERGED, concluded_at=at, leased_by=None, leased_until=None)
    _settle_plans(merge, ledger)


def part(merge: Merge, *, at: datetime) -> None:
    """After an undo: contacts follow their visits again, and those reopened too late are cancelled."""
    reopened = MergedRow.objects.filter(
        merge=merge, table=ContactTask._meta.db_table, column="state", after=State.MERGED, stayed=""
    ).values_list("row", flat=True)
    tasks = ContactTask.objects.open().filter(dealership=merge.dealership_id, customer__in=(merge.survivor, merge.gone))
    planning.realign(list(tasks.values_list("visit_id", flat=True)), at=at)
    today = merge.dealership.today(at)
    for task in tasks.filter(pk__in=list(reopened)).select_related("step__programme", "visit"):
        too_late = (today - task.visit.delivered_on).days > task.step.catch_up_days
        if too_late or not task.step.programme.active:
            task.move(State.CANCELLED, at=at)


def _settle_plans(merge: Merge, ledger: Ledger) -> None:
    """On a plan that has both, what is recorded stays. Of two that say as much the survivor's does (`clashes`)."""
    ours = {row.plan_id: row for row in PlanTarget.objects.filter(customer=merge.survivor_id, visit=None)}
    for theirs in PlanTarget.objects.filter(customer=merge.gone_id, visit=None, plan__in=ours):
        twin = ours[theirs.plan_id]
        if theirs.is_recorded and not twin.is_recorded:
            ledger.take_out(twin, twin=theirs)


def _first(task: ContactTask) -> tuple[bool, int, datetime, int]:
    """Which of two goes on: an agreed call before what was tried before what is due first."""
    return (task.call_back_at is None, -task.attempts, task.due_at, task.pk)


def _locked(merge: Merge) -> list[ContactTask]:
    """All contacts of both, so that a call that is being saved is saved before or refused after."""
    of_both = ContactTask.objects.filter(
        dealership=merge.dealership_id, customer__in=(merge.survivor_id, merge.gone_id)
    )
    return list(of_both.select_for_update(of=("self",)).select_related("leased_by").order_by("pk"))


def _let_planning_wait(dealership_id: int) -> None:
    """Planning read the visits before they moved; it takes turns by step, in this order."""
    codes = ProgrammeStep.objects.filter(dealership=dealership_id).order_by("code").values_list("code", flat=True)
    with connection.cursor() as cursor:
        for code in codes:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"plan {code}"])


def _refuse_while_calling(tasks: Iterable[ContactTask], at: datetime) -> None:
    for task in tasks:
        if task.is_open and task.leased_by and task.leased_until and task.leased_until > at:
            raise Refusal(
                _("%(name)s is calling one of these customers right now. Merge them when the call is done.")
                % {"name": task.leased_by}
            )
