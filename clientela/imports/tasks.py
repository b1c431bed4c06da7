"""Jobs of imports: a file is rehearsed, then taken in, whether or not the page stays open."""

from django.utils import timezone
from procrastinate.contrib.django import app

from clientela.contacts import planning
from clientela.network import tenancy

from . import importing
from .models import Run


@app.task(queue="imports")
def rehearse(run_id: int) -> None:
    with tenancy.everywhere():
        importing.rehearse(Run.objects.select_related("dealership").get(pk=run_id), at=timezone.now())


@app.task(queue="imports")
def perform(run_id: int) -> None:
    """Import, and plan what follows, in one transaction."""
    at = timezone.now()
    with tenancy.everywhere():
        run = Run.objects.select_related("dealership").get(pk=run_id)
        importing.perform(run, at=at)
        planning.plan(at=at, dealership_ids=[run.dealership_id])
