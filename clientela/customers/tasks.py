"""Jobs of customers: each loads and makes one call."""

from django.db import transaction
from django.utils import timezone
from procrastinate import exceptions
from procrastinate.contrib.django import app

from clientela.network import tenancy

from . import duplicates


@app.task(queue="upkeep", pass_context=False)
def find_duplicates(dealership_id: int) -> None:
    """Look through a house after files came in or were changed."""
    with tenancy.everywhere():
        duplicates.find(at=timezone.now(), dealership_ids=[dealership_id])


@app.task(queue="upkeep", queueing_lock="find all duplicates", pass_context=False)
def find_all_duplicates(timestamp: int) -> None:
    with tenancy.everywhere():
        duplicates.find(at=timezone.now())


def look_for_duplicates(dealership_id: int) -> None:
    """Have a house looked through soon; once is enough, however many files come in until then."""
    job = find_duplicates.configure(queueing_lock=f"duplicates of {dealership_id}")
    try:
        with transaction.atomic():
            job.defer(dealership_id=dealership_id)
    except exceptions.AlreadyEnqueued:
        pass
