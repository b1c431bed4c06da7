"""A file on its way in: given, rehearsed, imported; or turned away in words that say how to mend it."""

import json
import subprocess
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime
from io import StringIO
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from clientela.contacts.models import ContactTask
from clientela.customers.models import Arrival, Customer, Vehicle, Visit
from clientela.imports import importing, reading, tasks
from clientela.imports.models import Remark, Run
from clientela.journal.models import Entry
from clientela.lib.refusal import Refusal
from clientela.network.models import Dealership, User
from tests import processes

AsUser = Callable[[User], Client]
DEMO = Path(reading.__file__).with_name("demo")
HEADER = "Nombre del Cliente;Teléfono;NIV;Placas;Fecha de entrega;Precio\n"
GOOD = """\
López Zúñiga Ana;614 555 0001;3GN3ESF49RR628194;EKV-573-C;02/03/2026;$385,595.00
Ríos Peña Eva;614 555 0002;3GN0WSMS2S8252760;EKV-985-C;03/03/2026;$1.00
"""
BAD = """\
;614 555 0003;;EKV-001-C;03/03/2026;
Muñoz Raúl;614 555 0004;;EKV-002-C;31/02/2026;
"""


@pytest.fixture(autouse=True)
def _folder(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def upload(browser: Client, content: str | bytes, name: str = "entregas.csv") -> HttpResponse:
    """Give a file on the page of imports."""
    file = SimpleUploadedFile(name, content.encode() if isinstance(content, str) else content)
    return browser.post(reverse("imports:runs"), {"file": file})  # type: ignore[return-value]


def given(browser: Client, content: str | bytes, name: str = "entregas.csv") -> Run:
    """A file that was given and has been rehearsed."""
    assert upload(browser, content, name).status_code == 302
    run = Run.objects.latest("id")
    tasks.rehearse(run_id=run.pk)
    run.refresh_from_db()
    return run


def kept() -> list[int]:
    return [noun.objects.count() for noun in (Customer, Vehicle, Visit, ContactTask, Entry, Arrival)]


# From the page to the list -----------------------------------------------------------------------------------


def test_a_file_is_given_rehearsed_imported_and_planned(
    norte: Dealership, mariana: User, now: datetime, as_user: AsUser
) -> None:
    browser = as_user(mariana)

    answer = upload(browser, HEADER + GOOD)
    run = Run.objects.get()
    assert answer.headers["Location"] == reverse("imports:run", args=[run.pk])
    assert (run.state, run.name, run.by, run.dealership) == ("uploaded", "entregas.csv", mariana, norte)
    assert jobs() == [("clientela.imports.tasks.rehearse", {"run_id": run.pk})]

    tasks.rehearse(run_id=run.pk)
    run.refresh_from_db()
    assert (run.state, run.kind, run.good) == ("rehearsed", "vehicle_delivery", 2)
    preview = run.counts.pop("preview")
    assert [row["name"] for row in preview["customers"]["new"]] == ["Ríos Peña, Eva", "López Zúñiga, Ana"]
    assert run.counts == {
        "rows": 2,
        "refused": 0,
        "warned": 0,
        "duplicates": 0,
        "customers": {"new": 2, "changed": 0, "unchanged": 0},
        "vehicles": {"new": 2, "changed": 0, "unchanged": 0},
        "visits": {"new": 2, "changed": 0, "unchanged": 0},
    }
    assert kept() == [0, 0, 0, 0, 0, 0]

    assert browser.post(reverse("imports:perform", args=[run.pk])).status_code == 302
    assert jobs()[1:] == [("clientela.imports.tasks.perform", {"run_id": run.pk})]
    tasks.perform(run_id=run.pk)
    run.refresh_from_db()
    assert (run.state, run.finished_at) == ("done", now)
    assert kept() == [2, 2, 2, 2, 2, 0]
    assert [task.opens_on for task in ContactTask.objects.order_by("opens_on")] == [date(2026, 3, 5), date(2026, 3, 6)]
    assert "Imported" in browser.get(reverse("imports:run", args=[run.pk])).content.decode()


def jobs() -> list[tuple[str, dict[str, Any]]]:
    return list(ProcrastinateJob.objects.order_by("id").values_list("task_name", "args"))


def test_refused_rows_are_listed_with_line_column_and_reason(
    norte: Dealership, mariana: User, now: datetime, as_user: AsUser
) -> None:
    browser = as_user(mariana)
    run = given(browser, HEADER + GOOD + BAD)

    assert (run.counts["rows"], run.counts["refused"]) == (4, 2)
    assert [(remark.line, remark.column, remark.value, remark.who, remark.sentence) for remark in refused(run)] == [
        (4, "Nombre del Cliente", "", "", "This cell is empty. Fill it in."),
        (5, "Fecha de entrega", "31/02/2026", "Muñoz Raúl", "31/02/2026: February has no day 31. Correct the date."),
    ]
    page = browser.get(reverse("imports:run", args=[run.pk])).content.decode()
    assert "31/02/2026" in page
    assert "Fecha de entrega" in page


def refused(run: Run) -> list[Remark]:
    return list(run.remarks.filter(refused=True))


def test_a_file_is_imported_once(norte: Dealership, mariana: User, now: datetime, as_user: AsUser) -> None:
    browser = as_user(mariana)
    run = given(browser, HEADER + GOOD)
    address = reverse("imports:perform", args=[run.pk])
    assert browser.post(address).status_code == 302

    again = browser.post(address)
    assert again.status_code == 409
    assert "This file was already dealt with." in again.content.decode()

    tasks.perform(run_id=run.pk)
    tasks.perform(run_id=run.pk)
    run.refresh_from_db()
    assert (run.state, kept()[:3]) == ("done", [2, 2, 2])
    with pytest.raises(Refusal, match="This file was already dealt with"):
        importing.perform(run, at=now)
    with pytest.raises(Refusal, match="This file was already dealt with"):
        importing.rehearse(run, at=now)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        (
            "entregas.csv",
            b"MZ\x90\x00" + bytes(range(256)) * 20,
            "This is another kind of file (EXE), not a table. Save the table as .xlsx or .csv.",
        ),
        (
            "entregas.xlsx",
            b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
            "This is another kind of file (PNG), not a table. Save the table as .xlsx or .csv.",
        ),
        ("entregas.csv", b" \r\n \n", "The file is empty. Export it again and check that it has rows."),
        ("entregas.csv", HEADER.encode(), "There are no rows under the names of the columns."),
        (
            "entregas.xlsx",
            b"PK\x03\x04 nothing more",
            "The workbook is damaged or of an unknown kind. Save it again as .xlsx.",
        ),
        (
            "entregas.csv",
            b"Color;Talla;Forma\nrojo;grande;redonda\nazul;chica;plana\n",
            (
                "No column was recognised for: customer, delivered on, model / vehicle / VIN / licence plate. "
                "Name the column so in the first line, or add it."
            ),
        ),
        (
            "entregas.csv",
            b"<!doctype html><table><tr><td>Ana</td></tr></table>",
            (
                "This is a web page or XML, whatever its name says. "
                "Open it in a spreadsheet program, save it as .xlsx and send that."
            ),
        ),
    ],
)
def test_a_file_that_is_no_table_is_turned_away_with_a_sentence(
    norte: Dealership, mariana: User, now: datetime, as_user: AsUser, name: str, content: bytes, sentence: str
) -> None:
    browser = as_user(mariana)

    run = given(browser, content, name)

    assert (run.state, run.problem) == ("failed", sentence)
    assert kept() == [0, 0, 0, 0, 0, 0]
    page = browser.get(reverse("imports:run", args=[run.pk]))
    assert page.status_code == 200
    assert "This file cannot be imported" in page.content.decode()
    assert browser.post(reverse("imports:perform", args=[run.pk])).status_code == 409


def test_the_reason_is_said_in_the_language_of_who_gave_the_file(
    norte: Dealership, mariana: User, now: datetime, as_user: AsUser
) -> None:
    mariana.language = "es-mx"
    mariana.save()

    run = given(as_user(mariana), b"MZ\x90\x00" + bytes(range(256)))

    assert run.problem == "Es otro tipo de archivo (EXE), no una tabla. Guarde la tabla como .xlsx o .csv."


@pytest.mark.parametrize(("content", "sentence"), [(b"", "This file is empty."), (None, "Choose a file first.")])
def test_nothing_is_no_file(
    norte: Dealership, mariana: User, now: datetime, as_user: AsUser, content: bytes | None, sentence: str
) -> None:
    browser = as_user(mariana)
    answer = browser.post(reverse("imports:runs"), {}) if content is None else upload(browser, content)

    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert Run.objects.count() == 0


def test_a_file_that_got_lost_ends_the_run_instead_of_leaving_it_at_work(
    norte: Dealership, mariana: User, now: datetime, as_user: AsUser, tmp_path: Path
) -> None:
    browser = as_user(mariana)
    run = given(browser, HEADER + GOOD)
    browser.post(reverse("imports:perform", args=[run.pk]))
    (tmp_path / run.path).unlink()

    with pytest.raises(FileNotFoundError):
        tasks.perform(run_id=run.pk)

    run.refresh_from_db()
    assert (run.state, run.is_at_work) == ("failed", False)
    assert run.problem == "The import broke off by a fault of ours. Nothing was written. Give the file again."


def test_a_file_that_was_exchanged_meanwhile_ends_with_its_reason(
    norte: Dealership, mariana: User, now: datetime, as_user: AsUser, tmp_path: Path
) -> None:
    browser = as_user(mariana)
    run = given(browser, HEADER + GOOD)
    browser.post(reverse("imports:perform", args=[run.pk]))
    (tmp_path / run.path).write_bytes(b"%PDF-1.7")

    tasks.perform(run_id=run.pk)

    run.refresh_from_db()
    assert run.state == "failed"
    assert run.problem == "This is another kind of file (PDF), not a table. Save the table as .xlsx or .csv."


@pytest.mark.parametrize(
    ("header", "row", "code"),
    [
        (HEADER, "Ana;614 555 0001;;P-1;02/03/2026;999999999999999\n", "left_out"),
        (HEADER, "Ana;614 555 0001;S/N;P-1;02/03/2026;\n", "left_out"),
        (HEADER, "Ana;123;;P-1;02/03/2026;\n", "phone_unusable"),
        (HEADER.replace("Precio", "Correo"), "Ana;614 555 0001;;P-1;02/03/2026;ana\n", "left_out"),
        (HEADER, f"{'Ana ' * 400};614 555 0001;;P-1;02/03/2026;\n", None),
        (HEADER, f"Ana;614 555 0001;{'7' * 400};{'8' * 400};02/03/2026;\n", "vin_length"),
        (HEADER, f"Ana;{'614 555 0001 ' * 100};;P-1;02/03/2026;\n", "phone_unusable"),
    ],
)
def test_a_doubtful_cell_does_not_keep_a_row_out(
    norte: Dealership,
    mariana: User,
    now: datetime,
    as_user: AsUser,
    header: str,
    row: str,
    code: str | None,
) -> None:
    run = given(as_user(mariana), header + row + GOOD.replace("614 555 0001", "614 555 0009"))

    assert (run.state, run.counts["refused"]) == ("rehearsed", 0)
    assert {remark.code for remark in run.remarks.filter(line=2)} == ({code} if code else set())


def test_a_refused_row_is_listed_however_long_its_cells_are(
    norte: Dealership, mariana: User, now: datetime, as_user: AsUser
) -> None:
    run = given(as_user(mariana), HEADER + GOOD + f"{'Ana ' * 400};614 555 0001;;P-1;31/02/2026;\n")

    assert (run.state, run.problem) == ("rehearsed", "")
    [remark] = refused(run)
    assert (remark.line, remark.who, remark.column) == (4, ("Ana " * 400)[:200], "Fecha de entrega")


def test_an_empty_cell_is_no_example(norte: Dealership, now: datetime) -> None:
    run = importing.open_run(DEMO / "cl_servicios.xlsx", "cl.xlsx", norte, by=None, at=now)
    importing.rehearse(run, at=now)

    samples = [sample for column in run.reading["columns"] for sample in column["samples"]]
    assert "None" not in samples


@pytest.mark.covers("S0-P.2")
def test_the_neighbours_files_do_not_exist(
    norte: Dealership, mariana: User, lixue: User, now: datetime, as_user: AsUser
) -> None:
    run = given(as_user(mariana), HEADER + GOOD)
    browser = as_user(lixue)

    assert browser.get(reverse("imports:run", args=[run.pk])).status_code == 404
    assert browser.post(reverse("imports:perform", args=[run.pk])).status_code == 404
    assert list(browser.get(reverse("imports:runs")).context["runs"]) == []


def test_who_may_not_import_gives_no_file(norte: Dealership, patricia: User, now: datetime, as_user: AsUser) -> None:
    assert upload(as_user(patricia), HEADER + GOOD).status_code == 403
    assert Run.objects.count() == 0


# The command -------------------------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "entregas.csv"
    path.write_text(HEADER + GOOD + BAD + GOOD, encoding="utf-8")
    return path


def command(*arguments: Any) -> str:
    said = StringIO()
    call_command("import", *map(str, arguments), stdout=said)
    return said.getvalue()


def test_the_command_imports_plans_and_reports_as_json(norte: Dealership, now: datetime, file: Path) -> None:
    report = json.loads(command(file, "--dealership", "NORTE", "--json"))

    assert report == {
        "rows": 6,
        "new": {"customers": 2, "vehicles": 2, "visits": 2},
        "changed": {"customers": 0, "vehicles": 0, "visits": 0},
        "unchanged": {"customers": 0, "vehicles": 0, "visits": 0},
        "refused": [
            {"row": 4, "column": "Nombre del Cliente", "reason": "This cell is empty. Fill it in."},
            {"row": 5, "column": "Fecha de entrega", "reason": "31/02/2026: February has no day 31. Correct the date."},
        ],
        "warnings": [],
    }
    assert kept() == [2, 2, 2, 2, 2, 0]


def test_the_command_rehearses_without_writing(norte: Dealership, now: datetime, file: Path) -> None:
    report = json.loads(command(file, "--dealership", "NORTE", "--json", "--dry-run"))

    assert report["new"] == {"customers": 2, "vehicles": 2, "visits": 2}
    assert kept() == [0, 0, 0, 0, 0, 0]


def test_the_command_tells_people_in_lines(norte: Dealership, now: datetime, file: Path) -> None:
    command(file, "--dealership", "NORTE")

    assert command(file, "--dealership", "NORTE").splitlines() == [
        " customers: 0 new, 0 changed, 2 unchanged",
        "  vehicles: 0 new, 0 changed, 2 unchanged",
        "    visits: 0 new, 0 changed, 2 unchanged",
        "line 4, Nombre del Cliente: This cell is empty. Fill it in. (refused)",
        "line 5, Fecha de entrega: 31/02/2026: February has no day 31. Correct the date. (refused)",
    ]


@pytest.mark.parametrize("flags", [[], ["--dry-run"]])
def test_the_command_says_what_it_cannot_do(
    norte: Dealership, now: datetime, file: Path, tmp_path: Path, flags: list[str]
) -> None:
    program = tmp_path / "program.csv"
    program.write_bytes(b"MZ\x90\x00" + bytes(range(256)))

    for arguments, sentence in (
        ([tmp_path / "none.csv", "--dealership", "NORTE"], "There is no file"),
        ([file, "--dealership", "SUR"], "There is no dealership with the code SUR."),
        ([program, "--dealership", "NORTE"], "This is another kind of file"),
    ):
        with pytest.raises(CommandError, match=sentence):
            command(*arguments, *flags)
    assert Run.objects.count() == 0


# Broken off --------------------------------------------------------------------------------------------------

HOUSE = """
with tenancy.everywhere():
    house = cast.house("NORTE", at=NOW)
    from pathlib import Path
    from clientela.imports import importing
    path = importing.store("entregas.csv", iter([Path({path!r}).read_bytes()]), "token{token}")
    run = importing.open_run(path, "entregas.csv", house, by=None, at=NOW)
    run.move("rehearsed")
    run.move("importing")
"""
IMPORTER = """
from clientela.customers.signals import visits_changed
from clientela.imports import tasks
from clientela.imports.models import Run
with tenancy.everywhere():
    run = Run.objects.get()
visits_changed.connect(lambda **_: {pause}, weak=False)
tasks.perform(run_id=run.pk)
"""


def test_an_import_that_is_killed_in_the_middle_leaves_nothing_and_can_be_done_again() -> None:
    rows = "SELECT (SELECT count(*) FROM customers_visit), (SELECT count(*) FROM customers_arrival)"
    with processes.own_database("clientela_test_import") as own:
        own.run(HOUSE.format(path=str(DEMO / "mx_entregas.csv"), token=uuid4().hex))
        killed = own.start(IMPORTER.format(pause="pause('in the middle')"))
        killed.wait_for("in the middle")
        killed.kill()
        assert own.ask(rows) == [(0, 0)]
        assert own.one("SELECT state FROM imports_run") == "importing"

        own.run(IMPORTER.format(pause="None"))

        assert own.ask(rows) == [(238, 0)]
        assert own.one("SELECT state FROM imports_run") == "done"


SLOW = """
from clientela.imports import tasks
from clientela.imports.models import Run
from clientela.customers.signals import visits_changed
with tenancy.everywhere():
    run = Run.objects.get()
visits_changed.connect(lambda **_: pause('in the middle'), weak=False)
tasks.perform(run_id=run.pk)
"""


def test_how_far_an_import_has_come_is_seen_from_outside_while_it_works(tmp_path: Path) -> None:
    rows = "".join(f"E-{n};Cliente {'abcdefghij'[n % 10]}{n};614 {n:07d};;P-{n};02/03/2026;1\n" for n in range(3_000))
    path = tmp_path / "many.csv"
    path.write_text("Folio;" + HEADER + rows)
    with processes.own_database("clientela_test_progress") as own:
        own.run(HOUSE.format(path=str(path), token=uuid4().hex))
        worker = own.start(SLOW)
        worker.wait_for("in the middle")

        [(state, done, total, visits)] = own.ask(
            "SELECT state, done, total, (SELECT count(*) FROM customers_visit) FROM imports_run"
        )
        assert (state, total, visits) == ("importing", 3_001, 0)
        assert 0.9 * total <= done < total
        worker.go_on()
        worker.result()
        assert own.one("SELECT state FROM imports_run") == "done"


FOUR_HOUSES = """
with tenancy.everywhere():
    house = cast.house("NORTE", at=NOW)
"""
ONE_OF_FOUR = """
from clientela.imports import importing
number = {number}
with tenancy.everywhere():
    house = Dealership.objects.get()
names = ["López Zúñiga Ana", "Ríos Peña Eva", "Soto Gil Luz", "Vega Paz Sol"]
lines = ["Folio;Nombre del Cliente;Teléfono;NIV;Placas;Fecha de entrega;Domicilio"]
for n in range(400):
    who = (n * 7 + number) % 200
    name = f"{{names[who % 4]}} {{chr(97 + who // 8)}}x"
    lines.append(f"E-{{number}}-{{n}};{{name}};614 555 {{who:04d}};VIN{{who:05d}}X;P-{{who}};"
                 f"0{{1 + n % 4}}/03/2026;Calle {{(n + number) % 5}}")
content = "\\n".join(lines).encode()
print("begun", flush=True)
for again in range({times}):
    with tenancy.everywhere():
        path = importing.store("f.csv", iter([content]), f"{{number}}-{{again}}-{token}")
        run = importing.open_run(path, "f.csv", house, by=None, at=NOW)
        importing.perform(run, at=NOW)
"""
CONTENT = """
SELECT
    (SELECT count(*) FROM customers_visit),
    (SELECT count(*) FROM customers_arrival),
    (SELECT md5(string_agg(f, '|' ORDER BY f)) FROM (
        SELECT concat_ws(';', full_name, address, birth_date) AS f FROM customers_customer) c),
    (SELECT md5(string_agg(f, '|' ORDER BY f)) FROM (
        SELECT concat_ws(';', v.key, c.full_name, w.vin, v.delivered_on) AS f
        FROM customers_visit v JOIN customers_customer c ON c.id = v.customer_id
        JOIN customers_vehicle w ON w.id = v.vehicle_id) v),
    (SELECT md5(string_agg(f, '|' ORDER BY f)) FROM (
        SELECT concat_ws(';', w.vin, c.full_name, o.from_on, o.to_on) AS f
        FROM customers_ownership o JOIN customers_customer c ON c.id = o.customer_id
        JOIN customers_vehicle w ON w.id = o.vehicle_id) o)
"""


def test_four_at_once_killed_at_random_end_in_the_one_state_that_four_in_turn_end_in() -> None:
    random = Random(20260305)
    with processes.own_database("clientela_test_one_by_one") as own:
        own.run(FOUR_HOUSES)
        for number in range(4):
            own.run(ONE_OF_FOUR.format(number=number, times=1, token=uuid4().hex))
        [expected] = own.ask(CONTENT)
    assert expected[:2] == (1600, 0)

    with processes.own_database("clientela_test_four_at_once") as own:
        own.run(FOUR_HOUSES)
        for _round in range(2):
            scripts = [own.start(ONE_OF_FOUR.format(number=n, times=3, token=uuid4().hex)) for n in range(4)]
            for script in scripts:
                script.wait_for("begun")
            for script in random.sample(scripts, 4):
                with suppress(subprocess.TimeoutExpired):
                    script.process.wait(timeout=random.uniform(0, 0.5))
                script.kill()
        scripts = [own.start(ONE_OF_FOUR.format(number=n, times=1, token=uuid4().hex)) for n in range(4)]
        for script in scripts:
            assert script.result() == "begun"

        assert own.ask(CONTENT) == [expected]
