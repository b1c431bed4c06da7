"""What a call needs before it is saved, which attempts count, and what a contact by another channel is worth."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from clientela.contacts import attempting, calling, planning, presets, queue
from clientela.contacts.calling import Answer
from clientela.contacts.models import (
    Attempt,
    Channel,
    ContactTask,
    Outcome,
    Programme,
    ProgrammeStep,
    Remedy,
    Uncounted,
)
from clientela.journal.models import Entry, Kind
from clientela.lib.refusal import Refusal
from clientela.network import calendars
from clientela.network.models import Dealership, OpeningHours, Role, User
from clientela.satisfaction.models import Response
from tests import cast

AsUser = Callable[[User], Client]
CHIHUAHUA = ZoneInfo("America/Chihuahua")
DELIVERED = date(2026, 3, 2)
HOUR = timedelta(hours=1)


def moment(day: int, clock: str) -> datetime:
    """March 2026 in Chihuahua; the 2nd is a Monday."""
    return datetime.combine(date(2026, 3, day), time.fromisoformat(clock), CHIHUAHUA)


def only(norte: Dealership, preset: str) -> Dealership:
    """Autos del Norte with nothing but this preset."""
    presets.activate(preset, norte, go_live_on=date(2025, 6, 1))
    Programme.objects.exclude(preset=preset).update(active=False)
    return norte


@pytest.fixture
def mazda(norte: Dealership) -> Dealership:
    return only(norte, "mazda_chile")


def save(browser: Client, task: ContactTask, **given: Any) -> Any:
    """What the call screen would send."""
    task.refresh_from_db()
    return browser.post(reverse("contacts:outcome", args=[task.pk]), {"fence": task.fence, **given})


def call(task: ContactTask, outcome: Outcome, *, by: User, at: datetime, **facts: Any) -> Attempt:
    queue.claim(task, by=by, at=at)
    tried = calling.keep(task, Answer(outcome=outcome, **facts), fence=task.fence, by=by, at=at)
    task.refresh_from_db()
    return tried


# Identity ----------------------------------------------------------------------------------------------------


@pytest.mark.covers("S2-9.2")
def test_reached_is_refused_until_the_identity_is_verified(
    mazda: Dealership, mariana: User, now: datetime, as_user: AsUser
) -> None:
    task = cast.due(mazda, DELIVERED, at=now, plate="QRX-7711")
    queue.claim(task, by=mariana, at=now)
    browser = as_user(mariana)
    page = browser.get(reverse("desk:call", args=[task.pk])).content.decode()
    identity = page[page.index('class="identity"') : page.index('name="identity_verified"')]
    for shown in (task.customer.spoken_name, "GMC Terrain 2026", "QRX-7711", "vehicle delivery", "Monday 2 March"):
        assert shown in identity

    refused = save(browser, task, grade="satisfied")
    assert refused.status_code == 422
    assert "Make sure first of whom you speak with" in refused.content.decode()
    with pytest.raises(Refusal, match="Make sure first"):
        calling.keep(task, Answer(outcome=Outcome.REACHED, grade="satisfied"), fence=task.fence, by=mariana, at=now)
    assert Attempt.objects.count() == 0

    assert save(browser, task, grade="satisfied", identity_verified="on").status_code == 302
    assert Attempt.objects.get().identity_verified


@pytest.mark.covers("S2-9.2")
@pytest.mark.parametrize("outcome", ["no_answer", "wrong_number", "refused"])
def test_who_was_not_spoken_to_need_not_be_known(
    mazda: Dealership, mariana: User, now: datetime, as_user: AsUser, outcome: str
) -> None:
    task = cast.due(mazda, date(2026, 3, 1), at=now, kind="workshop_visit")
    queue.claim(task, by=mariana, at=now)

    assert save(as_user(mariana), task, outcome=outcome).status_code == 302
    assert not Attempt.objects.get().identity_verified


def test_where_no_source_asks_for_it_nobody_ticks(
    norte: Dealership, jorge: User, now: datetime, as_user: AsUser
) -> None:
    task = cast.due(norte, DELIVERED, at=now)
    queue.claim(task, by=jorge, at=now)
    browser = as_user(jorge)

    assert "identity_verified" not in browser.get(reverse("desk:call", args=[task.pk])).content.decode()
    assert save(browser, task, grade="satisfied").status_code == 302


# Which attempts count ----------------------------------------------------------------------------------------


@pytest.mark.covers("S2-9.5")
@pytest.mark.parametrize(
    ("first", "second", "why"),
    [
        (moment(9, "10:00"), moment(9, "15:00"), Uncounted.SAME_DAY),
        (moment(9, "10:00"), moment(9, "18:00"), Uncounted.SAME_DAY),
        (moment(9, "10:00"), moment(10, "10:30"), Uncounted.SAME_BAND),
        (moment(9, "13:00"), moment(11, "16:59"), Uncounted.SAME_BAND),
        (moment(9, "10:00"), moment(10, "12:00"), ""),
        (moment(9, "16:59"), moment(10, "17:00"), ""),
    ],
)
def test_an_attempt_counts_only_on_another_day_and_at_another_time_of_day(
    mazda: Dealership, mariana: User, now: datetime, first: datetime, second: datetime, why: str
) -> None:
    task = cast.due(mazda, date(2026, 3, 6), at=now)
    call(task, Outcome.NO_ANSWER, by=mariana, at=first)
    assert attempting.if_missed(task, at=second).uncounted == (why or None)

    tried = call(task, Outcome.BUSY, by=mariana, at=second)

    assert (tried.counted, tried.uncounted) == (not why, why)
    assert (task.attempts, len(task.bands_used)) == ((1, 1) if why else (2, 2))
    assert task.is_open
    assert task.callable_from > second
    entry = Entry.objects.filter(kind=Kind.ATTEMPT).latest("id")
    assert entry.facts["uncounted"] == why


@pytest.mark.covers("S2-9.5")
def test_one_that_does_not_count_is_said_so_before_and_after(
    mazda: Dealership, mariana: User, now: datetime, as_user: AsUser
) -> None:
    task = cast.due(mazda, date(2026, 3, 6), at=now)
    call(task, Outcome.NO_ANSWER, by=mariana, at=moment(9, "10:00"))
    with time_machine.travel(moment(10, "10:30"), tick=False):
        browser = as_user(mariana)
        browser.post(reverse("contacts:take", args=[task.pk]))
        page = browser.get(reverse("desk:call", args=[task.pk])).content.decode()
        assert "not counted, at the same time of day as an earlier one; next:" in page
        save(browser, task, outcome="no_answer")
        listed = browser.get(reverse("desk:today")).content.decode()
        timeline = browser.get(reverse("desk:customer", args=[task.customer_id])).content.decode()

    assert "not counted: at the same time of day as an earlier one" in listed
    assert "not counted: at the same time of day as an earlier one" in timeline
    task.refresh_from_db()
    assert (task.attempts, task.attempts_left) == (1, 2)


@pytest.mark.covers("S2-9.5")
def test_three_unanswered_close_it_and_a_fourth_is_blocked(mazda: Dealership, mariana: User, now: datetime) -> None:
    task = cast.due(mazda, date(2026, 3, 6), at=now)
    tries = [
        call(task, Outcome.NO_ANSWER, by=mariana, at=at)
        for at in (moment(9, "10:00"), moment(9, "11:00"), moment(10, "15:00"), moment(12, "18:00"))
    ]

    assert [tried.number for tried in tries] == [1, 1, 2, 3]
    assert [tried.counted for tried in tries] == [True, False, True, True]
    assert (task.state, task.attempts) == ("unreached", 3)
    with pytest.raises(Refusal, match="already concluded: not reached"):
        queue.claim(task, by=mariana, at=moment(13, "10:00"))


def test_a_house_that_is_never_open_in_the_evening_counts_a_second_morning(
    mazda: Dealership, mariana: User, now: datetime
) -> None:
    OpeningHours.objects.update(closes=time(15))
    calendars.compile_calls(mazda, at=now)
    task = cast.due(mazda, date(2026, 3, 6), at=now)

    tries = [
        call(task, Outcome.NO_ANSWER, by=mariana, at=at)
        for at in (moment(9, "10:00"), moment(10, "14:00"), moment(11, "10:00"))
    ]

    assert [tried.counted for tried in tries] == [True, True, True]
    assert task.state == "unreached"


def test_an_uncounted_attempt_is_taken_back_without_a_trace_in_the_count(
    mazda: Dealership, mariana: User, now: datetime
) -> None:
    task = cast.due(mazda, date(2026, 3, 6), at=now)
    call(task, Outcome.NO_ANSWER, by=mariana, at=moment(9, "10:00"))
    was = (task.attempts, task.bands_used, task.callable_from)
    tried = call(task, Outcome.NO_ANSWER, by=mariana, at=moment(9, "11:00"))

    calling.take_back(tried, by=mariana, at=moment(9, "11:10"))
    task.refresh_from_db()
    assert (task.attempts, task.bands_used, task.callable_from) == was

    calling.take_back(Attempt.objects.get(undone_at=None), by=mariana, at=moment(9, "11:20"))
    assert call(task, Outcome.NO_ANSWER, by=mariana, at=moment(9, "11:30")).counted


@pytest.mark.covers("S2-9.5")
def test_a_refusal_closes_at_once_and_the_whole_programme_with_it(
    mazda: Dealership, mariana: User, now: datetime
) -> None:
    name = {"customer_name": "Soto Vega Ana", "phones": "614 555 7519", "email": "ana@correo.mx"}
    task = cast.due(mazda, DELIVERED, at=now, **name)
    service = cast.deliver(mazda, date(2026, 3, 4), at=now, kind="workshop_visit", plate="ZZZ-0001", **name)
    planning.plan(at=now)
    other = service.tasks.get()
    assert other.customer_id == task.customer_id

    tried = call(task, Outcome.REFUSED, by=mariana, at=now)

    other.refresh_from_db()
    assert (task.state, other.state, other.via) == ("refused", "refused", tried)
    cast.deliver(mazda, date(2026, 3, 5), at=now, kind="workshop_visit", plate="ZZZ-0001", **name)
    assert planning.plan(at=moment(8, "10:00")).total == 0
    calling.take_back(tried, by=mariana, at=now + HOUR)
    other.refresh_from_db()
    assert (other.state, other.via) == ("open", None)


# Channel -----------------------------------------------------------------------------------------------------


@pytest.mark.covers("S2-9.3")
def test_an_email_does_not_close_a_contact_by_telephone_and_a_call_on_day_five_does(
    mazda: Dealership, mariana: User, now: datetime, as_user: AsUser
) -> None:
    task = cast.due(mazda, DELIVERED, at=now)
    address = reverse("contacts:write_down", args=[task.pk])
    with time_machine.travel(moment(6, "11:00"), tick=False):
        browser = as_user(mariana)
        assert "it counts if made by phone" in browser.get(address).content.decode()
        assert browser.post(address, {"channel": "phone", "words": "x"}).status_code == 422
        sent = browser.post(
            address, {"channel": "email", "result": "replied", "words": "Le escribí para saludarla."}, follow=True
        )
        assert "It does not count: the contact is still to be made by phone." in sent.content.decode()

    task.refresh_from_db()
    [written] = Attempt.objects.all()
    assert (task.state, task.attempts, task.leased_by) == ("open", 0, None)
    assert (written.channel, written.counted, written.uncounted) == ("email", False, "channel")

    call(task, Outcome.REACHED, by=mariana, at=moment(7, "10:00"), grade="satisfied", identity_verified=True)

    assert (task.state, task.timing, task.attempts) == ("done", "in_window", 1)


@pytest.mark.parametrize(("channel", "state"), [("email", "done"), ("in_person", "done"), ("letter", "open")])
def test_where_the_source_names_no_channel_an_email_is_a_contact(
    norte: Dealership, jorge: User, now: datetime, channel: str, state: str
) -> None:
    task = cast.due(norte, DELIVERED, at=now)
    assert task.step.channels == ["phone", "email", "in_person"]

    tried = calling.write_down(task, Channel(channel), "Pasó por la agencia.", by=jorge, at=now)

    task.refresh_from_db()
    assert task.state == state
    assert Response.objects.count() == 0
    calling.take_back(tried, by=jorge, at=now + HOUR)
    task.refresh_from_db()
    assert (task.state, task.attempts) == ("open", 0)


def test_an_email_counts_for_another_contact_only_if_that_allows_it(
    norte: Dealership, jorge: User, now: datetime
) -> None:
    presets.activate("mazda_chile", norte, go_live_on=date(2026, 1, 1))
    gm, mazda = (ProgrammeStep.objects.get(programme__preset=code) for code in ("gm_mexico_prc", "mazda_chile"))
    ProgrammeStep.objects.filter(pk=mazda.pk).update(satisfied_by=[gm.code])
    visit = cast.deliver(norte, DELIVERED, at=now)
    planning.plan(at=now)

    calling.write_down(visit.tasks.get(step=gm), Channel.EMAIL, "Le escribí.", by=jorge, at=now)

    assert dict(visit.tasks.values_list("step__programme__preset", "state")) == {
        "gm_mexico_prc": "done",
        "mazda_chile": "open",
    }


# The questionnaire -------------------------------------------------------------------------------------------


@pytest.fixture
def sourced(norte: Dealership, now: datetime) -> ContactTask:
    """A car handed over on the 2nd, to be called about on the 9th."""
    only(norte, "vehicle_sourcing")
    visit = cast.deliver(norte, DELIVERED, at=now, kind="hand_over")
    planning.plan(at=moment(9, "10:00"))
    task = visit.tasks.get()
    assert task.due_on == date(2026, 3, 9)
    return task


@pytest.mark.covers("S3-P6a")
@pytest.mark.parametrize(
    ("given", "status", "missing"),
    [
        ({"answer_result": "satisfied"}, 422, ["The process"]),
        ({"answer_process": "so_so"}, 422, ["The result"]),
        ({"outcome": "reached"}, 422, ["The result", "The process"]),
        ({"answer_result": "satisfied", "answer_process": "so_so"}, 302, []),
        ({"declined": "on"}, 302, []),
        ({"outcome": "reached", "declined": "on", "answer_result": "so_so"}, 302, []),
        ({"outcome": "no_answer"}, 302, []),
        ({"answer_result": "perfect", "answer_process": "so_so"}, 422, []),
    ],
)
def test_both_sections_are_filled_or_the_client_declined(
    sourced: ContactTask, mariana: User, as_user: AsUser, given: dict[str, str], status: int, missing: list[str]
) -> None:
    at = moment(9, "10:00")
    with time_machine.travel(at, tick=False):
        queue.claim(sourced, by=mariana, at=at)
        answer = save(as_user(mariana), sourced, **given)

    assert answer.status_code == status
    assert [
        name for name in ("The result", "The process") if f"answered: {name}." in answer.content.decode()
    ] == missing
    assert Attempt.objects.count() == (status == 302)


@pytest.mark.covers("S3-P6a")
def test_each_section_keeps_its_grade_and_the_whole_is_the_worst(
    sourced: ContactTask, mariana: User, as_user: AsUser
) -> None:
    at = moment(9, "10:00")
    queue.claim(sourced, by=mariana, at=at)
    answers = {"result": "satisfied", "process": "dissatisfied"}
    with time_machine.travel(at, tick=False):
        page = as_user(mariana).get(reverse("desk:call", args=[sourced.pk])).content.decode()
    assert page.count('name="answer_result"') == page.count('name="answer_process"') == 3
    partial = Answer(outcome=Outcome.REACHED, answers={"result": "satisfied"})
    with pytest.raises(Refusal, match="Still to be answered: The process"):
        calling.keep(sourced, partial, fence=sourced.fence, by=mariana, at=at)

    whole = Answer(outcome=Outcome.REACHED, answers=answers)
    tried = calling.keep(sourced, whole, fence=sourced.fence, by=mariana, at=at)

    assert tried.response
    assert (tried.response.answers, tried.response.grade) == (answers, "dissatisfied")


@pytest.mark.covers("S3-P6a")
def test_who_declined_was_reached_and_answered_nothing(sourced: ContactTask, mariana: User) -> None:
    tried = call(sourced, Outcome.REACHED, by=mariana, at=moment(10, "10:00"), declined=True)

    assert (tried.declined, tried.response, sourced.state, sourced.timing) == (True, None, "done", "in_window")


@pytest.mark.covers("S3-P7")
@pytest.mark.parametrize(
    ("handed_over", "opens", "due", "called", "timing"),
    [
        (date(2026, 3, 2), date(2026, 4, 16), date(2026, 5, 2), date(2026, 5, 2), "in_window"),
        (date(2026, 3, 2), date(2026, 4, 16), date(2026, 5, 2), date(2026, 5, 4), "late"),
        (date(2025, 12, 31), date(2026, 2, 14), date(2026, 2, 28), date(2026, 2, 28), "in_window"),
        (date(2025, 12, 31), date(2026, 2, 14), date(2026, 2, 28), date(2026, 3, 2), "late"),
    ],
)
def test_the_second_call_of_sourcing_is_late_after_two_months(
    norte: Dealership,
    mariana: User,
    as_user: AsUser,
    now: datetime,
    handed_over: date,
    opens: date,
    due: date,
    called: date,
    timing: str,
) -> None:
    only(norte, "vehicle_sourcing")
    at = datetime.combine(called, time(10), CHIHUAHUA)
    visit = cast.deliver(norte, handed_over, at=now, kind="hand_over")
    planning.plan(at=at)
    task = visit.tasks.get(step_code__endswith="call_2")
    assert (task.opens_on, task.due_on) == (opens, due)
    midnight = datetime.combine(due + timedelta(1), time(), CHIHUAHUA)
    assert [task.is_late(midnight - HOUR), task.is_late(midnight)] == [False, True]

    with time_machine.travel(at, tick=False):
        browser = as_user(mariana)
        listed = browser.get(reverse("desk:today")).content.decode()
        browser.post(reverse("contacts:take", args=[task.pk]))
        save(browser, task, answer_result="satisfied", answer_process="satisfied")

    assert ('<span class="sign late">' in listed) == (timing == "late")
    task.refresh_from_db()
    assert (task.state, task.timing) == ("done", timing)


# In time, and late on the day after ---------------------------------------------------------------------------


def in_time_until(task: ContactTask, due_on: date, sign_in: Callable[[], Client]) -> None:
    """Through the list: not late on its last day, late and in red on the day after."""
    assert task.due_on == due_on
    for day, is_late in ((due_on, False), (due_on + timedelta(1), True)):
        with time_machine.travel(datetime.combine(day, time(10), CHIHUAHUA), tick=False):
            page = sign_in().get(reverse("desk:today") + "?of=team").content.decode()
        row = page[page.index(f">{task.customer.listed_name}<") - 400 : page.index(f">{task.customer.listed_name}<")]
        assert ('class="sign late"' in row) == is_late


@pytest.mark.covers("S1-4.4a")
@pytest.mark.parametrize(
    ("kind", "opened", "on", "due"),
    [
        ("workshop_visit", date(2026, 3, 2), date(2026, 3, 6), date(2026, 3, 13)),
        ("consultation", None, date(2026, 3, 3), date(2026, 3, 10)),
    ],
)
def test_the_phone_regulations_first_call_is_late_on_the_day_after_its_window(
    norte: Dealership,
    mariana: User,
    as_user: AsUser,
    now: datetime,
    kind: str,
    opened: date | None,
    on: date,
    due: date,
) -> None:
    only(norte, "after_sales_phone")
    visit = cast.deliver(norte, on, at=now, kind=kind, opened_on=opened)
    planning.plan(at=datetime.combine(due, time(9), CHIHUAHUA))

    in_time_until(visit.tasks.get(), due, lambda: as_user(mariana))


@pytest.mark.covers("S1-4.5a")
def test_its_second_call_counts_from_the_first_and_is_late_after_seven_days(
    norte: Dealership, mariana: User, as_user: AsUser, now: datetime
) -> None:
    only(norte, "after_sales_phone")
    visit = cast.deliver(norte, date(2026, 3, 6), at=now, kind="workshop_visit")
    planning.plan(at=moment(9, "09:00"))
    first = visit.tasks.get()
    assert not visit.tasks.filter(step_code__endswith="call_2").exists()
    with time_machine.travel(moment(9, "10:00"), tick=False):
        browser = as_user(mariana)
        browser.post(reverse("contacts:take", args=[first.pk]))
        save(browser, first, grade="satisfied", text_opinion="Quick.")

    in_time_until(visit.tasks.get(step_code__endswith="call_2"), date(2026, 3, 16), lambda: as_user(mariana))


@pytest.mark.covers("S4-3.2.4.3.1a", "S4-3.2.4.3.2")
@pytest.mark.parametrize(
    ("facts", "step", "on", "due", "who"),
    [
        ({}, "sales_follow_up.call_1", date(2026, 3, 2), date(2026, 3, 9), "consultant"),
        ({}, "sales_follow_up.call_1", date(2026, 3, 5), date(2026, 3, 12), "consultant"),
        ({"line": "beauty"}, "service_follow_up", date(2026, 3, 2), date(2026, 3, 9), "information_officer"),
        ({"line": "care"}, "service_follow_up", date(2026, 3, 4), date(2026, 3, 11), "information_officer"),
    ],
)
def test_the_4s_houses_calls_within_a_week_are_late_on_the_eighth_day(
    norte: Dealership,
    mariana: User,
    as_user: AsUser,
    now: datetime,
    facts: dict[str, str],
    step: str,
    on: date,
    due: date,
    who: str,
) -> None:
    only(norte, "china_4s")
    ProgrammeStep.objects.exclude(code__contains=step).delete()
    kind = {"kind": "workshop_visit", "service_line": facts["line"]} if facts else {}
    visit = cast.deliver(norte, on, at=now, **kind)
    planning.plan(at=datetime.combine(due, time(9), CHIHUAHUA))
    task = visit.tasks.get()
    assert task.performer == who
    if who == "consultant":
        assert visit.consultant is None or task.assignee == visit.consultant

    in_time_until(task, due, lambda: as_user(mariana))


@pytest.mark.covers("S4-1.3.4d")
@pytest.mark.parametrize(
    ("reached", "agreed", "timing"),
    [
        (moment(4, "10:00"), moment(6, "15:00"), "in_window"),
        (moment(5, "18:00"), moment(9, "09:30"), "in_window"),
        (moment(6, "10:00"), moment(7, "12:00"), "late"),
    ],
)
def test_who_asks_for_another_time_was_contacted_in_time_and_the_deadline_stays_to_be_seen(
    norte: Dealership, as_user: AsUser, now: datetime, reached: datetime, agreed: datetime, timing: str
) -> None:
    only(norte, "china_4s")
    ProgrammeStep.objects.exclude(code__contains="care_call").delete()
    officer = cast.person("Ana Vera", Role.CS_SPECIALIST, norte)
    visit = cast.deliver(norte, DELIVERED, at=now)
    planning.plan(at=moment(4, "09:00"))
    task = visit.tasks.get()
    assert task.due_on == date(2026, 3, 5)

    tried = call(task, Outcome.CALL_BACK, by=officer, at=reached, call_back_at=agreed)

    assert (tried.timing, task.is_late(agreed)) == (timing, timing == "late")
    assert (task.due_on, task.due_at, task.call_back_at) == (date(2026, 3, 5), moment(6, "00:00"), agreed)
    minute = timedelta(minutes=1)
    today = norte.today(agreed)
    assert queue.claim_next(norte.pk, by=officer, at=agreed - minute, today=today) is None
    with time_machine.travel(agreed, tick=False):
        page = as_user(officer).get(reverse("desk:today")).content.decode()
        assert ("window until Mar 5" in page) == (timing == "in_window")
        assert ('class="sign late"' in page) == (timing == "late")
    assert queue.claim_next(norte.pk, by=officer, at=agreed, today=today) == task.pk

    call(task, Outcome.REACHED, by=officer, at=agreed + minute, grade="satisfied")

    assert (task.state, task.timing) == ("done", timing)


# Problems ----------------------------------------------------------------------------------------------------


@pytest.mark.covers("S2-9.1")
@pytest.mark.parametrize(
    ("at", "hours", "due"),
    [
        (moment(5, "10:00"), 24, moment(7, "14:00")),  # 9 hours, 10 hours, and 5 on Saturday
        (moment(7, "18:00"), 2, moment(9, "10:00")),  # over a Sunday
        (moment(14, "18:00"), 24, moment(19, "12:00")),  # Saturday; Sunday closed, Monday the 16th a holiday
    ],
)
def test_a_problem_raised_gets_an_owner_and_a_time_that_is_red_when_it_has_passed(
    mazda: Dealership, mariana: User, patricia: User, as_user: AsUser, at: datetime, hours: int, due: datetime
) -> None:
    ProgrammeStep.objects.update(remedy_hours=hours)
    task = cast.due(mazda, norte_day(at) - timedelta(3), at=at)
    with time_machine.travel(at, tick=False):
        browser = as_user(mariana)
        browser.post(reverse("contacts:take", args=[task.pk]))
        page = browser.get(reverse("desk:call", args=[task.pk])).content.decode()
        assert page.index("identity_verified") < page.index("finding_kind")
        saved = save(
            browser,
            task,
            grade="so_so",
            identity_verified="on",
            finding_kind="shortcoming",
            finding_text="La pantalla se apaga.",
            remedy_owner=patricia.pk,
        )
        assert saved.status_code == 302

    [remedy] = Remedy.objects.all()
    assert (remedy.owner, remedy.due_at) == (patricia, due)
    entry = Entry.objects.get(kind=Kind.FINDING)
    assert datetime.fromisoformat(entry.facts["due_at"]) == due
    for moment_, late in ((due, False), (due + timedelta(minutes=1), True)):
        with time_machine.travel(moment_, tick=False):
            listed = as_user(mariana).get(reverse("contacts:remedies")).content.decode()
            only_late = as_user(mariana).get(reverse("contacts:remedies") + "?shows=late").content.decode()
        assert ('class="sign late"' in listed) == late
        assert ("La pantalla se apaga." in only_late) == late


def norte_day(at: datetime) -> date:
    return at.astimezone(CHIHUAHUA).date()


@pytest.mark.covers("S2-9.1")
def test_the_script_begins_with_thanks(mazda: Dealership, mariana: User, now: datetime, as_user: AsUser) -> None:
    task = cast.due(mazda, DELIVERED, at=now)
    queue.claim(task, by=mariana, at=now)

    page = as_user(mariana).get(reverse("desk:call", args=[task.pk])).content.decode()

    said = page.index("Gracias por")
    assert page.index("identity_verified") < said < page.index('name="grade"')
    assert "comprar su GMC Terrain 2026 con nosotros" in page
