"""A real browser before the real demonstration: one server for all journeys, a fresh visitor for each."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from tests.browser import dealer
from tests.browser.demo import Demo

PASSWORD = "clientela-demo"
CLIENTELA = str(Path(sys.executable).with_name("clientela"))
#: Nothing that phones home or needs a graphics card.
FLAGS = [
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
#: An answer that says no is no fault of the page, nor is a network that a journey takes away.
EXPECTED = (
    "status of 403",
    "status of 404",
    "status of 409",
    "status of 422",
    "ERR_INTERNET_DISCONNECTED",
    "htmx:afterRequest",
    "htmx:sendError",
)
SignIn = Callable[..., Page]


@pytest.fixture(scope="session")
def demo() -> Iterator[Demo]:
    """`clientela demo` as a newcomer starts it; ended by Ctrl-C, after which nothing may be left."""
    home = Path(tempfile.mkdtemp(prefix="clientela-demo-", dir="/tmp"))
    home.chmod(0o755)
    try:
        with _running(home) as demo:
            yield demo
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def _running(home: Path) -> Iterator[Demo]:
    port = _free_port()
    others = {"DATABASE_URL", "DATABASE_OWNER_URL", "DJANGO_SETTINGS_MODULE"}  # those of the tests beside us
    ours = {"CLIENTELA_HOME": str(home), "PORT": str(port), "WEB_CONCURRENCY": "2", "PYTHONUNBUFFERED": "1"}
    environment = {name: value for name, value in os.environ.items() if name not in others} | ours
    command = [CLIENTELA, "demo", "--all-hours"]  # the queue holds customers back outside calling hours
    with (
        (home / "log").open("w+") as log,
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=log, text=True) as process,
    ):
        assert process.stdout
        ready = next((line for line in process.stdout if line.startswith("ready: ")), "")
        if not ready:
            pytest.fail(f"the demonstration did not start:\n{(home / 'log').read_text()[-3000:]}")
        family = psutil.Process(process.pid).children(recursive=True)
        yield Demo(ready.removeprefix("ready: ").strip(), home, environment)
        assert process.poll() is None, (home / "log").read_text()[-3000:]
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
    _gone, left = psutil.wait_procs(family, timeout=20)
    assert left + [p for p in psutil.process_iter() if _is_of(p, home)] == []


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _is_of(process: psutil.Process, home: Path) -> bool:
    try:
        return str(home) in " ".join(process.cmdline())
    except psutil.Error:
        return False


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """The browser. It goes before other packages' tests: while its event loop runs, Django asks no database."""
    expect.set_options(timeout=15_000)
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ.get("CHROMIUM") or None, args=FLAGS + as_root)
        yield browser
        browser.close()


@pytest.fixture
def visitor(demo: Demo, chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Opens a browser of somebody's own. After the journey nobody's console may have complained."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_browser(**options: Any) -> Page:
        context = chromium.new_context(base_url=demo.url, **{"viewport": {"width": 1440, "height": 900}, **options})
        context.set_default_timeout(20_000)
        context.on("console", lambda message: complaints.extend(_complaints(message)))
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        contexts.append(context)
        return context.new_page()

    yield open_browser
    for context in contexts:
        context.close()
    assert complaints == []


def _complaints(message: ConsoleMessage) -> list[str]:
    is_bad = message.type in {"error", "warning"} and not any(status in message.text for status in EXPECTED)
    return [f"{message.type}: {message.text}"] if is_bad else []


@pytest.fixture
def page(visitor: Callable[..., Page]) -> Page:
    """A visitor who has not signed in."""
    return visitor()


@pytest.fixture
def sign_in(visitor: Callable[..., Page]) -> SignIn:
    """A visitor who signs in as somebody of the demonstration, and sees today's list."""

    def enter(who: str, **options: Any) -> Page:
        page = visitor(**options)
        enter_as(page, who)
        return page

    return enter


def enter_as(page: Page, who: str) -> None:
    page.goto("/")
    page.locator("[name=login]").fill(f"{who}.clientela.example")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")
    expect(page.locator(".who summary b")).to_be_attached()
    page.wait_for_load_state()  # a person sees a page before she presses its keys


@pytest.fixture(scope="session")
def strangers(demo: Demo) -> Iterator[str]:
    """Customers of Autos del Norte whom no other journey knows, four days after their delivery."""
    file = demo.home / "strangers.csv"
    file.write_bytes(dealer.mexican(dealer.STRANGERS, days_ago=4))
    command = [CLIENTELA, "import", str(file), "--dealership", "MX"]
    subprocess.run(command, env=demo.environment, check=True, capture_output=True)
    return iter(dealer.STRANGERS)
