"""How calls end, and what follows."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser import dealer
from tests.browser.conftest import PASSWORD, enter_as
from tests.browser.demo import call, find, not_on_the_list, save

pytestmark = pytest.mark.browser
SignIn = Callable[..., Page]


@pytest.mark.covers("S4-1.3.0")
def test_a_shortcoming_gets_an_owner_who_puts_it_right(sign_in: SignIn, strangers: Iterator[str]) -> None:
    name = next(strangers)
    page = sign_in("mariana@mx")
    call(page, name)
    page.keyboard.press("e")
    expect(page.locator(".if-dissatisfied").first).to_be_visible()
    page.keyboard.press("c")
    page.locator("[name=finding_kind]").select_option("shortcoming")
    page.locator("[name=finding_text]").fill("El manual no venía en el auto.")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#call-errors li")).to_have_count(1)  # it needs an owner
    page.locator("[name=remedy_owner]").select_option(label="Patricia Ríos, Consultora de ventas")
    save(page)

    owner = sign_in("patricia@mx")
    owner.locator("ol.chain a", has_text="El manual no venía").click()
    owner.locator("[name=measure]").fill("Se lo llevé a su casa.")
    owner.locator("main form button").click()
    expect(owner.locator("h2 .sign.good")).to_be_visible()
    expect(owner.locator("[name=measure]")).to_have_count(0)
    find(page, name)
    expect(page.locator("ol.timeline")).to_contain_text("Se lo llevé a su casa.")


@pytest.mark.covers("S2-9.5")
def test_who_was_not_reached_is_tried_again_on_another_day(sign_in: SignIn, strangers: Iterator[str]) -> None:
    name = next(strangers)
    page = sign_in("mariana@mx")
    call(page, name)
    consequence = page.locator("label[data-key=Digit4] small")
    expect(consequence).to_contain_text("2")
    page.keyboard.press("4")
    save(page)

    not_on_the_list(page, name)
    find(page, name)
    expect(page.locator("ol.timeline li").nth(1)).to_contain_text(consequence_day(page))


def consequence_day(page: Page) -> str:
    """When the panel “why” says that she may be called again."""
    return page.locator("details.why li").last.locator("b").inner_text()


def test_a_call_back_waits_for_the_agreed_time(sign_in: SignIn, strangers: Iterator[str]) -> None:
    name = next(strangers)
    tomorrow = dealer.days_before(-1, "America/Chihuahua")
    page = sign_in("mariana@mx")
    call(page, name)
    expect(page.locator("[name=call_back_at]")).to_be_hidden()
    page.keyboard.press("2")
    page.locator("[name=call_back_at]").fill(f"{tomorrow - timedelta(days=3)}T10:30")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#call-errors li")).to_have_count(1)  # that time has passed
    page.locator("[name=call_back_at]").fill(f"{tomorrow}T10:35")
    save(page)

    not_on_the_list(page, name)
    find(page, name)
    assert consequence_day(page).endswith("10:35")


def test_of_two_people_one_has_the_contact_and_the_other_reads_who(sign_in: SignIn, strangers: Iterator[str]) -> None:
    name = next(strangers)
    mariana, jorge = sign_in("mariana@mx"), sign_in("jorge@mx")
    find(jorge, name)
    call(mariana, name)
    jorge.locator("form[action$='/take/'] button").click()

    expect(jorge.locator(".failure .voice")).to_contain_text("Mariana Ruiz")
    jorge.goto(mariana.url)
    expect(jorge.locator(".failure .voice")).to_contain_text("Mariana Ruiz")
    expect(jorge.locator("form#call")).to_have_count(0)
    mariana.locator("button[form=give-back]").click()
    expect(mariana.locator("table.list")).to_be_visible()


def test_nothing_typed_is_lost_when_the_tab_closes(sign_in: SignIn, strangers: Iterator[str]) -> None:
    name = next(strangers)
    page = sign_in("mariana@mx")
    call(page, name)
    address = page.url
    page.keyboard.press("w")
    page.locator("[name=words]").fill("Que le falta el tapete del copiloto")
    page.close()

    again = page.context.new_page()
    again.goto(address)
    expect(again.locator("[name=words]")).to_have_value("Que le falta el tapete del copiloto")
    expect(again.locator("[name=grade][value=so_so]")).to_be_checked()
    save(again)
    again.goto("/")
    assert again.evaluate("Object.keys(localStorage).filter(key => key.startsWith('draft:'))") == []


def test_a_wrong_clock_on_the_machine_changes_nothing(visitor: Callable[..., Page], strangers: Iterator[str]) -> None:
    page = visitor()
    page.context.add_init_script("const real = Date.now; Date.now = () => real() + 3 * 3_600_000")
    enter_as(page, "mariana@mx")
    call(page, next(strangers))
    page.locator("[name=words]").fill("Que le marquen por la tarde")
    expect(page.locator("call-timer b")).to_have_text(re.compile("^00:"))
    page.reload()

    expect(page.locator("call-timer b")).to_have_text(re.compile("^00:"))
    expect(page.locator("[name=words]")).to_have_value("Que le marquen por la tarde")
    page.keyboard.press("q")
    save(page)


def test_whose_session_ends_in_a_call_comes_back_to_it(sign_in: SignIn, strangers: Iterator[str]) -> None:
    page = sign_in("mariana@mx")
    call(page, next(strangers))
    address = page.url
    page.locator("[name=words]").fill("Que todo bien")
    page.keyboard.press("Escape")
    page.keyboard.press("q")
    page.context.clear_cookies(name="clientela")
    page.keyboard.press("Control+Enter")
    expect(page.locator("[name=password]")).to_be_visible()
    page.locator("[name=login]").fill("mariana@mx.clientela.example")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")

    expect(page).to_have_url(address)
    expect(page.locator("[name=words]")).to_have_value("Que todo bien")
    expect(page.locator("[name=grade][value=satisfied]")).to_be_checked()
    save(page)


def test_after_the_sign_out_back_shows_nobody(sign_in: SignIn, strangers: Iterator[str]) -> None:
    name = next(strangers)
    page = sign_in("mariana@mx")
    find(page, name)
    page.locator(".who details.menu summary").last.click()
    page.locator("form[action*='sign-out'] button").first.click()
    expect(page.locator("[name=password]")).to_be_visible()
    page.go_back()

    expect(page.locator("[name=password]")).to_be_visible()
    expect(page.locator("body")).not_to_contain_text(name)
