"""Every main page on every screen, in the dark and on paper: nothing sticks out, nothing complains."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, ViewportSize, expect

pytestmark = pytest.mark.browser
SignIn = Callable[..., Page]

WIDTHS = (1920, 1440, 390, 320)
WORK = [
    "/",
    "/customers/",
    "/customers/?q=a",
    "/contacts/remedies/",
    "/contacts/programmes/",
    "/import/",
    "/import/mappings/",
    "/more/",
]
HIDDEN = ["/group/", "/network/preferences/", "/account/password/", "/account/second-factor/"]
#: Reached by the first link on a page that leads to one: page, link.
FROM = [
    ("/", "table.list a[href^='/customer/']"),
    ("/", "table.list a[href^='/customer/'] >> nth=-1"),
    ("/contacts/programmes/", "td a[href*='/steps/']"),
    ("/import/", "td a[href^='/import/']"),
    ("/import/1/", "a[href$='/rows/']"),
    ("/import/1/", "a[href$='/undo/']"),
]
ADMINISTRATION = ["/network/", "/network/new/", "/network/people/", "/network/people/invite/", "/style/"]
SETTINGS = [
    ("/network/", "td a[href^='/network/']"),
    ("/network/", "td a[href$='/hours/']"),
    ("/network/people/", "td a[href^='/network/people/']"),
]


def sticks_out(page: Page) -> dict[int, str]:
    """By width, what is wider than the screen."""
    found = {}
    for width in WIDTHS:
        page.set_viewport_size(ViewportSize(width=width, height=844))
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found[width] = page.evaluate(
                """() => [...document.querySelectorAll('body *')]
                    .filter(element => element.getBoundingClientRect().right > innerWidth + 1)
                    .map(element => element.tagName + '.' + element.className).slice(0, 4).join(' ')"""
            )
    page.set_viewport_size(ViewportSize(width=1440, height=900))
    return found


def addresses(page: Page, plain: list[str], linked: list[tuple[str, str]]) -> list[str]:
    """The plain ones, and where the links lead."""
    found = list(plain)
    for start, link in linked:
        page.goto(start)
        found.append(str(page.locator(link).first.get_attribute("href")))
    return found


@pytest.mark.parametrize(
    ("who", "plain", "linked"),
    [
        ("mariana@mx", WORK + HIDDEN, FROM),
        ("olga@ru", WORK, FROM[:1] + FROM[2:4]),  # the longest words
        ("lixue@cn", WORK, FROM[:1]),
        ("admin@demo", ADMINISTRATION, SETTINGS),
    ],
)
def test_nothing_sticks_out_in_light_dark_and_print(
    sign_in: SignIn, who: str, plain: list[str], linked: list[tuple[str, str]]
) -> None:
    page = sign_in(who)
    wrong = {}
    for address in addresses(page, plain, linked):
        answer = page.goto(address)
        assert answer
        assert answer.ok, address
        if found := sticks_out(page):
            wrong[address] = found
        page.emulate_media(color_scheme="dark")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") != "rgba(0, 0, 0, 0)"
        page.emulate_media(media="print", color_scheme="light")
        page.emulate_media(media="screen")

    assert wrong == {}


def test_the_entrance_fits_every_screen(page: Page) -> None:
    wrong = {}
    for address in (
        "/account/sign-in/",
        "/account/password/reset/",
        "/account/password/reset/key/1-no-such-key/",
        "/no-such-page/",
    ):
        page.goto(address)
        if found := sticks_out(page):
            wrong[address] = found

    assert wrong == {}


def test_the_call_fits_every_screen(sign_in: SignIn) -> None:
    page = sign_in("wangjing@cn")
    page.locator("table.list td.main a").first.click()
    page.locator("form[action$='/take/'] button").click()
    expect(page.locator("form#call")).to_be_visible()

    assert sticks_out(page) == {}
    page.keyboard.press("2")
    page.keyboard.press("c")
    assert sticks_out(page) == {}
    page.locator("button[form=give-back]").click()
    expect(page.locator("table.list")).to_be_visible()


def test_dark_is_dark_and_paper_is_light(sign_in: SignIn) -> None:
    page = sign_in("mariana@mx", color_scheme="dark")

    assert _lightness(page) < 80
    page.emulate_media(media="print")
    assert _lightness(page) > 200
    assert not page.locator(".bar").is_visible()


def _lightness(page: Page) -> float:
    """Of the page's background, 0 to 255."""
    return float(
        page.evaluate(
            """() => {
                const paint = new OffscreenCanvas(1, 1).getContext('2d');
                paint.fillStyle = 'white';
                paint.fillRect(0, 0, 1, 1);
                paint.fillStyle = getComputedStyle(document.body).backgroundColor;
                paint.fillRect(0, 0, 1, 1);
                const [red, green, blue] = paint.getImageData(0, 0, 1, 1).data;
                return (red + green + blue) / 3;
            }"""
        )
    )


def test_on_a_telephone_one_gets_to_the_file_and_to_everything_else(sign_in: SignIn) -> None:
    page = sign_in(
        "jorge@mx", viewport={"width": 390, "height": 844}, device_scale_factor=2, is_mobile=True, has_touch=True
    )
    page.locator("table.list td.main a").first.tap()
    expect(page.locator("ol.timeline")).to_be_visible()
    page.locator(".tabs-phone a[href='/more/']").tap()
    expect(page.locator("nav.links")).to_be_visible()
    page.locator(".tabs-phone a[href='/customers/']").tap()
    expect(page.locator("table.list")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
