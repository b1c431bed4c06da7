"""The rights of a person: everything handed out, or erased while the figures stay."""

import csv
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
import yaml
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from clientela.contacts import (
    calling,
    inbound,
    inspecting,
    letters,
    planning,
    plans,
    points,
    queue,
    recognising,
    requesting,
)
from clientela.contacts.calling import Answer
from clientela.contacts.models import (
    Announcement,
    Attempt,
    ContactTask,
    Finding,
    HandOver,
    Letter,
    NextService,
    Outcome,
    Plan,
    PlanTarget,
    Remedy,
    ServiceKind,
    TaskPlan,
)
from clientela.contacts.models import Told as Advised
from clientela.contacts.points import Heard
from clientela.customers import listing, privacy
from clientela.customers.models import (
    CallPlan,
    Change,
    Consent,
    ContactPoint,
    Customer,
    CustomerFile,
    CustomerRestHours,
    Duplicate,
    Export,
    Merge,
    MergedRow,
    OdometerReading,
    Ownership,
    Profile,
    Upkeep,
    Vehicle,
    Visit,
)
from clientela.customers.privacy import policy
from clientela.desk import day
from clientela.imports import forgetting, importing
from clientela.imports.models import Mapping, RefusedLine, Remark, Run
from clientela.journal.models import Entry
from clientela.lib.refusal import Refusal
from clientela.network import tenancy
from clientela.network.models import Dealership, Role, User
from clientela.satisfaction.models import Grade, Response
from tests import cast
from tests.conftest import NOW

SignIn = Callable[[User], Client]
MONDAY = date(2026, 3, 2)
NAME, OTHER_NAME = "Quiroga Zárate Ximena", "Zarate Quiroga Xime"
#: Every word that names her, as somewhere in the story it is written.
PERSONAL = (
    "quiroga",
    "ximena",
    "xime ",
    "zárate",
    "8675309",
    "867 5309",
    "5551234",
    "qrx-777",
    "qrx777",
    "3gntest0000000099",
    "xquiroga@example.com",
    "callejón del beso",
    "1979-07-13",
    "ximecita",
    "vende su casa",
    "gato de angora",
    "contadora pública",
    "F-0815-Q".lower(),
)


@dataclass(frozen=True)
class Told:
    """Her file and a file merged into it, and somebody else's."""

    her: Customer
    absorbed: Customer
    other: Customer
    file: Path


@pytest.fixture
def told(
    norte: Dealership, mariana: User, jorge: User, patricia: User, now: datetime, settings: Any, tmp_path: Path
) -> Told:
    settings.MEDIA_ROOT = tmp_path
    with tenancy.within([norte.pk], by=mariana.pk, at=now):
        pass
    tenancy.attribute(by=mariana.pk, at=now)
    her = _called(norte, mariana, jorge, at=now)
    absorbed = _merged(norte, her, mariana, at=now)
    _filled(norte, her, mariana, at=now)
    file = _imported(norte, mariana, at=now)
    other = cast.due(norte, MONDAY, at=now, customer_name="Peña Luis", plate="LUI-111", phones="614 111 2222")
    Session.objects.all().delete()
    store = SessionStore()
    store["_messages"] = json.dumps([["", 25, "Taken back. Ximena Quiroga Zárate is on the list again."]])
    store["keeps"] = "this"
    store.save()
    return Told(Customer.objects.get(pk=her.pk), absorbed, other.customer, file)


def _called(house: Dealership, agent: User, colleague: User, *, at: datetime) -> Customer:
    facts: dict[str, Any] = {"customer_name": NAME, "plate": "QRX-777", "vin": "3GNTEST0000000099"}
    facts |= {"phones": "614 867 5309", "email": "xquiroga@example.com", "birth_date": date(1979, 7, 13)}
    task = cast.due(house, MONDAY, at=at, number="F-0815-Q", work="Aviso a Ximena", odometer_km=900, **facts)
    queue.claim(task, by=agent, at=at)
    calling.keep(
        task, Answer(outcome=Outcome.BUSY, words="Contestó el marido de Ximena"), fence=task.fence, by=agent, at=at
    )
    task.refresh_from_db()
    queue.claim(task, by=agent, at=at)
    answer = Answer(
        outcome=Outcome.REACHED,
        grade=Grade.DISSATISFIED,
        words="La señora Quiroga dijo que vende su casa.",
        finding_kind=Finding.Kind.SHORTCOMING,
        finding_text="Quiroga: el coche llegó sucio.",
        remedy_owner=colleague,
        points=[Heard(kind="complaint", text="Ximena: le rayaron el coche")],
        topics=["el gato de Ximena"],
    )
    found = calling.keep(task, answer, fence=task.fence, by=agent, at=at)
    Remedy.objects.get(finding__attempt=found).finish("Lavado en casa de Ximena", by=colleague, at=at)
    points.answer(found.record.points.get(), "Pulir el coche de Ximena", by=agent, at=at)
    _wrote(house, task.customer, found, agent, colleague, at=at)
    waits = cast.due(house, date(2026, 3, 4), at=at, kind="workshop_visit", **facts)  # an open task
    TaskPlan.objects.create(dealership=house, task=waits, topics=["la casa de Ximena"], at=at)
    customer = task.customer
    customer.address = "Callejón del Beso 3"
    customer.correct(["address"], by=agent, at=at)
    return customer


def _wrote(house: Dealership, her: Customer, tried: Attempt, agent: User, colleague: User, *, at: datetime) -> None:
    """A letter, a call of hers that is handed on, an inspection of a call, and advice that was given."""
    letter = Letter(
        dealership=house, customer=her, kind="reply", key="1", addressee=NAME, address="Callejón del Beso 3"
    )
    letter.subject, letter.text = "Para Ximena", "Estimada Ximena: su coche está listo."
    letters.issue(letter, by=agent, at=at)
    letters.note_answer(letter, at.date(), "Ximena dio las gracias", by=agent, at=at)
    said: dict[str, Any] = {"summary": "Factura de Ximena", "words": "Ximena preguntó por su factura"}
    talk = inbound.Talk(key="2", kind="complaint", customer=her, owner=agent, **said)
    line = inbound.keep(talk, house, by=agent, at=at)
    unknown = inbound.keep(
        inbound.Talk(key="3", kind="other", caller=NAME, answer="Sí.", **said), house, by=agent, at=at
    )
    recognising.recognise(unknown, her, by=agent, at=at)
    requesting.hand_over(line.request, colleague, "Ella conoce a Ximena", by=agent, at=at)
    boss = cast.person("Bruno Paz", Role.COMMERCIAL_MANAGER, house)
    inspecting.inspect(line, in_order=False, finding="Falta el teléfono de Ximena", by=boss, at=at)
    advice = Announcement.objects.create(dealership=house, kind="advice", title="Frenos", text="Cuidado")
    Advised.objects.create(dealership=house, attempt=tried, announcement=advice)


def _merged(house: Dealership, her: Customer, by: User, *, at: datetime) -> Customer:
    gone = Customer.objects.create(
        dealership=house, full_name=OTHER_NAME, language="es-mx", address="Callejón del Beso 3"
    )
    Customer.objects.filter(pk=gone.pk).update(merged_into=her)
    merge = Merge.objects.create(dealership=house, survivor=her, gone=gone, at=at, by=by)
    MergedRow.objects.create(
        dealership=house, merge=merge, table="customers_customer", row=her.pk, column="address", before="Ximecita 1"
    )
    return gone


def _filled(house: Dealership, her: Customer, by: User, *, at: datetime) -> None:
    """One row of everything that can hang on a customer."""
    own = {"dealership": house, "customer": her}
    Customer.objects.filter(pk=her.pk).update(source_note="amiga de Ximecita", desired_services="gato de angora")
    ContactPoint.objects.create(**own, kind="phone", value="+526145551234", shown="614 555 1234")
    ContactPoint.objects.filter(customer=her, value="+526145551234").update(shown="(614) 555-1234")
    Consent.objects.create(
        **own,
        channel="phone",
        purpose="survey",
        text_version="1",
        source="paper",
        evidence="carpeta Quiroga",
        given_on=MONDAY,
    )
    CustomerRestHours.objects.create(**own, starts=time(13), ends=time(15))
    visit = her.visits.order_by("pk")[0]
    Visit.objects.filter(pk=visit.pk).update(special_reason="coche de Ximena", special_at=at, special_by=by)
    HandOver.objects.create(dealership=house, visit=visit, by=by, at=at)
    plan = Plan.objects.create(dealership=house, name="Semana", made_by=by, made_at=at, from_on=MONDAY, to_on=MONDAY)
    target = PlanTarget.objects.create(**own, plan=plan, visit=visit, responsible=by)
    plans.write(target, plans.Record(result="reached", words="Quiroga: volverá."), by=by, at=at)
    file = CustomerFile.objects.create(**own, visit=her.visits.order_by("pk")[0], began_on=MONDAY, due_on=MONDAY)
    CallPlan.objects.create(
        dealership=house,
        file=file,
        after_days=3,
        topics=["vehicle_use"],
        notes="Ximena quiere otro color",
        by=by,
        at=at,
    )
    kind = ServiceKind.objects.create(dealership=house, code="x", names={"en": "Tyres"}, rule="maintenance")
    NextService.objects.create(**own, kind=kind, content="Llantas de Ximena", planned_on=MONDAY, by=by, at=at)
    Profile.objects.create(**own, occupation="contadora pública")
    Upkeep.objects.create(**own, kind="find_number", about="+526145551234", opened_at=at)
    other = Customer.objects.create(dealership=house, full_name="Otra Persona", language="es-mx")
    Duplicate.objects.create(
        dealership=house,
        one=her,
        other=other,
        score=60,
        reasons=[{"code": "phone", "value": "+526148675309"}],
        found_at=at,
    )
    Export.objects.create(
        dealership=house,
        what="customers",
        format="csv",
        filters={"name": "quiroga zar", "kind": "person"},
        rows=1,
        at=at,
    )


ROWS = """Folio;Cliente;Celular;Marca;Modelo;VIN;Placas;Fecha de entrega;Domicilio
F-1;Quiroga Zárate Ximena;614 867 5309;GMC;Terrain;3GNTEST0000000099;QRX-777;31/02/2026;Callejón del Beso 3
F-2;Sosa Gil Iris;614 300 7000;GMC;Terrain;;AAA-113-A;31/02/2026;Otra 5
F-3;Tello Paz Olga;12;GMC;Terrain;1GKIO;AAA-114-A;02/03/2026;Otra 6
"""


def _imported(house: Dealership, by: User, *, at: datetime) -> Path:
    path = importing.store("entregas.csv", iter([ROWS.encode()]), "token")
    run = importing.open_run(path, "entregas de Quiroga Zárate Ximena.csv", house, by=by, at=at)
    importing.rehearse(run, at=at)
    importing.perform(Run.objects.get(pk=_importing(run)), at=at)
    run = Run.objects.get(pk=run.pk)
    for line, cells in ((2, ROWS.splitlines()[1]), (3, ROWS.splitlines()[2])):
        RefusedLine.objects.get_or_create(run=run, dealership=house, line=line, defaults={"cells": cells.split(";")})
    Mapping.objects.create(dealership=house, name="mal leído", header=["Quiroga Zárate Ximena", "614 867 5309"])
    return path


def _importing(run: Run) -> int:
    run.move(Run.State.IMPORTING)
    return run.pk


# The whole database ---------------------------------------------------------------------------------------


def every_text() -> Iterator[tuple[str, str]]:
    """Every text of every table, JSON and lists too; sessions as they are read, not as they are stored."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT c.table_name, c.column_name FROM information_schema.columns c
            JOIN information_schema.tables t USING (table_schema, table_name)
            WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE'
                AND c.data_type IN ('text', 'character varying', 'json', 'jsonb', 'ARRAY', 'date', 'bytea')
            """
        )
        places = cursor.fetchall()
        for table, column in places:
            cursor.execute(f'SELECT DISTINCT "{column}"::text FROM "{table}" WHERE "{column}" IS NOT NULL')
            yield from ((f"{table}.{column}", text) for (text,) in cursor.fetchall())
    for session in Session.objects.all():
        yield "django_session, read", json.dumps(session.get_decoded(), ensure_ascii=False)


def where_she_is_named() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for place, text in every_text():
        lower = text.lower() if "\\u" not in text else json.dumps(json.loads(text), ensure_ascii=False).lower()
        named = [word for word in PERSONAL if word in lower]
        if named:
            found.setdefault(place, []).extend(named)
    return found


def test_the_story_names_her_everywhere(told: Told) -> None:
    places = set(where_she_is_named())

    assert places >= {
        "customers_customer.full_name",
        "customers_customer.search_name",
        "customers_customer.birth_date",
        "customers_contactpoint.value",
        "customers_consent.evidence",
        "customers_profile.occupation",
        "customers_upkeep.about",
        "customers_duplicate.reasons",
        "customers_change.new",
        "customers_mergedrow.before",
        "customers_vehicle.vin",
        "customers_vehicle.plate_key",
        "customers_visit.key",
        "customers_visit.work",
        "customers_export.filters",
        "contacts_attempt.words",
        "contacts_finding.text",
        "contacts_remedy.measure",
        "satisfaction_response.words",
        "journal_entry.facts",
        "imports_run.name",
        "imports_run.reading",
        "imports_remark.who",
        "imports_refusedline.cells",
        "imports_mapping.header",
        "django_session, read",
    }


def test_after_erasing_no_table_names_her(told: Told, mariana: User, now: datetime) -> None:
    privacy.erase(told.her, reason="Lo pidió por escrito", by=mariana, at=now)

    assert where_she_is_named() == {}


def test_erasing_twice_or_from_the_absorbed_file_comes_to_the_same(told: Told, mariana: User, now: datetime) -> None:
    privacy.erase(told.absorbed, reason="asked", by=mariana, at=now)
    before = _whole_database()
    privacy.erase(told.her, reason="asked again", by=mariana, at=now + timedelta(days=1))

    assert where_she_is_named() == {}
    assert _whole_database() == before
    assert Entry.objects.filter(kind="customer_erased").count() == 1


def _whole_database() -> list[tuple[str, str]]:
    return sorted(every_text())


def figures(house: Dealership) -> dict[str, Any]:
    at = NOW + timedelta(days=2)
    return {
        "coverage": day.coverage(house, at=at),
        "houses": day.houses([house.pk], at=at),
        "visits": Visit.objects.filter(cancelled_at=None).count(),
        "tasks": ContactTask.objects.count(),
        "grades": sorted(Response.objects.values_list("grade", "consultant_name")),
        "findings": sorted(Finding.objects.values_list("kind", "found_at")),
        "remedies": Remedy.objects.open().count(),
        "vehicles": Vehicle.objects.count(),
        "readings": OdometerReading.objects.count(),
        "files": list(CustomerFile.objects.values_list("state", "due_on")),
    }


def test_figures_stay_as_they_were(told: Told, norte: Dealership, mariana: User, now: datetime) -> None:
    ContactTask.objects.filter(state="open", customer=told.her).update(state="unreached", concluded_at=now)
    before = figures(norte)
    assert (before["coverage"].made, len(before["grades"])) == (1, 1)

    privacy.erase(told.her, reason="asked", by=mariana, at=now)

    assert figures(norte) == before


def test_what_was_open_is_cancelled_and_nothing_new_is_planned(
    told: Told, norte: Dealership, mariana: User, now: datetime
) -> None:
    states = ContactTask.objects.filter(customer=told.her).order_by("pk").values_list("state", flat=True)
    assert list(states) == ["done", "open"]

    privacy.erase(told.her, reason="asked", by=mariana, at=now)
    ContactTask.objects.filter(customer=told.her, state="cancelled").delete()

    assert planning.plan(at=now).total == 0
    assert list(states.all()) == ["done"]


def test_other_peoples_data_stay(told: Told, mariana: User, now: datetime) -> None:
    privacy.erase(told.her, reason="asked", by=mariana, at=now)

    other = Customer.objects.get(pk=told.other.pk)
    assert (other.full_name, other.contact_points.get().value) == ("Peña Luis", "+526141112222")
    assert other.vehicles.get().plate == "LUI-111"
    assert list(RefusedLine.objects.values_list("cells__1", flat=True)) == ["Sosa Gil Iris"]
    assert "Sosa Gil Iris" in Remark.objects.values_list("who", flat=True)
    assert Session.objects.get().get_decoded() == {"keeps": "this"}


def test_a_car_that_went_on_to_somebody_else_keeps_its_plate(
    told: Told, norte: Dealership, mariana: User, now: datetime
) -> None:
    car = Vehicle.objects.get(plate="QRX-777")
    Ownership.objects.filter(vehicle=car).update(to_on=MONDAY)
    Ownership.objects.create(dealership=norte, customer=told.other, vehicle=car, from_on=MONDAY)

    privacy.erase(told.her, reason="asked", by=mariana, at=now)

    car.refresh_from_db()
    assert (car.plate, car.vin) == ("QRX-777", "3GNTEST0000000099")
    assert Vehicle.objects.filter(plate="LUI-111").exists()


def test_a_car_without_make_stays_a_car(norte: Dealership, mariana: User, now: datetime) -> None:
    visit = cast.deliver(norte, MONDAY, at=now, make="", model="", model_year=None, plate="QRX-777")

    privacy.erase(visit.customer, reason="asked", by=mariana, at=now)

    assert Vehicle.objects.values_list("plate", "model").get() == ("", "—")


def test_her_ownership_ends_and_her_file_is_nobodys(
    told: Told, norte: Dealership, mariana: User, now: datetime
) -> None:
    privacy.erase(told.her, reason="asked", by=mariana, at=now)

    her = Customer.objects.get(pk=told.her.pk)
    assert (her.full_name, her.search_name) == (f"Borrado n.º {her.pk}", f"borrado n.o {her.pk}")
    assert (her.erased_at, her.ownerships.get().to_on) == (now, date(2026, 3, 5))
    assert told.her not in listing.CUSTOMERS.rows(norte)
    entry = Entry.objects.get(kind="customer_erased")
    assert (entry.customer_id, entry.by, entry.facts) == (her.pk, mariana, {"erased_for": "asked"})
    assert not Change.objects.filter(customer_id=her.pk).exists()


def test_the_file_that_brought_her_goes_one_that_waits_stays(
    told: Told, norte: Dealership, mariana: User, now: datetime, django_capture_on_commit_callbacks: Any
) -> None:
    waits = importing.open_run(importing.store("b.csv", iter([ROWS.encode()]), "b"), "b.csv", norte, by=mariana, at=now)
    importing.rehearse(waits, at=now)

    with django_capture_on_commit_callbacks(execute=True):
        privacy.erase(told.her, reason="asked", by=mariana, at=now)

    assert (told.file.exists(), (told.file.parent / "b.csv").exists()) == (False, True)
    assert where_she_is_named() == {}


def test_the_same_row_given_again_opens_a_new_file(told: Told, norte: Dealership, mariana: User, now: datetime) -> None:
    privacy.erase(told.her, reason="asked", by=mariana, at=now)
    erased = _whole_customer(told.her.pk)

    again = cast.deliver(
        norte, MONDAY, at=now, customer_name=NAME, plate="QRX-777", phones="614 867 5309", number="F-0815-Q"
    )

    assert again.customer_id not in (told.her.pk, told.absorbed.pk)
    assert again.vehicle != told.her.visits.order_by("pk")[0].vehicle
    assert _whole_customer(told.her.pk) == erased


def _whole_customer(pk: int) -> dict[str, Any]:
    return dict(Customer.objects.filter(pk=pk).values().get())


def test_a_row_without_number_or_address_is_not_believed_to_be_hers(
    norte: Dealership, mariana: User, now: datetime
) -> None:
    facts: dict[str, Any] = {"customer_name": NAME, "phones": "", "number": "F-1", "plate": ""}
    visit = cast.deliver(norte, MONDAY, at=now, **facts)
    privacy.erase(visit.customer, reason="asked", by=mariana, at=now)

    again = cast.deliver(norte, MONDAY, at=now, **facts)

    assert (again.customer_id == visit.customer_id, Visit.objects.count()) == (False, 2)


@pytest.mark.parametrize(
    "reason", ["", "  ", "Ximena Quiroga Zárate lo pidió", "llamar al 614 867 5309", "auto QRX-777"]
)
def test_the_reason_does_not_name_her(told: Told, mariana: User, now: datetime, reason: str) -> None:
    with pytest.raises(Refusal):
        privacy.erase(told.her, reason=reason, by=mariana, at=now)

    assert Customer.objects.get(pk=told.her.pk).full_name == NAME


# Handing out ----------------------------------------------------------------------------------------------


def handed_out(customer: Customer, by: User, at: datetime) -> ZipFile:
    with privacy.hand_out(customer, by=by, at=at) as file:
        return ZipFile(BytesIO(file.read()))


def test_everything_held_is_handed_out(told: Told, mariana: User, now: datetime) -> None:
    archive = handed_out(told.her, mariana, now)
    data = json.loads(archive.read("data.json"))
    rows = {label: table["rows"] for label, table in data["tables"].items()}

    assert {row["full_name"] for row in rows["customers.customer"]} == {NAME, OTHER_NAME}
    assert {row["shown"] for row in rows["customers.contactpoint"]} == {
        "614 867 5309",
        "(614) 555-1234",
        "xquiroga@example.com",
    }
    assert [row["vin"] for row in rows["customers.vehicle"]] == ["3GNTEST0000000099"]
    assert [row["occupation"] for row in rows["customers.profile"]] == ["contadora pública"]
    assert [row["grade"] for row in rows["satisfaction.response"]] == ["dissatisfied"]
    assert [row["text"] for row in rows["contacts.finding"]] == ["Quiroga: el coche llegó sucio."]
    assert len(rows["customers.visit"]) == len(rows["contacts.contacttask"]) == 2
    assert {"attempt", "finding", "remedy", "customer_edited"} <= {row["kind"] for row in rows["journal.entry"]}
    assert all(table["why"] and table["kept"] for table in data["tables"].values())
    assert [(file["file"], file["lines"]) for file in data["files"]] == [("entregas de Quiroga Zárate Ximena.csv", [2])]
    assert "Peña Luis" not in json.dumps(data, ensure_ascii=False)
    assert sorted(archive.namelist()) == sorted([*(f"{label}.csv" for label in rows), "data.json", "files.csv"])
    told_of = Export.objects.get(what="person")
    assert (told_of.format, told_of.rows, told_of.filters) == (
        "zip",
        sum(map(len, rows.values())),
        {"customer": told.her.pk},
    )


def test_what_is_handed_out_holds_no_formula(norte: Dealership, mariana: User, now: datetime) -> None:
    visit = cast.deliver(norte, MONDAY, at=now)
    Customer.objects.filter(pk=visit.customer_id).update(address="=1+1")

    table = handed_out(visit.customer, mariana, now).read("customers.customer.csv").decode("utf-8-sig")

    assert [row["address"] for row in csv.DictReader(StringIO(table))] == ["'=1+1"]


# The page and the command ----------------------------------------------------------------------------------


def inside(user: User) -> Client:
    """Signed in, and asked for the password once more."""
    client = Client()
    client.force_login(user)
    client.post("/account/reauthenticate/", {"password": cast.PASSWORD})
    return client


def test_the_password_is_asked_for_once_more(told: Told, mariana: User, as_user: SignIn) -> None:
    client, page = as_user(mariana), f"/customers/{told.her.pk}/person/"

    seen = client.get(page)
    taken, erased = client.post(f"{page}data/"), client.post(f"{page}erase/", {"name": NAME, "reason": "asked"})

    assert (seen.status_code, seen.headers["Location"]) == (
        302,
        f"/account/reauthenticate/?next={page.replace('/', '%2F')}",
    )
    assert [(answer.status_code, answer.headers["Location"]) for answer in (taken, erased)] == [(302, page)] * 2
    assert (Export.objects.filter(what="person").count(), Customer.objects.get(pk=told.her.pk).erased_at) == (0, None)


def test_her_name_is_typed_to_erase_her(told: Told, mariana: User, now: datetime) -> None:
    client, page = inside(mariana), f"/customers/{told.her.pk}/person/"

    assert client.get(page).status_code == 200
    wrong = client.post(f"{page}erase/", {"name": "Peña Luis", "reason": "asked"})
    named = client.post(f"{page}erase/", {"name": NAME, "reason": f"{NAME} asked"})
    assert (wrong.status_code, named.status_code) == (422, 409)
    right = client.post(f"{page}erase/", {"name": "quiroga zarate XIMENA", "reason": "asked"})

    assert (right.status_code, right.headers["Location"]) == (302, "/customers/")
    assert Customer.objects.get(pk=told.her.pk).erased_at == now
    assert (client.get(page).status_code, client.post(f"{page}data/").status_code) == (404, 404)
    shown = client.get(f"/customer/{told.her.pk}/").text
    assert [word for word in PERSONAL if word in shown.lower()] == []


def test_the_archive_comes_from_the_page(told: Told, mariana: User) -> None:
    answer = inside(mariana).post(f"/customers/{told.her.pk}/person/data/")

    archive = ZipFile(BytesIO(b"".join(answer.streaming_content)))  # type: ignore[attr-defined]
    assert "customers.customer.csv" in archive.namelist()


def test_agents_neighbours_and_consultants_may_not(told: Told, jorge: User, patricia: User, lixue: User) -> None:
    page = f"/customers/{told.her.pk}/person/"
    for user, status in ((jorge, 403), (patricia, 403), (lixue, 404)):
        client = inside(user)
        answers = [
            client.get(page),
            client.post(f"{page}data/"),
            client.post(f"{page}erase/", {"name": NAME, "reason": "x"}),
        ]
        assert [answer.status_code for answer in answers] == [status] * 3
    assert Customer.objects.get(pk=told.her.pk).full_name == NAME


def test_the_command_hands_out_and_erases(told: Told, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("privacy", "export", str(told.her.pk), "--out", str(tmp_path))
    path = tmp_path / f"customer-{told.her.pk}.zip"
    assert (str(path) in capsys.readouterr().out, "data.json" in ZipFile(path).namelist()) == (True, True)
    with pytest.raises(CommandError, match="there already"):
        call_command("privacy", "export", str(told.her.pk), "--out", str(tmp_path))
    with pytest.raises(CommandError, match="must not name her"):
        call_command("privacy", "erase", NAME, "--reason", f"{NAME} asked")

    call_command("privacy", "erase", NAME, "--reason", "asked by letter", "--json")

    assert json.loads(capsys.readouterr().out)["files"] == 2
    assert where_she_is_named() == {}
    with pytest.raises(CommandError, match="0 customers"):
        call_command("privacy", "erase", NAME, "--reason", "again")


# Time ------------------------------------------------------------------------------------------------------


def test_old_files_and_refused_rows_go_at_night(
    told: Told, norte: Dealership, mariana: User, now: datetime, django_capture_on_commit_callbacks: Any
) -> None:
    waits = importing.open_run(importing.store("b.csv", iter([ROWS.encode()]), "b"), "b.csv", norte, by=mariana, at=now)
    importing.rehearse(waits, at=now)

    with django_capture_on_commit_callbacks(execute=True):
        too_early = forgetting.forget_old(days=90, at=now + timedelta(days=90))
        assert told.file.exists()
        gone = forgetting.forget_old(days=90, at=now + timedelta(days=90, seconds=1))

    assert (too_early, gone, told.file.exists(), RefusedLine.objects.count()) == (0, 2, False, 0)
    assert set(Remark.objects.values_list("value", "who")) == {("", "")}
    assert all(remark.sentence for remark in Remark.objects.all())
    waits.refresh_from_db()
    assert (waits.state, waits.path, bool(waits.problem)) == (Run.State.FAILED, "", True)


# The policy ------------------------------------------------------------------------------------------------


def test_every_field_has_a_rule_and_every_rule_a_field() -> None:
    tables = privacy.load().tables

    assert {label: set(table.rules) for label, table in tables.items()} == policy.ours()


def test_what_is_linked_leads_there(told: Told) -> None:
    mine = privacy.holdings(told.her)

    assert {table.label for table, rows in mine.tables() if rows.exists()} == {t.label for t in privacy.load().linked()}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda p: p["tables"].pop("journal.entry"), "journal.entry.at has no rule"),
        (
            lambda p: p["tables"]["network.group"]["fields"].update({"motto": {}}),
            "network.group.motto has a rule and does not exist",
        ),
        (
            lambda p: p["tables"].update({"network.dog": p["tables"]["network.group"]}),
            "network.dog has rules and does not exist",
        ),
        (lambda p: p["tables"]["network.group"].update({"what": "secret"}), "what is one of"),
        (lambda p: p["tables"]["network.group"].pop("reason"), "without a reason"),
        (lambda p: p["tables"]["network.group"].update({"erase": "replace"}), "says by what"),
        (lambda p: p["tables"]["network.group"].update({"color": "red"}), "color is not known"),
        (lambda p: p["tables"]["network.group"].update({"link": "soul"}), "the link is"),
        (lambda p: p["tables"]["customers.profile"].update({"link": {"customer": "soul"}}), "leads to customer or car"),
        (lambda p: p["tables"]["customers.profile"]["fields"].update({"values": {}}), "has two rules"),
        (lambda p: p["tables"]["customers.profile"].pop("kept"), "how long"),
        (lambda p: p["limits"].update({"rows_a_day": 0}), "whole number"),
        (
            lambda p: p["tables"]["imports.remark"]["fields"].update({"value who facts": {"erase": "delete"}}),
            "as a whole or not at all",
        ),
    ],
)
def test_a_policy_that_leaves_something_open_is_refused(change: Any, says: str, tmp_path: Path, settings: Any) -> None:
    given = yaml.safe_load(settings.PRIVACY_POLICY.read_text())
    change(given)
    path = tmp_path / "privacy.yaml"
    path.write_text(yaml.safe_dump(given))

    with pytest.raises(privacy.BadPolicy, match=says):
        privacy.load(path)
