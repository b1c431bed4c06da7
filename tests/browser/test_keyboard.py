"""The keyboard: few keys, by their place, and silent while somebody writes."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.demo import call, save

pytestmark = pytest.mark.browser
SignIn = Callable[..., Page]
MOST_KEYS = 6


def press(page: Page, *chords: str) -> int:
    """Press them one after the other; how many keys that was: Control+Enter is two."""
    for chord in chords:
        page.keyboard.press(chord)
    return sum(len(chord.split("+")) for chord in chords)


def test_a_satisfied_customer_takes_at_most_six_keys(sign_in: SignIn) -> None:
    page = sign_in("rodrigo@cl")
    keys = press(page, "n")
    expect(page.locator("form#call")).to_be_visible()
    first = page.url
    keys += press(page, "y", "q", "Control+Enter")  # it is her, she is satisfied, next

    page.wait_for_url(lambda url: "/call/" in url and url != first)
    expect(page.locator(".toast")).to_be_visible()
    assert keys <= MOST_KEYS
    page.locator("button[form=give-back]").click()


def test_keys_are_silent_while_somebody_writes(sign_in: SignIn, strangers: Iterator[str]) -> None:
    page = sign_in("mariana@mx")
    call(page, next(strangers))
    page.keyboard.press("t")
    page.keyboard.type("que 1 puerta rechina, ¿no?")

    expect(page.locator("[name=words]")).to_have_value("que 1 puerta rechina, ¿no?")
    expect(page.locator("input[type=radio]:checked")).to_have_count(0)
    expect(page.locator("dialog.keys")).to_be_hidden()

    page.keyboard.press("Escape")
    _composing(page, isComposing=True)
    _composing(page, keyCode=229)
    expect(page.locator("input[type=radio]:checked")).to_have_count(0)
    page.keyboard.press("q")
    expect(_satisfied(page)).to_be_checked()
    save(page)


def test_keys_go_by_their_place_on_a_russian_keyboard(sign_in: SignIn) -> None:
    page = sign_in("olga@ru")
    _russian(page, "т", "KeyN", 78)
    expect(page.locator("form#call")).to_be_visible()
    _russian(page, "й", "KeyQ", 81)
    expect(_satisfied(page)).to_be_checked()
    _russian(page, "у", "KeyE", 69)
    expect(_satisfied(page)).not_to_be_checked()
    page.locator("button[form=give-back]").click()
    expect(page.locator("table.list")).to_be_visible()


def test_the_list_of_keys_opens_and_closes(sign_in: SignIn) -> None:
    page = sign_in("mariana@mx")
    page.keyboard.press("?")
    expect(page.locator("dialog.keys")).to_be_visible()
    page.keyboard.press("n")
    expect(page.locator("dialog.keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("dialog.keys")).to_be_hidden()
    expect(page.locator("form#call")).to_have_count(0)


def _satisfied(page: Page) -> Locator:
    return page.locator("[name=grade][value=satisfied]")


def _composing(page: Page, **facts: object) -> None:
    """A key that an input method has taken, as browsers tell us of it."""
    event = {"code": "KeyQ", "key": "Process", "bubbles": True, **facts}
    page.evaluate("facts => document.body.dispatchEvent(new KeyboardEvent('keydown', facts))", event)


def _russian(page: Page, letter: str, code: str, number: int) -> None:
    keys = page.context.new_cdp_session(page)
    key = {"key": letter, "code": code, "windowsVirtualKeyCode": number, "text": letter}
    keys.send("Input.dispatchKeyEvent", {"type": "keyDown", **key})
    keys.send("Input.dispatchKeyEvent", {"type": "keyUp", **key})
