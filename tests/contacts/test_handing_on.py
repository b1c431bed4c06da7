"""Handing a sale on: the second caller gets what the consultant knows, or somebody is told that it is missing."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

import pytest
from django.test import Client

from clientela.contacts import calling, handing_on, planning, presets, queue
from clientela.contacts.calling import Answer
from clientela.contacts.models import ContactTask, HandOver, Outcome
from clientela.customers.models import Visit
from clientela.lib.refusal import Refusal
from clientela.network.models import Dealership, Role, User
from tests import cast

ALERT = "Hand-over missing"


@pytest.fixture
def house(db: None, now: datetime) -> Dealership:
    found = cast.house("NORTE", at=now, preset=False)
    presets.activate("china_4s", found, go_live_on=date(2026, 1, 1))
    return found


@pytest.fixture
def patricia(house: Dealership) -> User:
    return cast.person("Patricia Ríos", Role.SALES_CONSULTANT, house)


@pytest.fixture
def hector(house: Dealership) -> User:
    return cast.person("Héctor Solís", Role.SALES_CONSULTANT, house)


@pytest.fixture
def head(house: Dealership) -> User:
    return cast.person("Laura Ortiz", Role.SALES_MANAGER, house)


def at_ten(house: Dealership, day: date) -> datetime:
    return datetime.combine(day, time(10), house.zone)


def sale(house: Dealership, on: date, at: datetime) -> Visit:
    visit = cast.deliver(house, on, at=at, consultant="Patricia Ríos")
    planning.plan(at=at)
    return visit


def second(visit: Visit) -> ContactTask:
    return ContactTask.objects.get(visit=visit, step_code="china_4s.sales_follow_up.call_2")


@pytest.mark.covers("S4-3.2.4.3.1b")
@pytest.mark.parametrize(
    ("sold", "due"), [(date(2026, 1, 31), date(2026, 2, 28)), (date(2026, 2, 10), date(2026, 3, 10))]
)
def test_a_second_contact_without_a_hand_over_alerts_the_consultant_and_the_head(
    house: Dealership, patricia: User, hector: User, head: User, now: datetime, sold: date, due: date
) -> None:
    day = sold + timedelta(days=10)
    visit = sale(house, sold, at_ten(house, day))

    waits = {person: handing_on.missing(house, person, day).count() for person in (patricia, hector, head)}

    assert second(visit).due_on == due
    assert waits == {patricia: 1, hector: 0, head: 1}
    assert handing_on.missing(house, head, sold + timedelta(days=7)).count() == 0


@pytest.mark.covers("S4-3.2.4.3.1b")
def test_who_makes_the_second_call_sees_that_the_hand_over_is_missing(
    house: Dealership, patricia: User, as_user: Callable[[User], Client], now: datetime
) -> None:
    visit = sale(house, date(2026, 2, 10), now)
    task, officer = second(visit), cast.person("Wang", Role.INFORMATION_OFFICER, house)
    browser, outsider = as_user(officer), as_user(cast.person("Héctor Solís", Role.SALES_CONSULTANT, house))
    queue.claim(task, by=officer, at=now)

    told = "Patricia Ríos has not handed over"
    assert ALERT in browser.get("/").text
    assert visit.customer.listed_name in browser.get("/contacts/hand-overs/").text
    assert told in browser.get(f"/call/{task.pk}/").text
    assert visit.customer.listed_name not in outsider.get("/contacts/hand-overs/").text

    handing_on.hand_on(visit, by=patricia, at=now)

    assert ALERT not in browser.get("/").text
    assert told not in browser.get(f"/call/{task.pk}/").text


@pytest.mark.covers("S4-3.2.4.3.1b")
def test_the_alert_stands_on_todays_page_until_one_click(
    house: Dealership, patricia: User, hector: User, head: User, as_user: Callable[[User], Client], now: datetime
) -> None:
    visit = sale(house, date(2026, 2, 20), now)
    browsers = [as_user(person) for person in (patricia, head, hector)]
    before = [ALERT in browser.get("/").text for browser in browsers]

    strangers = browsers[2].post(f"/contacts/hand-overs/{visit.pk}/")
    hers = browsers[0].post(f"/contacts/hand-overs/{visit.pk}/")

    assert before == [True, True, False]
    assert (strangers.status_code, hers.status_code) == (409, 302)
    assert [ALERT in browser.get("/").text for browser in browsers] == [False, False, False]
    kept = HandOver.objects.get()
    assert (kept.visit, kept.by, kept.at, kept.attempt) == (visit, patricia, now, None)


def test_saying_it_twice_keeps_the_first(house: Dealership, patricia: User, head: User, now: datetime) -> None:
    visit = sale(house, date(2026, 2, 20), now)

    first = handing_on.hand_on(visit, by=patricia, at=now)
    again = handing_on.hand_on(visit, by=head, at=now + timedelta(days=1))

    assert (again, again.by) == (first, patricia)


def test_a_first_call_made_hands_over_by_itself_and_taken_back_no_more(
    house: Dealership, patricia: User, now: datetime
) -> None:
    visit = sale(house, date(2026, 2, 20), now)
    first = ContactTask.objects.get(visit=visit, step_code="china_4s.sales_follow_up.call_1")
    queue.claim(first, by=patricia, at=now)
    first.refresh_from_db()
    answer = Answer(outcome=Outcome.REACHED, grade="satisfied")

    tried = calling.keep(first, answer, fence=first.fence, by=patricia, at=now)
    after_call = handing_on.waiting(house).filter(visit=visit).count()
    calling.take_back(tried, by=patricia, at=now)

    assert (after_call, handing_on.waiting(house).filter(visit=visit).count()) == (0, 1)
    with pytest.raises(Refusal, match="Only the consultant"):
        handing_on.hand_on(visit, by=cast.person("Eva Gil", Role.SALES_CONSULTANT, house), at=now)
    assert handing_on.hand_on(visit, by=patricia, at=now).attempt is None


def test_a_try_that_reached_nobody_hands_nothing_over(house: Dealership, patricia: User, now: datetime) -> None:
    visit = sale(house, date(2026, 2, 20), now)
    first = ContactTask.objects.get(visit=visit, step_code="china_4s.sales_follow_up.call_1")
    queue.claim(first, by=patricia, at=now)
    first.refresh_from_db()

    calling.keep(first, Answer(outcome=Outcome.REFUSED), fence=first.fence, by=patricia, at=now)

    assert handing_on.waiting(house).filter(visit=visit).exists()


def test_the_list_shows_a_consultant_hers_and_the_head_all(
    house: Dealership, patricia: User, hector: User, head: User, as_user: Callable[[User], Client], now: datetime
) -> None:
    visit = sale(house, date(2026, 2, 20), now)
    cast.deliver(house, date(2026, 2, 20), at=now, consultant="Héctor Solís")
    planning.plan(at=now)

    pages = [as_user(person).get("/contacts/hand-overs/").text for person in (patricia, hector, head)]

    assert [visit.customer.listed_name in page for page in pages] == [True, False, True]
    assert [page.count("<tr>") for page in pages] == [2, 2, 3]


@pytest.mark.covers("S4-3.2.4.3.1b")
def test_the_file_offers_the_call_that_one_may_make_and_that_has_begun(
    house: Dealership, patricia: User, as_user: Callable[[User], Client], now: datetime
) -> None:
    visit = sale(house, date(2026, 3, 2), now)
    lead, officer = (cast.person(f"Lead {n}", Role.REPRESENTATIVE, house) for n in range(2))
    tasks = {task.step_code.removeprefix("china_4s."): task for task in ContactTask.objects.filter(visit=visit)}
    file = f"/customer/{visit.customer_id}/"

    def offered(who: User) -> ContactTask | None:
        found: ContactTask | None = as_user(who).get(file).context["next_task"]
        return found

    assert (offered(lead), offered(patricia)) == (tasks["care_call.call_1"], tasks["sales_follow_up.call_1"])
    for code in ("care_call.call_1", "sales_follow_up.call_1"):
        queue.claim(tasks[code], by=lead, at=now)
        answer = Answer(outcome=Outcome.REACHED, grade="satisfied")
        calling.keep(tasks[code], answer, fence=tasks[code].fence, by=lead, at=now)

    # Only the second call is left, which another than the first caller makes.
    assert (offered(lead), offered(officer)) == (None, tasks["sales_follow_up.call_2"])
