"""Where the running demonstration is, and how its visitors get about."""

from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, expect


@dataclass(frozen=True)
class Demo:
    """Its address, its data folder, and the environment in which a second command finds both."""

    url: str
    home: Path
    environment: dict[str, str]


def find(page: Page, name: str) -> None:
    """Look somebody up with the key that every page has; of one hit the file opens at once."""
    page.keyboard.press("/")
    page.keyboard.type(name)
    page.keyboard.press("Enter")
    expect(page.locator("ol.timeline")).to_be_visible()


def call(page: Page, name: str) -> None:
    """Take the contact of this customer from her file."""
    find(page, name)
    page.locator("form[action$='/take/'] button").click()
    expect(page.locator("form#call")).to_be_visible()


def save(page: Page) -> None:
    """Save and go to today's list."""
    page.locator("form#call .outcomes p.row button").first.click()
    expect(page.locator(".toast")).to_be_visible()


def on_the_list(page: Page, name: str) -> None:
    expect(page.locator("table.list td.main", has_text=name)).to_be_visible()


def not_on_the_list(page: Page, name: str) -> None:
    expect(page.locator("table.list td.main", has_text=name)).to_have_count(0)
