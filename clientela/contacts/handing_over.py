"""Handing over: what somebody had open becomes somebody else's."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from clientela.network.models import Dealership, Role, User
from clientela.network.permissions import Permission

from . import allocating, asking_managers
from .models import ContactTask, Designation, Remedy, TalkingPoint
from .who import PERFORMS, facts


@transaction.atomic
def hand_over(giver: User, taker: User) -> int:
    """Give what is open to `taker`, and let go of what `giver` was calling; how many tasks."""
    ContactTask.objects.open().filter(leased_by=giver).update(leased_by=None, leased_until=None)
    Remedy.objects.open().filter(owner=giver).update(owner=taker)
    _hand_over_points(giver, taker)
    open_tasks = ContactTask.objects.open().filter(assignee=giver)
    given = open_tasks.filter(dealership_id__in=taker.dealerships_with(Permission.CALL)).update(assignee=taker)
    # Who takes over makes no calls there: the rest is for whoever does.
    return given + open_tasks.update(assignee=None)


@transaction.atomic
def give_back(user: User, role: Role, *, at: datetime) -> int:
    """After `role` was taken from her: what only it let her call is nobody's again, and given out anew; how many.

    Contacts that somebody handed to her by name stay, as long as she makes calls in that house.
    """
    open_ones = ContactTask.objects.open().filter(assignee=user)
    given = 0
    houses = list(Dealership.objects.filter(pk__in=open_ones.values("dealership")))
    for house in houses:
        hers = open_ones.filter(dealership=house)
        if user.may(Permission.CALL, house.pk):
            lost = PERFORMS.get(role, frozenset()) - set(facts(user, house.pk, house.today(at))["performs"])
            hers = hers.filter(performer__in=[performer.value for performer in lost])
        given += hers.update(assignee=None, leased_by=None, leased_until=None)
    _end_designations(user, at=at)
    allocating.allocate([house.pk for house in houses], at=at)
    return given


def _hand_over_points(giver: User, taker: User) -> None:
    """What she saw to, and what was asked of her; where the taker may not, whoever else is asked first there."""
    for point in TalkingPoint.objects.open().filter(Q(owner=giver) | Q(asked=giver)):
        house = point.dealership_id
        if point.owner_id == giver.pk:
            heir = taker if taker.may(Permission.SEE_FINDINGS, house) else asking_managers.first_of(point, taker)
            TalkingPoint.objects.filter(pk=point.pk).update(owner=heir)
        if point.asked_id == giver.pk:
            solver = taker if taker.may(Permission.SOLVE_POINTS, house) else asking_managers.first_of(point, taker)
            TalkingPoint.objects.filter(pk=point.pk).update(asked=solver)


def _end_designations(user: User, *, at: datetime) -> None:
    """Who makes no calls in a house is designated there no longer."""
    for row in Designation.objects.filter(user=user).select_related("dealership"):
        yesterday = row.dealership.today(at) - timedelta(days=1)
        if user.may(Permission.CALL, row.dealership_id) or (row.to_on and row.to_on <= yesterday):
            continue
        if row.from_on > yesterday:
            row.delete()
        else:
            Designation.objects.filter(pk=row.pk).update(to_on=yesterday)
