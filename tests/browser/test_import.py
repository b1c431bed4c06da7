"""A flawed file from upload to the last mended row, in two countries: as dealers' people do it, by mouse and by key."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter
from playwright.sync_api import Download, Page, expect
from python_calamine import CalamineWorkbook

from tests.browser import dealer

pytestmark = pytest.mark.browser
SignIn = Callable[..., Page]


def give(page: Page, path: Path) -> None:
    page.goto("/import/")
    page.locator("[name=file]").set_input_files(path)
    page.locator("form.drop button").click()
    ready(page)


def ready(page: Page) -> None:
    """The rehearsal is over."""
    expect(page.locator("form[action$='/perform/'] button")).to_be_visible(timeout=30_000)


def column(page: Page, name: str) -> str:
    """The field that says what this column is."""
    return f"#{page.locator('.mapping label', has_text=name).get_attribute('for')}"


def figures(page: Page) -> list[str]:
    """New visits, new customers, new vehicles, twice in the file, refused."""
    return page.locator(".figure .value").all_inner_texts()


def import_all(page: Page) -> None:
    page.keyboard.press("Control+Enter")
    expect(page.locator("a[href$='/undo/']")).to_be_visible(timeout=30_000)


def download(page: Page, kind: str, to: Path) -> Path:
    with page.expect_download() as waiting:
        page.locator(f"a[href$='refused.{kind}']").click()
    file: Download = waiting.value
    file.save_as(to)
    return to


@pytest.mark.covers("S2-6.1")
def test_a_mexican_file_is_put_right_imported_mended_and_taken_back(sign_in: SignIn, tmp_path: Path) -> None:
    file = tmp_path / "entregas raras.csv"
    day = f"{dealer.days_before(3, 'America/Chihuahua'):%d/%m/%Y}"
    rows = [
        "R-1;Villalobos Ornelas Nicanor;614 480 1001;VVA-101-D;XX1;" + day,
        "R-2;Zavaleta Escárcega Ema;614 480 1002;VVA-102-D;XX2;31/02/2026",
        "R-3;Ochoterena Vallín Saúl;614 480 1003;VVA-103-D;XX3;" + day,
    ]
    file.write_bytes("\r\n".join(["Folio;Cliente;Celular;Placas;Dato 7;Fecha de entrega", *rows]).encode("cp1252"))
    page = sign_in("mariana@mx")

    give(page, file)
    assert figures(page) == ["2", "2", "2", "0", "1"]
    page.select_option(column(page, "Dato 7"), "model")
    page.select_option("[name=source]", "event")
    page.fill("[name=source_note]", "Feria")
    page.locator(".mapping ~ footer button").first.click()
    ready(page)
    expect(page.locator(column(page, "Dato 7"))).to_have_value("model")
    page.fill("form.keep [name=name]", "Entregas raras")
    page.locator("form.keep button").click()
    expect(page.locator(".toast")).to_contain_text("Entregas raras")

    import_all(page)
    address = page.url
    text = download(page, "csv", tmp_path / "corregir.csv").read_bytes().decode("cp1252")
    assert text.splitlines()[0] == "Folio;Cliente;Celular;Placas;Dato 7;Fecha de entrega;Clientela: por corregir"
    assert "Febrero no tiene día 31" in text
    mended = tmp_path / "corregido.csv"
    mended.write_bytes(text.replace("XX2;31/02/2026", f"XX2;{day}").encode("cp1252"))
    give(page, mended)
    assert figures(page) == ["1", "1", "1", "0", "0"]
    expect(page.locator("a[href^='/import/mappings/']").first).to_have_text("Entregas raras")
    import_all(page)

    give(page, file)
    expect(page.locator(".notice.ink a")).to_have_attribute("href", re.sub(r"^.*(/import/)", r"\1", address))
    page.locator("form[action$='/discard/'] button").click()
    expect(page.locator(".toast")).to_contain_text("entregas raras.csv")

    page.goto(address)
    page.locator("a[href$='/undo/']").click()
    page.locator("form[hx-post] button").click()
    expect(page.locator(".next .who-next")).to_contain_text("Se anuló")
    page.goto("/customers/?q=Villalobos Ornelas")
    expect(page.locator(".empty")).to_be_visible()
    page.goto("/customers/?q=Zavaleta Escárcega")
    expect(page.locator("ol.timeline")).to_be_visible()


def test_a_chinese_file_is_put_right_imported_and_mended_in_a_workbook(sign_in: SignIn, tmp_path: Path) -> None:
    file = tmp_path / "维修单.csv"
    another = dealer.chinese(["司马相如", "诸葛青云"], days_ago=5, bad="东方玉")
    file.write_bytes(another.replace(b"WX77", b"WX78").replace(b"Q77", b"Q78").replace(b"1390011", b"1390012"))
    page = sign_in("lixue@cn")

    give(page, file)
    assert figures(page) == ["2", "2", "2", "0", "1"]
    field = column(page, "车型")
    page.select_option(field, "model")
    page.locator(".mapping ~ footer button").first.click()
    ready(page)
    expect(page.locator(field)).to_have_value("model")
    import_all(page)

    back = download(page, "xlsx", tmp_path / "修改.xlsx")
    header, *rows = CalamineWorkbook.from_path(back).get_sheet_by_index(0).to_python()
    assert header[-1] == "Clientela: 待修改"
    assert [row[1] for row in rows] == ["东方玉"]
    day = f"{dealer.days_before(5, 'Asia/Shanghai'):%Y/%m/%d} 10:00"
    with xlsxwriter.Workbook(back) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate([header, *rows]):
            sheet.write_row(number, 0, [day if cell == "2026/02/30 10:00" else cell for cell in row])

    give(page, back)
    assert figures(page) == ["1", "1", "1", "0", "0"]
    import_all(page)
    page.goto("/customers/?q=东方玉")
    expect(page.locator("ol.timeline")).to_be_visible()


def test_on_a_phone_and_without_a_mouse_a_file_is_looked_at(sign_in: SignIn, tmp_path: Path) -> None:
    file = tmp_path / "entregas.csv"
    file.write_bytes(dealer.mexican(["Wenceslao Yáñez Prócoro"], days_ago=2, bad="Sin Fecha Nadie"))
    page = sign_in("mariana@mx", viewport={"width": 390, "height": 844}, color_scheme="dark")
    page.goto("/import/")
    page.locator("[name=file]").set_input_files(file)
    page.locator("[name=file]").press("Tab")
    page.keyboard.press("Enter")
    ready(page)

    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    expect(page.locator("#progress-said")).not_to_be_empty()
    page.locator("details.fold-out summary").first.press("Enter")
    expect(page.locator("details.fold-out table").first).to_be_visible()
    page.locator("form[action$='/discard/'] button").press("Enter")
    expect(page.locator("h1")).to_be_visible()
    expect(page).to_have_url(re.compile("/import/$"))
