"""From a complaint on the telephone to a customer who is informed the same day, with the keyboard alone."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.demo import find

pytestmark = pytest.mark.browser
SignIn = Callable[..., Page]
SAID = "El volante vibra a cien por hora 🚗"
SOLUTION = "Balanceo sin cargo, mañana a las nueve."


@pytest.mark.covers("S1-4.4e", "S1-4.4f")
def test_an_open_item_is_solved_and_the_customer_informed_the_same_day(
    sign_in: SignIn, strangers: Iterator[str]
) -> None:
    name = next(strangers)
    agent, manager = sign_in("mariana@mx"), sign_in("roberto@mx")
    _complain(agent, name)
    _report(agent)
    _solve(manager)

    agent.goto("/")
    agent.keyboard.press("i")  # the board of what is to be told
    agent.wait_for_url("**/contacts/points/**")
    agent.locator("td.main a", has_text=SAID).first.press("Enter")
    expect(agent.locator("a.dial").first).to_be_visible()
    expect(agent.locator("p.voice", has_text=SOLUTION)).to_be_visible()
    agent.keyboard.press("q")
    expect(agent.locator("[name=satisfied][value=yes]")).to_be_checked()
    agent.keyboard.press("Control+Enter")

    expect(agent.locator(".notice.good")).to_be_visible()
    expect(agent.locator("ol.chain .sign.late")).to_have_count(0)
    find(agent, name)
    expect(agent.locator("ol.timeline")).to_contain_text(SOLUTION)
    agent.goto("/contacts/requests/?shows=closed")
    expect(agent.locator("table.list")).to_contain_text(SAID)


def _complain(page: Page, name: str) -> None:
    """She calls; it cannot be answered on the spot."""
    page.goto("/contacts/inbound/")
    page.locator("#who-q").focus()
    page.keyboard.insert_text(name)
    page.locator("#callers a").first.press("Enter")
    expect(page.locator("[name=customer]")).to_be_attached()
    page.locator("[name=kind][value=complaint]").press("Space")
    page.locator("[name=words]").focus()
    page.keyboard.insert_text(SAID)
    page.locator("[name=outcome][value=not_yet]").press("Space")
    expect(page.locator(".if-complaint")).to_be_visible()
    expect(page.locator("[name=answer]")).to_be_hidden()
    page.keyboard.press("Control+Enter")
    expect(page.locator(".toast")).to_be_visible()


def _report(page: Page) -> None:
    page.locator("main a[href*='/contacts/points/']").first.press("Enter")
    page.locator("[name=text]").focus()
    page.keyboard.insert_text("¿Lo balanceamos sin cargo?")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".notice.wait")).to_be_visible()


def _solve(page: Page) -> None:
    """The manager sees what is asked of him, and answers."""
    page.goto("/")
    page.locator("a[href*='/contacts/points/?of=asked']").first.press("Enter")
    page.locator("td.main a", has_text=SAID).first.press("Enter")
    page.locator("[name=text]").focus()
    page.keyboard.insert_text(SOLUTION)
    page.keyboard.press("Control+Enter")
    expect(page.locator(".toast")).to_be_visible()
