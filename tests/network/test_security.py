"""What an attacker would try, and what a page, a cookie, a letter and a log line must never hold."""

import io
import json
import logging
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlparse

import pytest
import time_machine
from aiosmtpd.controller import Controller
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from clientela import urls
from clientela.customers.models import Customer
from clientela.network.models import Dealership, Role, User
from tests import cast
from tests.test_access import CASES, World, ask, employ, methods, world

__all__ = ["world"]
SIGN_IN, FORGOTTEN = "/account/sign-in/", "/account/password/reset/"
NEW_PASSWORD = "a horse of another colour"


# Pages -----------------------------------------------------------------------------------------------------------


class Inline(HTMLParser):
    """Collects what the Content-Security-Policy would refuse to run or to show."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        for name, value in attrs:
            if name == "style" or name.startswith(("on", "hx-on", "hx-vals")):
                self.found.append(f"{tag} {name}")
            if name in {"href", "src", "action"} and (value or "").strip().lower().startswith("javascript:"):
                self.found.append(f"{tag} {name}={value}")
        if tag == "style" or (tag == "script" and not (given.get("src") or "").startswith("/static/")):
            self.found.append(tag)
        if tag == "link" and not (given.get("href") or "").startswith("/static/"):
            self.found.append(f"link {given.get('href')}")


def policy_of(response: HttpResponse) -> dict[str, str]:
    rules = response.headers["Content-Security-Policy"].split("; ")
    return {name: sources for name, _, sources in (rule.partition(" ") for rule in rules)}


STRICT = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
    "manifest-src": "'self'",
}


def assert_safe(response: HttpResponse) -> None:
    assert policy_of(response) == STRICT
    assert Inline(response.content.decode()).found == []
    assert {
        name: response.headers.get(name)
        for name in ("X-Frame-Options", "X-Content-Type-Options", "Referrer-Policy", "Cross-Origin-Opener-Policy")
    } == {
        "X-Frame-Options": "DENY",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
    }


def test_the_parser_of_these_tests_would_see_what_is_inline() -> None:
    page = """<p style="x"><a onclick="x" href="javascript:x"><script>x</script><style>x</style><script src="//x">"""

    assert Inline(page).found == ["p style", "a onclick", "a href=javascript:x", "script", "style", "script"]


@pytest.mark.parametrize("name", sorted(name for name in CASES if CASES[name].get == 200))
def test_every_page_is_strict_and_holds_nothing_inline(
    world: World, as_user: Callable[[User], Client], name: str
) -> None:
    answer = ask(as_user(employ(world, *Role)), "get", name, world)
    if not answer.headers.get("Content-Disposition", "").startswith("attachment"):  # a file runs nothing
        assert_safe(answer)


@pytest.mark.parametrize("name", sorted(name for name in CASES if CASES[name].public))
def test_every_page_before_the_sign_in_too(client: Client, world: World, name: str) -> None:
    assert_safe(ask(client, "get", name, world))


@pytest.mark.parametrize("name", sorted(name for name in CASES if "post" in methods(name)))
def test_and_every_answer_to_a_bad_form(world: World, as_user: Callable[[User], Client], name: str) -> None:
    browser = as_user(employ(world, *Role))
    address = ask(browser, "get", name, world).request["PATH_INFO"]  # type: ignore[attr-defined]

    assert_safe(browser.post(address, {}))  # type: ignore[arg-type]


def test_error_pages_are_ours_and_strict(world: World, as_user: Callable[[User], Client]) -> None:
    browser = as_user(employ(world, Role.EMPLOYEE))
    refused = Client(enforce_csrf_checks=True)

    answers = {
        browser.get("/nowhere/"): (404, "<h1>Not found</h1>"),
        browser.get("/network/"): (403, "<h1>Not for your role</h1>"),
        browser.get("/network/stand/"): (405, "<h1>Nothing to see here</h1>"),
        browser.get("/customer/0/"): (404, "<h1>Not found</h1>"),
        refused.post("/language/", {"language": "ru"}): (403, "<h1>The form has expired</h1>"),
    }

    for answer, (status, title) in answers.items():
        assert (answer.status_code, title in answer.content.decode()) == (status, True)
        assert_safe(answer)  # type: ignore[arg-type]


def test_who_works_in_two_houses_can_change_between_them_on_an_error_page(
    world: World, jingbei: Dealership, as_user: Callable[[User], Client]
) -> None:
    browser = as_user(employ(employ_there(world, jingbei), Role.EMPLOYEE))

    assert ">京北4S店</button>" in browser.get("/customer/0/").content.decode()


def employ_there(world: World, house: Dealership) -> World:
    employ(world, Role.EMPLOYEE, place=house)
    return world


# Cookies and redirects --------------------------------------------------------------------------------------------


def test_cookies_are_hidden_from_scripts_and_from_other_sites_and_hold_no_message(
    mariana: User, client: Client
) -> None:
    client.get(SIGN_IN)
    client.post("/language/", {"language": "en"})
    client.post(SIGN_IN, {"login": mariana.email, "password": cast.PASSWORD})
    client.post("/network/preferences/", {"language": "en"})

    assert {name: (bool(cookie["httponly"]), cookie["samesite"]) for name, cookie in client.cookies.items()} == {
        "clientela": (True, "Lax"),
        "csrftoken": (True, "Lax"),
        "clientela_language": (True, "Lax"),
    }


OVER_HTTPS = """
import django, json
django.setup()
from django.test import Client
browser = Client()
plain = browser.get("/account/sign-in/", headers={"host": "localhost"})
secure = browser.get("/account/sign-in/", headers={"host": "localhost"}, secure=True)
browser.post("/language/", {"language": "en"}, headers={"host": "localhost"}, secure=True)
print(json.dumps({
    "plain": [plain.status_code, plain.headers["Location"]],
    "health": browser.get("/health/", headers={"host": "localhost"}).status_code,
    "hsts": secure.headers["Strict-Transport-Security"],
    "secure": {name: bool(cookie["secure"]) for name, cookie in browser.cookies.items()},
}))
"""


@pytest.mark.usefixtures("db")
def test_over_https_cookies_never_travel_in_the_clear() -> None:
    said = subprocess.run(
        [sys.executable, "-c", OVER_HTTPS],
        env={**os.environ, "HTTPS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert json.loads(said.stdout) == {
        "plain": [301, "https://localhost/account/sign-in/"],
        "health": 200,
        "hsts": "max-age=31536000",
        "secure": {"csrftoken": True, "clientela_language": True},
    }


ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example/",
    "\\\\evil.example",
    "https:evil.example",
    "javascript:alert(1)",
    "\thttps://evil.example",
    "http:///evil.example",
]


@pytest.mark.parametrize("target", ELSEWHERE)
def test_nobody_is_sent_to_another_site(mariana: User, client: Client, target: str) -> None:
    spoken = client.post("/language/", {"language": "ru", "next": target})
    signed_in = client.post(SIGN_IN, {"login": mariana.email, "password": cast.PASSWORD, "next": target})

    assert [spoken.headers["Location"], signed_in.headers["Location"]] == ["/", "/"]


def test_one_arrives_where_one_wanted_to_go(mariana: User, client: Client) -> None:
    spoken = client.post("/language/", {"language": "ru", "next": "/account/sign-in/?next=/customers/"})
    odd = client.post("/language/", {"language": "ru", "next": "today"})
    signed_in = client.post(SIGN_IN, {"login": mariana.email, "password": cast.PASSWORD, "next": "/customers/"})

    assert [answer.headers["Location"] for answer in (spoken, odd, signed_in)] == [
        "/account/sign-in/?next=/customers/",
        "today",
        "/customers/",
    ]


def test_a_session_that_ended_is_renewed_without_losing_the_way(world: World, client: Client) -> None:
    task = f"/contacts/tasks/{world['task'].pk}/outcome/"

    read = client.get("/customers/?q=x")
    sent = client.post(task)
    swapped = client.post(task, headers={"HX-Request": "true"})

    assert read.headers["Location"] == f"{SIGN_IN}?next=/customers/%3Fq%3Dx"
    assert sent.headers["Location"] == f"{SIGN_IN}?next=/"
    assert (swapped.status_code, swapped.headers["HX-Redirect"]) == (200, f"{SIGN_IN}?next=/")


@pytest.mark.parametrize(
    ("page", "way_back"),
    [
        ("http://testserver/call/7/", "/call/7/"),
        ("http://testserver/customers/?q=x", "/customers/%3Fq%3Dx"),
        ("http://elsewhere.example/call/7/", "/"),
        ("//elsewhere.example/call/7/", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
def test_whose_session_ended_in_a_form_comes_back_to_its_page(
    world: World, client: Client, page: str, way_back: str
) -> None:
    task = f"/contacts/tasks/{world['task'].pk}/outcome/"

    sent = client.post(task, headers={"Referer": page})
    swapped = client.post(task, headers={"HX-Request": "true", "HX-Current-URL": page})

    assert sent.headers["Location"] == f"{SIGN_IN}?next={way_back}"
    assert swapped.headers["HX-Redirect"] == f"{SIGN_IN}?next={way_back}"


def test_no_browser_keeps_a_page_of_who_signed_in(
    world: World, mariana: User, client: Client, as_user: Callable[[User], Client]
) -> None:
    browser = as_user(mariana)
    pages = [
        browser.get(address) for address in ("/", "/customers/", f"/customer/{world['task'].customer_id}/", "/nowhere/")
    ]

    assert {page.headers.get("Cache-Control") for page in pages} == {"no-store"}
    assert browser.post("/account/sign-out/").headers["Cache-Control"] == "no-store"
    assert client.get("/health/").headers.get("Cache-Control") != "no-store"


# Signing in ------------------------------------------------------------------------------------------------------


def try_to_sign_in(client: Client, email: str, password: str) -> str:
    """Where one arrives, or the sentence that refuses."""
    answer = client.post(SIGN_IN, {"login": email, "password": password})
    if answer.status_code == 302:
        return str(answer.headers["Location"])
    said = re.search(r'<div class="notice late" role="alert">(.*?)</div>', answer.content.decode())
    return str(said.group(1)) if said else ""


def test_after_five_wrong_passwords_the_right_one_does_not_help_for_five_minutes(
    mariana: User, client: Client, now: datetime
) -> None:
    wrong = [try_to_sign_in(client, mariana.email, "guess") for _ in range(5)]
    blocked = try_to_sign_in(client, mariana.email, cast.PASSWORD)
    other = try_to_sign_in(Client(), "somebody.else@example.com", "guess")
    with time_machine.travel(now + timedelta(minutes=5, seconds=1)):
        later = try_to_sign_in(client, mariana.email, cast.PASSWORD)

    refusal = "The email address and/or password you specified are not correct."
    assert wrong == [refusal] * 5
    assert blocked == "Too many failed login attempts. Try again later."
    assert other == refusal
    assert later == "/"


def test_who_tries_without_end_gets_our_page(mariana: User, client: Client) -> None:
    for _attempt in range(60):
        client.post(SIGN_IN, {"login": "x", "password": "y"})

    answer = client.post(SIGN_IN, {"login": mariana.email, "password": cast.PASSWORD})

    assert (answer.status_code, "<h1>Too many tries</h1>" in answer.content.decode()) == (429, True)
    assert_safe(answer)  # type: ignore[arg-type]


def test_behind_a_proxy_one_guesser_does_not_lock_everybody_out(mariana: User, client: Client, settings: Any) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    for number in range(61):
        # What a client claims of itself comes first; only what the proxy adds counts.
        client.post(SIGN_IN, {"login": "x"}, headers={"X-Forwarded-For": f"10.0.0.{number}, 203.0.113.9"})

    statuses = [
        client.post(
            SIGN_IN, {"login": mariana.email, "password": cast.PASSWORD}, headers={"X-Forwarded-For": address}
        ).status_code
        for address in ("10.1.1.1, 203.0.113.9", "203.0.113.10")
    ]

    assert statuses == [429, 302]


# Letters ---------------------------------------------------------------------------------------------------------


class Postbox:
    """A mail server that keeps what it gets."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        letter = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(letter, EmailMessage)
        self.letters.append(letter)
        return "250 OK"


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture
def postbox(settings: Any) -> Iterator[Postbox]:
    box = Postbox()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    server = Controller(box, hostname=settings.EMAIL_HOST, port=settings.EMAIL_PORT)
    server.start()
    yield box
    server.stop()


@pytest.fixture
def no_mail_server(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()


def link_in(letter: EmailMessage) -> str:
    [link] = re.findall(r"http://\S+", letter.get_content())
    return str(urlparse(link).path)


def choose_a_password(client: Client, link: str, password: str = NEW_PASSWORD) -> HttpResponse:
    form = client.get(link)
    if form.status_code != 302:
        return form  # type: ignore[return-value]
    return client.post(form.headers["Location"], {"password1": password, "password2": password})  # type: ignore[return-value]


def test_a_forgotten_password_is_renewed_by_a_link_that_works_once(
    mariana: User, client: Client, postbox: Postbox
) -> None:
    client.force_login(mariana)
    asked = Client().post(FORGOTTEN, {"email": mariana.email.upper()})
    [letter] = postbox.letters
    link = link_in(letter)

    chosen = choose_a_password(Client(), link)
    again = choose_a_password(Client(), link, "a third password of mine")

    assert asked.headers["Location"] == "/account/password/reset/sent/"
    assert (letter["To"], letter["Subject"]) == (mariana.email, "A new password for Clientela")
    assert (chosen.status_code, chosen.headers["Location"]) == (302, "/account/password/reset/done/")
    assert (again.status_code, 'type="password"' in again.content.decode()) == (200, False)
    assert try_to_sign_in(Client(), mariana.email, cast.PASSWORD) != "/"
    assert try_to_sign_in(Client(), mariana.email, NEW_PASSWORD) == "/"
    # Whoever was signed in with the old password no longer is.
    assert client.get("/").status_code == 302


def test_a_link_ends_after_three_days(mariana: User, postbox: Postbox, now: datetime) -> None:
    Client().post(FORGOTTEN, {"email": mariana.email})
    link = link_in(postbox.letters[0])

    with time_machine.travel(now + timedelta(days=3, minutes=1)):
        late = choose_a_password(Client(), link)

    assert (late.status_code, 'type="password"' in late.content.decode()) == (200, False)


@pytest.mark.parametrize("password", ["short", "password1234", "mariana.ruiz@example.com"])
def test_a_password_that_is_easily_guessed_is_refused(mariana: User, postbox: Postbox, password: str) -> None:
    Client().post(FORGOTTEN, {"email": mariana.email})

    refused = choose_a_password(Client(), link_in(postbox.letters[0]), password)

    assert (refused.status_code, '<p class="error"' in refused.content.decode()) == (200, True)
    assert try_to_sign_in(Client(), mariana.email, cast.PASSWORD) == "/"


def test_an_unknown_address_gets_the_same_answer_and_no_letter(mariana: User, postbox: Postbox) -> None:
    def ask_for(email: str) -> tuple[int, str, str]:
        answer = Client().post(FORGOTTEN, {"email": email}, follow=True)
        page = re.sub(r'("x-csrftoken": |name="csrfmiddlewaretoken" value=)"\w+"', "", answer.content.decode())
        return answer.status_code, answer.redirect_chain[-1][0], page

    assert ask_for("nobody@example.com") == ask_for(mariana.email)
    assert [letter["To"] for letter in postbox.letters] == [mariana.email]


def test_who_left_gets_no_way_in(mariana: User, postbox: Postbox) -> None:
    User.objects.filter(pk=mariana.pk).update(is_active=False)

    Client().post(FORGOTTEN, {"email": mariana.email})

    assert postbox.letters == []


def test_who_is_invited_chooses_a_password_and_sees_todays_list(
    norte: Dealership, elena: User, postbox: Postbox, as_user: Callable[[User], Client], now: datetime
) -> None:
    task = cast.due(norte, date(2026, 3, 2), at=now)
    rosa = {"name": "Rosa Luna", "email": "Rosa@Example.com", "language": "en", "role": "cs_specialist"}

    sent = as_user(elena).post("/network/people/invite/", rosa)
    [letter] = postbox.letters
    browser = Client()
    before = try_to_sign_in(browser, "rosa@example.com", "")
    choose_a_password(browser, link_in(letter))
    arrived = try_to_sign_in(browser, "rosa@example.com", NEW_PASSWORD)
    again = choose_a_password(Client(), link_in(letter))

    assert sent.status_code == 302
    assert (letter["To"], letter["Subject"]) == ("rosa@example.com", "Elena Vargas invites you to Clientela")
    assert "Autos del Norte" in letter.get_content()
    assert (before, arrived) == ("", "/")
    assert task.customer.listed_name in browser.get("/").content.decode()
    assert (again.status_code, 'type="password"' in again.content.decode()) == (200, False)


def test_without_a_mail_server_nobody_is_half_invited(
    elena: User, no_mail_server: None, as_user: Callable[[User], Client]
) -> None:
    rosa = {"name": "Rosa Luna", "email": "rosa@example.com", "language": "en", "role": "cs_specialist"}

    answer = as_user(elena).post("/network/people/invite/", rosa)

    assert answer.status_code == 409
    assert "The letter to rosa@example.com could not be sent" in answer.content.decode()
    assert list(User.objects.filter(email="rosa@example.com")) == []


def test_without_a_mail_server_a_known_address_is_not_given_away(mariana: User, no_mail_server: None) -> None:
    answers = [Client().post(FORGOTTEN, {"email": email}) for email in (mariana.email, "nobody@example.com")]

    assert [(answer.status_code, answer.headers["Location"]) for answer in answers] == [
        (302, "/account/password/reset/sent/")
    ] * 2


# Log lines -------------------------------------------------------------------------------------------------------


@login_not_required
def breaks(request: HttpRequest) -> HttpResponse:
    """Does what the database refuses, and PostgreSQL's message quotes the row."""
    house = Dealership.objects.get(code="NORTE")
    Customer.objects.create(full_name=request.GET["name"], dealership=house, language="x" * 50)
    return HttpResponse()


urlpatterns = [path("breaks/", breaks), *urls.urlpatterns]
handler500 = urls.handler500


@pytest.fixture
def log_lines() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """What the installation's own handler writes."""
    [handler] = [handler for handler in logging.getLogger().handlers if handler.name == "stderr"]
    assert isinstance(handler, logging.StreamHandler)
    written = io.StringIO()
    before = handler.setStream(written)
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    handler.setStream(before)


@pytest.mark.urls(__name__)
def test_a_log_line_is_json_and_says_where_it_broke_but_not_for_whom(
    mariana: User, as_user: Callable[[User], Client], log_lines: Callable[[], list[dict[str, Any]]]
) -> None:
    browser = as_user(mariana)
    browser.raise_request_exception = False

    answer = browser.post("/breaks/?name=Ximena+Quiroga", {"phone": "614 867 5309"})

    assert (answer.status_code, "<h1>Something of ours broke</h1>" in answer.content.decode()) == (500, True)
    assert_safe(answer)  # type: ignore[arg-type]
    [line] = log_lines()
    assert (line["level"], line["message"], line["status_code"]) == (
        "ERROR",
        "Internal Server Error: /breaks/",
        500,
    )
    assert "in breaks" in line["exc_info"]
    assert line["exc_info"].splitlines()[-1] == "django.db.utils.DataError"
    assert [word for word in ("Ximena", "Quiroga", "5309", "Mariana", "mariana") if word in json.dumps(line)] == []
