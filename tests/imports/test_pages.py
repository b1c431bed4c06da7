"""The pages of an import: what was found, what one may change, what comes of warnings, what may be thrown away."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clientela.contacts.models import ContactTask
from clientela.customers.models import Customer, Visit
from clientela.imports import importing, refused, tasks
from clientela.imports.models import Mapping, Remark, Run
from clientela.network.models import Dealership, User
from tests.imports.test_runs import BAD, GOOD, HEADER, given, upload

AsUser = Callable[[User], Client]
ODD = "Quien;Numero;Auto;Chapa;Dia\n"


@pytest.fixture(autouse=True)
def _folder(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def page_of(browser: Client, run: Run) -> str:
    return browser.get(reverse("imports:run", args=[run.pk])).content.decode()


def as_shown(browser: Client, run: Run) -> dict[str, Any]:
    """What the form of the reading would send untouched."""
    form = browser.get(reverse("imports:run", args=[run.pk])).context["form"]
    return {name: form[name].value() or "" for name in form.fields}


def look_again(browser: Client, run: Run, **changes: Any) -> Run:
    """Change how the file is read; it is rehearsed anew."""
    answer = browser.post(reverse("imports:choose", args=[run.pk]), as_shown(browser, run) | changes)
    assert answer.status_code == 302
    tasks.rehearse(run_id=run.pk)
    run.refresh_from_db()
    return run


def take_in(browser: Client, run: Run) -> Run:
    assert browser.post(reverse("imports:perform", args=[run.pk])).status_code == 302
    tasks.perform(run_id=run.pk)
    run.refresh_from_db()
    return run


# What was found ----------------------------------------------------------------------------------------------


def test_a_rehearsal_shows_what_would_come_and_what_would_change(
    norte: Dealership, mariana: User, now: datetime, as_user: AsUser
) -> None:
    browser = as_user(mariana)
    take_in(browser, given(browser, HEADER.replace("Precio", "Domicilio") + GOOD.replace("$385,595.00", "Calle 1")))
    again = GOOD.replace("$385,595.00", "Calle 2").replace("614 555 0002", "614 555 0099") + (
        "Sosa Gil Iris;614 555 0003;;EKV-777-C;04/03/2026;\n"
    )

    answer = browser.get(
        reverse("imports:run", args=[given(browser, HEADER.replace("Precio", "Domicilio") + again).pk])
    )

    parts = {part.title: part for part in answer.context["preview"]}
    assert [row["name"] for row in parts["New customers"].rows] == ["Sosa Gil, Iris"]
    assert [(row["day"], row["name"]) for row in parts["New visits"].rows] == [("2026-03-04", "Sosa Gil, Iris")]
    assert {
        (row["name"], change["field"], change["old"], change["new"])
        for row in parts["Changed customers"].rows
        for change in row["changes"]
    } >= {("López Zúñiga, Ana", "address", "Calle 1", "Calle 2")}
    assert "<del" in answer.content.decode()
    assert Customer.objects.count() == 2


def test_an_import_that_is_done_keeps_no_examples_of_people(
    norte: Dealership, mariana: User, now: datetime, as_user: AsUser
) -> None:
    browser = as_user(mariana)
    run = given(browser, HEADER + GOOD)
    assert run.counts["preview"]["customers"]["new"] != []

    assert "preview" not in take_in(browser, run).counts
    assert browser.get(reverse("imports:run", args=[run.pk])).context["preview"] == []


def test_at_work_the_bar_has_figures_and_they_are_said(
    norte: Dealership, mariana: User, now: datetime, as_user: AsUser
) -> None:
    browser = as_user(mariana)
    upload(browser, HEADER + GOOD)
    run = Run.objects.get()
    assert "<progress aria-label=" in page_of(browser, run)
    Run.objects.update(done=7_300, total=10_000)

    part = browser.get(reverse("imports:run", args=[run.pk]), headers={"HX-Request": "true"}).content.decode()

    assert 'value="7300" max="10000"' in part
    assert "7,300 of about 10,000 rows" in part
    assert '<p hx-swap-oob="innerHTML:#progress-said">Uploaded: 70 %' in part
    assert "<html" not in part
    assert 'role="status" id="progress-said"' in page_of(browser, run)


def test_the_same_file_again_says_so_and_where(
    norte: Dealership, mariana: User, now: datetime, as_user: AsUser
) -> None:
    browser = as_user(mariana)
    first = take_in(browser, given(browser, HEADER + GOOD))

    again = given(browser, HEADER + GOOD, name="otra vez.csv")

    page = page_of(browser, again)
    assert "This very file was given before" in page
    assert f'href="{reverse("imports:run", args=[first.pk])}"' in page
    assert "This very file was given before" not in page_of(browser, first)


# What one may change -----------------------------------------------------------------------------------------


def test_columns_that_nobody_recognises_are_chosen_and_then_the_file_comes_in(
    norte: Dealership, mariana: User, now: datetime, as_user: AsUser
) -> None:
    browser = as_user(mariana)
    body = "x;614 555 0001;Aveo;ABC;02/03/2026\ny;614 555 0002;Aveo;ABD;03/03/2026\n"
    run = given(browser, ODD.replace("Quien", "Campo A") + body.replace("x;", "Ana Ríos;").replace("y;", "Eva Paz;"))
    run = look_again(browser, run, column_0="", kind="vehicle_delivery") if run.state == "rehearsed" else run
    page = page_of(browser, run)
    assert run.state == "failed"
    assert "No column gives what every row needs" in page

    refused_twice = browser.post(
        reverse("imports:choose", args=[run.pk]), as_shown(browser, run) | {"column_0": "vin", "column_3": "vin"}
    )
    assert refused_twice.status_code == 422
    assert "“Campo A” is already read as VIN. Choose one of the two." in refused_twice.content.decode()

    chosen = {
        "column_0": "customer_name",
        "column_1": "phones",
        "column_2": "vehicle",
        "column_3": "plate",
        "column_4": "delivered",
    }
    run = look_again(browser, run, kind="vehicle_delivery", **chosen)
    assert (run.state, run.good) == ("rehearsed", 2)
    assert run.chosen["columns"] == {key.removeprefix("column_"): field for key, field in chosen.items()}
    assert take_in(browser, run).state == "done"
    assert sorted(Customer.objects.values_list("full_name", flat=True)) == ["Ana Ríos", "Eva Paz"]


def test_only_what_is_changed_is_chosen(norte: Dealership, mariana: User, now: datetime, as_user: AsUser) -> None:
    browser = as_user(mariana)
    run = given(browser, HEADER + GOOD)
    jobs_before = Run.objects.get().state

    said = browser.post(reverse("imports:choose", args=[run.pk]), as_shown(browser, run), follow=True)
    run.refresh_from_db()
    assert "Nothing was changed" in said.content.decode()
    assert (run.state, run.chosen) == (jobs_before, {})

    run = look_again(browser, run, dates="mdy")
    assert run.chosen == {"dates": "mdy"}
    # Read so, 02/03 is a day of February.
    assert run.reading["dates"] == "mdy"
    run = look_again(browser, run, family_first="false")
    assert run.chosen == {"dates": "mdy", "family_first": False}

    answer = browser.post(reverse("imports:choose", args=[run.pk]), {"anew": "1"})
    assert answer.status_code == 302
    run.refresh_from_db()
    assert (run.state, run.chosen) == ("uploaded", {})


def test_another_separator_makes_other_columns_so_those_chosen_are_forgotten(
    norte: Dealership, mariana: User, now: datetime, as_user: AsUser
) -> None:
    browser = as_user(mariana)
    run = look_again(browser, given(browser, HEADER + GOOD), column_5="", dates="dmy")
    assert run.chosen["columns"]["5"] == ""

    browser.post(reverse("imports:choose", args=[run.pk]), as_shown(browser, run) | {"delimiter": "|"})

    run.refresh_from_db()
    assert run.chosen == {"delimiter": "|"}


def test_a_saved_mapping_reads_the_next_file_of_that_source_and_no_neighbours(
    norte: Dealership, jingbei: Dealership, mariana: User, lixue: User, now: datetime, as_user: AsUser
) -> None:
    browser = as_user(mariana)
    run = look_again(browser, given(browser, HEADER + GOOD), column_5="", source="event", source_note="Feria")
    browser.post(reverse("imports:keep_mapping", args=[run.pk]), {"name": "Ventas"})
    saved = Mapping.objects.get()

    following = given(browser, HEADER + GOOD.replace("555", "777").replace("EKV", "EKW"))

    assert following.mapping == saved
    assert following.reading["columns"][5]["field"] == ""
    page = page_of(browser, following)
    assert "Read by the saved mapping" in page
    assert "source: event (Feria)" in page
    take_in(browser, following)
    assert set(Customer.objects.values_list("source", "source_note")) == {("event", "Feria")}
    neighbours = given(as_user(lixue), HEADER + GOOD)
    assert (neighbours.dealership, neighbours.mapping) == (jingbei, None)


@pytest.mark.covers("S2-6.1")
@pytest.mark.parametrize(("rows", "twice"), [(100, 8), (37, 5)])
def test_the_guests_of_an_event_come_in_once_each_with_their_source(
    norte: Dealership, mariana: User, now: datetime, as_user: AsUser, rows: int, twice: int
) -> None:
    browser = as_user(mariana)
    guests = [f"Rivas Luna Emma{n};614 300 {n:04d};emma{n}@correo.mx" for n in range(rows - twice)]
    lines = "\n".join(["Nombre;Teléfono;Correo", *guests, *guests[:twice]])

    run = look_again(browser, given(browser, lines, "feria.csv"), source="event", source_note="Feria de marzo")
    take_in(browser, run)

    assert (run.kind, run.counts["customers"]["new"]) == ("customers", rows - twice)
    assert list(Customer.objects.values_list("source", "source_note").distinct()) == [("event", "Feria de marzo")]
    assert Customer.objects.count() == rows - twice
    assert f"{rows - twice} new customers, source: event (Feria de marzo)" in page_of(browser, run)


# Mending, settling, throwing away ----------------------------------------------------------------------------


def test_what_was_refused_is_mended_in_its_file_and_all_is_in(
    norte: Dealership, mariana: User, now: datetime, as_user: AsUser
) -> None:
    browser = as_user(mariana)
    run = given(browser, HEADER + GOOD + BAD)
    browser.post(reverse("imports:keep_mapping", args=[run.pk]), {"name": "Ventas"})
    take_in(browser, run)
    back = browser.get(reverse("imports:refused_csv", args=[run.pk])).content.decode("utf-8-sig")
    assert len(back.splitlines()) == 3

    mended = back.replace("31/02/2026;", "28/02/2026;").replace("\n;614", "\nPaz Sol Luz;614")
    second = given(browser, mended, "entregas (corregido).csv")

    assert (second.counts["refused"], second.good, second.mapping) == (0, 2, Mapping.objects.get())
    assert take_in(browser, second).state == "done"
    assert Visit.objects.count() == 4


def test_a_mended_file_is_read_as_the_one_that_it_comes_from(
    norte: Dealership, jingbei: Dealership, mariana: User, lixue: User, now: datetime, as_user: AsUser
) -> None:
    browser = as_user(mariana)
    american = [f"Ruiz Eva{n};614 555 {n:04d};X{n};02/{n}/2026" for n in range(13, 20)]
    lines = ["Nombre;Tel;Dato 7;Salida", *american, "Paz Luz;614 555 0001;X1;02/31/2026"]
    first = look_again(browser, given(browser, "\n".join(lines)), column_2="plate", source="event")
    assert "columns as somebody chose them" in page_of(browser, first)
    take_in(browser, first)
    back = browser.get(reverse("imports:refused_csv", args=[first.pk])).content.decode("utf-8-sig")
    mended = back.replace("02/31/2026", "02/03/2026")  # of this day alone nobody could tell the month

    second = given(browser, mended, "corregido.csv")

    assert (second.like, second.reading["dates"], second.chosen) == (first, "mdy", {})
    assert "Read in the same way as" in page_of(browser, second)
    take_in(browser, second)
    visit = Visit.objects.get(customer__full_name="Paz Luz")
    assert (visit.delivered_on, visit.vehicle and visit.vehicle.plate, visit.customer.source) == (
        date(2026, 2, 3),
        "X1",
        "event",
    )
    # Chosen over it: what it says of the rest stays.
    third = look_again(browser, given(browser, mended, "otra vez.csv"), dates="dmy", source="")
    assert (third.like, third.reading["dates"], third.reading["columns"][2]["field"]) == (first, "dmy", "plate")
    assert "source: vehicle sale" in page_of(browser, third)
    assert given(as_user(lixue), mended).like is None
    assert given(browser, mended.replace("Tel;", "Tel 2;")).like is None


def test_the_page_always_says_how_and_whence(norte: Dealership, mariana: User, now: datetime, as_user: AsUser) -> None:
    browser = as_user(mariana)

    page = page_of(browser, given(browser, HEADER + GOOD))

    assert "No saved mapping: columns guessed by their names" in page
    assert "2 new customers, source: vehicle sale" in page


def test_the_source_of_a_mapping_is_shown_and_may_be_taken_off(
    norte: Dealership, mariana: User, now: datetime, as_user: AsUser
) -> None:
    browser = as_user(mariana)
    run = look_again(browser, given(browser, HEADER + GOOD), source="event", source_note="Feria")
    browser.post(reverse("imports:keep_mapping", args=[run.pk]), {"name": "Ventas"})
    following = given(browser, HEADER + GOOD)
    assert (as_shown(browser, following)["source"], as_shown(browser, following)["source_note"]) == ("event", "Feria")

    look_again(browser, following, source="", source_note="")

    assert "source: vehicle sale" in page_of(browser, following)


def test_warnings_are_settled_one_by_one_or_all_of_a_kind_and_that_is_taken_back(
    norte: Dealership, mariana: User, lixue: User, now: datetime, as_user: AsUser
) -> None:
    browser = as_user(mariana)
    doubtful = "".join(f"Ana{n};12;;P-{n};02/03/2026;\n" for n in range(3)) + "Eva;614 555 0001;1GKIO;P-9;02/03/2026;\n"
    run = take_in(browser, given(browser, HEADER + doubtful))
    address, settle = reverse("imports:remarks", args=[run.pk]), reverse("imports:settle", args=[run.pk])
    page = browser.get(address)
    kinds = page.context["kinds"]
    assert (kinds[0].column, kinds[0].n) == ("Teléfono", 3)
    assert f'href="{reverse("customers:list")}?q=Ana0"' in page.content.decode()
    assert len(browser.get(address, {"column": "NIV"}).context["remarks"]) == len(page.context["remarks"]) - 3

    one = page.context["remarks"][0]
    browser.post(settle, {"remark": one.pk})
    said = browser.post(settle, {"column": "Teléfono", "code": one.code, "within": "Teléfono"}, follow=True)
    assert "2 warnings settled." in said.content.decode()
    assert Remark.objects.filter(column="Teléfono", settled_by=mariana, settled_at=now).count() == 3
    assert len(browser.get(address, {"shows": "settled"}).context["remarks"]) == 3

    assert as_user(lixue).post(settle, {"remark": one.pk}).status_code == 404
    undo = next(message for message in said.context["messages"]).extra_tags.split()[1]
    browser.post(undo)
    assert Remark.objects.filter(settled_at=None).count() == Remark.objects.count()


@pytest.mark.parametrize("data", [{}, {"remark": "x"}, {"remark": 0}, {"column": "Teléfono"}])
def test_settling_nothing_settles_nothing(
    norte: Dealership, mariana: User, now: datetime, as_user: AsUser, data: dict[str, Any]
) -> None:
    browser = as_user(mariana)
    run = given(browser, HEADER + "Ana;12;;P-1;02/03/2026;\n")

    assert browser.post(reverse("imports:settle", args=[run.pk]), data).status_code == 404
    assert Remark.objects.exclude(settled_at=None).count() == 0


def test_what_is_thrown_away_leaves_no_trace_and_what_is_imported_stays(
    norte: Dealership,
    mariana: User,
    now: datetime,
    as_user: AsUser,
    tmp_path: Path,
    django_capture_on_commit_callbacks: Any,
) -> None:
    browser = as_user(mariana)
    run, kept = given(browser, HEADER + GOOD + BAD), take_in(browser, given(browser, HEADER + GOOD))
    assert (tmp_path / run.path).exists()

    with django_capture_on_commit_callbacks(execute=True):
        answer = browser.post(reverse("imports:discard", args=[run.pk]), follow=True)

    assert "entregas.csv was thrown away. Nothing of it was written." in answer.content.decode()
    assert list(Run.objects.all()) == [kept]
    assert Remark.objects.filter(run=run.pk).count() == 0
    assert not (tmp_path / run.path).exists()
    refused_ = browser.post(reverse("imports:discard", args=[kept.pk]))
    assert refused_.status_code == 409
    assert (tmp_path / kept.path).exists()


def test_an_import_is_taken_back_after_saying_what_goes(
    norte: Dealership, mariana: User, now: datetime, as_user: AsUser
) -> None:
    browser = as_user(mariana)
    run = take_in(browser, given(browser, HEADER + GOOD))
    address = reverse("imports:undo", args=[run.pk])
    assert ContactTask.objects.count() == 2

    asked = browser.get(address).content.decode()
    assert "2 visits go, and the contacts that were planned for them." in asked
    answer = browser.post(address, headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"] == reverse("imports:run", args=[run.pk])
    run.refresh_from_db()
    assert (run.state, run.undone_by, run.undone_at) == ("undone", mariana, now)
    assert "What came with this file was taken back" in page_of(browser, run)
    assert (Customer.objects.count(), Visit.objects.count()) == (0, 0)

    again = browser.post(address, headers={"HX-Request": "true"})
    assert again.status_code == 409
    assert 'class="notice late" role="alert"' in again.content.decode()


# The list ----------------------------------------------------------------------------------------------------


def many(house: Dealership, at: datetime, how_many: int, **facts: Any) -> None:
    for number in range(how_many):
        moment = at + timedelta(minutes=number)
        Run.objects.create(dealership=house, name=f"{number}.csv", path="x", uploaded_at=moment, **facts)


def test_the_list_is_filtered_by_state_and_kind_and_goes_on_page_by_page(
    norte: Dealership, mariana: User, now: datetime, as_user: AsUser
) -> None:
    many(norte, now, 55, state="done", kind="workshop_visit")
    many(norte, now, 2, state="failed")
    browser, address = as_user(mariana), reverse("imports:runs")

    first = browser.get(address)
    assert [run.name for run in first.context["runs"]][:4] == ["1.csv", "0.csv", "54.csv", "53.csv"]
    rest = browser.get(address, {"after": first.context["more"]})
    assert (len(first.context["runs"]), len(rest.context["runs"]), rest.context["more"]) == (50, 7, "")
    assert len(browser.get(address, {"state": "failed"}).context["runs"]) == 2
    assert "No such file" in browser.get(address, {"kind": "hand_over"}).content.decode()


def test_the_list_asks_as_often_for_many_files_as_for_one(
    norte: Dealership, mariana: User, now: datetime, as_user: AsUser
) -> None:
    browser, address = as_user(mariana), reverse("imports:runs")
    many(norte, now, 1, by=mariana)
    with CaptureQueriesContext(connection) as one:
        browser.get(address)
    many(norte, now, 9, by=mariana)
    with CaptureQueriesContext(connection) as ten:
        browser.get(address)

    assert len(ten) == len(one)


def test_the_rows_ask_as_often_for_many_as_for_one(
    norte: Dealership, mariana: User, now: datetime, as_user: AsUser
) -> None:
    browser = as_user(mariana)
    asked = []
    for count in (1, 9):
        rows = "".join(f"Ana{n};12;;P-{n};02/03/2026;\n" for n in range(count)) + BAD
        run = given(browser, HEADER + rows)
        for address in (reverse("imports:run", args=[run.pk]), reverse("imports:remarks", args=[run.pk])):
            with CaptureQueriesContext(connection) as queries:
                browser.get(address)
            asked.append(len(queries))

    assert asked[:2] == asked[2:]


def test_without_a_file_the_page_says_what_to_do_and_what_is_understood(
    norte: Dealership, mariana: User, now: datetime, as_user: AsUser
) -> None:
    page = as_user(mariana).get(reverse("imports:runs"))

    text = page.content.decode()
    assert text.count("<li>") >= 3
    assert "no template is needed" in text
    needed = {rows.kind: rows.needed for rows in page.context["understood"]}
    assert needed["customers"] == ["customer"]
    assert needed["vehicle deliveries"] == ["customer", "delivered on", "model / vehicle / VIN / licence plate"]


def test_a_file_too_large_is_turned_away_before_it_is_kept(
    norte: Dealership, mariana: User, now: datetime, as_user: AsUser, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("clientela.imports.forms.LARGEST_FILE", 40)

    answer = upload(as_user(mariana), HEADER + GOOD)

    assert answer.status_code == 422
    assert "The file is larger than" in answer.content.decode()
    assert list(tmp_path.iterdir()) == []


def test_a_refused_row_of_a_workbook_comes_back_as_a_workbook(norte: Dealership, now: datetime) -> None:
    run = importing.open_run(
        Path(importing.__file__).with_name("demo") / "cn_repair_orders.csv", "cn.csv", norte, by=None, at=now
    )
    importing.rehearse(run, at=now)

    rows = list(refused.rows(run))

    assert [list(row.bad.values()) != [] for row in rows] == [True] * run.counts["refused"]
