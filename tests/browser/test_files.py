"""Somebody walks in for advice and buys nothing: from the counter to the paper in the folder, in Spanish."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


@pytest.mark.covers("S1-1.1", "S1-1.3")
def test_from_the_consultation_to_the_printed_file(sign_in: Callable[..., Page]) -> None:
    page = sign_in("mariana@mx")
    page.goto("/customers/")
    page.get_by_role("link", name="Nueva consulta").click()
    page.locator("[name=full_name]").fill("Úrsula Cervantes Lomelí")
    page.locator("[name=phone]").fill("614 555 3030")
    page.locator("[name=topic]").fill("Crédito a cuatro años")
    page.locator("[name=interest]").fill("Chevrolet Tracker")
    page.get_by_role("button", name="Guardar").click()

    # The duty stands in her file, and says what is missing.
    expect(page.locator("h1")).to_have_text("Úrsula Cervantes Lomelí")
    expect(page.get_by_text("Falta: domicilio, región, servicios deseados")).to_be_visible()
    page.get_by_role("button", name="El expediente está completo").click()
    expect(page.get_by_text("El expediente aún no está completo. Falta: domicilio")).to_be_visible()

    page.go_back()
    page.get_by_role("link", name="Editar").click()
    page.locator("[name=address]").fill("Calle Libertad 300")
    page.locator("[name=region]").fill("Centro")
    page.locator("[name=desired_services]").fill("Prueba de manejo en sábado")
    page.get_by_role("button", name="Guardar").first.click()
    page.get_by_role("button", name="El expediente está completo").click()
    expect(page.locator("aside").get_by_text("Completo")).to_be_visible()

    page.get_by_role("link", name="Imprimir el expediente").click()
    paper = page.locator(".a4")
    expect(page.get_by_role("button", name="Imprimir")).to_be_visible()
    for text in ("Úrsula Cervantes Lomelí", "614 555 3030", "Chevrolet Tracker", "Calle Libertad 300", "Centro"):
        expect(paper.get_by_text(text, exact=True)).to_be_visible()
    expect(paper.locator("header .no")).to_have_text(re.compile(r"MX-\d{6}"))
