"""Jobs of contacts: each loads and makes one call."""

from django.utils import timezone
from procrastinate.contrib.django import app

from clientela.network import tenancy
from clientela.network.models import Dealership

from . import levelling, planning

#: The hour in which nobody has the list before her, so that days may move.
NIGHT = 3


@app.task(queue="planning", queueing_lock="plan all", pass_context=False)
def plan_all(timestamp: int) -> None:
    with tenancy.everywhere():
        planning.plan(at=timezone.now())


@app.task(queue="planning", queueing_lock="level all", pass_context=False)
def level_all(timestamp: int) -> None:
    """Where it is night now: spread what is open over the coming days anew. By house, so that no queue waits long."""
    at = timezone.now()
    for house in Dealership.objects.order_by("pk"):
        if at.astimezone(house.zone).hour == NIGHT:
            with tenancy.everywhere():
                levelling.level([house.pk], at=at, anew=True)
