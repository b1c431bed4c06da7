"""The commands that plan by hand and say why."""

import json
from datetime import date, datetime, time
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from clientela.contacts.models import ContactTask
from clientela.customers.models import Customer, CustomerRestHours, Visit
from clientela.network.models import CallableInterval, Dealership
from tests import cast

STEP = "gm_mexico_prc.follow_up_delivery.call_1"
WINDOW = "(day 3 to 5: 2026-03-05 to 2026-03-07)"


def said(*arguments: Any) -> tuple[str, str]:
    """What a command prints, and what it warns of."""
    out, err = StringIO(), StringIO()
    call_command(*map(str, arguments), stdout=out, stderr=err)
    return out.getvalue().strip(), err.getvalue().strip()


@pytest.fixture
def visit(norte: Dealership, now: datetime) -> Visit:
    return cast.deliver(norte, date(2026, 3, 2), at=now, customer_name="Zúñiga Ana", number="E-1")


def test_planning_by_hand_counts_by_step(visit: Visit) -> None:
    assert said("plan") == (f"1  {STEP}", "")
    assert said("plan", "--json") == (json.dumps({"new": {STEP: 0}, "without_hours": []}), "")
    assert ContactTask.objects.count() == 1


def test_planning_as_if_it_were_another_day(visit: Visit) -> None:
    assert json.loads(said("plan", "--on", "2026-02-25", "--json")[0])["new"] == {STEP: 0}
    assert json.loads(said("plan", "--on", "2026-02-26", "--json")[0])["new"] == {STEP: 1}


def test_planning_one_house_leaves_the_other_alone(visit: Visit, jingbei: Dealership, now: datetime) -> None:
    cast.deliver(jingbei, date(2026, 3, 2), at=now)

    said("plan", "--dealership", "JINGBEI")

    assert [task.dealership for task in ContactTask.objects.all()] == [jingbei]
    with pytest.raises(CommandError, match=r"There is no dealership with the code SUR\."):
        said("plan", "--dealership", "SUR")


def test_planning_names_the_houses_where_nobody_can_be_called(visit: Visit) -> None:
    CallableInterval.objects.all().delete()

    assert json.loads(said("plan", "--json")[0]) == {"new": {STEP: 0}, "without_hours": ["NORTE"]}
    assert said("plan")[1] == ("NORTE has no opening hours: nobody can be called, so nothing was planned for it.")


def test_why_says_it_for_people(visit: Visit) -> None:
    said("plan")

    assert said("why", "zúñiga ana")[0].splitlines() == [
        "Zúñiga Ana (NORTE)",
        f"  2026-03-02 vehicle delivery → {STEP} {WINDOW} on 2026-03-05: due. Task: open, 0 attempts.",
    ]
    assert said("why", visit.customer_id, "--on", "2026-02-20")[0].splitlines()[1] == (
        f"  2026-03-02 vehicle delivery → {STEP} {WINDOW} on 2026-02-20: "
        "Its window is still too far ahead to be planned. Task: open, 0 attempts."
    )


def test_why_says_what_holds_a_contact_now(visit: Visit) -> None:
    said("plan")
    customer, house = visit.customer, visit.dealership
    CustomerRestHours.objects.create(dealership=house, customer=customer, starts=time(9), ends=time(11))

    assert said("why", customer.pk)[0].splitlines()[1].endswith("Now: the customer rests.")
    assert json.loads(said("why", customer.pk, "--json")[0])[0]["holds"] == ["awake"]


def test_why_says_it_for_programs(visit: Visit) -> None:
    Visit.objects.update(cancelled_at=visit.created_at)

    assert json.loads(said("why", visit.customer_id, "--json")[0]) == [
        {
            "step": STEP,
            "source": "S0-c.2",
            "visit": visit.pk,
            "delivered_on": "2026-03-02",
            "on": "2026-03-05",
            "opens_on": "2026-03-05",
            "due_on": "2026-03-07",
            "due": False,
            "unmet": ["counts"],
            "task": None,
            "holds": [],
            "cautions": [],
        }
    ]


def test_why_needs_one_customer(norte: Dealership, now: datetime) -> None:
    for _ in range(2):
        Customer.objects.create(dealership=norte, full_name="Ana", language="es-mx")

    with pytest.raises(CommandError, match="2 customers are “Ana”"):
        said("why", "Ana")
    with pytest.raises(CommandError, match="0 customers are “0”"):
        said("why", "0")
    assert said("why", Customer.objects.latest("id").pk)[0].splitlines()[1] == (
        "  There is no visit yet from which a contact could follow."
    )
