"""Handing over: what somebody had open becomes somebody else's."""

from django.db import transaction

from clientela.network.models import User
from clientela.network.permissions import Permission

from .models import ContactTask, Remedy


@transaction.atomic
def hand_over(giver: User, taker: User) -> int:
    """Give open tasks and remedies to `taker`, and let go of what `giver` was calling; how many tasks."""
    ContactTask.objects.open().filter(leased_by=giver).update(leased_by=None, leased_until=None)
    Remedy.objects.open().filter(owner=giver).update(owner=taker)
    open_tasks = ContactTask.objects.open().filter(assignee=giver)
    given = open_tasks.filter(dealership_id__in=taker.dealerships_with(Permission.CALL)).update(assignee=taker)
    # Who takes over makes no calls there: the rest is for whoever does.
    return given + open_tasks.update(assignee=None)
