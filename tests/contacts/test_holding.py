"""Rest hours, consent and do-not-call hold a contact back; cautions want a decision (C-19, S4-1.3.4a)."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clientela.contacts import calling, deciding, explaining, holding, planning, presets, queue, resting
from clientela.contacts.calling import Answer
from clientela.contacts.models import Attempt, ContactTask, Outcome, ProgrammeStep
from clientela.customers import consents
from clientela.customers.models import Consent, Customer, CustomerRestHours
from clientela.journal.models import Entry, Kind
from clientela.lib.refusal import Refusal
from clientela.network import calendars
from clientela.network.models import Dealership, OpeningHours, RestHours, User
from tests import cast

AsUser = Callable[[User], Client]
CHIHUAHUA = ZoneInfo("America/Chihuahua")
DELIVERED = date(2026, 3, 2)


def moment(day: int, clock: str) -> datetime:
    """March 2026 in Chihuahua; the 5th is a Thursday."""
    return datetime.combine(date(2026, 3, day), time.fromisoformat(clock), CHIHUAHUA)


@pytest.fixture
def open_early_and_late(norte: Dealership, now: datetime) -> Dealership:
    """Open from seven to eleven, so that rest hours and not opening hours decide."""
    OpeningHours.objects.filter(dealership=norte).update(opens=time(7), closes=time(23))
    calendars.compile_calls(norte, at=now)
    return norte


@pytest.fixture
def task(open_early_and_late: Dealership, now: datetime) -> ContactTask:
    return cast.due(open_early_and_late, DELIVERED, at=now)


def rests(task: ContactTask, starts: str, ends: str, weekday: int | None = None) -> None:
    CustomerRestHours.objects.create(
        dealership=task.dealership,
        customer=task.customer,
        weekday=weekday,
        starts=time.fromisoformat(starts),
        ends=time.fromisoformat(ends),
    )


def house_rests(house: Dealership, *hours: tuple[str, str]) -> None:
    for starts, ends in hours:
        RestHours.objects.create(dealership=house, starts=time.fromisoformat(starts), ends=time.fromisoformat(ends))
    calendars.compile_calls(house, at=moment(5, "10:00"))


def offered(house: Dealership, by: User, at: datetime) -> bool:
    """Whether Next would hand somebody out; nothing stays taken."""
    pk = queue.claim_next(house.pk, by=by, at=at, today=house.today(at))
    if pk:
        queue.release(ContactTask.objects.get(pk=pk), by=by)
    return pk is not None


# Rest hours --------------------------------------------------------------------------------------------------


@pytest.mark.covers("S4-1.3.4a")
@pytest.mark.parametrize("whose", ["house", "customer"])
@pytest.mark.parametrize(
    ("at", "free"),
    [
        (moment(5, "11:59"), True),
        (moment(5, "12:00"), False),
        (moment(5, "12:30"), False),
        (moment(5, "13:59"), False),
        (moment(5, "14:00"), True),
        (moment(5, "19:59"), True),
        (moment(5, "20:00"), False),
        (moment(5, "22:30"), False),
        (moment(6, "07:30"), False),
        (moment(6, "08:59"), False),
        (moment(6, "09:00"), True),
    ],
)
def test_nobody_is_offered_in_rest_hours_and_again_when_they_end(
    task: ContactTask, jorge: User, whose: str, at: datetime, free: bool
) -> None:
    hours = [("12:00", "14:00"), ("20:00", "09:00")]
    if whose == "house":
        house_rests(task.dealership, *hours)
    else:
        for starts, ends in hours:
            rests(task, starts, ends)

    assert offered(task.dealership, jorge, at) == free


@pytest.mark.covers("S4-1.3.4a")
def test_hers_come_beside_those_of_the_house_and_of_one_weekday_hold_on_that_day_and_night(
    task: ContactTask, jorge: User
) -> None:
    house = task.dealership
    rests(task, "12:30", "14:00")
    rests(task, "21:30", "08:15", weekday=3)  # Thursday night

    thursday = [offered(house, jorge, moment(5, clock)) for clock in ("12:29", "12:30", "14:00", "21:29", "21:30")]
    assert thursday == [True, False, True, True, False]
    assert [offered(house, jorge, moment(6, clock)) for clock in ("08:14", "08:15", "21:30")] == [False, True, True]
    ContactTask.objects.update(opens_on=date(2026, 3, 4), callable_from=moment(4, "07:00"))
    assert offered(house, jorge, moment(4, "22:00"))


@pytest.mark.covers("S4-1.3.4a")
def test_rest_hours_go_by_the_clock_of_who_lives_elsewhere(task: ContactTask, jorge: User) -> None:
    house = task.dealership
    house_rests(house, ("12:00", "14:00"))
    Customer.objects.update(time_zone="America/Tijuana")  # two hours behind Chihuahua in early March
    rests(task, "18:00", "19:00")

    # Noon to two in Tijuana is two to four in Chihuahua, whose own pause is kept too.
    times = ("11:59", "12:30", "14:00", "15:59", "16:00", "18:30", "20:00", "20:59", "21:00")
    free = [offered(house, jorge, moment(5, clock)) for clock in times]

    assert free == [True, False, False, False, True, True, False, False, True]


def test_holidays_and_closed_days_hold_too(norte: Dealership, jorge: User, now: datetime) -> None:
    cast.due(norte, DELIVERED, at=now)

    found = [offered(norte, jorge, moment(*when)) for when in ((5, "18:59"), (5, "19:00"), (8, "11:00"), (16, "11:00"))]

    assert found == [True, False, False, False]  # the 8th is a Sunday, the 16th a holiday


@pytest.mark.covers("S4-1.3.4a")
def test_taken_directly_it_is_refused_with_the_time_and_with_a_reason_it_is_taken(
    task: ContactTask, jorge: User, as_user: AsUser
) -> None:
    rests(task, "12:00", "14:00")
    at = moment(5, "12:30")
    address = reverse("contacts:take", args=[task.pk])
    with time_machine.travel(at, tick=False):
        refused = as_user(jorge).post(address)
        assert refused.status_code == 409
        assert "the customer rests. It can be called from 03/05/2026 2 p.m." in refused.content.decode()
        with pytest.raises(Refusal, match="the customer rests"):
            queue.claim(task, by=jorge, at=at)
        task.refresh_from_db()
        assert (task.leased_by, task.fence) == (None, 0)

        taken = as_user(jorge).post(address, {"reason": "Pidió que la llamáramos al mediodía."})
        assert taken.status_code == 302
        page = as_user(jorge).get(reverse("desk:call", args=[task.pk])).content.decode()
        assert "Pidió que la llamáramos al mediodía." in page
        task.refresh_from_db()
        tried = calling.keep(task, Answer(outcome=Outcome.BUSY), fence=task.fence, by=jorge, at=at)

    assert tried.decided == {"rest": "Pidió que la llamáramos al mediodía.", "fence": 1}
    [entry] = Entry.objects.filter(kind=Kind.DECISION)
    assert (entry.by, entry.at, entry.customer_id) == (jorge, at, task.customer_id)
    assert (entry.facts["what"], entry.facts["reason"]) == ("rest", "Pidió que la llamáramos al mediodía.")


def test_a_reason_holds_for_one_lease_only(task: ContactTask, jorge: User) -> None:
    rests(task, "12:00", "14:00")
    queue.claim(task, by=jorge, at=moment(5, "12:30"), in_spite="pidió")
    queue.release(task, by=jorge)

    with pytest.raises(Refusal):
        queue.claim(task, by=jorge, at=moment(5, "12:40"))
    queue.claim(task, by=jorge, at=moment(5, "14:00"))

    assert deciding.of_this_lease(task) == {}


def test_todays_list_says_until_when_she_rests_and_next_is_somebody_else(
    task: ContactTask, jorge: User, as_user: AsUser, now: datetime
) -> None:
    rests(task, "12:00", "14:00")
    other = cast.due(task.dealership, DELIVERED, at=now)
    with time_machine.travel(moment(5, "12:30"), tick=False):
        page = as_user(jorge).get(reverse("desk:today")).content.decode()

    assert page.count("rests until") == 1
    assert f'id="next" translate="no">{other.customer.spoken_name}<' in page


@pytest.mark.covers("S4-1.3.4a")
def test_the_next_try_respects_her_rest_hours(task: ContactTask, jorge: User) -> None:
    rests(task, "11:00", "16:00")
    at = moment(5, "10:00")
    queue.claim(task, by=jorge, at=at)

    calling.keep(task, Answer(outcome=Outcome.NO_ANSWER), fence=task.fence, by=jorge, at=at)

    task.refresh_from_db()
    assert task.callable_from == moment(6, "16:00")


@pytest.mark.covers("S4-1.3.4a", "S4-1.3.4d")
@pytest.mark.parametrize(
    ("clock", "is_offered"), [("12:59", False), ("13:00", True), ("13:59", True), ("14:00", False)]
)
def test_an_agreed_time_goes_before_rest_hours_for_an_hour(
    task: ContactTask, jorge: User, clock: str, is_offered: bool
) -> None:
    rests(task, "12:00", "16:00")
    agreed = moment(6, "13:00")
    ContactTask.objects.update(call_back_at=agreed, callable_from=agreed, ranks_at=agreed)

    assert offered(task.dealership, jorge, moment(6, clock)) == is_offered


CLOCKS = st.times().map(lambda clock: clock.replace(microsecond=0, fold=0))


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    starts=CLOCKS,
    ends=CLOCKS,
    weekday=st.sampled_from([None, *range(7)]),
    zone=st.sampled_from(["", "Asia/Kathmandu", "America/Tijuana", "Pacific/Kiritimati", "Europe/Madrid"]),
    minutes=st.integers(0, 60 * 24 * 30),
)
def test_sql_and_python_agree_on_her_rest(
    task: ContactTask, starts: time, ends: time, weekday: int | None, zone: str, minutes: int
) -> None:
    """The hold of the queue against the stretches from which the next try is taken; also over clock changes."""
    if starts == ends:
        return
    at = datetime(2026, 3, 6, tzinfo=UTC) + timedelta(minutes=minutes)
    CustomerRestHours.objects.filter(customer=task.customer).delete()
    Customer.objects.filter(pk=task.customer_id).update(time_zone=zone)
    task.customer.time_zone = zone
    CustomerRestHours.objects.create(
        dealership=task.dealership, customer=task.customer, weekday=weekday, starts=starts, ends=ends
    )
    clock = at.astimezone(resting.zone_of(task.customer, task.dealership))
    if clock.utcoffset() != (clock + timedelta(hours=3)).utcoffset() or clock.fold:
        return  # in the hours around a change the wall clock itself is of two minds

    held = holding.holds([task.pk], at=at, today=task.dealership.today(at))[task.pk]
    free = resting.less_rest([(at, at + timedelta(minutes=1))], task.customer, task.dealership)

    assert ("awake" in {hold.code for hold in held}) == (not free or free[0][0] > at)


# Consent and do-not-call -------------------------------------------------------------------------------------


def exclude(*what: str) -> None:
    ProgrammeStep.objects.update(excludes=list(what))


def consent_of(task: ContactTask) -> Consent:
    return Consent.objects.create(
        dealership=task.dealership,
        customer=task.customer,
        channel="phone",
        purpose="survey",
        text_version="1",
        source="paper",
        given_on=date(2026, 1, 1),
    )


def test_a_consent_withdrawn_holds_what_was_planned_before_until_it_is_given_again(
    task: ContactTask, jorge: User, mariana: User, now: datetime, as_user: AsUser
) -> None:
    exclude("no_consent")
    consent = consent_of(task)
    assert offered(task.dealership, jorge, now)

    consents.withdraw(consent, on=date(2026, 3, 5), by=mariana, at=now)

    assert not offered(task.dealership, jorge, now)
    sentence = "held: the customer&#x27;s consent does not stand any more"
    assert sentence in as_user(jorge).get(reverse("desk:today")).content.decode()
    for in_spite in ("", "tengo prisa"):
        with pytest.raises(Refusal, match="consent does not stand any more"):
            queue.claim(task, by=jorge, at=now, in_spite=in_spite)
    page = as_user(jorge).get(reverse("desk:customer", args=[task.customer_id])).content.decode()
    assert sentence.capitalize().replace("&#x27;S", "&#x27;s") in page

    consents.give(
        Consent(
            dealership=task.dealership,
            customer=task.customer,
            channel="phone",
            purpose="survey",
            text_version="2",
            source="spoken",
            given_on=date(2026, 3, 5),
        ),
        by=mariana,
        at=now,
    )
    assert offered(task.dealership, jorge, now)


@pytest.mark.parametrize(("excludes", "is_held"), [([], False), (["special"], False), (["do_not_call"], True)])
def test_a_do_not_call_list_holds_only_what_leaves_such_customers_out(
    task: ContactTask, jorge: User, now: datetime, excludes: list[str], is_held: bool
) -> None:
    exclude(*excludes)
    Customer.objects.update(do_not_call=True)

    assert offered(task.dealership, jorge, now) == (not is_held)
    Customer.objects.update(do_not_call=False)
    assert offered(task.dealership, jorge, now)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    do_not_call=st.booleans(),
    consent=st.booleans(),
    resting_now=st.booleans(),
    agreed=st.booleans(),
    sunday=st.booleans(),
    excludes=st.sets(st.sampled_from(["no_consent", "do_not_call", "special"])),
)
def test_the_queue_hands_out_exactly_what_why_says_nothing_holds(
    task: ContactTask,
    jorge: User,
    do_not_call: bool,
    consent: bool,
    resting_now: bool,
    agreed: bool,
    sunday: bool,
    excludes: set[str],
) -> None:
    at = moment(8 if sunday else 6, "12:30")
    exclude(*sorted(excludes))
    Customer.objects.update(do_not_call=do_not_call)
    Consent.objects.all().delete()
    CustomerRestHours.objects.all().delete()
    if consent:
        consent_of(task)
    if resting_now:
        rests(task, "12:00", "14:00")
    ContactTask.objects.update(call_back_at=moment(8 if sunday else 6, "12:00") if agreed else None)

    reasons = explaining.why(task.customer_id, task.dealership_id, at=at)
    [reason] = [reason for reason in reasons if reason.task]

    assert offered(task.dealership, jorge, at) == (not reason.holds)
    expected = {
        *({"may_call"} if do_not_call and "do_not_call" in excludes else ()),
        *({"consented"} if not consent and "no_consent" in excludes else ()),
        *({"house_calls"} if sunday and not agreed else ()),
        *({"awake"} if resting_now and not agreed else ()),
    }
    assert {hold.code for hold in reason.holds} == expected


# Cautions ----------------------------------------------------------------------------------------------------


@pytest.fixture
def cautioned(task: ContactTask, jorge: User, now: datetime) -> ContactTask:
    """She was spoken to three days ago about another visit."""
    ProgrammeStep.objects.update(cautions=["recent_contact"])
    earlier = cast.due(
        task.dealership, date(2026, 2, 27), at=now, customer_name=task.customer.full_name, phones="614 999 0001"
    )
    ContactTask.objects.filter(pk=earlier.pk).update(customer=task.customer)
    at = moment(3, "10:00")
    queue.claim(earlier, by=jorge, at=at)
    ProgrammeStep.objects.update(cautions=[])
    earlier.refresh_from_db()
    ContactTask.objects.filter(pk=task.pk).update(opens_on=date(2026, 3, 5))
    calling.keep(earlier, Answer(outcome=Outcome.REACHED, grade="satisfied"), fence=earlier.fence, by=jorge, at=at)
    ProgrammeStep.objects.update(cautions=["recent_contact"])
    task.refresh_from_db()
    assert task.is_open
    return task


def test_a_caution_asks_for_a_decision_before_the_script_and_calling_is_one(
    cautioned: ContactTask, jorge: User, now: datetime, as_user: AsUser
) -> None:
    browser = as_user(jorge)
    queue.claim(cautioned, by=jorge, at=now)
    page = browser.get(reverse("desk:call", args=[cautioned.pk])).content.decode()
    assert "The customer was spoken to in the last 7 days" in page
    assert 'name="outcome"' not in page
    with pytest.raises(Refusal, match="Decide first whether to call: the customer was spoken to"):
        calling.keep(cautioned, Answer(outcome=Outcome.BUSY), fence=cautioned.fence, by=jorge, at=now)

    answer = browser.post(reverse("contacts:decide", args=[cautioned.pk]), {"what": "call", "reason": "otro auto"})

    assert answer.status_code == 302
    assert 'name="outcome"' in browser.get(answer["Location"]).content.decode()
    tried = calling.keep(cautioned, Answer(outcome=Outcome.BUSY), fence=cautioned.fence, by=jorge, at=now)
    assert tried.decided == {"cautions": ["recent_contact"], "reason": "otro auto", "fence": cautioned.fence}
    assert Entry.objects.get(kind=Kind.DECISION).facts["what"] == "call"


def test_it_may_be_postponed_and_the_deadline_stays(
    cautioned: ContactTask, jorge: User, now: datetime, as_user: AsUser
) -> None:
    queue.claim(cautioned, by=jorge, at=now)
    address = reverse("contacts:decide", args=[cautioned.pk])
    assert as_user(jorge).post(address, {"what": "postpone", "on": "2026-03-05"}).status_code == 409
    assert as_user(jorge).post(address, {"what": "postpone"}).status_code == 422

    answer = as_user(jorge).post(address, {"what": "postpone", "on": "2026-03-07", "reason": "viaja"})

    assert answer.status_code == 302
    due_at = cautioned.due_at
    cautioned.refresh_from_db()
    assert (cautioned.callable_from, cautioned.due_at, cautioned.leased_by) == (moment(7, "07:00"), due_at, None)
    assert not offered(cautioned.dealership, jorge, moment(6, "12:00"))
    assert offered(cautioned.dealership, jorge, moment(7, "07:00"))


def test_it_may_be_left_out_with_a_reason_and_taken_in_again(
    cautioned: ContactTask, jorge: User, now: datetime, as_user: AsUser
) -> None:
    queue.claim(cautioned, by=jorge, at=now)
    address = reverse("contacts:decide", args=[cautioned.pk])
    assert as_user(jorge).post(address, {"what": "leave_out", "reason": " "}).status_code == 422

    assert as_user(jorge).post(address, {"what": "leave_out", "reason": "ya se quejó"}).status_code == 302

    cautioned.refresh_from_db()
    assert (cautioned.state, cautioned.concluded_at) == ("left_out", now)
    planning.plan(at=now)
    planning.realign([cautioned.visit_id], at=now)
    cautioned.refresh_from_db()
    assert cautioned.state == "left_out"
    page = as_user(jorge).get(reverse("desk:customer", args=[cautioned.customer_id])).content.decode()
    assert "ya se quejó" in page

    as_user(jorge).post(reverse("contacts:take_in_again", args=[cautioned.pk]))

    cautioned.refresh_from_db()
    assert (cautioned.state, cautioned.concluded_at) == ("open", None)


@pytest.mark.parametrize(
    ("kind", "delivered", "flagged"),
    [
        ("vehicle_delivery", date(2025, 9, 5), True),
        ("vehicle_delivery", date(2025, 9, 4), False),
        ("workshop_visit", date(2025, 12, 5), True),
        ("workshop_visit", date(2025, 12, 4), False),
    ],
)
def test_a_purchase_within_six_months_and_a_service_within_three_want_a_decision(
    task: ContactTask, now: datetime, kind: str, delivered: date, flagged: bool
) -> None:
    ProgrammeStep.objects.update(cautions=["recent_purchase", "recent_service"])
    other: Any = cast.deliver(task.dealership, delivered, at=now, kind=kind)
    type(other).objects.filter(pk=other.pk).update(customer=task.customer)
    task.step.refresh_from_db()

    assert bool(holding.cautions(task, at=now)) == flagged


def test_an_open_shortcoming_wants_a_decision_until_it_is_put_right(
    norte: Dealership, jorge: User, patricia: User, now: datetime
) -> None:
    presets.activate("mazda_chile", norte, go_live_on=date(2026, 1, 1))
    visit = cast.deliver(norte, DELIVERED, at=now)
    planning.plan(at=now)
    gm, mazda = visit.tasks.order_by("step_code")
    queue.claim(gm, by=jorge, at=now)
    answer = Answer(
        outcome=Outcome.REACHED,
        grade="so_so",
        finding_kind="shortcoming",
        finding_text="Rayón en la puerta.",
        remedy_owner=patricia,
    )
    tried = calling.keep(gm, answer, fence=gm.fence, by=jorge, at=now)

    assert holding.cautions(mazda, at=now) == ["complaint_open"]
    [reason] = [r for r in explaining.why(visit.customer_id, norte.pk, at=now) if r.task == mazda]
    assert reason.cautions == ("complaint_open",)
    tried.findings.get().remedy.finish("Pulido.", by=patricia, at=now)

    assert holding.cautions(mazda, at=now) == []
    assert Attempt.objects.count() == 1


def test_the_database_holds_back_what_the_conditions_say(norte: Dealership) -> None:
    """Whoever changes a hold makes the function anew in a migration."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = 'contacts_held_by'")
        [(source,)] = cursor.fetchall()

    assert source.strip() == holding.FUNCTION.split("$$")[1].strip()
