"""Jobs of contacts: each loads and makes one call."""

from django.utils import timezone
from procrastinate.contrib.django import app

from clientela.network import tenancy

from . import planning


@app.task(queue="planning", queueing_lock="plan all", pass_context=False)
def plan_all(timestamp: int) -> None:
    with tenancy.everywhere():
        planning.plan(at=timezone.now())
