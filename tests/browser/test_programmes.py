"""A manager changes a window: she sees what it would do, puts it in force, and new contacts follow it."""

import subprocess
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser import dealer
from tests.browser.conftest import CLIENTELA
from tests.browser.demo import Demo, find

pytestmark = pytest.mark.browser
SignIn = Callable[..., Page]


OLD, NEW = "Valdovinos Ascencio Ramona", "Wences Yáñez Isidro"


def arrive(demo: Demo, name: str, *, days_ago: int) -> None:
    """A delivery comes in with a dealer's file, and is planned."""
    file = demo.home / f"programme-{days_ago}.csv"
    file.write_bytes(dealer.mexican([name], days_ago=days_ago))
    for command in (["import", str(file), "--dealership", "MX"], ["plan", "--dealership", "MX"]):
        subprocess.run([CLIENTELA, *command], env=demo.environment, check=True, capture_output=True)


def days_to_the_end(page: Page, name: str) -> str:
    """The window of somebody's contact as the page of her visit says it."""
    find(page, name)
    page.locator("a[href^='/visit/']").first.click()
    return page.locator("table.list td.num").first.inner_text()


def said(days_ago: int, opens: int, closes: int) -> str:
    """A window of days after a delivery, as Spanish writes it."""
    day = dealer.days_before(days_ago, "America/Chihuahua")
    months = ["ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sept", "oct", "nov", "dic"]
    both = (day + timedelta(opens), day + timedelta(closes))
    return " – ".join(f"{one.day} {months[one.month - 1]}" for one in both)


def test_a_window_is_edited_previewed_and_put_in_force(demo: Demo, sign_in: SignIn) -> None:
    arrive(demo, OLD, days_ago=5)
    page = sign_in("roberto@mx")
    page.goto("/contacts/programmes/")
    expect(page.locator(".list td.n").first).to_be_visible()
    of_deliveries = page.locator("section.sheet", has_text="Seguimiento después de la entrega")
    of_deliveries.locator("td.main a[href*='/steps/']").first.click()
    expect(page.locator("[name=window_to]")).to_have_value("5")
    expect(page.get_by_text("contacta a los Clientes de Ventas o Servicio").first).to_be_hidden()
    page.locator("summary:has-text('S0-c.2')").first.click()
    expect(page.get_by_text("contacta a los Clientes de Ventas o Servicio").first).to_be_visible()

    page.locator("[name=window_from]").fill("8")
    page.locator("[name=window_to]").fill("6")
    page.locator("[name=window_to]").press("Enter")
    expect(page.get_by_text("El plazo cierra antes de abrir.").first).to_be_visible()

    page.locator("[name=window_from]").fill("2")
    page.locator(".stay button[name=preview]").click()
    expect(page.locator("#effect")).to_contain_text("Qué haría en los próximos 30 días")
    expect(page.locator("#effect")).to_contain_text("ya están abiertos y conservan las condiciones con que nacieron")
    page.locator(".stay button.primary").click()
    expect(page.locator(".toast").first).to_contain_text("Los contactos nuevos lo siguen")
    expect(page.get_by_text("día 2 a 6").first).to_be_visible()

    arrive(demo, NEW, days_ago=2)
    assert days_to_the_end(page, OLD) == said(5, 3, 5)
    assert days_to_the_end(page, NEW) == said(2, 2, 6)

    page.goto("/contacts/programmes/")
    page.locator("a[href$='/history/']:has-text('Versión 2')").first.click()
    expect(page.locator(".diff").first).to_contain_text("El plazo cierra en: 5 → 6")
    page.get_by_role("button", name="Volver a la versión 1").click()
    expect(page.locator(".toast").first).to_contain_text("Rige de nuevo la versión 1")
    expect(page.locator("table.list tbody tr")).to_have_count(2)
