"""The whole way of a delivery: from the dealer's file to what the customer said, in two countries."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import dealer
from tests.browser.demo import call, find, not_on_the_list, on_the_list, save

pytestmark = pytest.mark.browser


def rehearse(page: Page, path: Path, rows: int, *, refused: str) -> None:
    """Give the file; what can come in is counted, what cannot stands there with its value and a reason."""
    page.locator(".nav a[href='/import/']").click()
    page.locator("[name=file]").set_input_files(path)
    page.locator("form.drop button").click()
    expect(page.locator("form[action$='/perform/'] button")).to_be_visible(timeout=30_000)
    new_visits, new_customers, _vehicles, _twice, bad = page.locator(".figure .value").all_inner_texts()
    assert (new_visits, new_customers, bad) == (str(rows), str(rows), "1")
    [row] = page.locator("section.sheet table.list").first.locator("tbody tr").all()
    expect(row.locator("b")).to_have_text(refused)
    expect(row.locator("td.wrap").last).not_to_be_empty()


def take_in(page: Page) -> None:
    page.keyboard.press("Control+Enter")
    page.locator(".next a.btn.primary").click(timeout=30_000)
    expect(page.locator("h1")).to_be_visible()


@pytest.mark.covers("S0-c.2")
def test_a_mexican_file_becomes_calls(sign_in: Callable[..., Page], tmp_path: Path) -> None:
    names = ["Arizmendi Bustos Celia", "Barrientos Cuéllar Damián"]
    file = tmp_path / "entregas.csv"
    page = sign_in("mariana@mx")
    file.write_bytes(dealer.mexican(names, days_ago=3, bad="Escandón Ferrer Gilda"))
    rehearse(page, file, rows=2, refused="31/02/2026")
    take_in(page)
    file.write_bytes(dealer.mexican(["Altamirano Zárate Lucrecia"], days_ago=6, bad="Escandón Ferrer Gilda"))
    rehearse(page, file, rows=1, refused="31/02/2026")
    take_in(page)
    on_the_list(page, "Altamirano Zárate")

    page.keyboard.press("n")
    expect(page.locator("form#call")).to_be_visible()
    first, file_of_first = page.url, page.locator("a[href^='/customer/']").last.get_attribute("href")
    page.keyboard.press("q")
    page.keyboard.press("t")
    page.keyboard.type("Muy amables, quedé contenta.")
    page.keyboard.press("Control+Enter")

    expect(page.locator(".toast")).to_be_visible()
    expect(page.locator("form#call")).to_be_visible()
    assert page.url != first
    page.goto(str(file_of_first))
    expect(page.locator("ol.timeline li.key .voice")).to_have_text("Muy amables, quedé contenta.")


def test_what_was_saved_by_mistake_is_taken_back_with_z(sign_in: Callable[..., Page], strangers: Iterator[str]) -> None:
    name = next(strangers)
    page = sign_in("jorge@mx")
    call(page, name)
    page.keyboard.press("q")
    save(page)
    not_on_the_list(page, name)
    page.keyboard.press("z")

    expect(page.locator(".toast")).to_contain_text(name.split()[0])
    expect(page.locator(".toast form")).to_have_count(0)
    find(page, name)
    expect(page.locator("ol.timeline li:not(.year)")).to_have_count(3)  # the visit, the call, its taking back
    expect(page.locator("form[action$='/take/']")).to_be_visible()


def test_a_chinese_workshop_file_becomes_calls(sign_in: Callable[..., Page], tmp_path: Path) -> None:
    file = tmp_path / "交车.csv"
    file.write_bytes(dealer.chinese(["慕容雪松", "上官静怡"], days_ago=6, bad="令狐大为"))
    page = sign_in("lixue@cn")
    rehearse(page, file, rows=2, refused="2026/02/30 10:00")
    take_in(page)
    on_the_list(page, "慕容雪松")

    call(page, "慕容雪松")
    expect(page.locator(".say")).to_contain_text("四轮定位")
    page.keyboard.press("w")
    page.keyboard.press("f")  # so-so wants the aspect: the waiting time
    page.keyboard.press("t")
    page.keyboard.insert_text("等得有点久，其他都好。")
    save(page)

    not_on_the_list(page, "慕容雪松")
    find(page, "慕容雪松")
    expect(page.locator("ol.timeline .voice").last).to_have_text("等得有点久，其他都好。")
