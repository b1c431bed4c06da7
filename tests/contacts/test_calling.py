"""What a call brings: the next try, the end of the task, an answer, a finding; and how it is taken back."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clientela.contacts import calling, planning, queue
from clientela.contacts.calling import Answer
from clientela.contacts.models import Attempt, ContactTask, Finding, Outcome, Remedy
from clientela.contacts.models.task import PROMISED_FIRST
from clientela.customers.models import ContactPoint, Visit
from clientela.journal.models import Entry, Kind
from clientela.lib.refusal import Refusal
from clientela.network.models import CallableInterval, Dealership, User
from clientela.satisfaction.models import Response
from tests import cast

AsUser = Callable[[User], Client]
CHIHUAHUA = ZoneInfo("America/Chihuahua")
DELIVERED = date(2026, 3, 2)
HOUR = timedelta(hours=1)
FAILED = (Outcome.NO_ANSWER, Outcome.BUSY, Outcome.SWITCHED_OFF)


def moment(day: int, hour: int) -> datetime:
    """March 2026 in Chihuahua."""
    return datetime(2026, 3, day, hour, tzinfo=CHIHUAHUA)


@pytest.fixture
def task(norte: Dealership, now: datetime) -> ContactTask:
    return cast.due(norte, DELIVERED, at=now)


def call(task: ContactTask, outcome: Outcome, *, by: User, at: datetime, **facts: Any) -> Attempt:
    """Take the task and say how the call ended."""
    queue.claim(task, by=by, at=at)
    if outcome is Outcome.REACHED:
        facts = {"grade": "satisfied", **facts}
    if outcome is Outcome.CALL_BACK:
        facts = {"call_back_at": at + 2 * HOUR, **facts}
    tried = calling.keep(task, Answer(outcome=outcome, **facts), fence=task.fence, by=by, at=at)
    task.refresh_from_db()
    return tried


# How it goes on ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcome", "state", "callable_from", "ranks_at"),
    [
        (Outcome.REACHED, "done", moment(5, 9), moment(8, 0)),
        (Outcome.REFUSED, "refused", moment(5, 9), moment(8, 0)),
        (Outcome.CALL_BACK, "open", moment(5, 12), moment(5, 12).astimezone(UTC) - PROMISED_FIRST),
        (Outcome.NO_ANSWER, "open", moment(6, 12), moment(8, 0)),
        (Outcome.BUSY, "open", moment(6, 12), moment(8, 0)),
        (Outcome.SWITCHED_OFF, "open", moment(6, 12), moment(8, 0)),
        (Outcome.WRONG_NUMBER, "invalid", moment(5, 9), moment(8, 0)),
    ],
)
def test_each_outcome_leads_on(
    task: ContactTask,
    jorge: User,
    now: datetime,
    outcome: Outcome,
    state: str,
    callable_from: datetime,
    ranks_at: datetime,
) -> None:
    tried = call(task, outcome, by=jorge, at=now)

    assert (task.state, task.callable_from, task.ranks_at) == (state, callable_from, ranks_at)
    assert (task.attempts, task.leased_by, task.leased_until) == (1, None, None)
    assert task.concluded_at == (None if state == "open" else now)
    assert (tried.number, tried.by, tried.at, tried.band, tried.timing) == (1, jorge, now, "morning", "in_window")


@pytest.mark.parametrize("outcome", FAILED)
def test_three_failed_tries_lie_on_three_days_in_three_parts_of_the_day_and_are_the_last(
    task: ContactTask, jorge: User, now: datetime, outcome: Outcome
) -> None:
    at, tries = now, []
    for _ in range(3):
        tries.append(call(task, outcome, by=jorge, at=at))
        at = task.callable_from

    assert [(tried.at.astimezone(CHIHUAHUA).date(), tried.band) for tried in tries] == [
        (date(2026, 3, 5), "morning"),
        (date(2026, 3, 6), "afternoon"),
        (date(2026, 3, 7), "evening"),
    ]
    assert (task.state, task.attempts, task.attempts_left) == ("unreached", 3, 0)


def test_without_a_limit_there_is_always_another_try(task: ContactTask, jorge: User, now: datetime) -> None:
    ContactTask.objects.update(attempts_max=None)
    task.refresh_from_db()
    at = now
    for _ in range(5):
        call(task, Outcome.NO_ANSWER, by=jorge, at=at)
        at = task.callable_from

    assert (task.state, task.attempts, task.attempts_left) == ("open", 5, None)


def test_a_failed_try_made_early_does_not_bring_the_next_one_before_the_window(
    norte: Dealership, jorge: User, now: datetime
) -> None:
    task = cast.due(norte, date(2026, 3, 5), at=now)  # opens on the 8th, a Sunday

    call(task, Outcome.NO_ANSWER, by=jorge, at=now)

    assert task.callable_from == moment(9, 12)


def test_after_an_agreed_time_without_answer_the_task_ranks_by_its_window_again(
    task: ContactTask, jorge: User, now: datetime
) -> None:
    call(task, Outcome.CALL_BACK, by=jorge, at=now)
    assert (task.ranks_at, task.call_back_at) == (moment(5, 12).astimezone(UTC) - PROMISED_FIRST, moment(5, 12))

    call(task, Outcome.NO_ANSWER, by=jorge, at=moment(5, 12))

    assert (task.ranks_at, task.call_back_at) == (moment(8, 0), None)


def test_a_time_that_was_not_agreed_is_not_kept(task: ContactTask, jorge: User, now: datetime) -> None:
    assert call(task, Outcome.NO_ANSWER, by=jorge, at=now, call_back_at=now + HOUR).call_back_at is None


def test_a_call_back_without_a_time_is_refused(task: ContactTask, jorge: User, now: datetime) -> None:
    with pytest.raises(Refusal, match="Say when the customer wants to be called: day and time"):
        call(task, Outcome.CALL_BACK, by=jorge, at=now, call_back_at=None)
    assert Attempt.objects.count() == 0


def test_without_opening_hours_a_failed_try_is_refused_and_leaves_nothing(
    task: ContactTask, jorge: User, now: datetime
) -> None:
    queue.claim(task, by=jorge, at=now)
    CallableInterval.objects.all().delete()

    with pytest.raises(Refusal, match="no opening hours"):
        calling.keep(task, Answer(outcome=Outcome.NO_ANSWER), fence=task.fence, by=jorge, at=now)
    assert Attempt.objects.count() == 0


def test_a_wrong_number_is_marked_and_the_other_one_is_next(norte: Dealership, jorge: User, now: datetime) -> None:
    task = cast.due(norte, DELIVERED, at=now, phones="614 111 1111 / 614 222 2222")

    call(task, Outcome.WRONG_NUMBER, by=jorge, at=now)

    assert validity(task) == {"+526141111111": False, "+526142222222": True}
    assert (task.state, task.callable_from) == ("open", now)
    assert queue.claim_next(norte.pk, by=jorge, at=now, today=norte.today(now)) == task.pk

    call(task, Outcome.WRONG_NUMBER, by=jorge, at=now)

    assert validity(task) == {"+526141111111": False, "+526142222222": False}
    assert task.state == "invalid"


@pytest.mark.parametrize(
    ("delivered", "number", "state"),
    [
        (DELIVERED, "614 777 0000", "open"),
        (DELIVERED, "614 111 1111", "open"),
        (date(2026, 1, 10), "614 777 0000", "invalid"),
    ],
)
def test_who_had_no_valid_number_is_called_once_she_has_one(
    norte: Dealership, jorge: User, now: datetime, as_user: AsUser, delivered: date, number: str, state: str
) -> None:
    task = cast.due(norte, delivered, at=now - (DELIVERED - delivered), phones="614 111 1111")
    call(task, Outcome.WRONG_NUMBER, by=jorge, at=now)
    assert task.state == "invalid"

    as_user(jorge).post(reverse("customers:add_phone", args=[task.customer_id]), {"phone": number})

    task.refresh_from_db()
    assert (task.state, task.concluded_at) == (state, None if state == "open" else now)


def test_a_number_that_comes_with_a_file_is_called_too(norte: Dealership, jorge: User, now: datetime) -> None:
    facts: dict[str, Any] = {"customer_name": "Ana López", "number": "E-1", "email": "ana@correo.mx"}
    task = cast.due(norte, DELIVERED, at=now, phones="614 111 1111", **facts)
    call(task, Outcome.WRONG_NUMBER, by=jorge, at=now)

    cast.deliver(norte, DELIVERED, at=now, phones="614 111 1111", **facts)
    task.refresh_from_db()
    assert task.state == "invalid"

    cast.deliver(norte, DELIVERED, at=now, phones="614 222 2222", **facts)
    task.refresh_from_db()
    assert task.state == "open"


def validity(task: ContactTask) -> dict[str, bool]:
    return dict(ContactPoint.objects.filter(customer=task.customer).values_list("value", "valid"))


@pytest.mark.parametrize(
    ("began", "seconds"),
    [(timedelta(minutes=4), 240), (timedelta(0), 0), (-HOUR, 0), (timedelta(hours=9), 0)],
)
def test_the_length_of_a_call_is_believed_while_it_is_likely(
    task: ContactTask, jorge: User, now: datetime, began: timedelta, seconds: int
) -> None:
    tried = call(task, Outcome.BUSY, by=jorge, at=now, started_at=now - began)

    assert tried.duration.total_seconds() == seconds


# What was said -----------------------------------------------------------------------------------------------


@pytest.mark.covers("S0-c.2")
def test_the_answer_belongs_to_the_visit_and_to_who_attended_it(
    norte: Dealership, jorge: User, patricia: User, now: datetime
) -> None:
    task = cast.due(norte, DELIVERED, at=now)

    tried = call(task, Outcome.REACHED, by=jorge, at=now, grade="so_so", words="Tardaron mucho.")

    [response] = Response.objects.all()
    assert tried.response == response
    assert (response.visit, response.customer, response.recorded_by) == (task.visit, task.customer, jorge)
    assert (response.grade, response.words, response.answered_at) == ("so_so", "Tardaron mucho.", now)
    assert (response.consultant_name, response.questionnaire) == ("Patricia Ríos", "dealership_satisfaction")
    assert task.visit.consultant == patricia


@pytest.mark.parametrize("outcome", [outcome for outcome in Outcome if outcome is not Outcome.REACHED])
def test_who_was_not_reached_answered_nothing(task: ContactTask, jorge: User, now: datetime, outcome: Outcome) -> None:
    call(task, outcome, by=jorge, at=now, grade="satisfied")

    assert Response.objects.count() == 0


def timeline(task: ContactTask) -> list[tuple[str, User | None, dict[str, Any]]]:
    """What the customer's timeline says since the visit, oldest first."""
    entries = Entry.objects.of_customer(task.customer_id).exclude(kind=Kind.VISIT).order_by("id")
    return [(entry.kind, entry.by, entry.facts) for entry in entries]


def test_a_call_stands_on_the_timeline(task: ContactTask, jorge: User, now: datetime) -> None:
    started = now - timedelta(minutes=3)
    call(task, Outcome.NO_ANSWER, by=jorge, at=now, words="buzón", started_at=started)

    [(kind, by, facts)] = timeline(task)
    assert (kind, by) == (Kind.ATTEMPT, jorge)
    assert {name: facts[name] for name in ("outcome", "timing", "number", "words", "seconds", "state")} == {
        "outcome": "no_answer",
        "timing": "in_window",
        "number": 1,
        "words": "buzón",
        "seconds": 180,
        "state": "open",
    }
    assert datetime.fromisoformat(facts["next_at"]) == task.callable_from
    [entry] = Entry.objects.filter(kind=Kind.ATTEMPT)
    assert (entry.vehicle_id, entry.visit_id, entry.at) == (task.vehicle_id, task.visit_id, now)


# Shortcomings ------------------------------------------------------------------------------------------------

LATE: dict[str, Any] = {"finding_kind": "shortcoming", "finding_text": "La entrega se retrasó dos horas."}


@pytest.mark.covers("S4-1.3.0")
def test_a_shortcoming_gets_a_remedy_with_an_owner(
    task: ContactTask, jorge: User, patricia: User, now: datetime
) -> None:
    call(task, Outcome.REACHED, by=jorge, at=now, remedy_owner=patricia, **LATE)

    [remedy] = Remedy.objects.open()
    assert (remedy.owner, remedy.opened_at, remedy.done_at) == (patricia, now, None)
    assert (remedy.finding.text, remedy.finding.customer) == (LATE["finding_text"], task.customer)
    assert [(kind, by) for kind, by, _facts in timeline(task)] == [(Kind.FINDING, jorge), (Kind.ATTEMPT, jorge)]
    assert timeline(task)[0][2] == {
        "finding": "shortcoming",
        "text": LATE["finding_text"],
        "owner": "Patricia Ríos",
        "due_at": remedy.due_at.isoformat(),
    }


@pytest.mark.covers("S4-1.3.0")
def test_a_shortcoming_without_an_owner_is_refused_and_nothing_is_half_written(
    task: ContactTask, jorge: User, now: datetime
) -> None:
    with pytest.raises(Refusal) as refused:
        call(task, Outcome.REACHED, by=jorge, at=now, **LATE)

    assert refused.value.sentence == "A shortcoming needs somebody who puts it right. Choose an owner."
    task.refresh_from_db()
    assert (task.state, task.attempts, task.leased_by) == ("open", 0, jorge)
    assert [noun.objects.count() for noun in (Attempt, Finding, Remedy, Response)] == [0, 0, 0, 0]
    assert timeline(task) == []


@pytest.mark.covers("S4-1.3.0")
@pytest.mark.parametrize("kind", ["need", "market"])
def test_a_need_and_news_of_the_market_are_found_without_a_remedy(
    task: ContactTask, jorge: User, patricia: User, now: datetime, kind: str
) -> None:
    text = "Busca una camioneta para su hija."
    call(task, Outcome.REACHED, by=jorge, at=now, finding_kind=kind, finding_text=text, remedy_owner=patricia)

    [finding] = Finding.objects.all()
    assert (finding.kind, finding.text, finding.found_at) == (kind, text, now)
    assert Remedy.objects.count() == 0
    assert timeline(task)[0][2] == {"finding": kind, "text": text, "owner": "", "due_at": ""}


@pytest.mark.parametrize("kind", ["", "shortcoming"])
def test_a_finding_of_no_kind_or_without_words_is_refused(
    task: ContactTask, jorge: User, patricia: User, now: datetime, kind: str
) -> None:
    text = "" if kind else "La entrega se retrasó."
    with pytest.raises(Refusal):
        call(task, Outcome.REACHED, by=jorge, at=now, finding_kind=kind, finding_text=text, remedy_owner=patricia)
    assert Attempt.objects.count() == 0


@pytest.fixture
def remedy(task: ContactTask, jorge: User, patricia: User, now: datetime) -> Remedy:
    """Patricia's to put right."""
    call(task, Outcome.REACHED, by=jorge, at=now, remedy_owner=patricia, **LATE)
    return Remedy.objects.get()


@pytest.mark.covers("S4-1.3.0")
@pytest.mark.parametrize("who", ["patricia", "mariana"])
def test_its_owner_or_a_manager_finishes_a_remedy_and_the_timeline_says_so(
    request: pytest.FixtureRequest, task: ContactTask, remedy: Remedy, now: datetime, as_user: AsUser, who: str
) -> None:
    by = request.getfixturevalue(who)

    answer = as_user(by).post(reverse("contacts:remedy", args=[remedy.pk]), {"measure": "Le lavamos el coche."})

    assert answer.status_code == 302
    remedy.refresh_from_db()
    assert (remedy.done_by, remedy.done_at, remedy.measure) == (by, now, "Le lavamos el coche.")
    assert list(Remedy.objects.open()) == []
    assert timeline(task)[-1] == (
        Kind.REMEDY,
        by,
        {"measure": "Le lavamos el coche.", "finding": LATE["finding_text"]},
    )
    page = as_user(request.getfixturevalue("mariana")).get(reverse("desk:customer", args=[task.customer_id]))
    assert "Le lavamos el coche." in page.content.decode()


def test_nobody_else_finishes_a_remedy(remedy: Remedy, jorge: User, lixue: User, as_user: AsUser) -> None:
    address = reverse("contacts:remedy", args=[remedy.pk])
    refused = as_user(jorge).post(address, {"measure": "x"})

    assert refused.status_code == 409
    assert "Only Patricia Ríos or a manager can finish this remedy." in refused.content.decode()
    assert as_user(lixue).post(address, {"measure": "x"}).status_code == 404
    assert list(Remedy.objects.open()) == [remedy]


def test_a_remedy_is_finished_once_and_with_words(
    remedy: Remedy, patricia: User, now: datetime, as_user: AsUser
) -> None:
    address = reverse("contacts:remedy", args=[remedy.pk])
    assert as_user(patricia).post(address, {"measure": "  "}).status_code == 422
    remedy.finish("Hecho", by=patricia, at=now)

    assert as_user(patricia).post(address, {"measure": "Otra vez"}).status_code == 409
    remedy.refresh_from_db()
    assert remedy.measure == "Hecho"


# Taken back --------------------------------------------------------------------------------------------------


def state_of(task: ContactTask) -> dict[str, Any]:
    """All that a task is, but for who holds it."""
    found = ContactTask.objects.filter(pk=task.pk).values().get()
    return {name: value for name, value in found.items() if name not in {"leased_by_id", "leased_until", "fence"}}


@contextmanager
def undone() -> Iterator[None]:
    """For one example: whatever is written in it is gone behind it."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    before=st.lists(st.sampled_from([*FAILED, Outcome.CALL_BACK]), max_size=2),
    outcome=st.sampled_from(list(Outcome)),
    finds=st.booleans(),
)
def test_taking_back_restores_exactly(
    norte: Dealership, jorge: User, now: datetime, before: list[Outcome], outcome: Outcome, finds: bool
) -> None:
    with undone():
        task = cast.due(norte, DELIVERED, at=now, phones="614 111 1111")
        for earlier in before:
            call(task, earlier, by=jorge, at=task.callable_from)
        at = task.callable_from
        was, numbers = state_of(task), validity(task)
        found = {**LATE, "remedy_owner": jorge} if finds else {}
        tried = call(task, outcome, by=jorge, at=at, **found)
        assert state_of(task) != was

        calling.take_back(tried, by=jorge, at=at + HOUR)

        assert (state_of(task), validity(task)) == (was, numbers)
        assert list(Remedy.objects.open()) == []
        assert Response.objects.filter(withdrawn_at=None).count() == 0
        assert timeline(task)[-1][:2] == (Kind.ATTEMPT_UNDONE, jorge)
        tried.refresh_from_db()
        assert tried.undone_at == at + HOUR
        assert call(task, outcome, by=jorge, at=at + HOUR).number == tried.number


def test_a_call_is_taken_back_once(task: ContactTask, jorge: User, now: datetime) -> None:
    tried = call(task, Outcome.REACHED, by=jorge, at=now)
    calling.take_back(tried, by=jorge, at=now)

    with pytest.raises(Refusal, match="This call was already taken back"):
        calling.take_back(tried, by=jorge, at=now)


@pytest.mark.parametrize(
    ("at", "may"), [(moment(5, 23), True), (moment(6, 0), False), (moment(5, 10) + timedelta(days=365), False)]
)
def test_a_call_is_taken_back_on_the_same_day_at_the_dealership(
    task: ContactTask, jorge: User, now: datetime, at: datetime, may: bool
) -> None:
    tried = call(task, Outcome.REFUSED, by=jorge, at=now)
    if may:
        calling.take_back(tried, by=jorge, at=at)
    else:
        with pytest.raises(Refusal, match="only on the same day"):
            calling.take_back(tried, by=jorge, at=at)
    task.refresh_from_db()
    assert task.is_open == may


def test_nobody_takes_back_what_somebody_else_recorded(
    task: ContactTask, jorge: User, mariana: User, lixue: User, now: datetime, as_user: AsUser
) -> None:
    tried = call(task, Outcome.REFUSED, by=jorge, at=now)
    address = reverse("contacts:undo", args=[tried.pk])

    refused = as_user(mariana).post(address)

    assert refused.status_code == 409
    assert "Only who recorded a call can take it back, and only on the same day." in refused.content.decode()
    assert as_user(lixue).post(address).status_code == 404
    assert as_user(jorge).post(address).status_code == 302
    task.refresh_from_db()
    assert task.is_open


def test_what_was_recorded_since_is_taken_back_first(task: ContactTask, jorge: User, now: datetime) -> None:
    first, second = (call(task, Outcome.NO_ANSWER, by=jorge, at=now) for _ in range(2))

    with pytest.raises(Refusal, match="Something newer was recorded since"):
        calling.take_back(first, by=jorge, at=now)

    calling.take_back(second, by=jorge, at=now)
    calling.take_back(first, by=jorge, at=now)
    task.refresh_from_db()
    assert (task.attempts, task.callable_from) == (0, moment(5, 9))


def test_a_call_is_not_taken_back_under_the_hands_of_a_colleague(
    task: ContactTask, jorge: User, mariana: User, now: datetime
) -> None:
    tried = call(task, Outcome.NO_ANSWER, by=jorge, at=now)
    queue.claim(task, by=mariana, at=now)

    with pytest.raises(Refusal, match="Mariana Ruiz is on this contact right now"):
        calling.take_back(tried, by=jorge, at=now)

    task.refresh_from_db()
    assert task.leased_by == mariana


@pytest.mark.parametrize(
    ("correction", "state", "opens_on"),
    [({"delivered_on": date(2026, 3, 4)}, "open", 7), ({"cancelled_at": moment(5, 10)}, "cancelled", 5)],
)
def test_what_is_taken_back_follows_a_visit_that_was_corrected_meanwhile(
    task: ContactTask, jorge: User, now: datetime, correction: dict[str, Any], state: str, opens_on: int
) -> None:
    tried = call(task, Outcome.REFUSED, by=jorge, at=now)
    correct(task, **correction)

    calling.take_back(tried, by=jorge, at=now)

    task.refresh_from_db()
    assert (task.state, task.opens_on) == (state, date(2026, 3, opens_on))


def test_what_is_taken_back_keeps_the_days_to_which_it_moved(task: ContactTask, jorge: User, now: datetime) -> None:
    tried = call(task, Outcome.NO_ANSWER, by=jorge, at=now)
    correct(task, delivered_on=date(2026, 3, 4))

    calling.take_back(tried, by=jorge, at=now)

    task.refresh_from_db()
    assert (task.opens_on, task.callable_from) == (date(2026, 3, 7), moment(7, 9))
    assert task.ranks_at == task.due_at == moment(10, 0)


def correct(task: ContactTask, **correction: Any) -> None:
    Visit.objects.filter(pk=task.visit_id).update(**correction)
    planning.realign([task.visit_id], at=moment(5, 10))


# Through the pages -------------------------------------------------------------------------------------------


def save(browser: Client, task: ContactTask, htmx: bool = True, **fields: Any) -> HttpResponse:
    address = reverse("contacts:outcome", args=[task.pk])
    headers = {"HX-Request": "true"} if htmx else {}
    return browser.post(address, {"fence": task.fence, **fields}, headers=headers)  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "Say how the call ended: choose an outcome, keys 1 to 7."),
        ({"outcome": "abducted"}, "Say how the call ended: choose an outcome, keys 1 to 7."),
        ({"outcome": "reached"}, "Say how satisfied the customer is, keys Q, W and E."),
        ({"outcome": "reached", "grade": "ecstatic"}, "Say how satisfied the customer is, keys Q, W and E."),
        (
            {"outcome": "busy", "grade": "satisfied"},
            "An answer was given, so the customer was reached. Choose “Follow-up done”.",
        ),
        ({"outcome": "call_back"}, "Say when the customer wants to be called: day and time."),
        (
            {"outcome": "call_back", "call_back_at": "tomorrow"},
            "Say when the customer wants to be called: day and time.",
        ),
        (
            {"outcome": "call_back", "call_back_at": "2026-03-05T10:00"},
            "This time has passed. Choose a later one.",
        ),
        (
            {"outcome": "call_back", "call_back_at": "2026-05-05T10:00"},
            "This is more than 60 days away. Choose a nearer day.",
        ),
        ({"outcome": "refused", "finding_kind": "need"}, "Write what was found."),
        ({"outcome": "refused", "finding_kind": "need", "finding_text": "  "}, "Write what was found."),
        (
            {"outcome": "refused", "finding_text": "x"},
            "Say what it is: a need, a shortcoming or market information.",
        ),
        (
            {"outcome": "refused", "finding_kind": "gossip", "finding_text": "x"},
            "Say what it is: a need, a shortcoming or market information.",
        ),
        (
            {"outcome": "refused", "finding_kind": "shortcoming", "finding_text": "x"},
            "A shortcoming needs somebody who puts it right. Choose an owner.",
        ),
        (
            {"outcome": "refused", "finding_kind": "shortcoming", "finding_text": "x", "remedy_owner": "0"},
            "A shortcoming needs somebody who puts it right. Choose an owner.",
        ),
    ],
)
def test_what_is_missing_is_said_in_a_sentence_and_nothing_is_kept(
    task: ContactTask, jorge: User, now: datetime, as_user: AsUser, fields: dict[str, Any], sentence: str
) -> None:
    queue.claim(task, by=jorge, at=now)

    answer = save(as_user(jorge), task, **fields)

    assert answer.status_code == 422
    page = answer.content.decode()
    assert (page.count("<li>"), "<html" in page) == (1, False)
    assert f"<li>{sentence}</li>" in page
    assert Attempt.objects.count() == 0
    assert save(as_user(jorge), task, htmx=False, **fields).status_code == 422


def test_somebody_of_another_house_cannot_own_the_remedy(
    task: ContactTask, jorge: User, lixue: User, now: datetime, as_user: AsUser
) -> None:
    queue.claim(task, by=jorge, at=now)
    fields: dict[str, Any] = {"outcome": "refused", "finding_kind": "shortcoming", "finding_text": "x"}

    assert save(as_user(jorge), task, remedy_owner=lixue.pk, **fields).status_code == 422
    assert Remedy.objects.count() == 0


def test_a_call_is_saved_and_the_next_customer_comes(
    norte: Dealership, task: ContactTask, jorge: User, patricia: User, now: datetime, as_user: AsUser
) -> None:
    following = cast.due(norte, DELIVERED, at=now)
    browser = as_user(jorge)
    assert browser.post(reverse("contacts:take_next")).headers["Location"] == reverse("desk:call", args=[task.pk])
    task.refresh_from_db()

    answer = save(
        browser,
        task,
        grade="dissatisfied",
        words=" Tardaron. ",
        started_at="2026-03-05T15:55:00Z",
        finding_kind="shortcoming",
        finding_text=" Retraso ",
        remedy_owner=str(patricia.pk),
        next="",
    )

    assert answer.headers["HX-Redirect"] == reverse("desk:call", args=[following.pk])
    [attempt] = Attempt.objects.all()
    assert (attempt.outcome, attempt.words, attempt.duration) == ("reached", "Tardaron.", timedelta(minutes=5))
    assert [(found.text, found.remedy.owner) for found in Finding.objects.all()] == [("Retraso", patricia)]


def test_a_call_back_is_agreed_on_the_clock_of_the_dealership(
    task: ContactTask, jorge: User, now: datetime, as_user: AsUser
) -> None:
    queue.claim(task, by=jorge, at=now)

    save(as_user(jorge), task, outcome="call_back", call_back_at="2026-03-06T17:30")

    task.refresh_from_db()
    assert task.call_back_at == moment(6, 17) + timedelta(minutes=30)


def test_a_save_comes_too_late_once_somebody_else_has_it(
    task: ContactTask, jorge: User, mariana: User, now: datetime, as_user: AsUser
) -> None:
    queue.claim(task, by=jorge, at=now)
    late = now + queue.LEASE
    with time_machine.travel(late, tick=False):
        assert as_user(mariana).post(reverse("contacts:take", args=[task.pk])).status_code == 302

        answer = save(as_user(jorge), task, outcome="refused")

        taken = as_user(jorge).post(reverse("contacts:take", args=[task.pk]))
    assert answer.status_code == 409
    assert "This task is no longer yours" in answer.content.decode()
    assert taken.status_code == 409
    assert "Mariana Ruiz is on this contact since 10:20. Take the next one." in taken.content.decode()
    assert Attempt.objects.count() == 0


@pytest.mark.parametrize("fence", ["", "x", "-1", "9" * 40])
def test_a_fence_somebody_made_up_saves_nothing(
    task: ContactTask, jorge: User, now: datetime, as_user: AsUser, fence: str
) -> None:
    queue.claim(task, by=jorge, at=now)

    answer = save(as_user(jorge), task, outcome="refused", fence=fence)

    assert answer.status_code in {409, 422}
    assert Attempt.objects.count() == 0


@pytest.mark.covers("S0-P.2")
def test_the_neighbour_cannot_take_save_or_give_back_our_tasks(
    task: ContactTask, jorge: User, lixue: User, now: datetime, as_user: AsUser
) -> None:
    queue.claim(task, by=jorge, at=now)
    browser = as_user(lixue)

    answers = [browser.post(reverse(f"contacts:{verb}", args=[task.pk])) for verb in ("take", "give_back", "outcome")]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    task.refresh_from_db()
    assert task.leased_by == jorge
