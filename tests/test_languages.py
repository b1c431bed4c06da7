"""Nothing on any page escapes translation, and every page speaks all five languages."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings
from django.core import mail
from django.test import Client, override_settings
from django.urls import URLPattern, URLResolver, get_resolver

from clientela.network import invitations
from clientela.network.models import Dealership, User
from tests import cast, pseudo, story
from tests.crawling import Form, crawl, send, view_of
from tests.story import Story

ACCOUNT = [
    "/account/password/",
    "/account/second-factor/",
    "/account/second-factor/totp/activate/",
    "/account/second-factor/recovery-codes/",
    "/account/second-factor/recovery-codes/generate/",
    "/account/sign-out/",
    "/account/reauthenticate/",
]
FACTOR = [
    "/account/second-factor/totp/deactivate/",
    "/account/second-factor/reauthenticate/",
    "/account/second-factor/recovery-codes/download/",
]
NEW_PASSWORD = "/account/password/new/"
OUTSIDE = [
    "/account/sign-in/",
    "/account/inactive/",
    "/account/password/reset/",
    "/account/password/reset/sent/",
    "/account/password/reset/done/",
    "/account/password/reset/key/1-no-such-key/",
]
#: So many forms of one kind are sent; the rest would say the same.
MOST_ALIKE = 2
#: They answer to POST alone, or with no page.
NO_PAGES = {
    "contacts:accept_service",
    "contacts:add_duty",
    "contacts:dismiss_service",
    "contacts:reassign",
    "contacts:remove_duty",
    "contacts:withdraw_service",
    "contacts:combine",
    "contacts:export_coverage",
    "contacts:export_duties",
    "contacts:export_unreached",
    "contacts:answer_letter",
    "contacts:close_month",
    "contacts:close_request",
    "contacts:export_calls",
    "contacts:export_letters",
    "contacts:export_records",
    "contacts:export_requests",
    "contacts:hand_over_request",
    "contacts:inspect_record",
    "contacts:unknown_again",
    "contacts:give_targets",
    "contacts:hand_over",
    "contacts:export_answers",
    "contacts:export_points",
    "contacts:pass_point_on",
    "contacts:remove_target",
    "contacts:review_plan",
    "contacts:share_plan",
    "contacts:submit_plan",
    "customers:set_apart",
    "customers:recommend_repairs",
    "customers:settle_repairs",
    "contacts:restore_programme",
    "contacts:restore_step",
    "contacts:separate",
    "contacts:decide",
    "contacts:give_back",
    "contacts:outcome",
    "contacts:take",
    "contacts:take_in_again",
    "contacts:take_next",
    "contacts:undo",
    "customers:add_phone",
    "customers:add_point",
    "customers:add_rest",
    "customers:correct_point",
    "customers:dismiss",
    "customers:do_not_call",
    "customers:end_ownership",
    "customers:finish_upkeep",
    "customers:hints",
    "customers:look_again",
    "customers:merge_files",
    "customers:suggestions",
    "customers:undo_merge",
    "customers:mark_point",
    "customers:move_file",
    "customers:read_odometer",
    "customers:remove_rest",
    "customers:verify",
    "customers:withdraw_consent",
    "customers:erase",
    "customers:export",
    "customers:export_vehicles",
    "customers:hand_out",
    "health",
    "imports:choose",
    "imports:delete_mapping",
    "imports:discard",
    "imports:keep_mapping",
    "imports:perform",
    "imports:refused_csv",
    "imports:refused_xlsx",
    "imports:reopen",
    "imports:settle",
    "language",
    "mfa_download_recovery_codes",
    "network:add_hours",
    "network:give_role",
    "network:invite_again",
    "network:remove_department",
    "network:remove_hours",
    "network:stand",
    "network:take_role",
}


@pytest.fixture
def told(
    norte: Dealership, mariana: User, jorge: User, now: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Story:
    monkeypatch.setattr(settings, "MEDIA_ROOT", tmp_path)
    return story.tell(norte, mariana, jorge, at=now)


@pytest.fixture
def pseudo_language(monkeypatch: pytest.MonkeyPatch) -> None:
    pseudo.speak_pseudo(monkeypatch)


def signed_in(user: User) -> Client:
    """Through the door itself: some pages ask how one came in."""
    client = Client()
    answer = client.post("/account/sign-in/", {"login": user.email, "password": cast.PASSWORD})
    assert answer.status_code == 302
    return client


# The pseudo-language -----------------------------------------------------------------------------------------


def test_a_forgotten_text_is_found_and_a_translated_one_is_not(pseudo_language: None) -> None:
    page = '<p title="Help">⟦A⟧ <b translate="no">Bo</b> 7 km <kbd>T</kbd></p><p>⟦a <b>b</b> c⟧ Left</p>'

    assert pseudo.leaks(page) == ["Left", "Help"]
    assert pseudo.leaks("<p>Ana ⟦calls⟧ Anabel</p>", {"Ana"}) == ["Anabel"]


@pytest.mark.parametrize("who", ["mariana", "carmen", "elena", "outsider"])
def test_every_page_and_every_answer_to_a_form_is_translated(
    who: str, told: Story, pseudo_language: None, request: pytest.FixtureRequest
) -> None:
    client = signed_in(request.getfixturevalue(who))
    known = pseudo.data()
    found: dict[str, str] = {}
    forms: dict[str, list[Form]] = {}
    for address, answer, its_forms in crawl(client, "/", *told.calls, *ACCOUNT, "/style/", "/nowhere/"):
        found |= dict.fromkeys(pseudo.leaks(answer.text, known), address)
        for form in its_forms:
            forms.setdefault(view_of(form.action), []).append(form)
    for form in (form for alike in forms.values() for form in dict.fromkeys(alike[:MOST_ALIKE])):
        for facts in (form.given, dict.fromkeys(form.given, ""), _filled(form.given)):
            answer = send(client, form, facts)
            found |= dict.fromkeys(pseudo.leaks(answer.text, known | set(facts.values())), form.action)

    assert "\n".join(f"{leak!r} at {place}" for leak, place in found.items()) == ""


def _filled(given: dict[str, str]) -> dict[str, str]:
    """Something in every field that was empty."""
    return {name: value or "2026-03-20" for name, value in given.items()}


def test_the_entrance_and_what_stands_outside_are_translated(told: Story, pseudo_language: None) -> None:
    found: dict[str, str] = {}
    for address, answer, forms in crawl(Client(), *OUTSIDE):
        found |= dict.fromkeys(pseudo.leaks(answer.text), address)
        for form in forms:
            for facts in (form.given, dict.fromkeys(form.given, "nobody@example.com")):
                answer = send(Client(), form, facts)
                found |= dict.fromkeys(pseudo.leaks(answer.text, facts.values()), form.action)

    assert found == {}


def test_choosing_a_password_from_the_letter_is_translated(mariana: User, pseudo_language: None) -> None:
    client = Client()
    page = client.get(invitations.link(mariana).removeprefix(settings.SITE_URL), follow=True)
    bad = client.post(page.request["PATH_INFO"], {"password1": "short", "password2": "other"})
    good = client.post(
        page.request["PATH_INFO"], dict.fromkeys(("password1", "password2"), "blue paper lantern 9"), follow=True
    )

    assert [pseudo.leaks(answer.text, {mariana.name}) for answer in (page, bad, good)] == [[], [], []]


def test_the_second_factor_is_translated(mariana: User, pseudo_language: None) -> None:
    known = pseudo.data()

    assert [(page, leak) for page, html in _of_the_factor(mariana) for leak in pseudo.leaks(html, known)] == []


def _of_the_factor(user: User) -> Iterator[tuple[str, str]]:
    """The pages of somebody who has a second factor, inside and at the door, and of somebody without a password."""
    inside = signed_in(user)
    TOTP.activate(user, "JBSWY3DPEHPK3PXP")
    code, *_others = RecoveryCodes.activate(user).get_unused_codes()
    inside.post("/account/second-factor/reauthenticate/", {"code": code})
    for address, answer, _forms in crawl(inside, *ACCOUNT, *FACTOR):
        if answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/html"):
            yield address, answer.text
    door, address = signed_in(user), "/account/second-factor/authenticate/"
    yield address, door.get(address).text
    yield address, door.post(address, {"code": "000000"}).text
    user.set_unusable_password()
    user.save()
    inside.force_login(user)
    yield NEW_PASSWORD, inside.get(NEW_PASSWORD).text
    yield NEW_PASSWORD, inside.post(NEW_PASSWORD, {"password1": "short"}).text


@pytest.mark.parametrize("status", [403, 404, 409, 429, 500])
def test_what_goes_wrong_is_said_in_the_language_of_the_page(
    status: int, told: Story, patricia: User, as_user: Any, pseudo_language: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = _gone_wrong(status, told, as_user(patricia), monkeypatch)

    assert answer.status_code == status
    assert "⟦" in answer.text
    assert pseudo.leaks(answer.text, pseudo.data()) == []


def _gone_wrong(status: int, told: Story, client: Client, monkeypatch: pytest.MonkeyPatch) -> Any:
    client.raise_request_exception = False
    if status == 403:
        return client.get("/import/")
    if status == 404:
        return client.get("/customer/999999/")
    if status == 409:
        return client.get(told.calls[1])
    if status == 429:
        door, nobody = Client(), {"login": "nobody@example.com", "password": "wrong"}
        with override_settings(ACCOUNT_RATE_LIMITS={"login": "1/m/ip"}):
            return [door.post("/account/sign-in/", nobody) for _time in range(3)][-1]
    monkeypatch.setattr("clientela.desk.views.day.tally", None)
    return client.get("/")


def test_the_letters_are_translated(norte: Dealership, mariana: User, elena: User, pseudo_language: None) -> None:
    invitations.send_invitation(mariana, norte, by=elena)
    Client().post("/account/password/reset/", {"email": mariana.email})

    known = {mariana.name, elena.name, norte.trade_name}
    letters = [re.sub(r"https?://\S+", "", f"{letter.subject}\n{letter.body}") for letter in mail.outbox]
    assert [pseudo.plain_leaks(letter, known) for letter in letters] == [[], []]


def test_every_page_of_the_product_was_visited(told: Story, mariana: User, carmen: User, elena: User) -> None:
    seen = set()
    for client, starts in (
        (signed_in(mariana), ["/", "/style/", *told.calls, *told.files, *ACCOUNT]),
        (signed_in(elena), ["/"]),
        (Client(), OUTSIDE),
    ):
        seen |= {view_of(address) for address, answer, _forms in crawl(client, *starts) if answer.status_code != 404}

    seen |= {view_of(address) for address, _html in _of_the_factor(carmen)}

    assert ", ".join(set(_named(get_resolver())) - seen - NO_PAGES) == ""


def _named(resolver: URLResolver, space: str = "") -> Iterator[str]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLPattern):
            yield space + str(entry.name)
        else:
            yield from _named(entry, f"{entry.namespace}:" if entry.namespace else space)


# Five languages ----------------------------------------------------------------------------------------------

FIGURES = {
    "es-mx": "02/06/2025",
    "es-cl": "02-06-2025",
    "en": "2 Jun 2025",
    "ru": "02.06.2025",
    "zh-hans": "2025-06-02",
}
SHORT = {"es-mx": "2 mar", "es-cl": "2 mar", "en": "Mar 2", "ru": "2 мар", "zh-hans": "3月2日"}
LONG = {
    "es-mx": "Jueves 5 de marzo",
    "es-cl": "Jueves 5 de marzo",
    "en": "Thursday 5 March",
    "ru": "Четверг, 5 марта",
    "zh-hans": "3月5日 星期四",
}


@pytest.mark.parametrize("language", dict(settings.LANGUAGES))
def test_every_page_speaks_the_language_of_its_reader(
    language: str, told: Story, mariana: User, as_user: Callable[[User], Client]
) -> None:
    mariana.language = language
    mariana.save()
    answers = {
        address: answer
        for address, answer, _forms in crawl(as_user(mariana), *told.calls[:1], *told.files, "/", alike=3)
    }

    assert {address for address, answer in answers.items() if answer.status_code not in {200, 302, 409}} == set()
    pages = [
        answer.text
        for address, answer in answers.items()
        # What is printed for the customer's folder speaks the language of the house.
        if answer.status_code == 200 and "<!doctype" in answer.text and "/print/" not in address
    ]
    assert {match[1] for page in pages if (match := re.search('<html lang="([^"]+)"', page))} == {language}
    assert re.findall("<h1>(.*?)</h1>", answers["/"].text) == [LONG[language]]
    assert any(FIGURES[language] in page for page in pages)
    assert any(SHORT[language] in page for page in pages)
