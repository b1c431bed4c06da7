"""One customer who was entered twice: found, made one, parted again; and everybody found from the keyboard."""

import subprocess
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser import dealer
from tests.browser.conftest import CLIENTELA
from tests.browser.demo import Demo

pytestmark = pytest.mark.browser
SignIn = Callable[..., Page]


@pytest.fixture(scope="module")
def twice(demo: Demo) -> str:
    """A customer whom the dealer's system wrote down under two names, with one telephone."""
    day = f"{dealer.days_before(20, 'America/Chihuahua'):%d/%m/%Y}"
    rows = (
        f"Y-1;Wenceslao Ituarte Zenón;614 299 0001;GMC;Acadia;YY1-111-D;{day};Héctor Solís",
        f"Y-2;Wenseslao Ituarte Zenón;614 299 0001;GMC;Terrain;YY2-222-D;{day};Héctor Solís",
    )
    file = demo.home / "twice.csv"
    header = "Folio;Cliente;Celular;Marca;Modelo;Placas;Fecha de entrega;Vendedor"
    file.write_bytes("\r\n".join([header, *rows]).encode("cp1252"))
    command = [CLIENTELA, "import", str(file), "--dealership", "MX"]
    subprocess.run(command, env=demo.environment, check=True, capture_output=True)
    return "Ituarte"


@pytest.mark.covers("S2-6.1")
def test_two_files_of_one_customer_are_made_one_and_parted_again(sign_in: SignIn, twice: str) -> None:
    page = sign_in("mariana@mx")
    row = page.locator("table.list tbody tr", has_text=twice)
    page.goto("/customers/duplicates/?reason=phone")
    for _try in range(40):  # the worker looks for duplicates soon after the import
        if row.count():
            break
        page.wait_for_timeout(500)
        page.reload()
    row.locator("a.btn").click()
    expect(page.locator("table.compare")).to_contain_text("YY1-111-D")
    page.locator("label.check", has_text="Wenceslao").locator("input[name=full_name]").check()
    page.locator("form.stack button.primary").click()

    expect(page.locator("h1")).to_contain_text("Wenceslao")
    expect(page.locator("aside .plate")).to_have_count(2)
    kept = page.url
    _suggest(page, "wenceslao")
    expect(page.locator("#found [role=option]")).to_have_count(1)
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.keyboard.press("z")

    expect(page.locator(".notice.good")).to_be_visible()
    page.goto(kept)
    expect(page.locator("aside .plate")).to_have_count(1)


@pytest.mark.covers("S4-1.1a")
@pytest.mark.parametrize(
    ("who", "typed", "found"), [("mariana@mx", "ituatre", "Ituarte"), ("mariana@mx", "0001", "299 0001")]
)
def test_a_customer_is_found_from_the_keyboard_in_spanish(
    sign_in: SignIn, twice: str, who: str, typed: str, found: str
) -> None:
    page = sign_in(who)
    _suggest(page, typed)
    option = page.locator("#found [role=option]", has_text=found).first
    expect(option).to_be_visible()
    for _step in range(8):
        page.keyboard.press("ArrowDown")
        if option.get_attribute("aria-selected") == "true":
            break
    page.keyboard.press("Enter")
    expect(page.locator("ol.timeline")).to_be_visible()


@pytest.mark.covers("S4-1.1a")
def test_what_is_typed_while_the_page_still_loads_is_not_lost(sign_in: SignIn, twice: str) -> None:
    page = sign_in("mariana@mx")
    held: list[Route] = []
    page.route("**/js/main*.js", lambda route: held.append(route))
    page.goto("/", wait_until="commit")
    page.locator(".find input").wait_for()
    page.keyboard.press("/")
    page.keyboard.type("ituatre")
    assert page.url.endswith("/")
    assert held
    held[0].continue_()
    expect(page.locator("#found [role=option]", has_text=twice).first).to_be_visible()
    expect(page.locator(".find input")).to_have_value("ituatre")


@pytest.mark.covers("S4-1.1a")
def test_one_sign_is_enough_in_chinese(sign_in: SignIn) -> None:
    page = sign_in("lixue@cn")
    page.goto("/customers/")
    name = page.locator("table.list td.main a").first.inner_text().strip()
    _suggest(page, name[:1])
    expect(page.locator("#found mark").first).to_have_text(name[:1])
    page.keyboard.press("ArrowDown")
    expect(page.locator("#found [aria-selected=true]")).to_have_count(1)
    page.keyboard.press("ArrowUp")
    expect(page.locator("#found [aria-selected=true]")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.locator("#found")).to_be_hidden()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text(name[:1])


def _suggest(page: Page, typed: str) -> None:
    page.keyboard.press("/")
    page.keyboard.type(typed)
    expect(page.locator("#found")).to_be_visible()
