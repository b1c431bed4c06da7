"""What proves wrong or grows old is found, shown and put right."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clientela.contacts import calling, queue
from clientela.contacts.calling import Answer
from clientela.contacts.models import ContactTask, Outcome
from clientela.customers import upkeep
from clientela.customers.completeness import FIELDS
from clientela.customers.models import Change, ContactPoint, Customer, Upkeep
from clientela.lib.refusal import Refusal
from clientela.network.models import Dealership, User
from tests import cast

AsUser = Callable[[User], Client]
MONDAY = date(2026, 3, 2)


def many(house: Dealership, n: int, **facts: object) -> list[Customer]:
    return Customer.objects.bulk_create(
        Customer(
            dealership=house, full_name=f"Cliente {i:04d}", search_name=f"cliente {i:04d}", language="es-mx", **facts
        )
        for i in range(n)
    )


def wrong_number(house: Dealership, agent: User, *, at: datetime, phones: str = "614 662 4039") -> ContactTask:
    task = cast.due(house, MONDAY, at=at, phones=phones)
    queue.claim(task, by=agent, at=at)
    calling.keep(task, Answer(outcome=Outcome.WRONG_NUMBER), fence=task.fence, by=agent, at=at)
    return ContactTask.objects.get(pk=task.pk)


# Numbers -------------------------------------------------------------------------------------------------


@pytest.mark.covers("S2-6.2")
def test_a_wrong_number_is_flagged_and_a_new_one_is_to_be_found(
    norte: Dealership, jorge: User, as_user: AsUser, now: datetime
) -> None:
    task = wrong_number(norte, jorge, at=now)

    page = as_user(jorge).get(reverse("customers:upkeep"))

    assert [point.valid for point in task.customer.contact_points.all()] == [False]
    assert [(row.kind, row.about, row.customer) for row in page.context["rows"]] == [
        ("find_number", "614 662 4039", task.customer)
    ]
    assert "Find a new number" in page.text


@pytest.mark.covers("S2-6.2")
def test_a_new_number_ends_the_search_and_the_call_is_made_after_all(
    norte: Dealership, jorge: User, mariana: User, as_user: AsUser, now: datetime
) -> None:
    task = wrong_number(norte, jorge, at=now)

    as_user(mariana).post(reverse("customers:add_phone", args=[task.customer_id]), {"phone": "614 222 33 44"})

    task.refresh_from_db()
    done = Upkeep.objects.get()
    assert (task.state, done.done_by, done.done_at) == ("open", mariana, now)


def test_a_number_from_a_file_ends_the_search_too(norte: Dealership, jorge: User, now: datetime) -> None:
    task = wrong_number(norte, jorge, at=now)

    cast.deliver(
        norte,
        MONDAY,
        at=now,
        number=task.visit.number,
        plate=task.vehicle.plate if task.vehicle else "",
        customer_name=task.customer.full_name,
        phones="614 662 4039; 614 222 33 44",
    )

    assert Upkeep.objects.get().done_at == now


def test_a_second_wrong_number_opens_no_second_search(norte: Dealership, jorge: User, now: datetime) -> None:
    task = wrong_number(norte, jorge, at=now, phones="614 662 4039; 614 222 33 44")
    queue.claim(task, by=jorge, at=now)
    calling.keep(task, Answer(outcome=Outcome.WRONG_NUMBER), fence=task.fence, by=jorge, at=now)

    assert [point.valid for point in task.customer.contact_points.all()] == [False, False]
    assert Upkeep.objects.get().about == "614 662 4039"


def test_taking_the_call_back_takes_the_search_back(norte: Dealership, jorge: User, now: datetime) -> None:
    task = wrong_number(norte, jorge, at=now)

    calling.take_back(task.tries.get(), by=jorge, at=now)

    assert (Upkeep.objects.count(), task.customer.contact_points.get().valid) == (0, True)


def test_what_is_done_is_done_once(norte: Dealership, jorge: User, as_user: AsUser, now: datetime) -> None:
    wrong_number(norte, jorge, at=now)
    task = Upkeep.objects.get()

    assert as_user(jorge).post(reverse("customers:finish_upkeep", args=[task.pk])).status_code == 302
    with pytest.raises(Refusal, match="already done"):
        upkeep.finish(task, by=jorge, at=now)


@pytest.mark.covers("S1-P2.5.1b")
def test_a_changed_number_is_on_the_open_call_at_once_and_the_old_one_in_the_history(
    norte: Dealership, mariana: User, as_user: AsUser, now: datetime
) -> None:
    task, browser = cast.due(norte, MONDAY, at=now, phones="614 662 4039"), as_user(mariana)
    point = task.customer.contact_points.get()
    browser.post(reverse("contacts:take", args=[task.pk]))

    answer = browser.post(
        reverse("customers:correct_point", args=[task.customer_id, point.pk]), {"written": "(614) 999-8877"}
    )

    call = browser.get(reverse("desk:call", args=[task.pk])).text
    history = browser.get(reverse("customers:history", args=[task.customer_id])).text
    assert answer.status_code == 302
    assert ("+526149998877" in call, "6624039" in call.replace(" ", "")) == (True, False)
    assert ("614 662 4039" in history, "(614) 999-8877" in history, "Mariana Ruiz" in history) == (True, True, True)
    change = Change.objects.get(customer_id=task.customer_id, field="shown")
    assert (change.old, change.new, change.by, change.at) == ("614 662 4039", "(614) 999-8877", mariana, now)


def test_two_points_cannot_become_the_same(norte: Dealership, mariana: User, as_user: AsUser, now: datetime) -> None:
    customer = cast.deliver(norte, MONDAY, at=now, phones="614 662 4039; 614 222 33 44").customer
    first, second = customer.contact_points.order_by("pk")

    answer = as_user(mariana).post(
        reverse("customers:correct_point", args=[customer.pk, second.pk]), {"written": "614 662 4039"}
    )

    assert answer.status_code == 409
    assert sorted(customer.contact_points.values_list("value", flat=True)) == sorted([first.value, second.value])


@pytest.mark.parametrize("typed", ["", "12", "abc", "614 662 4039 y 614 222 33 44", "x" * 200])
def test_what_is_no_number_is_said_beside_it(
    norte: Dealership, mariana: User, as_user: AsUser, now: datetime, typed: str
) -> None:
    customer = cast.deliver(norte, MONDAY, at=now).customer
    point = customer.contact_points.get()

    answer = as_user(mariana).post(reverse("customers:correct_point", args=[customer.pk, point.pk]), {"written": typed})

    assert answer.status_code == 422
    assert f'id="point-{point.pk}-error"' in answer.text
    assert customer.contact_points.get().value == point.value


def test_a_number_is_preferred_verified_and_found_wrong(
    norte: Dealership, mariana: User, as_user: AsUser, now: datetime
) -> None:
    customer = cast.deliver(norte, MONDAY, at=now, phones="614 662 4039; 614 222 33 44").customer
    first, second = customer.contact_points.order_by("pk")
    browser = as_user(mariana)

    for point, act in ((first, "preferred"), (second, "preferred"), (second, "verified"), (first, "wrong")):
        path = reverse("customers:mark_point", args=[customer.pk, point.pk, act])
        assert browser.post(path).status_code == 302

    rows = {p.pk: (p.preferred, p.valid, p.verified_on) for p in ContactPoint.objects.all()}
    assert rows == {first.pk: (False, False, None), second.pk: (True, True, date(2026, 3, 5))}
    assert Upkeep.objects.get().kind == "find_number"


# Quality -------------------------------------------------------------------------------------------------


@pytest.mark.covers("S1-P2.5.1a")
@pytest.mark.parametrize(("n", "lacking", "share"), [(500, 20, "96.0"), (90, 7, "92.2"), (7, 7, "0.0")])
def test_the_share_with_a_region_and_those_without(
    norte: Dealership, mariana: User, as_user: AsUser, now: datetime, n: int, lacking: int, share: str
) -> None:
    many(norte, n - lacking, region="Norte")
    without = many(norte, lacking)

    page = as_user(mariana).get(reverse("customers:quality"), {"lacks": "region"})

    [figure] = [row for row in page.context["figures"] if row.field.code == "region"]
    assert (figure.n, figure.lacking, f"{figure.share:.1f}") == (n, lacking, share)
    assert f"{share} %" in page.text
    assert sorted(row.pk for row in page.context["customers"]) == sorted(row.pk for row in without)


def test_who_was_merged_away_or_is_a_neighbours_is_not_counted(
    norte: Dealership, jingbei: Dealership, mariana: User, as_user: AsUser
) -> None:
    one, gone = many(norte, 2)
    many(jingbei, 5)
    Customer.objects.filter(pk=gone.pk).update(merged_into=one)

    page = as_user(mariana).get(reverse("customers:quality"), {"lacks": "region"})

    assert (page.context["n"], page.context["customers"]) == (1, [one])


def test_quality_is_counted_in_as_many_questions_for_many_as_for_few(
    norte: Dealership, mariana: User, as_user: AsUser
) -> None:
    browser, counts = as_user(mariana), []
    for _round in range(2):
        many(norte, 20)
        browser.get(reverse("customers:quality"))
        with CaptureQueriesContext(connection) as asked:
            browser.get(reverse("customers:quality"), {"lacks": "region"})
        counts.append(len(asked))

    assert counts[0] == counts[1]


@pytest.mark.covers("S1-P2.5.1a")
def test_every_field_that_is_looked_after_can_be_listed(
    norte: Dealership, mariana: User, as_user: AsUser, now: datetime
) -> None:
    [bare] = many(norte, 1)
    cast.deliver(
        norte, MONDAY, at=now, region="Sur", address="Calle 9", birth_date=date(1980, 5, 1), email="a@example.com"
    )

    lists = {
        field.code: [row.pk for row in upkeep.lacking(Customer.objects.filter(dealership=norte), field)]
        for field in upkeep.looked_after(None)
    }

    assert lists == {code: [bare.pk] for code in ("region", "phone", "address", "birth_date", "source")}
    assert set(lists) == set(upkeep.ALWAYS) <= set(FIELDS)


@pytest.mark.covers("S4-1.1b")
@pytest.mark.parametrize(
    ("verified", "stale"),
    [(date(2025, 3, 5), True), (date(2025, 3, 6), False), (date(2024, 1, 1), True), (date(2026, 3, 5), False)],
)
def test_a_card_unverified_for_twelve_months_is_stale(
    norte: Dealership, mariana: User, as_user: AsUser, now: datetime, verified: date, stale: bool
) -> None:
    [customer] = many(norte, 1, last_verified_on=verified, created_at=now - timedelta(days=2000))

    page = as_user(mariana).get(reverse("customers:quality"), {"lacks": "verified"})

    assert page.context["customers"] == ([customer] if stale else [])


def test_who_was_never_verified_is_stale_since_her_file_was_opened(norte: Dealership, now: datetime) -> None:
    [old] = many(norte, 1, created_at=now - timedelta(days=400))
    many(norte, 1, created_at=now - timedelta(days=300))

    assert list(upkeep.stale(Customer.objects.all(), 12, date(2026, 3, 5))) == [old]


@pytest.mark.covers("S4-1.1b")
def test_verifying_takes_her_off_the_list_and_says_so_in_the_history(
    norte: Dealership, jorge: User, as_user: AsUser, now: datetime
) -> None:
    [customer] = many(norte, 1, created_at=now - timedelta(days=400))

    as_user(jorge).post(reverse("customers:verify", args=[customer.pk]))

    assert list(upkeep.stale(Customer.objects.all(), 12, date(2026, 3, 5))) == []
    change = Change.objects.get(customer_id=customer.pk, field="last_verified_on")
    assert (change.old, change.new, change.by) == ("", "2026-03-05", jorge)


@pytest.mark.covers("S2-6.1")
def test_customers_are_counted_by_where_they_are_known_from(
    norte: Dealership, jingbei: Dealership, mariana: User, as_user: AsUser, now: datetime
) -> None:
    many(norte, 92, source="event", source_note="Expo Auto")
    many(norte, 8, source="workshop", created_at=now - timedelta(days=40))
    many(jingbei, 3, source="event")

    page = as_user(mariana).get(reverse("customers:sources"))

    rows = [(row["source"], row["source_note"], row["n"], row["month"], row["share"]) for row in page.context["rows"]]
    assert rows == [("event", "Expo Auto", 92, 92, 92.0), ("workshop", "", 8, 0, 8.0)]
    assert page.context["total"] == 100
