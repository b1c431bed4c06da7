"""Who is due and when: the contact three to five days after delivery."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clientela.contacts import explaining, planning, presets
from clientela.contacts.models import Attempt, ContactTask, Programme, ProgrammeStep, Timing
from clientela.contacts.models.task import PROMISED_FIRST
from clientela.contacts.tasks import plan_all
from clientela.customers.models import Consent, Customer, Visit
from clientela.network import calendars
from clientela.network.models import (
    CallableInterval,
    Dealership,
    Function,
    FunctionMapping,
    OpeningHours,
    User,
    WorkDay,
)
from tests import cast, processes
from tests.contacts.reference import Due, Event, Person, Rules, World

STEP = "gm_mexico_prc.follow_up_delivery.call_1"
CHIHUAHUA = ZoneInfo("America/Chihuahua")
AsUser = Callable[[User], Client]


def days_later(days: int) -> timedelta:
    return timedelta(days=days)


# The window --------------------------------------------------------------------------------------------------


@pytest.mark.covers("S0-c.2")
@pytest.mark.parametrize("kind", ["vehicle_delivery", "workshop_visit", "hand_over"])
@pytest.mark.parametrize(
    ("delivered", "opens", "due"),
    [
        (date(2026, 3, 2), date(2026, 3, 5), date(2026, 3, 7)),
        (date(2026, 2, 26), date(2026, 3, 1), date(2026, 3, 3)),
        (date(2026, 1, 31), date(2026, 2, 3), date(2026, 2, 5)),
        (date(2024, 2, 26), date(2024, 2, 29), date(2024, 3, 2)),
        (date(2024, 2, 29), date(2024, 3, 3), date(2024, 3, 5)),
        (date(2025, 12, 29), date(2026, 1, 1), date(2026, 1, 3)),
        (date(2025, 12, 31), date(2026, 1, 3), date(2026, 1, 5)),
    ],
)
def test_a_delivery_opens_a_contact_from_day_three_to_day_five(
    norte: Dealership, kind: str, delivered: date, opens: date, due: date
) -> None:
    Programme.objects.update(go_live_on=date(2024, 1, 1))
    at = datetime.combine(delivered + days_later(3), time(10), CHIHUAHUA)
    calendars.compile_calls(norte, at=at)

    task = cast.due(norte, delivered, at=at, kind=kind)

    assert (task.opens_on, task.due_on) == (opens, due)
    assert task.due_at == datetime.combine(due + days_later(1), time(), CHIHUAHUA)
    assert [task.timing_on(delivered + timedelta(days)) for days in (2, 3, 4, 5, 6)] == [
        Timing.EARLY,
        Timing.IN_WINDOW,
        Timing.IN_WINDOW,
        Timing.IN_WINDOW,
        Timing.LATE,
    ]


@pytest.mark.covers("S0-c.2")
@pytest.mark.parametrize("kind", ["vehicle_delivery", "workshop_visit"])
@pytest.mark.parametrize(
    ("day", "flag"), [(4, "early"), (5, "in_window"), (6, "in_window"), (7, "in_window"), (8, "late")]
)
@pytest.mark.parametrize("clock", [time(0, 0), time(23, 59)])
def test_a_call_is_flagged_by_the_day_it_is_made_at_the_dealership(
    norte: Dealership, mariana: User, now: datetime, as_user: AsUser, kind: str, day: int, flag: str, clock: time
) -> None:
    task = cast.due(norte, date(2026, 3, 2), at=now, kind=kind)

    with time_machine.travel(datetime.combine(date(2026, 3, day), clock, CHIHUAHUA), tick=False):
        browser = as_user(mariana)
        browser.post(reverse("contacts:take", args=[task.pk]), {"reason": "Así lo pidió."})  # at whatever hour
        answer = browser.post(
            reverse("contacts:outcome", args=[task.pk]), {"fence": 1, "outcome": "reached", "grade": "satisfied"}
        )

    assert answer.status_code == 302
    [attempt] = Attempt.objects.all()
    assert attempt.timing == flag
    assert attempt.at.astimezone(CHIHUAHUA).date() == date(2026, 3, day)


def test_tomorrow_in_shanghai_is_today_in_chihuahua(norte: Dealership, jingbei: Dealership) -> None:
    at = datetime(2026, 3, 5, 17, tzinfo=UTC)  # Thursday 11:00 in Chihuahua, Friday 01:00 in Shanghai
    for house in (norte, jingbei):
        ProgrammeStep.objects.filter(dealership=house).update(look_ahead_days=0)
        cast.deliver(house, date(2026, 3, 3), at=at)

    planning.plan(at=at)

    [task] = ContactTask.objects.all()
    assert (task.dealership, task.opens_on) == (jingbei, date(2026, 3, 6))
    assert task.due_at == datetime(2026, 3, 9, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.mark.parametrize(
    ("delivered", "first_call"),
    [
        (date(2026, 3, 2), datetime(2026, 3, 5, 9, tzinfo=CHIHUAHUA)),
        (date(2026, 3, 5), datetime(2026, 3, 9, 9, tzinfo=CHIHUAHUA)),  # day 3 is a Sunday
        (date(2026, 3, 13), datetime(2026, 3, 17, 9, tzinfo=CHIHUAHUA)),  # day 3 is a holiday
        (date(2026, 4, 2), datetime(2026, 4, 6, 9, tzinfo=CHIHUAHUA)),  # day 3 is Easter Sunday
    ],
)
def test_a_call_waits_for_the_first_open_hour_of_its_window(
    norte: Dealership, now: datetime, delivered: date, first_call: datetime
) -> None:
    task = cast.due(norte, delivered, at=datetime.combine(delivered, time(12), CHIHUAHUA))

    assert task.callable_from == first_call


def test_the_day_of_a_clock_change_ends_at_its_own_midnight(norte: Dealership) -> None:
    norte.time_zone = "America/Santiago"  # sets its clocks back at the midnight after 4 April 2026
    norte.save()
    zone = norte.zone
    at = datetime(2026, 4, 2, 12, tzinfo=zone)
    calendars.compile_calls(norte, at=at)

    task = cast.due(norte, date(2026, 3, 31), at=at)

    assert (task.opens_on, task.due_on) == (date(2026, 4, 3), date(2026, 4, 5))
    assert task.due_at == datetime(2026, 4, 6, tzinfo=zone)


# Who is left out ---------------------------------------------------------------------------------------------


def unmet(visit: Visit, at: datetime, on: date | None = None) -> list[str]:
    [reason] = explaining.why(visit.customer_id, visit.dealership_id, at=at, on=on)
    return [condition.code for condition in reason.unmet]


def test_what_happened_before_the_programme_went_live_stays_uncalled(now: datetime, db: None) -> None:
    house = cast.house("NORTE", at=now, live=date(2026, 3, 2))
    before, after = (cast.deliver(house, date(2026, 3, day), at=now) for day in (1, 2))

    planning.plan(at=now)

    assert [task.visit for task in ContactTask.objects.all()] == [after]
    assert unmet(before, now) == ["live"]


@pytest.mark.parametrize(("excludes", "tasks"), [(False, 1), (True, 0)])
def test_special_vehicles_are_left_out_where_the_programme_says_so(
    norte: Dealership, now: datetime, excludes: bool, tasks: int
) -> None:
    ProgrammeStep.objects.update(excludes=["special"] if excludes else [])
    visit = cast.deliver(norte, date(2026, 3, 2), at=now, apart=True)

    assert planning.plan(at=now).total == tasks
    assert unmet(visit, now) == (["not_special"] if excludes else [])


def test_a_cancelled_visit_gets_no_contact(norte: Dealership, now: datetime) -> None:
    visit = cast.deliver(norte, date(2026, 3, 2), at=now)
    Visit.objects.update(cancelled_at=now)

    assert planning.plan(at=now).total == 0
    assert unmet(visit, now) == ["counts"]


def test_a_programme_that_is_switched_off_plans_nothing(norte: Dealership, now: datetime) -> None:
    visit = cast.deliver(norte, date(2026, 3, 2), at=now)
    Programme.objects.update(active=False)

    assert planning.plan(at=now).total == 0
    assert unmet(visit, now) == ["active"]


def test_a_programme_follows_only_its_kinds_of_visits(norte: Dealership, now: datetime) -> None:
    Programme.objects.update(trigger=["workshop_visit"])
    visit = cast.deliver(norte, date(2026, 3, 2), at=now)

    assert planning.plan(at=now).total == 0
    assert unmet(visit, now) == ["follows"]


def test_a_house_without_hours_is_named_and_plans_once_it_has_some(
    norte: Dealership, jingbei: Dealership, now: datetime
) -> None:
    visit = cast.deliver(norte, date(2026, 3, 2), at=now)
    cast.deliver(jingbei, date(2026, 3, 2), at=now)
    CallableInterval.objects.filter(dealership=norte).delete()

    planned = planning.plan(at=now)

    assert (planned.new, planned.without_hours) == ({STEP: 1}, ["NORTE"])
    assert unmet(visit, now) == ["hours"]
    calendars.compile_calls(norte, at=now)
    planned = planning.plan(at=now)
    assert (planned.new, planned.without_hours) == ({STEP: 1}, [])


def test_planning_for_a_day_beyond_the_calendar_is_named_too(norte: Dealership, now: datetime) -> None:
    assert planning.plan(at=now, on=date(2028, 1, 3)).without_hours == ["NORTE"]


def test_the_task_is_given_to_who_carries_the_function(norte: Dealership, mariana: User, now: datetime) -> None:
    FunctionMapping.objects.create(dealership=norte, function=Function.REPRESENTATIVE, user=mariana)

    assert cast.due(norte, date(2026, 3, 2), at=now).assignee == mariana


# Again, later, changed ---------------------------------------------------------------------------------------


def test_planning_twice_gives_the_same_tasks(norte: Dealership, now: datetime) -> None:
    cast.due(norte, date(2026, 3, 2), at=now)

    assert planning.plan(at=now).total == 0
    assert ContactTask.objects.count() == 1


def test_a_visit_is_planned_when_its_window_comes_near(norte: Dealership, now: datetime) -> None:
    visit = cast.deliver(norte, date(2026, 3, 10), at=now)

    assert planning.plan(at=now, on=date(2026, 3, 5)).total == 0
    assert unmet(visit, now, on=date(2026, 3, 5)) == ["near"]
    assert planning.plan(at=now, on=date(2026, 3, 6)).total == 1


def test_days_off_are_caught_up_with_the_true_due_dates(norte: Dealership, now: datetime) -> None:
    for day in range(1, 15):
        cast.deliver(norte, date(2026, 2, day), at=now)
    day_by_day = {(task.opens_on, task.due_on, task.due_at) for task in planned_on(date(2026, 1, 25), 30, now)}

    at_once = {(task.opens_on, task.due_on, task.due_at) for task in planned_on(date(2026, 3, 5), 1, now)}

    assert at_once == day_by_day
    assert len(at_once) == 14
    assert {task.is_late(now) for task in planned_on(date(2026, 3, 5), 1, now)} == {True}


def planned_on(first: date, days: int, at: datetime) -> list[ContactTask]:
    """The tasks of a planner that was on from that day, on an empty list."""
    ContactTask.objects.all().delete()
    for day in range(days):
        planning.plan(at=at, on=first + days_later(day))
    return list(ContactTask.objects.all())


def test_what_became_known_too_late_is_not_followed_up(norte: Dealership, now: datetime) -> None:
    old = cast.deliver(norte, date(2026, 1, 18), at=now)
    kept = cast.deliver(norte, date(2026, 1, 19), at=now)

    planning.plan(at=now)

    assert [task.visit for task in ContactTask.objects.all()] == [kept]
    assert unmet(old, now) == ["fresh"]


def test_a_window_that_is_changed_holds_for_new_tasks_only(
    norte: Dealership, mariana: User, now: datetime, as_user: AsUser
) -> None:
    born = cast.due(norte, date(2026, 3, 2), at=now)
    step = ProgrammeStep.objects.get()

    answer = edit_step(as_user(mariana), step, window_from=7, window_to=9)

    assert answer.status_code == 302
    later = cast.due(norte, date(2026, 3, 3), at=now)
    born.refresh_from_db()
    assert (born.opens_on, born.due_on) == (date(2026, 3, 5), date(2026, 3, 7))
    assert (later.opens_on, later.due_on) == (date(2026, 3, 10), date(2026, 3, 12))
    step.refresh_from_db()
    assert step.version == 2


def test_a_window_months_after_the_visit_is_planned_too(
    norte: Dealership, mariana: User, now: datetime, as_user: AsUser
) -> None:
    visit = cast.deliver(norte, date(2026, 1, 4), at=now)
    assert edit_step(as_user(mariana), ProgrammeStep.objects.get(), window_from=60, window_to=62).status_code == 302

    [task] = visit.tasks.all()
    assert (task.opens_on, task.due_on) == (date(2026, 3, 5), date(2026, 3, 7))


def test_a_window_that_closes_before_it_opens_is_refused(
    norte: Dealership, mariana: User, now: datetime, as_user: AsUser
) -> None:
    answer = edit_step(as_user(mariana), ProgrammeStep.objects.get(), window_from=7)

    assert answer.status_code == 422
    assert "The window closes before it opens. Choose a later last day." in answer.content.decode()
    assert ProgrammeStep.objects.get().window_from == 3


def edit_step(browser: Client, step: ProgrammeStep, **fields: int) -> Any:
    return browser.post(reverse("contacts:step", args=[step.pk]), cast.form_of(step) | fields)


@pytest.mark.covers("S0-P.2")
def test_the_neighbour_cannot_change_our_programme(
    norte: Dealership, jingbei: Dealership, lixue: User, now: datetime, as_user: AsUser
) -> None:
    step = ProgrammeStep.objects.get(dealership=norte)

    assert edit_step(as_user(lixue), step, window_to=9).status_code == 404
    assert as_user(lixue).post(reverse("contacts:programme", args=[step.programme_id])).status_code == 404


def test_a_corrected_delivery_moves_its_open_task(norte: Dealership, now: datetime) -> None:
    task = cast.due(norte, date(2026, 3, 2), at=now)

    deliver_again(task, date(2026, 3, 4), now)

    assert (task.opens_on, task.due_on) == (date(2026, 3, 7), date(2026, 3, 9))
    assert task.due_at == task.ranks_at == datetime(2026, 3, 10, tzinfo=CHIHUAHUA)
    assert task.callable_from == datetime(2026, 3, 7, 9, tzinfo=CHIHUAHUA)


def test_a_corrected_delivery_does_not_call_earlier_who_was_tried(norte: Dealership, now: datetime) -> None:
    task = cast.due(norte, date(2026, 3, 2), at=now)
    tomorrow = now + days_later(1)
    ContactTask.objects.update(attempts=1, callable_from=tomorrow)

    deliver_again(task, date(2026, 2, 27), now)
    assert (task.opens_on, task.callable_from) == (date(2026, 3, 2), tomorrow)

    deliver_again(task, date(2026, 3, 9), now)
    assert task.callable_from == datetime(2026, 3, 12, 9, tzinfo=CHIHUAHUA)


def test_a_corrected_delivery_keeps_the_agreed_time(norte: Dealership, now: datetime) -> None:
    task = cast.due(norte, date(2026, 3, 2), at=now)
    agreed = now + days_later(1)
    ContactTask.objects.update(attempts=1, callable_from=agreed, ranks_at=agreed - PROMISED_FIRST, call_back_at=agreed)

    deliver_again(task, date(2026, 3, 9), now)

    assert (task.opens_on, task.callable_from, task.ranks_at) == (date(2026, 3, 12), agreed, agreed - PROMISED_FIRST)


def test_a_corrected_delivery_leaves_a_concluded_task_alone(norte: Dealership, now: datetime) -> None:
    task = cast.due(norte, date(2026, 3, 2), at=now)
    task.move(ContactTask.State.DONE, at=now)

    deliver_again(task, date(2026, 3, 4), now)

    assert (task.state, task.opens_on) == ("done", date(2026, 3, 5))


def test_a_cancelled_visit_cancels_its_open_task_until_it_counts_again(norte: Dealership, now: datetime) -> None:
    task, done = (cast.due(norte, date(2026, 3, 2), at=now) for _ in range(2))
    done.move(ContactTask.State.DONE, at=now)

    assert states_after(now, cancelled_at=now) == ["cancelled", "done"]
    assert ContactTask.objects.get(pk=task.pk).concluded_at == now
    assert states_after(now, cancelled_at=None) == ["open", "done"]
    assert ContactTask.objects.get(pk=task.pk).concluded_at is None


def test_a_visit_that_turns_out_special_is_no_longer_due_where_those_are_left_out(
    norte: Dealership, now: datetime
) -> None:
    cast.due(norte, date(2026, 3, 2), at=now)
    assert states_after(now, special=True) == ["open"]

    ProgrammeStep.objects.update(excludes=["special"])
    assert states_after(now, special=True) == ["cancelled"]


def states_after(at: datetime, **correction: object) -> list[str]:
    Visit.objects.update(**correction)
    planning.realign(list(Visit.objects.values_list("pk", flat=True)), at=at)
    return list(ContactTask.objects.order_by("pk").values_list("state", flat=True))


def deliver_again(task: ContactTask, on: date, at: datetime) -> None:
    """The same document with another day of delivery."""
    visit, car = task.visit, task.vehicle
    assert car
    point = visit.customer.contact_points.get()
    facts = {"customer_name": visit.customer.full_name, "phones": point.value, "plate": car.plate}
    cast.deliver(visit.dealership, on, at=at, number=visit.number, **facts)
    task.refresh_from_db()


def test_new_hours_move_the_first_call_of_who_was_not_tried(norte: Dealership, now: datetime) -> None:
    task, tried = (cast.due(norte, date(2026, 3, 4), at=now) for _ in range(2))
    ContactTask.objects.filter(pk=tried.pk).update(attempts=1)
    OpeningHours.objects.update(opens=time(11))
    calendars.compile_calls(norte, at=now)

    assert planning.follow_hours(norte.pk) == 1

    task.refresh_from_db()
    assert task.callable_from == datetime(2026, 3, 7, 11, tzinfo=CHIHUAHUA)


# The rules once more, in Python ------------------------------------------------------------------------------

KINDS = ("vehicle_delivery", "workshop_visit", "consultation")
UNITS = ("calendar_day", "working_day", "month")
TURNS = (date(2024, 2, 29), date(2024, 3, 31), date(2025, 2, 28), date(2025, 12, 31), date(2026, 4, 5))
DAYS = st.builds(lambda turn, shift: turn + timedelta(shift), st.sampled_from(TURNS), st.integers(-12, 12))
MOSTLY = st.sampled_from([True, True, True, False])
RARELY = st.sampled_from([False, False, False, True])


@st.composite
def rules(draw: st.DrawFn, around: date) -> Rules:
    from_unit = draw(st.sampled_from(UNITS))
    to_unit = draw(st.sampled_from([from_unit, "month"]))
    first = draw(st.integers(0, 2 if from_unit == "month" else 12))
    return Rules(
        trigger=tuple(draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=3, unique=True))),
        active=draw(MOSTLY),
        live=around - timedelta(draw(st.sampled_from([0, 20, 400, 2000]))),
        anchor=draw(st.sampled_from(["event", "event", "yearly", "step_done"])),
        first=first,
        from_unit=from_unit,
        last=first + draw(st.integers(0, 6)) if from_unit == to_unit else draw(st.integers(1, 3)),
        to_unit=to_unit,
        closed_days=draw(st.sampled_from(["keep", "extend", "shorten"])),
        excludes=tuple(draw(st.lists(st.sampled_from(list(ProgrammeStep.Exclusion.values)), max_size=2, unique=True))),
        ahead=draw(st.integers(0, 9)),
        catch_up=draw(st.integers(0, 40)),
    )


@st.composite
def people(draw: st.DrawFn, around: date) -> Person:
    given_on = around - timedelta(draw(st.integers(-3, 20)))
    ended_on = draw(st.sampled_from([None, given_on + timedelta(draw(st.integers(0, 12)))]))
    return Person(
        kind=draw(st.sampled_from(["person", "person", "company"])),
        do_not_call=draw(RARELY),
        is_gone=draw(RARELY),
        refused=draw(RARELY),
        consents=((given_on, ended_on),) if draw(st.booleans()) else (),
    )


@st.composite
def events(draw: st.DrawFn, around: date, key: int) -> Event:
    on = around + timedelta(draw(st.integers(-60, 12)) - 365 * draw(st.sampled_from([0, 0, 1, 2, 4])))
    return Event(
        key=key,
        kind=draw(st.sampled_from(KINDS)),
        on=on,
        special=draw(RARELY),
        used=draw(st.sampled_from([None, False, True])),
        cancelled=draw(RARELY),
        first_done_on=draw(st.sampled_from([None, around - timedelta(draw(st.integers(0, 30)))])),
    )


@st.composite
def worlds(draw: st.DrawFn, around: date) -> World:
    closed = draw(st.lists(st.integers(-80, 130), max_size=25))
    days = {around + timedelta(n) for n in range(-120, 260) if n not in closed}
    return World(
        rules=draw(rules(around)),
        person=draw(people(around)),
        events=tuple(draw(events(around, key)) for key in range(draw(st.integers(1, 6)))),
        open_days=frozenset(day for day in days if day.weekday() != 6),
    )


class Played:
    """A world as rows of the product's own tables."""

    def __init__(self, world: World, house: Dealership, at: datetime) -> None:
        self.world, self.house, self.at = world, house, at
        self._open()
        self.customer = self._customer()
        self.first, self.step = self._steps()
        self.visits = {event.key: self._visit(event) for event in world.events}

    def _open(self) -> None:
        """From eight to eight, on the days that are open."""
        CallableInterval.objects.filter(dealership=self.house).delete()
        WorkDay.objects.filter(dealership=self.house).delete()
        days = sorted(self.world.open_days)
        WorkDay.objects.bulk_create(WorkDay(dealership=self.house, on=day, number=n) for n, day in enumerate(days))
        CallableInterval.objects.bulk_create(
            CallableInterval(
                dealership=self.house,
                starts_at=datetime.combine(day, time(8), self.house.zone),
                ends_at=datetime.combine(day, time(20), self.house.zone),
            )
            for day in days
        )

    def _customer(self) -> Customer:
        person = self.world.person
        about: dict[str, Any] = {"dealership": self.house, "language": "es-mx"}
        customer = Customer.objects.create(
            full_name="Ana",
            kind=person.kind,
            do_not_call=person.do_not_call,
            **about,
        )
        for given_on, withdrawn_on in person.consents:
            Consent.objects.create(
                dealership=self.house,
                customer=customer,
                channel="phone",
                purpose="survey",
                text_version="1",
                source="paper",
                given_on=given_on,
                withdrawn_on=withdrawn_on,
            )
        return customer

    def _steps(self) -> tuple[ProgrammeStep, ProgrammeStep]:
        """The step whose rules are played, and another of the same programme, never planned, that may come before."""
        kept, step = self.world.rules, ProgrammeStep.objects.get()
        Programme.objects.update(trigger=list(kept.trigger), active=kept.active, go_live_on=kept.live)
        ProgrammeStep.objects.update(
            anchor=kept.anchor,
            after="first" if kept.anchor == "step_done" else "",
            window_from=kept.first,
            from_unit=kept.from_unit,
            window_to=kept.last,
            to_unit=kept.to_unit,
            closed_days=kept.closed_days,
            excludes=list(kept.excludes),
            look_ahead_days=kept.ahead,
            catch_up_days=kept.catch_up,
        )
        first = ProgrammeStep.objects.get()
        first.pk, first.code, first.anchor, first.after = None, "first", "event", ""
        first.window_from = first.window_to = 0
        first.from_unit = first.to_unit = "calendar_day"
        first.catch_up_days = first.look_ahead_days = -999
        first.save()
        return first, step

    def _visit(self, event: Event) -> Visit:
        visit = Visit.objects.create(
            dealership=self.house,
            customer=self.customer,
            key=str(event.key),
            kind=event.kind,
            delivered_on=event.on,
            special=event.special,
            used=event.used,
            cancelled_at=self.at if event.cancelled else None,
            created_at=self.at,
            changed_at=self.at,
        )
        if event.first_done_on:
            self._task(visit, "done", event.first_done_on)
        return visit

    def _task(self, visit: Visit, state: str, on: date) -> None:
        at = datetime.combine(on, time(23, 30), self.house.zone)
        ContactTask.objects.create(
            dealership=self.house,
            step=self.first,
            step_code="first",
            anchor=f"visit:{visit.pk}",
            visit=visit,
            customer=self.customer,
            anchor_on=visit.delivered_on,
            window_from=0,
            window_to=0,
            distinct_days=True,
            distinct_bands=True,
            opens_on=on,
            due_on=on,
            due_at=at,
            callable_from=at,
            ranks_at=at,
            state=state,
            concluded_at=at,
            planned_at=self.at,
        )

    def refuse(self) -> None:
        """She refused another contact of the same programme, long ago."""
        visit = Visit.objects.create(
            dealership=self.house,
            customer=self.customer,
            key="refused",
            kind="goods_sale",
            delivered_on=date(2010, 1, 1),
            created_at=self.at,
            changed_at=self.at,
        )
        self._task(visit, "refused", date(2010, 1, 5))

    def merge_away(self) -> None:
        """Her file became part of another's; that her rows have not followed is what planning must bear."""
        other = Customer.objects.create(full_name="Otra", dealership=self.house, language="es-mx")
        Customer.objects.filter(pk=self.customer.pk).update(merged_into=other)

    def planned(self) -> set[Due]:
        keys = {visit.pk: key for key, visit in self.visits.items()}
        tasks = ContactTask.objects.filter(step_code=self.step.code)
        return {Due(keys[task.visit_id], task.anchor_on, task.opens_on, task.due_on) for task in tasks}

    def explained(self) -> set[tuple[int, date]]:
        """Which contacts the explanation calls due: visit and first day."""
        keys = {visit.pk: key for key, visit in self.visits.items()}
        reasons = explaining.why(self.customer.pk, self.house.pk, at=self.at)
        return {
            (keys[reason.visit.pk], reason.opens_on)
            for reason in reasons
            if reason.is_due and reason.opens_on and reason.step.code == self.step.code
        }


@contextmanager
def undone() -> Iterator[None]:
    """For one example: whatever is written in it is gone behind it."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_planning_and_its_explanation_keep_the_rules(norte: Dealership, data: st.DataObject) -> None:
    around = data.draw(DAYS)
    today = around + timedelta(data.draw(st.integers(-3, 20)))
    at = datetime.combine(today, time(12), norte.zone)
    with undone():
        world = data.draw(worlds(around))
        played = Played(world, norte, at)
        if world.person.refused:
            played.refuse()
        if world.person.is_gone:
            played.merge_away()

        planning.plan(at=at)

        due = world.due(today)
        assert played.planned() == due
        assert played.explained() == {(contact.visit, contact.opens_on) for contact in due}
        for task in ContactTask.objects.filter(step_code=played.step.code):
            first_open = min(day for day in world.open_days if day >= task.opens_on)
            assert task.due_at == datetime.combine(task.due_on + timedelta(1), time(), norte.zone)
            assert task.callable_from == datetime.combine(first_open, time(8), norte.zone)

        assert planning.plan(at=at).total == 0
        planning.plan(at=at + timedelta(1))
        assert played.planned() == due | world.due(today + timedelta(1))


def test_a_preset_activated_again_leaves_what_was_edited(norte: Dealership, now: datetime) -> None:
    ProgrammeStep.objects.update(window_to=9)

    presets.activate(cast.PRESET, norte, go_live_on=date(2026, 3, 1))

    assert ProgrammeStep.objects.get().window_to == 9
    assert Programme.objects.get().go_live_on == date(2026, 1, 1)


# Several planners, and one that dies -------------------------------------------------------------------------

HOUSE_WITH_FIFTY = """
with tenancy.everywhere():
    house = cast.house("NORTE", at=NOW)
    deliver_many(house, 50)
"""
PLANNER = """
from clientela.contacts import planning
with tenancy.everywhere():
    total = planning.plan(at=NOW).total
    {pause}
print(total)
"""


def test_two_planners_at_once_plan_everybody_once() -> None:
    with processes.own_database("clientela_test_planners") as own:
        own.run(HOUSE_WITH_FIFTY)
        first = own.start(PLANNER.format(pause="pause('planned')"))
        first.wait_for("planned")
        second = own.start(PLANNER.format(pause=""))
        while not own.one("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"):
            assert second.process.poll() is None
        first.go_on()

        assert (first.result(), second.result()) == ("50", "0")
        assert own.ask("SELECT count(*), count(DISTINCT visit_id) FROM contacts_contacttask") == [(50, 50)]


def test_a_planner_that_is_killed_leaves_nothing_for_the_next_to_mend() -> None:
    with processes.own_database("clientela_test_killed") as own:
        own.run(HOUSE_WITH_FIFTY)
        killed = own.start(PLANNER.format(pause="pause('planned')"))
        killed.wait_for("planned")
        killed.kill()

        assert own.run(PLANNER.format(pause="")) == "50"
        assert own.ask("SELECT count(*), count(DISTINCT visit_id) FROM contacts_contacttask") == [(50, 50)]


def test_the_clock_of_the_schedule_plans_by_itself(norte: Dealership, now: datetime) -> None:
    cast.deliver(norte, date(2026, 3, 2), at=now)

    plan_all(timestamp=0)

    assert [task.planned_at for task in ContactTask.objects.all()] == [timezone.now()]
