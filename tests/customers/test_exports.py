"""Taking a list out of the house: as a workbook, as text, on paper; within limits, and never unseen."""

import csv
from collections.abc import Callable
from datetime import date, datetime, timedelta
from io import BytesIO, StringIO
from typing import Any
from zipfile import ZipFile

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from clientela.customers import exporting
from clientela.customers.models import ContactPoint, Customer, Export
from clientela.customers.privacy import policy
from clientela.lib.spreadsheets import harmless
from clientela.network.models import Dealership, Role, User
from tests import cast

SignIn = Callable[[User], Client]
MONDAY = date(2026, 3, 2)
COLUMNS = "?cols=phone&cols=plate&cols=visit&cols=opened&cols=do_not_call&cols=address"
BAD = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1", "＋1", "－1", "＠1")


@pytest.fixture
def rosa(norte: Dealership, now: datetime) -> Customer:
    visit = cast.deliver(norte, MONDAY, at=now, customer_name="Ibáñez Rosa", phones="614 555 7788", plate="EKV-195-A")
    return visit.customer


def take(client: Client, form: str, query: str = COLUMNS, of: str = "/customers/") -> bytes:
    answer = client.post(f"{of}export/{query}", {"format": form})
    assert (answer.status_code, answer.headers["Content-Disposition"].partition(";")[0]) == (200, "attachment")
    return b"".join(answer.streaming_content)  # type: ignore[attr-defined]


def text_rows(content: bytes, delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(StringIO(content.decode("utf-8-sig")), delimiter=delimiter))


def book_rows(content: bytes) -> list[list[Any]]:
    return CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_index(0).to_python()


def test_text_opens_in_excel_with_its_umlauts_and_numbers(rosa: Customer, mariana: User, as_user: SignIn) -> None:
    content = take(as_user(mariana), "csv")

    assert content.startswith(b"\xef\xbb\xbf")
    assert text_rows(content) == [
        ["Customer", "Telephone", "Plate", "Address", "Last visit", "On file since", "Do not call"],
        ["Ibáñez, Rosa", "614 555 7788", "EKV-195-A", "", "2026-03-02", "2026-03-05", "no"],
    ]


def test_a_workbook_has_real_dates_and_telephones_as_text(rosa: Customer, mariana: User, as_user: SignIn) -> None:
    ContactPoint.objects.filter(customer=rosa).update(value="+8613800138000", shown="13800138000")

    _head, row = book_rows(take(as_user(mariana), "xlsx"))

    assert row == ["Ibáñez, Rosa", "+86 138 0013 8000", "EKV-195-A", "", MONDAY, date(2026, 3, 5), "no"]


@pytest.mark.parametrize("text", BAD)
def test_a_formula_in_a_cell_stays_a_text(text: str, rosa: Customer, mariana: User, as_user: SignIn) -> None:
    Customer.objects.filter(pk=rosa.pk).update(address=text, kind="company", full_name=text)
    ContactPoint.objects.filter(customer=rosa).update(value=f"x{text}", shown=text)
    client = as_user(mariana)

    [_head, in_text], [_head, in_book] = text_rows(take(client, "csv")), book_rows(take(client, "xlsx"))

    for row in (in_text, in_book):
        assert [row[0], row[3]] == [f"'{text}", f"'{text}"]
    assert in_text[1].startswith("'")
    sheet = ZipFile(BytesIO(take(client, "xlsx"))).read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet


@given(st.text(max_size=20))
def test_no_text_begins_as_a_formula(text: str) -> None:
    assert not harmless(text).startswith(BAD[0][0])
    assert not harmless(text).startswith(tuple(bad[0] for bad in BAD))
    assert harmless(text).removeprefix("'") in (text, text.removeprefix("'"))


@pytest.mark.parametrize(
    ("language", "sign"), [("es-mx", ","), ("es-cl", ";"), ("en", ","), ("ru", ";"), ("zh-hans", ",")]
)
def test_cells_are_parted_as_excel_of_the_country_parts(language: str, sign: str) -> None:
    assert exporting.delimiter(language) == sign


def test_the_head_speaks_the_readers_language(rosa: Customer, mariana: User, as_user: SignIn) -> None:
    User.objects.filter(pk=mariana.pk).update(language="ru")

    head = text_rows(take(as_user(mariana), "csv"), ";")[0]

    with translation.override("ru"):
        assert head == [str(translation.gettext(word)) for word in HEAD]
    assert head != HEAD


HEAD = ["Customer", "Telephone", "Plate", "Address", "Last visit", "On file since", "Do not call"]


def test_what_is_filtered_and_sorted_is_what_is_taken(
    rosa: Customer, norte: Dealership, mariana: User, as_user: SignIn, now: datetime
) -> None:
    for day in (1, 2, 3):
        cast.deliver(norte, MONDAY - timedelta(days=day), at=now, customer_name=f"Peña Luis{'abc'[day - 1]}")

    rows = text_rows(take(as_user(mariana), "csv", "?name=pena&sort=-visit&cols=visit"))

    assert [row[1] for row in rows[1:]] == ["2026-03-01", "2026-02-28", "2026-02-27"]
    assert text_rows(take(as_user(mariana), "csv", "?plate=EKV", "/customers/vehicles/"))[1][:2] == [
        "GMC Terrain 2026",
        "EKV-195-A",
    ]


def test_five_thousand_rows_ask_no_more_than_one(
    rosa: Customer, norte: Dealership, mariana: User, as_user: SignIn
) -> None:
    client = as_user(mariana)

    def questions() -> tuple[int, int]:
        with CaptureQueriesContext(connection) as captured:
            rows = len(text_rows(take(client, "csv"))) - 1
        return rows, len(captured)

    questions()
    one = questions()
    Customer.objects.bulk_create(
        Customer(dealership=norte, full_name=f"C {n}", search_name=f"c {n:05d}", language="es-mx") for n in range(4_999)
    )

    assert (one[0], questions()) == (1, (5_000, one[1]))


def test_every_export_stands_in_the_log_with_its_filters(
    rosa: Customer, mariana: User, as_user: SignIn, now: datetime
) -> None:
    client = as_user(mariana)
    take(client, "xlsx", "?name=iba&visit_from=2026-03-01")
    take(client, "csv", "", "/customers/vehicles/")
    client.post("/customers/export/?source=event", {"format": "print"})

    kept = list(Export.objects.order_by("pk").values_list("what", "format", "filters", "rows", "by", "at"))

    assert kept == [
        ("customers", "xlsx", {"name": "iba", "visit_from": "2026-03-01"}, 1, mariana.pk, now),
        ("vehicles", "csv", {}, 1, mariana.pk, now),
        ("customers", "print", {"source": "event"}, 0, mariana.pk, now),
    ]
    lines = client.get("/customers/exports/").context["lines"]
    assert [[(chip.label, chip.text) for chip in chips] for _line, chips in lines] == [
        [("source", "event")],
        [],
        [("name begins with", "iba"), ("last visit from", "1 Mar 2026")],
    ]


@pytest.fixture
def limits(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, int], None]:
    def set_to(times: int, rows: int) -> None:
        usual = policy.load()
        tight = policy.Policy(policy.Limits(times, rows), usual.import_files_days, usual.tables)
        monkeypatch.setattr(exporting, "load", lambda: tight)

    return set_to


def test_a_day_has_a_limit_of_rows_and_of_times_and_begins_anew(
    rosa: Customer, norte: Dealership, mariana: User, as_user: SignIn, limits: Any, now: datetime
) -> None:
    cast.deliver(norte, MONDAY, at=now)
    client = as_user(mariana)

    limits(5, 3)
    take(client, "csv")
    refused = client.post("/customers/export/", {"format": "csv"})
    narrowed = take(client, "csv", "?name=iba")
    limits(2, 100)
    too_often = client.post("/customers/export/", {"format": "print"})
    Export.objects.update(at=now - timedelta(hours=10, minutes=1))  # the day before, in Chihuahua

    assert (refused.status_code, too_often.status_code, len(text_rows(narrowed))) == (409, 409, 2)
    assert "3 rows out of the house in a day; 1 are left" in refused.text
    assert "2 times today" in too_often.text
    assert Export.objects.count() == 2
    assert len(text_rows(take(client, "csv"))) == 3


def test_agents_and_consultants_take_nothing_out(
    rosa: Customer, norte: Dealership, jorge: User, patricia: User, as_user: SignIn
) -> None:
    for user in (jorge, patricia):
        client = as_user(user)
        assert client.post("/customers/export/", {"format": "csv"}).status_code == 403
        assert "export/" not in client.get("/customers/").text
    assert not Export.objects.exists()


def test_who_may_elsewhere_may_not_here(
    rosa: Customer, norte: Dealership, jingbei: Dealership, as_user: SignIn
) -> None:
    between = cast.person("Manager There", Role.CS_MANAGER, jingbei)
    between.roles.create(role=Role.CS_SPECIALIST, dealership=norte)
    client = as_user(between)
    client.post("/network/stand/", {"dealership": norte.pk})

    assert client.post("/customers/export/", {"format": "csv"}).status_code == 403


def test_a_neighbour_takes_only_her_own(rosa: Customer, lixue: User, as_user: SignIn) -> None:
    client = as_user(lixue)

    assert len(text_rows(take(client, "csv"))) == 1
    assert client.get("/customers/exports/").context["lines"] != []
    assert Export.objects.get().dealership.code == "JINGBEI"


def test_bad_filters_and_forms_take_nothing(rosa: Customer, mariana: User, as_user: SignIn) -> None:
    client = as_user(mariana)

    for query, form in (("?visit_from=x", "csv"), ("", "exe"), ("", "")):
        assert client.post(f"/customers/export/{query}", {"format": form}).status_code == 409
    assert not Export.objects.exists()


def test_on_paper_stand_the_house_the_filters_and_how_many(
    rosa: Customer, norte: Dealership, mariana: User, as_user: SignIn, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast.deliver(norte, MONDAY, at=now)
    monkeypatch.setattr(exporting, "ON_PAPER", 1)
    client = as_user(mariana)

    all_of_them = client.post("/customers/export/", {"format": "print"}).text
    narrowed = client.post("/customers/export/?name=iba", {"format": "print"}).text

    assert "The first 1 of 2" in all_of_them
    assert ("Autos del Norte" in narrowed, "Name begins with: iba" in narrowed, "1 row" in narrowed) == (True,) * 3
