"""What follows from what: the one page on which a lower module's news reaches a higher one.

Everything here happens in the transaction of the news itself.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from clientela.contacts import (
    call_plans,
    file_owners,
    handing_on,
    handing_over,
    merging,
    planning,
    points,
    requesting,
    rezoning,
)
from clientela.contacts.models import ContactTask
from clientela.contacts.signals import task_concluded
from clientela.customers import filing, upkeep
from clientela.customers.ledger import Ledger
from clientela.customers.models import Customer, Merge, Visit
from clientela.customers.privacy import Identity, Sighting
from clientela.customers.signals import (
    customer_erased,
    files_merging,
    files_parted,
    first_call_asked,
    numbers_added,
    person_asked,
    visits_changed,
    visits_withdrawn,
)
from clientela.customers.tasks import look_for_duplicates
from clientela.imports import forgetting
from clientela.network.models import Dealership, User
from clientela.network.permissions import Role
from clientela.network.signals import hours_changed, role_taken, user_left


def connect() -> None:
    visits_changed.connect(_align_contacts, dispatch_uid="contacts follow visits")
    visits_changed.connect(_ask_for_files, dispatch_uid="files follow visits")
    numbers_added.connect(_look_no_further, dispatch_uid="upkeep follows numbers")
    visits_withdrawn.connect(_forget_contacts, dispatch_uid="contacts go with visits")
    numbers_added.connect(_call_the_new_number, dispatch_uid="contacts follow numbers")
    visits_changed.connect(_look_for_duplicates, dispatch_uid="duplicates follow visits")
    numbers_added.connect(_look_at_their_numbers, dispatch_uid="duplicates follow numbers")
    files_merging.connect(_ask_one_customer_once, dispatch_uid="contacts settle before files merge")
    files_parted.connect(_part_contacts, dispatch_uid="contacts part with their files")
    first_call_asked.connect(_whether_it_was_made, dispatch_uid="files know of first calls")
    task_concluded.connect(_hand_on, dispatch_uid="sales are handed over with the first contact")
    hours_changed.connect(_call_in_the_new_hours, dispatch_uid="contacts follow hours")
    customer_erased.connect(_let_go_of_the_customer, dispatch_uid="contacts and files follow erasing")
    person_asked.connect(_look_in_files, dispatch_uid="files are asked for a person")
    user_left.connect(_hand_over, dispatch_uid="contacts stay when people leave")
    role_taken.connect(_take_work_back, dispatch_uid="contacts go back when a role goes")
    user_left.connect(_pass_files_on, dispatch_uid="files stay when people leave")


def _align_contacts(*, visit_ids: Sequence[int], at: datetime, **_: Any) -> None:
    planning.realign(visit_ids, at=at)


def _ask_for_files(*, visit_ids: Sequence[int], at: datetime, **_: Any) -> None:
    filing.open_duties(visit_ids, at=at)
    file_owners.give(visit_ids, at=at)


def _look_no_further(*, customer_ids: Sequence[int], at: datetime, by: User | None = None, **_: Any) -> None:
    upkeep.numbers_found(customer_ids, at=at, by=by)


def _forget_contacts(*, visit_ids: Sequence[int], **_: Any) -> None:
    planning.forget(visit_ids)


def _call_the_new_number(*, customer_ids: Sequence[int], at: datetime, **_: Any) -> None:
    planning.reach_again(customer_ids, at=at)


def _hand_on(*, task: ContactTask, by: User, at: datetime, **_: Any) -> None:
    handing_on.follow(task, by=by, at=at)


def _look_for_duplicates(*, visit_ids: Sequence[int], **_: Any) -> None:
    for dealership_id in Visit.objects.filter(pk__in=visit_ids).values_list("dealership", flat=True).distinct():
        look_for_duplicates(dealership_id)


def _look_at_their_numbers(*, customer_ids: Sequence[int], **_: Any) -> None:
    for dealership_id in Customer.objects.filter(pk__in=customer_ids).values_list("dealership", flat=True).distinct():
        look_for_duplicates(dealership_id)


def _ask_one_customer_once(*, merge: Merge, ledger: Ledger, at: datetime, **_: Any) -> None:
    merging.settle(merge, ledger, at=at)


def _part_contacts(*, merge: Merge, at: datetime, **_: Any) -> None:
    merging.part(merge, at=at)


def _whether_it_was_made(*, visit: Visit, **_: Any) -> bool:
    return call_plans.is_over(visit)


def _call_in_the_new_hours(*, dealership: Dealership, **_: Any) -> None:
    rezoning.follow_zone(dealership.pk)
    planning.follow_hours(dealership.pk)


def _let_go_of_the_customer(
    *, customer_ids: Sequence[int], dealership_id: int, identity: Identity, at: datetime, **_: Any
) -> None:
    planning.cancel_contacts(customer_ids, at=at)
    points.let_go(customer_ids, at=at)
    forgetting.forget(identity, dealership_id)


def _look_in_files(*, customer_ids: Sequence[int], dealership_id: int, identity: Identity, **_: Any) -> list[Sighting]:
    return forgetting.seen(identity, dealership_id, customer_ids)


def _hand_over(*, leaver: User, heir: User, at: datetime, **_: Any) -> None:
    handing_over.hand_over(leaver, heir)
    requesting.inherit(leaver, heir, at=at)


def _take_work_back(*, user: User, role: Role, at: datetime, **_: Any) -> None:
    handing_over.give_back(user, role, at=at)


def _pass_files_on(*, leaver: User, heir: User, **_: Any) -> None:
    filing.hand_over(leaver, heir)
