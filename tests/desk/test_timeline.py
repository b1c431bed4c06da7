"""The history of a customer: the newest lines, and the older ones page by page."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from clientela.desk import views
from clientela.journal.models import Entry, Kind
from clientela.network.models import Dealership, User
from tests import cast


@pytest.mark.parametrize("shows", ["", "calls"])
def test_every_line_stands_on_one_page_of_the_history(
    norte: Dealership,
    mariana: User,
    now: datetime,
    as_user: Callable[[User], Client],
    shows: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(views, "LINES", 4)
    customer = cast.due(norte, now.date(), at=now).customer
    Entry.objects.all().delete()
    facts = {"what": "postpone", "reason": "", "step": {"en": "First call"}}
    lines = [
        Entry.objects.create(
            dealership_id=norte.pk,
            kind=Kind.DECISION,
            at=now - timedelta(hours=n // 3),  # three at a time: the number parts them
            customer_id=customer.pk,
            facts=facts,
        ).pk
        for n in range(10)
    ]
    browser, address = as_user(mariana), reverse("desk:customer", args=[customer.pk])

    pages: list[list[int]] = []
    after = ""
    while len(pages) < 9:
        page = browser.get(address, {"shows": shows, "after": after}).context
        pages.append([entry.pk for entry in page["entries"]])
        after = page["older"]
        if not after:
            break

    assert [len(page) for page in pages] == [4, 4, 2]
    assert sorted(pk for page in pages for pk in page) == lines
