"""The screen of a call asks the database little, however much is known of the customer."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clientela.contacts import calling, queue
from clientela.contacts.calling import Answer
from clientela.contacts.models import Announcement, ContactTask, Outcome
from clientela.network.models import Dealership, User
from tests import cast

#: Besides those that begin and end the transaction and say whose rows are seen.
MOST = 15
OF_THE_TRANSACTION = ("SAVEPOINT", "RELEASE", "SELECT current_setting", "SELECT set_config")


def asked_for(client: Client, task: ContactTask) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert client.get(reverse("desk:call", args=[task.pk])).status_code == 200
    return sum(not query["sql"].startswith(OF_THE_TRANSACTION) for query in asked.captured_queries)


@pytest.mark.parametrize("known", [0, 6])
def test_the_screen_of_a_call_asks_few_questions(
    norte: Dealership, mariana: User, now: datetime, as_user: Callable[[User], Client], known: int
) -> None:
    task = cast.due(norte, date(2026, 3, 2), at=now, odometer_km=4200)
    for number in range(known):
        at = now - timedelta(days=number + 1)
        Announcement.objects.create(dealership=norte, kind="advice", title=f"Advice {number}", text="…")
        other = cast.due(norte, date(2026, 3, 2), at=now, plate=f"KNO-{number}")
        ContactTask.objects.filter(pk=other.pk).update(customer=task.customer_id)
        queue.claim(other, by=mariana, at=now)
        answer = Answer(outcome=Outcome.REACHED, grade="satisfied", words=f"Fine {number}", started_at=at)
        calling.keep(other, answer, fence=other.fence, by=mariana, at=now)
    task.refresh_from_db()
    ContactTask.objects.filter(pk=task.pk).update(state="open", concluded_at=None, timing="", via=None)
    queue.claim(task, by=mariana, at=now)
    client = as_user(mariana)

    assert asked_for(client, task) <= MOST
    assert "4,200 km" in client.get(reverse("desk:call", args=[task.pk])).text
