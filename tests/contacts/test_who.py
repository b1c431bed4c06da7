"""Who makes a contact: the designated, their substitutes, and those whose work it is."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from clientela.contacts import calling, planning, presets, queue
from clientela.contacts.calling import Answer
from clientela.contacts.models import Absence, ContactTask, Designation, Outcome
from clientela.customers.models import CustomerFile
from clientela.journal.models import Entry
from clientela.lib.refusal import Refusal
from clientela.network.models import Dealership, Role, User
from tests import cast


@pytest.fixture
def house(db: None, now: datetime) -> Dealership:
    """Autos del Norte under the phone regulation."""
    found = cast.house("NORTE", at=now, preset=False)
    presets.activate("after_sales_phone", found, go_live_on=date(2026, 1, 1))
    return found


@pytest.fixture
def ana(house: Dealership) -> User:
    return cast.person("Ana Ruiz", Role.CS_SPECIALIST, house, language="es-mx")


@pytest.fixture
def luis(house: Dealership) -> User:
    return cast.person("Luis Mora", Role.CS_SPECIALIST, house, language="es-mx")


def designate(house: Dealership, user: User, from_on: date, to_on: date | None = None) -> None:
    Designation.objects.create(dealership=house, performer="follow_up_agent", user=user, from_on=from_on, to_on=to_on)


def on(house: Dealership, day: date, clock: time = time(10)) -> datetime:
    return datetime.combine(day, clock, house.zone)


def next_of(house: Dealership, user: User, at: datetime) -> ContactTask | None:
    pk = queue.claim_next(house.pk, by=User.objects.get(pk=user.pk), at=at, today=house.today(at))
    return ContactTask.objects.get(pk=pk) if pk else None


@pytest.mark.covers("S1-4.1")
@pytest.mark.parametrize(("from_on", "planned_on"), [(1, 2), (4, 4), (5, 20)])
def test_a_contact_planned_since_her_designation_is_hers(
    house: Dealership, ana: User, luis: User, from_on: int, planned_on: int
) -> None:
    designate(house, ana, date(2026, 3, from_on))
    day = date(2026, 3, planned_on)

    task = cast.due(house, day - timedelta(4), at=on(house, day), kind="workshop_visit")

    assert task.assignee == ana
    assert next_of(house, luis, on(house, day)) is None
    assert next_of(house, ana, on(house, day)) == task


@pytest.mark.covers("S1-4.1")
@pytest.mark.parametrize(("from_on", "to_on"), [(date(2026, 3, 6), None), (date(2026, 2, 1), date(2026, 3, 4))])
def test_outside_her_days_she_is_not_designated(
    house: Dealership, ana: User, luis: User, now: datetime, from_on: date, to_on: date | None
) -> None:
    designate(house, ana, from_on, to_on)

    task = cast.due(house, date(2026, 3, 2), at=now, kind="workshop_visit")

    assert task.assignee is None
    assert next_of(house, luis, now) == task


@pytest.mark.covers("S4-1.3.2a")
@pytest.mark.parametrize(("customers", "agents", "shares"), [(31, 3, [10, 10, 11]), (8, 5, [1, 1, 2, 2, 2])])
def test_contacts_are_shared_out_evenly_and_all_of_them(
    house: Dealership, now: datetime, customers: int, agents: int, shares: list[int]
) -> None:
    people = [cast.person(f"Agent {n}", Role.CS_SPECIALIST, house) for n in range(agents)]
    for person in people:
        designate(house, person, date(2026, 3, 1))
    for _n in range(customers):
        cast.deliver(house, date(2026, 3, 2), at=now, kind="workshop_visit")

    planning.plan(at=now)

    assert sorted(ContactTask.objects.filter(assignee=person).count() for person in people) == shares
    assert not ContactTask.objects.filter(assignee=None).exists()


def test_who_spoke_with_a_customer_before_calls_her_again(
    house: Dealership, ana: User, luis: User, now: datetime
) -> None:
    for person in (ana, luis):
        designate(house, person, date(2026, 3, 1))
    first = cast.due(house, date(2026, 3, 2), at=now, customer_name="Soto Vega Eva", phones="614 555 7519")
    caller, other = (ana, luis) if first.assignee == ana else (luis, ana)
    for _n in range(3):
        cast.due(house, date(2026, 3, 2), at=now)
    queue.claim(first, by=caller, at=now)
    calling.keep(first, Answer(outcome=Outcome.REACHED, grade="satisfied"), fence=first.fence, by=caller, at=now)
    ContactTask.objects.filter(assignee=other).update(state="cancelled", concluded_at=now)

    again = cast.due(
        house, date(2026, 3, 3), at=now, customer_name="Soto Vega Eva", phones="614 555 7519", kind="consultation"
    )

    assert again.assignee == caller


@pytest.mark.covers("S1-4.9")
def test_what_falls_due_while_she_is_away_goes_to_her_substitute_and_comes_back(
    house: Dealership, ana: User, luis: User, now: datetime
) -> None:
    designate(house, ana, date(2026, 3, 1))
    during = cast.due(house, date(2026, 3, 4), at=on(house, date(2026, 3, 7)), kind="workshop_visit")
    after = cast.due(house, date(2026, 3, 9), at=on(house, date(2026, 3, 9)), kind="workshop_visit")
    Absence.objects.create(
        dealership=house, user=ana, substitute=luis, from_on=date(2026, 3, 9), to_on=date(2026, 3, 13)
    )
    assert (during.due_on, after.due_on) == (date(2026, 3, 11), date(2026, 3, 16))

    assert next_of(house, luis, on(house, date(2026, 3, 7))) is None  # before she goes
    taken = next_of(house, luis, on(house, date(2026, 3, 10)))
    assert taken == during
    at = on(house, date(2026, 3, 10), time(11))
    tried = calling.keep(taken, Answer(outcome=Outcome.REFUSED), fence=taken.fence, by=luis, at=at)
    assert (tried.by, tried.instead_of) == (luis, ana)
    assert Entry.objects.get(kind="attempt").facts["instead_of"] == "Ana Ruiz"

    assert next_of(house, luis, on(house, date(2026, 3, 13))) is None  # due after she is back
    assert next_of(house, ana, on(house, date(2026, 3, 17))) == after  # Monday the 16th is a holiday


def test_nobody_is_given_work_while_away(house: Dealership, ana: User, luis: User, now: datetime) -> None:
    for person in (ana, luis):
        designate(house, person, date(2026, 3, 1))
    Absence.objects.create(dealership=house, user=ana, from_on=date(2026, 3, 5), to_on=date(2026, 3, 5))

    tasks = [cast.due(house, date(2026, 3, 2), at=now, kind="workshop_visit") for _n in range(2)]

    assert [task.assignee for task in tasks] == [luis, luis]


@pytest.mark.covers("S4-3.2.4.3.1b")
def test_the_second_caller_is_not_the_first(house: Dealership, now: datetime) -> None:
    presets.activate("china_4s", house, go_live_on=date(2026, 1, 1))
    both = cast.person("Olga Vera", Role.REPRESENTATIVE, house)
    other = cast.person("Eva Lara", Role.INFORMATION_OFFICER, house)
    visit = cast.deliver(house, date(2026, 2, 20), at=now)
    planning.plan(at=now)
    first, second = (visit.tasks.get(step_code=f"china_4s.sales_follow_up.call_{n}") for n in (1, 2))
    ContactTask.objects.exclude(pk__in=[first.pk, second.pk]).delete()
    queue.claim(first, by=both, at=now)
    calling.keep(first, Answer(outcome=Outcome.REACHED, grade="satisfied"), fence=first.fence, by=both, at=now)

    assert next_of(house, both, now) is None
    with pytest.raises(Refusal, match="You made the first contact"):
        queue.claim(second, by=both, at=now)
    assert next_of(house, other, now) == second


def test_a_consultant_takes_her_own_and_no_others_from_the_pool(house: Dealership, now: datetime) -> None:
    presets.activate("china_4s", house, go_live_on=date(2026, 1, 1))
    patricia = cast.person("Patricia Ríos", Role.SALES_CONSULTANT, house)
    cast.person("Hugo Gil", Role.SALES_CONSULTANT, house)
    hers = cast.deliver(house, date(2026, 3, 2), at=now)
    cast.deliver(house, date(2026, 3, 2), at=now, consultant="Hugo Gil")
    planning.plan(at=now)

    taken = next_of(house, patricia, now)

    assert taken is not None
    assert (taken.visit, taken.performer) == (hers, "consultant")
    calling.keep(taken, Answer(outcome=Outcome.REFUSED), fence=taken.fence, by=patricia, at=now)
    assert next_of(house, patricia, now) is None


# Whose file it is ------------------------------------------------------------------------------------------


@pytest.mark.covers("S1-4.2")
def test_a_new_file_is_the_designated_agents_and_two_share_them(
    house: Dealership, ana: User, luis: User, as_user: Callable[[User], Client], now: datetime
) -> None:
    lead = cast.person("Mara Luz", Role.REPRESENTATIVE, house)

    def owners() -> list[User | None]:
        return [file.owner for file in CustomerFile.objects.select_related("owner").order_by("pk")]

    today = house.today(now)
    cast.deliver(house, today, at=now, kind="workshop_visit")
    assert owners() == [None]

    for number, agent in enumerate((ana, luis)):
        facts = {"performer": "follow_up_agent", "user": agent.pk, "from_on": today - timedelta(number)}
        assert as_user(lead).post(reverse("contacts:add_duty", args=["designation"]), facts).status_code == 302
        assert owners() == [ana]  # what was nobody's went to the first; nothing is taken from her
    for _visit in range(3):
        cast.deliver(house, today, at=now, kind="workshop_visit")

    assert owners() == [ana, luis, ana, luis]


@pytest.mark.covers("S1-4.2")
def test_a_file_opened_after_her_last_day_is_not_hers(house: Dealership, ana: User, now: datetime) -> None:
    today = house.today(now)
    designate(house, ana, today - timedelta(9), today - timedelta(1))

    cast.deliver(house, today, at=now, kind="workshop_visit")

    assert CustomerFile.objects.get().owner is None
