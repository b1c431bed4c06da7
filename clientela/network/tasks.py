"""Jobs of the network."""

from asgiref.sync import async_to_sync
from django.utils import timezone
from procrastinate.contrib.django import app

from . import calendars, tenancy
from .models import Dealership


@app.task(queue="upkeep", queueing_lock="compile calendars")
def compile_calendars(timestamp: int) -> None:
    """Move the compiled calling hours on by a day."""
    at = timezone.now()
    for dealership in Dealership.objects.all():
        with tenancy.everywhere():
            calendars.compile_calls(dealership, at=at)


@app.task(queue="upkeep", queueing_lock="forget old jobs")
def forget_old_jobs(timestamp: int) -> None:
    """The queue's table is fast while it is small."""
    async_to_sync(app.job_manager.delete_old_jobs)(nb_hours=72, include_failed=False)
