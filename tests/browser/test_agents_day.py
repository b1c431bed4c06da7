"""What an agent meets in a day, with the keyboard alone: in Spanish, Russian and Chinese."""

import subprocess
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import dealer
from tests.browser.conftest import CLIENTELA
from tests.browser.demo import Demo, find

pytestmark = pytest.mark.browser
SignIn = Callable[..., Page]

AGENTS = ["mariana@mx", "olga@ru", "lixue@cn"]
ZONES = {"mx": "America/Chihuahua", "ru": "Asia/Yekaterinburg", "cn": "Asia/Shanghai"}
WORDS = {"mx": "Que la puerta rechina 🚗", "ru": "Дверь скрипит 🚗", "cn": "车门异响 🚗"}
#: A day goes by for one contact: the tries so far are those of the day before, at another time of it.
A_DAY_LATER = """
from datetime import timedelta
from django.db.models import F
from django.utils import timezone
from clientela.contacts.models import Attempt, ContactRecord, ContactTask
from clientela.network import tenancy
from clientela.network.models import Dealership
day = timedelta(days=1)
with tenancy.within(list(Dealership.objects.values_list("pk", flat=True))):
    Attempt.objects.filter(task={task}).update(at=F("at") - day, started_at=F("started_at") - day)
    tasks = ContactTask.objects.filter(pk={task}, state="open")
    assert tasks.update(callable_from=timezone.now(), planned_on=None, bands_used=[]) == 1
"""


def house_of(who: str) -> str:
    return who.split("@")[1]


@pytest.fixture(scope="session")
def newcomers(demo: Demo) -> dict[str, Iterator[str]]:
    """By house: customers whose first contact is due and whom no other journey knows."""
    files = {
        "mx": (dealer.MEXICANS, dealer.mexican(dealer.MEXICANS, days_ago=4, series="D")),
        "ru": (dealer.RUSSIANS, dealer.russian(dealer.RUSSIANS, days_ago=2)),
        "cn": (dealer.CHINESE, dealer.chinese(dealer.CHINESE, days_ago=3, series="88")),
    }
    for house, (_names, content) in files.items():
        file = demo.home / f"newcomers-{house}.csv"
        file.write_bytes(content)
        command = [CLIENTELA, "import", str(file), "--dealership", house.upper()]
        subprocess.run(command, env=demo.environment, check=True, capture_output=True)
    return {house: iter(names) for house, (names, _content) in files.items()}


@pytest.fixture(params=AGENTS)
def who(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def name(who: str, newcomers: dict[str, Iterator[str]]) -> str:
    return next(newcomers[house_of(who)])


@pytest.fixture
def page(who: str, sign_in: SignIn) -> Page:  # not a visitor's: an agent's
    return sign_in(who)


def call(page: Page, name: str) -> int:
    """From her file to the call: Enter on the button that takes her contact, whose number it gives."""
    find(page, name)
    page.locator("form[action$='/take/'] button").first.press("Enter")
    expect(page.locator("form#call")).to_be_visible()
    page.keyboard.press("y")  # nothing where identity is not asked for
    return int(page.url.rstrip("/").rsplit("/", 1)[1])


def save(page: Page) -> None:
    page.locator("form#call .outcomes p.row button").first.press("Enter")
    expect(page.locator(".toast").first).to_be_visible()


def offered(page: Page, task: int) -> Locator:
    """The button that takes this contact, on the file that is open."""
    return page.locator(f"form[action$='/{task}/take/'] button")


@pytest.mark.covers("S4-1.3.5a", "S1-4.4c")
def test_a_dissatisfied_customer_is_asked_for_the_aspects_and_what_she_wants_is_kept(
    page: Page, who: str, name: str
) -> None:
    said = WORDS[house_of(who)]
    call(page, name)
    expect(page.locator(".if-dissatisfied").first).to_be_hidden()
    page.keyboard.press("e")
    expect(page.locator(".if-dissatisfied").first).to_be_visible()
    if page.locator(".objections").count():
        page.keyboard.press("a")
        expect(page.locator(".objections input").first).to_be_checked()
    page.keyboard.press("t")
    page.keyboard.insert_text(said)
    page.keyboard.press("Escape")
    page.keyboard.press("p")
    expect(page.locator("[name=point_1_kind]")).to_be_focused()
    page.keyboard.press("ArrowDown")  # the first kind: a requirement
    for _field in ("about", "day", "month", "year", "picker", "what she said"):
        if not page.locator("[name=point_1_text]:focus").count():
            page.keyboard.press("Tab")
    expect(page.locator("[name=point_1_text]")).to_be_focused()
    page.keyboard.insert_text(said)
    save(page)

    find(page, name)
    expect(page.locator("ol.timeline")).to_contain_text(said)
    page.locator("ol.chain a[href*='/contacts/points/']", has_text=said).first.press("Enter")
    expect(page.locator("p.voice")).to_contain_text(said)
    expect(page.locator("p.notice").first).to_be_visible()  # owed: solved or reported within two days


@pytest.mark.covers("S2-9.5", "S4-1.3.4a")
def test_three_failed_attempts_on_three_days_end_the_contact(page: Page, name: str, demo: Demo) -> None:
    for number, key in enumerate(("4", "5", "6"), 1):
        task = call(page, name)
        expect(page.locator(".script p.soft").first).to_contain_text(str(number))
        page.keyboard.press(key)
        save(page)
        find(page, name)
        if number < 3:
            expect(page.locator("details.why[open]").first).to_be_visible()
            code = A_DAY_LATER.format(task=task)
            subprocess.run([CLIENTELA, "shell", "-c", code], env=demo.environment, check=True, capture_output=True)
    expect(offered(page, task)).to_have_count(0)


@pytest.mark.covers("S4-1.3.4d")
def test_who_refuses_is_not_called_again_for_this_visit(page: Page, name: str) -> None:
    task = call(page, name)
    page.keyboard.press("3")
    save(page)

    find(page, name)
    expect(offered(page, task)).to_have_count(0)


def test_who_wants_to_be_called_back_is_called_at_the_agreed_time(page: Page, who: str, name: str) -> None:
    tomorrow = dealer.days_before(-1, ZONES[house_of(who)])
    call(page, name)
    page.keyboard.press("2")
    page.locator("[name=call_back_at]").fill(f"{tomorrow - timedelta(days=2)}T11:20")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#call-errors li")).to_have_count(1)  # that is over
    page.locator("[name=call_back_at]").fill(f"{tomorrow}T11:20")
    save(page)

    find(page, name)
    expect(page.locator("details.why[open]").first).to_contain_text("11:20")


@pytest.mark.covers("S4-1.3.5f")
def test_a_wrong_number_asks_nothing_and_is_marked(page: Page, name: str) -> None:
    call(page, name)
    page.keyboard.press("b")
    expect(page.locator("[name=outcome][value=wrong_number]")).to_be_checked()
    expect(page.locator(".asked")).to_be_hidden()
    save(page)

    find(page, name)
    expect(page.locator("main s").first).to_be_visible()  # struck out: nobody dials it again


@pytest.mark.covers("S1-P2.2.2")
def test_a_call_in_is_written_down_while_one_talks(page: Page, who: str, name: str) -> None:
    said = WORDS[house_of(who)]
    page.goto("/contacts/inbound/")
    page.locator("#who-q").focus()
    page.keyboard.insert_text(name)
    page.keyboard.press("Enter")
    page.locator("#callers a").first.press("Enter")
    expect(page.locator("[name=customer]")).to_be_attached()
    page.locator("[name=kind]").first.press("Space")
    page.locator("[name=words]").focus()
    page.keyboard.insert_text(said)
    page.locator("[name=answer]").focus()
    page.keyboard.insert_text(said)
    page.keyboard.press("Control+Enter")

    expect(page.locator(".toast")).to_be_visible()
    find(page, name)
    expect(page.locator("ol.timeline")).to_contain_text(said)


def test_without_a_network_nothing_is_lost_and_one_save_is_kept(page: Page, who: str, name: str) -> None:
    said = WORDS[house_of(who)]
    call(page, name)
    address = page.url
    page.keyboard.press("q")
    page.keyboard.press("t")
    page.keyboard.insert_text(said)
    page.context.set_offline(True)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#refusal .notice")).to_be_visible()
    page.close()  # and the machine loses its power
    page.context.set_offline(False)

    again = page.context.new_page()
    again.goto(address)
    expect(again.locator("[name=words]")).to_have_value(said)
    again.context.set_offline(True)
    again.keyboard.press("Control+Enter")
    expect(again.locator("#refusal .notice")).to_be_visible()
    again.context.set_offline(False)
    expect(again.locator("#refusal .notice")).to_have_count(0)
    save(again)
    find(again, name)
    expect(again.locator("ol.timeline p", has_text=said)).to_have_count(1)


def test_a_lease_that_ran_out_is_said_and_the_words_stay(sign_in: SignIn, newcomers: dict[str, Iterator[str]]) -> None:
    name = next(newcomers["mx"])
    page, beside = sign_in("mariana@mx"), sign_in("mariana@mx")
    call(page, name)
    page.keyboard.press("t")
    page.keyboard.insert_text("Que no le avisaron")
    beside.goto(page.url)
    beside.locator("button[form=give-back]").press("Enter")
    expect(beside.locator("table.list")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("q")
    page.keyboard.press("Control+Enter")

    expect(page.locator("#refusal .notice")).to_be_visible()
    expect(page.locator("[name=words]")).to_have_value("Que no le avisaron")
