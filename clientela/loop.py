"""What follows from what: the one page on which a lower module's news reaches a higher one.

Everything here happens in the transaction of the news itself.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from clientela.contacts import handing_over, planning
from clientela.customers.signals import numbers_added, visits_changed
from clientela.network.models import Dealership, User
from clientela.network.signals import hours_changed, user_left


def connect() -> None:
    visits_changed.connect(_align_contacts, dispatch_uid="contacts follow visits")
    numbers_added.connect(_call_the_new_number, dispatch_uid="contacts follow numbers")
    hours_changed.connect(_call_in_the_new_hours, dispatch_uid="contacts follow hours")
    user_left.connect(_hand_over, dispatch_uid="contacts stay when people leave")


def _align_contacts(*, visit_ids: Sequence[int], at: datetime, **_: Any) -> None:
    planning.realign(visit_ids, at=at)


def _call_the_new_number(*, customer_ids: Sequence[int], at: datetime, **_: Any) -> None:
    planning.reach_again(customer_ids, at=at)


def _call_in_the_new_hours(*, dealership: Dealership, **_: Any) -> None:
    planning.follow_hours(dealership.pk)


def _hand_over(*, leaver: User, heir: User, **_: Any) -> None:
    handing_over.hand_over(leaver, heir)
