"""A visitor who opens every page she can reach, and sends every form as it stands and empty."""

from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urldefrag, urljoin, urlsplit

from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import resolve

NOWHERE = ("/static/", "/language/", "/health/")
#: Fields of a form that a browser sends without being asked.
GIVEN = {"hidden", "text", "search", "email", "password", "number", "date", "time", "datetime-local", "tel", "submit"}


@dataclass(frozen=True)
class Form:
    """Where it posts to, and what it would send untouched."""

    action: str
    given: dict[str, str] = field(hash=False, compare=False)


class _Links(HTMLParser):
    """The links and forms of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.page = page
        self.links: list[str] = []
        self.forms: list[Form] = []
        self.form: Form | None = None
        self.select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in given and "download" not in given:  # a file is no page
            self.links.append(urldefrag(urljoin(self.page, given["href"])).url)
        if tag == "form" and given.get("method", "").lower() == "post":
            self.form = Form(urljoin(self.page, given.get("action", "") or self.page), {})
            self.forms.append(self.form)
        if self.form and (name := given.get("name")):
            self._keep(tag, name, given, self.form)
        if tag == "option" and self.form and self.select and "selected" in given:
            self.form.given[self.select] = given.get("value", "")

    def _keep(self, tag: str, name: str, given: dict[str, str], form: Form) -> None:
        kind = given.get("type", "text")
        if tag == "select":
            self.select = name
        elif tag in {"textarea", "button"} or (tag == "input" and kind in GIVEN):
            form.given.setdefault(name, given.get("value", ""))
        elif tag == "input" and "checked" in given:
            form.given[name] = given.get("value", "on")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.form = None
        if tag == "select":
            self.select = ""


def crawl(client: Client, *starts: str, alike: int = 12) -> Iterator[tuple[str, Any, list[Form]]]:
    """The pages that can be reached from these: address, answer, forms. Of `alike` pages only so many."""
    waiting, seen, kinds = list(starts), set(starts), Counter[tuple[str, ...]]()
    while waiting:
        address = waiting.pop(0)
        answer = client.get(address)
        found = _Links(address)
        if answer.headers.get("Content-Type", "").startswith("text/html"):
            found.feed(answer.text)
        if answer.headers.get("Location"):
            found.links.append(urljoin(address, answer.headers["Location"]))
        yield address, answer, found.forms
        for link in found.links:
            if link in seen or not _is_ours(link):
                continue
            seen.add(link)
            kind = (view_of(link), *sorted(parse_qs(urlsplit(link).query)))
            kinds[kind] += 1
            if kinds[kind] <= alike:
                waiting.append(link)


def _is_ours(link: str) -> bool:
    parts = urlsplit(link)
    return not parts.scheme and not parts.netloc and parts.path.startswith("/") and not parts.path.startswith(NOWHERE)


def view_of(address: str) -> str:
    """The name of the view behind an address."""
    return resolve(urlsplit(address).path).view_name


def send(client: Client, form: Form, facts: dict[str, Any]) -> HttpResponse:
    """What the visitor sees after sending it; nothing of it stays."""
    cookies = deepcopy(client.cookies)
    with transaction.atomic():
        answer = client.post(form.action, facts, follow=True)
        transaction.set_rollback(True)
    client.cookies = cookies
    if answer.streaming:  # a file: not for reading on a page
        b"".join(answer.streaming_content)  # type: ignore[attr-defined]
        return HttpResponse()
    return answer  # type: ignore[return-value]
