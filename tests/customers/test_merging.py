"""Two files become one and two again: with calls, tasks and consents on both sides, and nothing lost."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import models
from django.test import Client

from clientela.contacts import calling, queue
from clientela.contacts.calling import Answer
from clientela.contacts.models import ContactTask, Finding, Outcome
from clientela.customers import duplicates, merging, parting
from clientela.customers.models import (
    Change,
    Consent,
    ContactPoint,
    Customer,
    CustomerRestHours,
    Duplicate,
    Merge,
    MergedRow,
    Ownership,
    Profile,
    Upkeep,
    Visit,
)
from clientela.customers.references import references
from clientela.journal.models import Entry, Kind
from clientela.lib.refusal import Refusal
from clientela.network.models import Dealership, User
from clientela.satisfaction.models import Response
from tests import cast

AsUser = Callable[[User], Client]
DAY = date(2026, 3, 2)
LATER = timedelta(hours=2)
#: What a merge leaves behind even when it was undone: the record of it.
RECORDS = {Merge, MergedRow, Change}


def called(task: ContactTask, by: User, at: datetime, **facts: Any) -> Any:
    queue.claim(task, by=by, at=at)
    answer = {"outcome": Outcome.REACHED, "grade": "satisfied", "words": "Bien."} | facts
    return calling.keep(task, Answer(**answer), fence=task.fence, by=by, at=at)


@pytest.fixture
def ana(norte: Dealership, jorge: User, now: datetime) -> Customer:
    """The older file: two cars, one of them followed up with a shortcoming."""
    first = cast.due(
        norte, DAY, at=now, customer_name="Zúñiga Ana", phones="614 111 1111", email="ana@example.com", number="A-1"
    )
    called(first, jorge, now, finding_kind="shortcoming", finding_text="Sin tapete.", remedy_owner=jorge)
    cast.due(norte, DAY, at=now, customer_name="Zúñiga Ana", phones="614 111 1111", number="A-2", plate="ANA-2")
    return first.customer


@pytest.fixture
def anna(norte: Dealership, jorge: User, now: datetime, ana: Customer) -> Customer:
    """The same lady under a slip of the keyboard, with a call that nobody answered, and the first one's number."""
    task = cast.due(
        norte,
        DAY,
        at=now,
        customer_name="Zuniga Anna",
        phones="614 111 1111, 614 222 2222",
        address="Calle 9",
        birth_date=date(1980, 5, 1),
        number="B-1",
    )
    called(task, jorge, now, outcome=Outcome.NO_ANSWER, grade="")
    return task.customer


def rows_of(customer: Customer) -> dict[str, int]:
    """How many rows name her, by table; the lines that tell of a merge name both for good."""
    found = {}
    for reference in references():
        rows = reference.model._default_manager.filter(**{reference.attribute: customer.pk})
        if reference.model is Entry:
            rows = rows.exclude(kind__in=[Kind.MERGED, Kind.MERGE_UNDONE])
        found[f"{reference.table}.{reference.column}"] = rows.count()
    return {name: count for name, count in found.items() if count}


def dump() -> dict[str, list[dict[str, Any]]]:
    """Everything there is, but the records of merging itself and the counter of versions."""
    return {
        model._meta.label: [
            {name: value for name, value in row.items() if name != "version"}
            for row in _rows(model).order_by("pk").values()
        ]
        for model in apps.get_models()
        if model.__module__.startswith("clientela.") and model not in RECORDS
    }


def _rows(model: type[models.Model]) -> "models.QuerySet[Any]":
    rows = model._default_manager.all()
    return rows.exclude(kind__in=[Kind.MERGED, Kind.MERGE_UNDONE]) if model is Entry else rows


def merged(survivor: Customer, gone: Customer, by: User, at: datetime, **keep: Any) -> Merge:
    return merging.merge(survivor, gone, keep, by=by, at=at)


@pytest.mark.covers("S2-6.1")
def test_everything_of_both_files_is_in_the_one_that_stays(
    ana: Customer, anna: Customer, mariana: User, now: datetime
) -> None:
    of_both = [rows_of(ana), rows_of(anna)]

    made = merged(ana, anna, mariana, now)

    ana.refresh_from_db()
    anna.refresh_from_db()
    together = {name: sum(rows.get(name, 0) for rows in of_both) for name in {**of_both[0], **of_both[1]}}
    together["customers_contactpoint.customer_id"] -= 1  # the number that both had
    together["customers_change.customer_id"] += 2  # her address and date of birth
    assert (rows_of(ana), rows_of(anna)) == (together, {})
    assert (anna.merged_into, anna.survivor(), ana.is_merged) == (ana, ana, False)
    assert sorted(ana.contact_points.values_list("value", flat=True)) == [
        "+526141111111",
        "+526142222222",
        "ana@example.com",
    ]
    assert (ana.full_name, ana.address, ana.birth_date) == ("Zúñiga Ana", "Calle 9", date(1980, 5, 1))
    lines = (
        Entry.objects.filter(kind=Kind.MERGED).order_by("customer_id").values_list("customer_id", "by", "facts__other")
    )
    assert list(lines) == [(ana.pk, mariana.pk, anna.pk), (anna.pk, mariana.pk, ana.pk)]
    assert made.rows.filter(table="contacts_contacttask", column="customer_id").count() == 1


@pytest.mark.covers("S2-6.1")
def test_undone_at_once_everything_is_as_it_was(ana: Customer, anna: Customer, mariana: User, now: datetime) -> None:
    before = dump()

    made = merged(ana, anna, mariana, now, full_name="Zuniga Anna")
    assert dump() != before
    assert merging.undo(made, by=mariana, at=now + LATER) == 0

    assert dump() == before
    assert (made.undone_by, made.undone_at) == (mariana, now + LATER)
    assert Entry.objects.filter(kind=Kind.MERGE_UNDONE).count() == 2


def test_what_somebody_changed_since_stays_and_is_named(
    ana: Customer, anna: Customer, jorge: User, mariana: User, now: datetime
) -> None:
    made = merged(ana, anna, mariana, now)
    ana.refresh_from_db()
    ana.address = "Calle 10"
    ana.correct(["address"], by=jorge, at=now + LATER)
    ContactPoint.objects.get(value="+526142222222").delete()
    [moved] = Visit.objects.filter(number="B-1")
    Visit.objects.filter(pk=moved.pk).update(work="Frenos")
    task = ContactTask.objects.get(visit=moved)
    called(task, jorge, now + LATER, words="Ya contestó.")

    left = merging.undo(made, by=mariana, at=now + 2 * LATER)

    ana.refresh_from_db()
    anna.refresh_from_db()
    stayed = parting.left(made).values_list("table", "column", "stayed").order_by("table")
    assert left == 2
    assert list(stayed) == [
        ("customers_contactpoint", "customer_id", "deleted"),
        ("customers_customer", "address", "changed"),
    ]
    assert (ana.address, ana.birth_date, anna.address, anna.is_merged) == ("Calle 10", None, "Calle 9", False)
    moved.refresh_from_db()
    task.refresh_from_db()
    assert (moved.customer, moved.work, task.customer, task.state) == (anna, "Frenos", anna, "done")
    # What came later is the survivor's: the answer was hers while the files were one.
    assert Response.objects.get(words="Ya contestó.").customer == ana
    assert list(anna.contact_points.values_list("value", flat=True)) == ["+526141111111"]


# Contacts -------------------------------------------------------------------------------------------------


def same_car_twice(norte: Dealership, now: datetime) -> list[ContactTask]:
    """One delivery under two names: the dealer's system wrote it down twice."""
    return [
        cast.due(norte, DAY, at=now, customer_name=name, phones=phone, vin="1GKS2CKJ5LR123456", plate="", number=number)
        for name, phone, number in (("Ruiz Eva", "614 100 0001", "E-1"), ("Ruis Eva", "614 100 0002", "E-2"))
    ]


def test_the_same_question_is_asked_once_and_again_twice_after_an_undo(
    norte: Dealership, jorge: User, mariana: User, now: datetime
) -> None:
    first, second = same_car_twice(norte, now)
    called(second, jorge, now, outcome=Outcome.BUSY, grade="")
    first.refresh_from_db()

    made = merged(first.customer, second.customer, mariana, now + LATER)

    states = dict(ContactTask.objects.values_list("pk", "state"))
    assert states == {first.pk: "merged", second.pk: "open"}  # whom one has tried already, one goes on trying
    assert ContactTask.objects.get(pk=first.pk).concluded_at == now + LATER

    merging.undo(made, by=mariana, at=now + 2 * LATER)

    assert dict(ContactTask.objects.values_list("pk", "state")) == {first.pk: "open", second.pk: "open"}
    assert {task.customer_id for task in ContactTask.objects.all()} == {first.customer_id, second.customer_id}


def test_a_contact_is_not_reopened_months_later(norte: Dealership, mariana: User, now: datetime) -> None:
    first, second = same_car_twice(norte, now)
    made = merged(first.customer, second.customer, mariana, now)

    merging.undo(made, by=mariana, at=now + timedelta(days=200))

    second.refresh_from_db()
    assert (second.state, second.customer) == ("cancelled", Customer.objects.get(full_name="Ruis Eva"))


def test_nor_for_a_visit_that_was_cancelled_meanwhile(norte: Dealership, mariana: User, now: datetime) -> None:
    first, second = same_car_twice(norte, now)
    made = merged(first.customer, second.customer, mariana, now)
    Visit.objects.filter(pk=second.visit_id).update(cancelled_at=now)

    merging.undo(made, by=mariana, at=now + LATER)

    assert dict(ContactTask.objects.values_list("pk", "state")) == {first.pk: "open", second.pk: "cancelled"}


@pytest.mark.parametrize("whose", ["survivor", "gone"])
def test_nobody_is_merged_while_she_is_on_the_phone(
    norte: Dealership, jorge: User, mariana: User, now: datetime, whose: str
) -> None:
    first, second = same_car_twice(norte, now)
    queue.claim({"survivor": first, "gone": second}[whose], by=jorge, at=now)
    before = dump()

    with pytest.raises(Refusal, match="Jorge Peña is calling one of these customers"):
        merged(first.customer, second.customer, mariana, now)

    assert (dump(), Merge.objects.count(), MergedRow.objects.count()) == (before, 0, 0)
    # The lease runs out by itself.
    assert merged(first.customer, second.customer, mariana, now + LATER).survivor == first.customer


def test_the_wrong_number_of_a_call_leads_to_the_number_that_stays(
    norte: Dealership, ana: Customer, anna: Customer, jorge: User, mariana: User, now: datetime
) -> None:
    task = ContactTask.objects.get(customer=anna)
    wrong = called(task, jorge, now + LATER, outcome=Outcome.WRONG_NUMBER, grade="")
    assert wrong.invalidated.value == "+526141111111"
    before = dump()

    made = merged(ana, anna, mariana, now + 2 * LATER)

    wrong.refresh_from_db()
    [number] = ana.contact_points.filter(value="+526141111111")
    assert (wrong.invalidated, number.valid) == (number, False)  # wrong in one file, wrong for her
    merging.undo(made, by=mariana, at=now + 2 * LATER)
    assert dump() == before


# What both have -------------------------------------------------------------------------------------------


@pytest.fixture
def two(norte: Dealership, now: datetime) -> tuple[Customer, Customer]:
    one, other = (cast.deliver(norte, DAY, at=now, customer_name=name).customer for name in ("Paz Eva", "Pas Eva"))
    return one, other


def consent(customer: Customer, given: date, withdrawn: date | None = None) -> Consent:
    return Consent.objects.create(
        dealership=customer.dealership,
        customer=customer,
        channel="phone",
        purpose="survey",
        text_version="1",
        source="paper",
        given_on=given,
        withdrawn_on=withdrawn,
    )


@pytest.mark.parametrize(
    ("ours", "theirs", "standing"),
    [
        ((DAY, None), (date(2026, 1, 1), None), [DAY]),
        ((date(2026, 1, 1), None), (DAY, None), [DAY]),
        ((DAY, None), (date(2026, 1, 1), date(2026, 2, 1)), [DAY]),
        ((date(2026, 1, 1), None), (date(2025, 1, 1), date(2026, 2, 1)), []),
        ((date(2025, 1, 1), date(2026, 2, 1)), (date(2026, 1, 1), None), []),
        ((date(2025, 1, 1), None), (date(2025, 1, 1), None), [date(2025, 1, 1)]),
    ],
)
def test_of_two_consents_the_newer_stands_and_a_withdrawal_counts_for_both(
    two: tuple[Customer, Customer],
    mariana: User,
    now: datetime,
    ours: tuple[date, date | None],
    theirs: tuple[date, date | None],
    standing: list[date],
) -> None:
    one, other = two
    consent(one, *ours)
    consent(other, *theirs)
    before = dump()

    made = merged(one, other, mariana, now)

    assert one.consents.count() == 2
    assert list(one.consents.filter(withdrawn_on=None).values_list("given_on", flat=True)) == standing
    merging.undo(made, by=mariana, at=now)
    assert dump() == before


def test_what_may_be_there_once_is_there_once(two: tuple[Customer, Customer], mariana: User, now: datetime) -> None:
    one, other = two
    house = one.dealership
    car = one.ownerships.get().vehicle
    for customer, facts in (
        (one, {"hobbies": "fútbol"}),
        (other, {"hobbies": "ajedrez", "lifestyle": "al aire libre"}),
    ):
        Profile.objects.create(dealership=house, customer=customer, **facts)
        Upkeep.objects.create(dealership=house, customer=customer, kind="verify", opened_at=now)
        CustomerRestHours.objects.create(dealership=house, customer=customer, starts="13:00", ends="14:00")
        ContactPoint.objects.create(
            dealership=house,
            customer=customer,
            kind="email",
            value=f"{customer.pk}@x.example",
            shown="x",
            preferred=True,
        )
    Ownership.objects.create(dealership=house, customer=other, vehicle=car, from_on=date(2025, 1, 1))
    third = cast.deliver(house, DAY, at=now, customer_name="Paz Iris").customer
    pairs = {(one, other): None, (one, third): None, (other, third): now}
    for (left, right), dismissed in pairs.items():
        Duplicate.objects.update_or_create(
            one=left,
            other=right,
            defaults={"dealership": house, "score": 40, "found_at": now, "dismissed_at": dismissed},
        )
    before = dump()

    made = merged(one, other, mariana, now)

    profile = Profile.objects.get(customer=one)
    assert (profile.hobbies, profile.lifestyle) == ("fútbol", "al aire libre")
    assert [upkeep.done_at for upkeep in one.upkeep.order_by("pk")] == [None, now]
    assert one.rest_hours.count() == 1
    assert one.contact_points.filter(preferred=True).count() == 1
    assert one.ownerships.get(vehicle=car).from_on == date(2025, 1, 1)
    assert [(pair.one, pair.other, pair.dismissed_at) for pair in Duplicate.objects.all()] == [(one, third, now)]
    merging.undo(made, by=mariana, at=now)
    assert dump() == before


def test_never_to_call_counts_for_both(two: tuple[Customer, Customer], mariana: User, now: datetime) -> None:
    one, other = two
    Customer.objects.filter(pk=other.pk).update(do_not_call=True, do_not_call_list_on=DAY)

    merged(one, other, mariana, now)

    one.refresh_from_db()
    assert (one.do_not_call, one.do_not_call_list_on) == (True, DAY)


def test_the_chosen_value_stays_and_stands_in_the_history(
    two: tuple[Customer, Customer], mariana: User, now: datetime
) -> None:
    one, other = two
    Customer.objects.filter(pk=one.pk).update(address="Calle 1", region="Norte")
    Customer.objects.filter(pk=other.pk).update(address="Calle 2", region="Sur")
    Change.objects.all().delete()

    merged(one, other, mariana, now, address="Calle 2", region="Norte", full_name="Pas Eva")

    one.refresh_from_db()
    assert (one.address, one.region, one.full_name, one.family_name, one.search_name) == (
        "Calle 2",
        "Norte",
        "Pas Eva",
        "Pas",
        "pas eva",
    )
    changed = Change.objects.filter(row=one.pk, noun="customer").order_by("field")
    assert [(change.field, change.old, change.new, change.by, change.at) for change in changed] == [
        ("address", "Calle 1", "Calle 2", mariana, now),
        ("family_name", "Paz", "Pas", mariana, now),
        ("full_name", "Paz Eva", "Pas Eva", mariana, now),
    ]
    assert not Change.objects.filter(noun="contact_point").exists()


# What cannot be -------------------------------------------------------------------------------------------


def test_what_cannot_be_one_is_refused_in_a_sentence(
    norte: Dealership, jingbei: Dealership, two: tuple[Customer, Customer], mariana: User, now: datetime
) -> None:
    one, other = two
    third = cast.deliver(norte, DAY, at=now, customer_name="Paz Iris").customer
    company = cast.deliver(norte, DAY, at=now, customer_name="Paz Motores SA de CV").customer
    neighbour = cast.deliver(jingbei, DAY, at=now, customer_name="Paz Eva").customer
    erased = cast.deliver(norte, DAY, at=now, customer_name="Paz Nadie").customer
    Customer.objects.filter(pk=erased.pk).update(erased_at=now)
    merged(one, other, mariana, now)
    before = dump()

    for survivor, gone, words in (
        (one, one, "with itself"),
        (one, neighbour, "two dealerships"),
        (one, other, "Pas Eva is already part of the file of Paz Eva"),
        (other, third, "Pas Eva is already part of the file of Paz Eva"),
        (one, company, "One is a person, the other a company"),
        (one, erased, "was erased"),
    ):
        with pytest.raises(Refusal, match=words):
            merged(survivor, gone, mariana, now)
    with pytest.raises(Refusal, match="the value of one of the two"):
        merged(one, third, mariana, now, address="nowhere")
    with pytest.raises(ValueError, match="version"):
        merged(one, third, mariana, now, version=9)
    assert dump() == before


def test_a_chain_leads_to_its_end_and_is_undone_from_there(
    norte: Dealership, two: tuple[Customer, Customer], mariana: User, now: datetime
) -> None:
    one, other = two
    third = cast.deliver(norte, DAY, at=now, customer_name="Paz Iris").customer
    before = dump()
    first = merged(one, other, mariana, now)
    second = merged(third, one, mariana, now)
    other.refresh_from_db()
    assert (other.survivor(), Visit.objects.filter(customer=third).count()) == (third, 3)

    with pytest.raises(Refusal, match="Paz Eva became part of the file of Paz Iris later"):
        merging.undo(first, by=mariana, at=now)
    merging.undo(second, by=mariana, at=now)
    merging.undo(first, by=mariana, at=now)

    assert dump() == before
    with pytest.raises(Refusal, match="already undone"):
        merging.undo(first, by=mariana, at=now)


def test_of_two_merges_into_one_file_the_later_is_undone_first(
    norte: Dealership, two: tuple[Customer, Customer], mariana: User, now: datetime
) -> None:
    one, other = two
    third = cast.deliver(norte, DAY, at=now, customer_name="Paz Iris").customer
    first = merged(one, other, mariana, now)
    merged(one, third, mariana, now)

    with pytest.raises(Refusal, match="Paz Iris was merged into this file later"):
        merging.undo(first, by=mariana, at=now)


def test_what_was_said_to_be_two_stays_so_when_a_third_file_joins(
    norte: Dealership, two: tuple[Customer, Customer], mariana: User, now: datetime
) -> None:
    stays, gone = two
    third = cast.deliver(norte, DAY, at=now, customer_name="Mora Gil Rita").customer
    pairs = [
        Duplicate.objects.create(dealership=norte, one=one, other=third, score=30, found_at=now)
        for one in (stays, gone)
    ]
    duplicates.dismiss(pairs[1], by=mariana, at=now)

    made = merging.merge(stays, gone, {}, by=mariana, at=now)

    [left] = Duplicate.objects.filter(other=third)
    assert (left.one, left.dismissed_by) == (stays, mariana)
    merging.undo(made, by=mariana, at=now)
    assert list(Duplicate.objects.order_by("one").values_list("dismissed_by", flat=True)) == [None, mariana.pk]


def test_after_an_undo_the_two_can_be_merged_the_other_way(
    two: tuple[Customer, Customer], mariana: User, now: datetime
) -> None:
    one, other = two
    merging.undo(merged(one, other, mariana, now), by=mariana, at=now)

    merged(other, one, mariana, now)

    assert rows_of(one) == {}


def test_no_table_that_names_a_customer_is_forgotten() -> None:
    named = {f"{reference.table}.{reference.column}" for reference in references()}

    assert named >= {
        "contacts_contacttask.customer_id",
        "contacts_finding.customer_id",
        "customers_change.customer_id",
        "customers_consent.customer_id",
        "customers_contactpoint.customer_id",
        "customers_customerfile.customer_id",
        "customers_customerresthours.customer_id",
        "customers_ownership.customer_id",
        "customers_profile.customer_id",
        "customers_upkeep.customer_id",
        "customers_visit.customer_id",
        "journal_entry.customer_id",
        "satisfaction_response.customer_id",
    }
    assert Finding in {reference.model for reference in references()}


def test_whatever_moves_with_a_file_has_a_word_that_people_use() -> None:
    assert {reference.table for reference in references()} <= set(parting.WORDS)
