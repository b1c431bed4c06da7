"""Handing over: what somebody had open becomes somebody else's."""

from django.db import transaction

from clientela.network.models import User

from .models import ContactTask, Remedy


@transaction.atomic
def hand_over(giver: User, taker: User) -> int:
    """Give open tasks and remedies to `taker`, and let go of what `giver` was calling; how many tasks."""
    ContactTask.objects.open().filter(leased_by=giver).update(leased_by=None, leased_until=None)
    Remedy.objects.open().filter(owner=giver).update(owner=taker)
    return ContactTask.objects.open().filter(assignee=giver).update(assignee=taker)
