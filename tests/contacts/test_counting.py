"""One call that counts for several contacts, and contacts that would be one too many."""

from datetime import date, datetime, timedelta

import pytest

from clientela.contacts import calling, planning, presets, queue
from clientela.contacts.calling import Answer
from clientela.contacts.models import Attempt, Cap, ContactTask, Outcome, Programme, ProgrammeStep
from clientela.network.models import Dealership, Role, User
from tests import cast

FLEET = {"customer_name": "Transportes Sierra S.A. de C.V.", "phones": "614 555 7519"}


def fleet(house: Dealership, days: list[date], *, at: datetime) -> list[ContactTask]:
    """One company's cars, delivered on these days, each with its contact."""
    visits = [cast.deliver(house, day, at=at, **FLEET) for day in days]
    planning.plan(at=at)
    return [visit.tasks.get() for visit in visits]


def claim_next(house: Dealership, by: User, at: datetime) -> ContactTask | None:
    pk = queue.claim_next(house.pk, by=by, at=at, today=house.today(at))
    return ContactTask.objects.get(pk=pk) if pk else None


def keep(task: ContactTask, outcome: Outcome, by: User, at: datetime) -> Attempt:
    grade = "satisfied" if outcome is Outcome.REACHED else ""
    return calling.keep(task, Answer(outcome=outcome, grade=grade), fence=task.fence, by=by, at=at)


def states(tasks: list[ContactTask]) -> list[tuple[str, str]]:
    for task in tasks:
        task.refresh_from_db()
    return [(task.state, task.timing) for task in tasks]


def test_a_company_with_many_cars_gets_one_call(norte: Dealership, jorge: User, now: datetime) -> None:
    days = [date(2026, 2, 26)] * 2 + [date(2026, 3, 1)] * 28 + [date(2026, 3, 4)]
    tasks = fleet(norte, days, at=now)
    assert len({task.customer_id for task in tasks}) == 1

    called = claim_next(norte, jorge, now)
    assert called is not None
    tried = keep(called, Outcome.REACHED, jorge, now)

    # The window of the first two had closed; of the last it opens the day after tomorrow.
    assert states(tasks) == [("done", "late")] * 2 + [("done", "in_window")] * 28 + [("open", "")]
    assert (Attempt.objects.count(), tried.counts_for.count()) == (1, 29)
    assert claim_next(norte, jorge, now) is None


@pytest.mark.parametrize(("outcome", "state"), [(Outcome.REFUSED, "refused"), (Outcome.WRONG_NUMBER, "invalid")])
def test_what_ends_one_ends_all_of_them(
    norte: Dealership, jorge: User, now: datetime, outcome: Outcome, state: str
) -> None:
    tasks = fleet(norte, [date(2026, 3, 2)] * 3, at=now)
    called = claim_next(norte, jorge, now)
    assert called is not None

    keep(called, outcome, jorge, now)

    assert states(tasks) == [(state, "in_window")] * 3


def test_not_reached_they_all_wait_for_the_next_try(norte: Dealership, jorge: User, now: datetime) -> None:
    tasks = fleet(norte, [date(2026, 3, 1), date(2026, 3, 2)], at=now)
    called = claim_next(norte, jorge, now)
    assert called == tasks[0]

    keep(called, Outcome.NO_ANSWER, jorge, now)

    assert claim_next(norte, jorge, now + timedelta(hours=2)) is None
    assert claim_next(norte, jorge, now + timedelta(days=1, hours=7)) == tasks[0]


def test_a_call_taken_back_opens_all_of_them(norte: Dealership, jorge: User, now: datetime) -> None:
    tasks = fleet(norte, [date(2026, 3, 2)] * 3, at=now)
    called = claim_next(norte, jorge, now)
    assert called is not None
    tried = keep(called, Outcome.REACHED, jorge, now)

    calling.take_back(tried, by=jorge, at=now)

    assert states(tasks) == [("open", "")] * 3
    assert claim_next(norte, jorge, now) == called


def test_another_customer_of_the_same_day_is_called_for_herself(norte: Dealership, jorge: User, now: datetime) -> None:
    one, other = (cast.due(norte, date(2026, 3, 2), at=now) for _n in range(2))
    called = claim_next(norte, jorge, now)
    assert called == one
    keep(called, Outcome.REACHED, jorge, now)

    assert claim_next(norte, jorge, now) == other


# Steps that count for one another ----------------------------------------------------------------------------


@pytest.fixture
def combined(db: None, now: datetime) -> Dealership:
    """Autos del Norte with GM's call and the 4S specialist's, each counting for the other."""
    house = cast.house("NORTE", at=now)
    presets.activate("china_4s", house, go_live_on=date(2026, 1, 1))
    Programme.objects.filter(code__in=["sales_follow_up", "service_follow_up"]).update(active=False)
    codes = [step.code for step in ProgrammeStep.objects.filter(programme__active=True)]
    for code in codes:
        ProgrammeStep.objects.filter(code=code).update(satisfied_by=[other for other in codes if other != code])
    return house


def both(house: Dealership, on: date, *, at: datetime) -> dict[str, ContactTask]:
    visit = cast.deliver(house, on, at=at)
    planning.plan(at=at)
    return {task.step_code.split(".")[0]: task for task in visit.tasks.all()}


@pytest.mark.parametrize(
    ("called_on", "timing"),
    [
        (5, {"gm_mexico_prc": ("done", "in_window"), "china_4s": ("done", "in_window")}),
        (6, {"gm_mexico_prc": ("done", "in_window"), "china_4s": ("done", "late")}),
    ],
)
def test_one_contact_closes_both_each_judged_by_its_own_window(
    combined: Dealership, now: datetime, called_on: int, timing: dict[str, tuple[str, str]]
) -> None:
    caller = cast.person("Ana Ruiz", Role.CS_SPECIALIST, combined)
    tasks = both(combined, date(2026, 3, 2), at=now)
    at = now.replace(day=called_on)

    called = claim_next(combined, caller, at)
    assert called == tasks["china_4s"]  # due first
    keep(called, Outcome.REACHED, caller, at)

    assert {code: states([task])[0] for code, task in tasks.items()} == timing
    assert Attempt.objects.count() == 1


def test_before_the_other_window_opens_one_contact_closes_one(combined: Dealership, now: datetime) -> None:
    caller = cast.person("Ana Ruiz", Role.CS_SPECIALIST, combined)
    tasks = both(combined, date(2026, 3, 3), at=now)

    called = claim_next(combined, caller, now)
    assert called == tasks["china_4s"]
    keep(called, Outcome.REACHED, caller, now)

    assert {code: states([task])[0] for code, task in tasks.items()} == {
        "gm_mexico_prc": ("open", ""),
        "china_4s": ("done", "in_window"),
    }


def test_a_channel_that_does_not_fit_closes_nothing(combined: Dealership, now: datetime) -> None:
    caller = cast.person("Ana Ruiz", Role.CS_SPECIALIST, combined)
    ProgrammeStep.objects.filter(programme__preset="gm_mexico_prc").update(channels=["email"])
    tasks = both(combined, date(2026, 3, 2), at=now)

    called = claim_next(combined, caller, now)
    assert called == tasks["china_4s"]
    keep(called, Outcome.REACHED, caller, now)

    assert states([tasks["gm_mexico_prc"]]) == [("open", "")]


def test_a_caller_whose_work_it_is_not_closes_nothing(combined: Dealership, now: datetime) -> None:
    patricia = cast.person("Patricia Ríos", Role.SALES_CONSULTANT, combined)
    ProgrammeStep.objects.filter(programme__preset="china_4s").update(performer="consultant")
    tasks = both(combined, date(2026, 3, 2), at=now)

    called = claim_next(combined, patricia, now)
    assert called == tasks["china_4s"]
    keep(called, Outcome.REACHED, patricia, now)

    assert states([tasks["gm_mexico_prc"]]) == [("open", "")]


# How often at most -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("cap", "suppressed"), [(1, True), (2, False)])
def test_what_is_no_duty_keeps_to_the_cap_and_is_logged(
    norte: Dealership, now: datetime, cap: int, suppressed: bool
) -> None:
    Cap.objects.create(dealership=norte, contacts=cap, days=7)
    presets.activate("mazda_chile", norte, go_live_on=date(2026, 1, 1))
    ProgrammeStep.objects.filter(programme__preset="mazda_chile").update(is_duty=False)
    Programme.objects.filter(preset="mazda_chile").update(precedence=200)

    visit = cast.deliver(norte, date(2026, 3, 2), at=now)
    planning.plan(at=now)
    planning.plan(at=now)

    duty, other = visit.tasks.order_by("step_code")
    assert (duty.state, other.state) == ("open", "suppressed" if suppressed else "open")


def test_a_duty_is_owed_whatever_the_cap(norte: Dealership, now: datetime) -> None:
    Cap.objects.create(dealership=norte, contacts=1, days=7)
    presets.activate("mazda_chile", norte, go_live_on=date(2026, 1, 1))

    visit = cast.deliver(norte, date(2026, 3, 2), at=now)
    planning.plan(at=now)

    assert [task.state for task in visit.tasks.all()] == ["open", "open"]


def test_of_two_that_are_no_duty_precedence_decides(norte: Dealership, now: datetime) -> None:
    Cap.objects.create(dealership=norte, contacts=1, days=7)
    presets.activate("mazda_chile", norte, go_live_on=date(2026, 1, 1))
    ProgrammeStep.objects.update(is_duty=False)
    Programme.objects.filter(preset="gm_mexico_prc").update(precedence=200)

    visit = cast.deliver(norte, date(2026, 3, 2), at=now)
    planning.plan(at=now)

    assert {task.step_code.split(".")[0]: task.state for task in visit.tasks.all()} == {
        "mazda_chile": "open",
        "gm_mexico_prc": "suppressed",
    }
