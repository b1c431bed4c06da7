"""The second line of isolation: with the application's filter forgotten, the database still hides the neighbour."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, datetime, time
from typing import Any, TypeVar

import psycopg
import pytest
from django.apps import apps
from django.db import IntegrityError, ProgrammingError, connection, models, transaction

from clientela.contacts import calling, letters, queue
from clientela.contacts.calling import Answer
from clientela.contacts.models import (
    Absence,
    Announcement,
    Cap,
    Capacity,
    ContactRecord,
    ContactTask,
    Designation,
    HandOver,
    Inspection,
    Letter,
    LetterTemplate,
    NextService,
    Outcome,
    Plan,
    PlanReview,
    PlanTarget,
    PointStep,
    ProgrammeVersion,
    Recognition,
    RegisterClosing,
    Request,
    RequestHandOver,
    ServiceKind,
    StepVersion,
    TalkingPoint,
    TaskPlan,
    Told,
)
from clientela.customers.models import (
    CallPlan,
    Consent,
    Customer,
    CustomerFile,
    CustomerRestHours,
    Duplicate,
    Export,
    FileRule,
    Merge,
    MergedRow,
    Profile,
    Upkeep,
    Visit,
)
from clientela.imports.models import Mapping, RefusedLine, Remark, Run
from clientela.lib import postgres
from clientela.network import tenancy
from clientela.network.models import (
    CalendarException,
    Dealership,
    Department,
    FunctionMapping,
    RestHours,
    Role,
    RoleAssignment,
    User,
)
from tests import cast, database

#: Read to learn which dealerships exist for somebody, so it cannot hide behind that answer.
OPEN = {RoleAssignment}
OF_A_DEALERSHIP = [
    model
    for model in apps.get_models()
    if any(field.attname == "dealership_id" for field in model._meta.concrete_fields) and model not in OPEN
]
T = TypeVar("T")


@pytest.fixture
def both(norte: Dealership, jingbei: Dealership, now: datetime) -> tuple[Dealership, Dealership]:
    """Two houses in which everything there is has happened once."""
    for house in (norte, jingbei):
        fill(house, at=now)
    return norte, jingbei


def fill(house: Dealership, *, at: datetime) -> None:
    agent = cast.person(f"Agent {house.code}", Role.REPRESENTATIVE, house)
    task = cast.due(house, date(2026, 3, 2), at=at, odometer_km=12_000)
    queue.claim(task, by=agent, at=at, in_spite="It is night in one of them.")
    calling.keep(
        task,
        Answer(
            outcome=Outcome.REACHED,
            grade="dissatisfied",
            finding_kind="shortcoming",
            finding_text="dirty",
            remedy_owner=agent,
        ),
        fence=task.fence,
        by=agent,
        at=at,
    )
    run = Run.objects.create(dealership=house, name="a.csv", path="/a", uploaded_at=at)
    Remark.objects.create(run=run, dealership=house, refused=True, line=2, column="VIN", code="empty")
    RefusedLine.objects.create(run=run, dealership=house, line=2, cells=["a"])
    Mapping.objects.create(dealership=house, name="DMS", header=["VIN"])
    keep_house(house, task.visit, at=at)
    plan_ahead(house, task, agent, at=at)
    StepVersion.objects.create(dealership=house, step=task.step, version=1, parameters={}, by=agent, at=at)
    Designation.objects.create(dealership=house, performer="consultant", user=agent, from_on=date(2026, 1, 1))
    Cap.objects.create(dealership=house, contacts=2, days=7)
    Absence.objects.create(dealership=house, user=agent, from_on=date(2026, 1, 1), to_on=date(2026, 1, 2))
    department = Department.objects.create(dealership=house, kind="sales", name="Sales")
    FunctionMapping.objects.create(dealership=house, function="reviewer", department=department)
    RestHours.objects.create(dealership=house, starts=time(13), ends=time(14))
    CalendarException.objects.create(dealership=house, on=date(2026, 4, 1))


def plan_ahead(house: Dealership, task: ContactTask, agent: User, *, at: datetime) -> None:
    """What planning for customers leaves behind."""
    visit, day = task.visit, task.visit.delivered_on
    file = CustomerFile.objects.get(visit=visit)
    CallPlan.objects.create(dealership=house, file=file, after_days=3, topics=["vehicle_use"], at=at)
    kind, _new = ServiceKind.objects.get_or_create(dealership=house, code="care", defaults={"names": {"en": "Care"}})
    NextService.objects.create(dealership=house, customer=visit.customer, kind=kind, planned_on=day, at=at)
    Capacity.objects.create(dealership=house)
    advice = Announcement.objects.create(dealership=house, kind="advice", title="Rain", text="Mind the brakes.")
    Told.objects.create(dealership=house, attempt=task.tries.get(), announcement=advice)
    register_calls(house, task.tries.get().record, agent, at=at)
    TaskPlan.objects.create(dealership=house, task=task, topics=["vehicle_use"], at=at)
    HandOver.objects.create(dealership=house, visit=visit, by=agent, at=at)
    plan = Plan.objects.create(dealership=house, name="Visits", from_on=day, to_on=day, made_by=agent, made_at=at)
    PlanTarget.objects.create(dealership=house, plan=plan, customer=visit.customer, responsible=agent)
    PlanReview.objects.create(dealership=house, plan=plan, by=agent, at=at, closes=False, remarks="More.")
    ProgrammeVersion.objects.create(dealership=house, programme=task.step.programme, version=1, parameters={}, at=at)


def register_calls(house: Dealership, record: ContactRecord, agent: User, *, at: datetime) -> None:
    """What calls, letters and their supervision leave behind."""
    of_call: dict[str, Any] = {"dealership": house, "record": record, "customer": record.customer, "owner": agent}
    point = TalkingPoint.objects.create(**of_call, kind="wish", text="Music", recorded_at=at, report_by=at)
    PointStep.objects.create(dealership=house, point=point, act="recorded", by=agent, at=at)
    request = Request.objects.create(**of_call, opened_at=at)
    RequestHandOver.objects.create(dealership=house, request=request, giver=agent, taker=other_of(house), at=at)
    Inspection.objects.create(dealership=house, record=record, agent=agent, in_order=True, by=agent, at=at)
    assert record.customer
    Recognition.objects.create(dealership=house, record=record, customer=record.customer, by=agent, at=at)
    letter = Letter(
        dealership=house, customer=record.customer, kind="reply", key="1", addressee="A", subject="B", text="C"
    )
    letters.issue(letter, by=agent, at=at)
    LetterTemplate.objects.create(dealership=house, kind="reply", name="A", subject="B", text="C", changed_at=at)
    RegisterClosing.objects.create(dealership=house, register="calls", month=date(2026, 1, 1), lines=0, by=agent, at=at)


def other_of(house: Dealership) -> User:
    return cast.person(f"Another {house.code}", Role.CS_SPECIALIST, house)


def keep_house(house: Dealership, visit: Visit, *, at: datetime) -> None:
    """What keeping the customers' files leaves behind."""
    customer, day = visit.customer, visit.delivered_on
    other = cast.deliver(house, day, at=at, customer_name="Soto Vega Otra").customer
    of_her: dict[str, Any] = {"dealership": house, "customer": customer}
    FileRule.objects.get_or_create(dealership=house, defaults={"triggers": [], "required": [], "live_on": day})
    CustomerFile.objects.get_or_create(visit=visit, defaults={**of_her, "began_on": day, "due_on": day})
    Upkeep.objects.create(**of_her, kind="verify", opened_at=at)
    Consent.objects.create(**of_her, channel="phone", purpose="survey", text_version="1", source="paper", given_on=day)
    CustomerRestHours.objects.create(**of_her, starts=time(13), ends=time(14))
    Profile.objects.create(**of_her, lifestyle="out of doors")
    Customer.objects.filter(pk=customer.pk).update(address="Calle 2")  # leaves a Change
    Duplicate.objects.get_or_create(
        one=customer, other=other, defaults={"dealership": house, "score": 40, "found_at": at}
    )
    merge = Merge.objects.create(dealership=house, survivor=customer, gone=other, at=at)
    MergedRow.objects.create(merge=merge, dealership=house, table="customers_visit", row=1, column="customer_id")
    Export.objects.create(dealership=house, what="customers", format="csv", rows=1, at=at)


def houses_in(model: type[models.Model]) -> set[int]:
    """Whose rows a query without any filter brings."""
    return set(model._default_manager.values_list("dealership_id", flat=True))


@pytest.mark.covers("S0-P.2")
def test_without_any_filter_only_the_rows_of_ones_own_house_come(both: tuple[Dealership, Dealership]) -> None:
    norte, jingbei = both
    nobody: dict[type[models.Model], set[int]] = {model: set() for model in OF_A_DEALERSHIP}

    with tenancy.everywhere():
        everything = {model: houses_in(model) for model in OF_A_DEALERSHIP}
    with tenancy.within([norte.pk]):
        own = {model: houses_in(model) for model in OF_A_DEALERSHIP}
    with tenancy.within([]):
        none = {model: houses_in(model) for model in OF_A_DEALERSHIP}

    assert everything == {model: {norte.pk, jingbei.pk} for model in OF_A_DEALERSHIP}
    assert own == {model: {norte.pk} for model in OF_A_DEALERSHIP}
    assert none == nobody


@pytest.mark.usefixtures("db")
def test_every_table_of_a_dealership_has_its_two_policies() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT c.relname, c.relrowsecurity, array_agg(p.policyname::text ORDER BY p.policyname)
            FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid AND c.relkind = 'r'
            LEFT JOIN pg_policies p ON p.tablename = c.relname
            WHERE a.attname = 'dealership_id' AND NOT a.attisdropped AND c.relname <> ALL (%s)
            GROUP BY 1, 2
            """,
            [[model._meta.db_table for model in OPEN]],
        )
        found = {table: (held, policies) for table, held, policies in cursor.fetchall()}

    policies = ["of_the_dealership", "of_the_installation"]
    assert found == {model._meta.db_table: (True, policies) for model in OF_A_DEALERSHIP}


def test_nothing_can_be_written_into_another_house(both: tuple[Dealership, Dealership]) -> None:
    norte, jingbei = both

    with tenancy.within([norte.pk]):
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            Department.objects.create(dealership=jingbei, kind="parts", name="Parts")
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            Department.objects.update(dealership=jingbei)
        changed = Customer.objects.filter(dealership=jingbei).update(full_name="Nobody")
        gone, _details = RestHours.objects.filter(dealership=jingbei).delete()

    assert (changed, gone) == (0, 0)
    assert Customer.objects.filter(full_name="Nobody").count() == 0


def test_a_request_inside_a_request_gives_back_what_was(both: tuple[Dealership, Dealership]) -> None:
    norte, jingbei = both

    with tenancy.within([norte.pk]):
        with tenancy.within([jingbei.pk]):
            inside = houses_in(Customer)
        with pytest.raises(IntegrityError), tenancy.within([jingbei.pk]):
            Department.objects.create(dealership=jingbei, kind="sales", name="Sales")
        after = houses_in(Customer)

    assert (inside, after) == ({jingbei.pk}, {norte.pk})


@pytest.mark.usefixtures("db")
def test_the_next_person_on_a_connection_finds_nothing_of_the_last() -> None:
    def story() -> list[tuple[str, str]]:
        seen = [who_and_where()]
        with tenancy.within([7]):
            seen.append(who_and_where())
        seen.append(who_and_where())
        with tenancy.everywhere():
            seen.append(who_and_where())
        with pytest.raises(ZeroDivisionError):
            break_within(8)
        return [*seen, who_and_where()]

    assert on_a_connection_of_its_own(story) == [
        ("none", ""),
        ("none", "7"),
        ("none", ""),
        (postgres.PLANNER, ""),
        ("none", ""),
    ]


def break_within(house: int) -> None:
    with tenancy.within([house]):
        raise ZeroDivisionError


def who_and_where() -> tuple[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('role'), coalesce(current_setting(%s, true), '')", [tenancy.SETTING])
        role, houses = cursor.fetchone()
    return role, houses


def on_a_connection_of_its_own(story: Callable[[], T]) -> T:
    """Outside of the test's transaction: a thread has its own connection."""

    def tell() -> T:
        try:
            return story()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(tell).result()


# Search, which reads past the policies -------------------------------------------------------------------------


@pytest.mark.covers("S0-P.2")
def test_search_reads_past_the_policies_only_within_the_transaction(both: tuple[Dealership, Dealership]) -> None:
    norte, jingbei = both
    asked = [norte.pk, jingbei.pk]

    found = {}
    for name, places in {"one": [norte.pk], "both": asked, "neither": []}.items():
        with tenancy.within(places):
            found[name] = found_by_everything(asked)

    everybody = {
        house.pk: set(Customer.objects.filter(dealership=house).values_list("pk", flat=True)) for house in both
    }
    assert found == {"one": everybody[norte.pk], "both": everybody[norte.pk] | everybody[jingbei.pk], "neither": set()}


def found_by_everything(places: list[int]) -> set[int]:
    """Whom a name, a number, a plate and an order number that all customers share bring."""
    with connection.cursor() as cursor:
        found: set[int] = set()
        for words, digits, plate, term in (
            (["lopez"], "", "", ""),
            ([], "7519", "", ""),
            ([], "", "TST", ""),
        ):
            cursor.execute("SELECT * FROM customers_find(%s, %s, %s, %s, %s)", [words, digits, plate, term, places])
            found |= {pk for (pk,) in cursor.fetchall()}
    return found


# Starting up -----------------------------------------------------------------------------------------------------


@contextmanager
def role(nature: str, member_of: str | None = None) -> Iterator[str]:
    """A role of the server for as long as it is needed."""
    name = f"clientela_trial{database.WORKER}"
    with psycopg.connect(database.SUPERUSER, autocommit=True) as server:
        server.execute(f"CREATE ROLE {name} LOGIN {nature}")
        try:
            if member_of:
                server.execute(f"GRANT {member_of} TO {name}")
            yield name
        finally:
            server.execute(f"DROP ROLE {name}")


def start_up_as(name: str) -> tuple[int, str]:
    """What the web server's first import ends with, and its last words."""
    address = postgres.address(database.SUPERUSER, name, database.NAME)
    started = subprocess.run(
        [sys.executable, "-c", "import clientela.wsgi"],
        env={**os.environ, "DATABASE_URL": address},
        capture_output=True,
        text=True,
        check=False,
    )
    return started.returncode, started.stderr


@pytest.mark.usefixtures("db")
def test_it_starts_as_the_application() -> None:
    assert start_up_as(postgres.APPLICATION) == (0, "")


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize(("name", "says"), [("postgres", "superuser"), (postgres.OWNER, "rights of")])
def test_it_will_not_start_as_a_role_that_sees_everything(name: str, says: str) -> None:
    status, words = start_up_as(name)

    assert (status, name in words, says in words, "Point DATABASE_URL at clientela_app" in words) == (1, *[True] * 3)


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize(
    ("nature", "member_of", "says"),
    [
        ("BYPASSRLS", None, "BYPASSRLS"),
        ("INHERIT", postgres.PLANNER, postgres.PLANNER),
        ("INHERIT", postgres.OWNER, postgres.OWNER),
    ],
)
def test_it_will_not_start_as_a_role_that_no_policy_holds(nature: str, member_of: str | None, says: str) -> None:
    with role(nature, member_of) as name:
        status, words = start_up_as(name)

    assert (status, says in words) == (1, True)
