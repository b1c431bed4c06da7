"""Who is called next, and that nobody is called by two."""

from datetime import date, datetime, timedelta

import pytest

from clientela.contacts import calling, holding, queue
from clientela.contacts.calling import Answer
from clientela.contacts.models import Attempt, ContactTask, Outcome
from clientela.contacts.models.task import PROMISED_FIRST
from clientela.lib.refusal import Refusal
from clientela.network.models import Dealership, User
from tests import cast, processes

HOUR = timedelta(hours=1)
REFUSED = Answer(outcome=Outcome.REFUSED)
GONE = "This task is no longer yours: your time on it ran out or it was concluded. Nothing was recorded."


@pytest.fixture
def tasks(norte: Dealership, now: datetime) -> list[ContactTask]:
    """Three that may be called today; their windows close today, tomorrow and the day after."""
    return [cast.due(norte, date(2026, 2, 28) + timedelta(day), at=now) for day in range(3)]


def take(house: Dealership, by: User, at: datetime) -> ContactTask | None:
    pk = queue.claim_next(house.pk, by=by, at=at, today=house.today(at))
    return ContactTask.objects.get(pk=pk) if pk else None


def conclude(task: ContactTask, by: User, at: datetime) -> None:
    calling.keep(task, REFUSED, fence=task.fence, by=by, at=at)


def handed_out(house: Dealership, by: User, at: datetime) -> list[ContactTask]:
    """Everybody whom the queue gives now, in its order."""
    found = []
    while task := take(house, by, at):
        found.append(task)
        conclude(task, by, at)
    return found


# The order ---------------------------------------------------------------------------------------------------


def test_agreed_times_that_have_come_come_first_then_the_late_then_what_is_due(
    norte: Dealership, jorge: User, now: datetime
) -> None:
    due = cast.due(norte, date(2026, 3, 2), at=now)
    late = cast.due(norte, date(2026, 2, 20), at=now)
    later = cast.due(norte, date(2026, 2, 27), at=now)
    agreed, not_yet = (cast.due(norte, date(2026, 3, 1), at=now) for _ in range(2))
    call_back_at(agreed, now - HOUR)
    call_back_at(not_yet, now + HOUR)
    cast.due(norte, date(2026, 3, 3), at=now)  # its window opens tomorrow

    assert handed_out(norte, jorge, now) == [agreed, late, later, due]
    assert handed_out(norte, jorge, now + HOUR) == [not_yet]


def call_back_at(task: ContactTask, moment: datetime) -> None:
    ContactTask.objects.filter(pk=task.pk).update(
        callable_from=moment, ranks_at=moment - PROMISED_FIRST, call_back_at=moment
    )


def test_what_is_given_to_somebody_is_for_her_alone(
    norte: Dealership, jorge: User, mariana: User, now: datetime, tasks: list[ContactTask]
) -> None:
    ContactTask.objects.filter(pk=tasks[0].pk).update(assignee=mariana)

    assert handed_out(norte, jorge, now) == tasks[1:]
    assert handed_out(norte, mariana, now) == tasks[:1]


@pytest.mark.covers("S0-P.2")
def test_the_neighbours_tasks_are_not_in_our_queue(
    norte: Dealership, jingbei: Dealership, lixue: User, now: datetime, tasks: list[ContactTask]
) -> None:
    assert take(jingbei, lixue, now) is None


# The lease ---------------------------------------------------------------------------------------------------


def test_who_holds_a_task_gets_it_again_and_nobody_else_does(
    norte: Dealership, jorge: User, mariana: User, now: datetime, tasks: list[ContactTask]
) -> None:
    held = take(norte, jorge, now)
    assert held == tasks[0]

    again = take(norte, jorge, now + timedelta(minutes=5))

    assert again
    assert (again, again.fence, again.leased_until) == (held, held.fence, now + timedelta(minutes=25))
    assert take(norte, mariana, now) == tasks[1]


def test_a_lease_returns_by_itself(
    norte: Dealership, jorge: User, mariana: User, now: datetime, tasks: list[ContactTask]
) -> None:
    held = take(norte, jorge, now)
    assert held

    assert take(norte, mariana, now + queue.LEASE - timedelta(seconds=1)) == tasks[1]
    queue.release(tasks[1], by=mariana)
    returned = take(norte, mariana, now + queue.LEASE)

    assert returned
    assert (returned, returned.leased_by, returned.fence) == (held, mariana, held.fence + 1)


def test_a_task_that_is_given_back_is_free_at_once(
    norte: Dealership, jorge: User, mariana: User, now: datetime, tasks: list[ContactTask]
) -> None:
    held = take(norte, jorge, now)
    assert held
    queue.release(held, by=mariana)  # not hers: nothing happens
    assert take(norte, mariana, now) == tasks[1]

    queue.release(held, by=jorge)

    queue.release(tasks[1], by=mariana)
    assert take(norte, mariana, now) == held


def test_a_task_in_other_hands_is_refused_with_name_and_time(
    norte: Dealership, jorge: User, mariana: User, now: datetime, tasks: list[ContactTask]
) -> None:
    queue.claim(tasks[2], by=jorge, at=now)

    with pytest.raises(Refusal) as refused:
        queue.claim(tasks[2], by=mariana, at=now + timedelta(minutes=19))
    assert refused.value.sentence == "Jorge Peña is on this contact since 10:00. Take the next one."

    queue.claim(tasks[2], by=mariana, at=now + queue.LEASE)
    assert ContactTask.objects.get(pk=tasks[2].pk).leased_by == mariana


def test_of_two_contacts_with_one_customer_the_second_waits_for_the_first(
    norte: Dealership, mariana: User, jorge: User, now: datetime
) -> None:
    first, second = (cast.due(norte, date(2026, 3, 2), at=now, plate=f"TWO-{n}") for n in range(2))
    ContactTask.objects.filter(pk=second.pk).update(customer=first.customer_id)
    second.refresh_from_db()
    queue.claim(first, by=mariana, at=now)

    assert take(norte, jorge, now) is None
    with pytest.raises(Refusal, match="Mariana Ruiz is on the phone with this customer since 10:00"):
        queue.claim(second, by=jorge, at=now)
    assert holding.holds([second.pk], at=now, today=norte.today(now))[second.pk] == (holding.LINE_FREE,)
    queue.claim(second, by=mariana, at=now)  # who has her on the phone may speak of both
    queue.release(second, by=mariana)
    queue.release(first, by=mariana)
    ContactTask.objects.filter(pk=first.pk).update(state="done", concluded_at=now)

    assert take(norte, jorge, now) == second


def test_a_task_may_be_taken_before_its_time(norte: Dealership, jorge: User, now: datetime) -> None:
    task = cast.due(norte, date(2026, 3, 5), at=now)
    assert take(norte, jorge, now) is None

    queue.claim(task, by=jorge, at=now)

    assert (task.leased_by, task.leased_until, task.fence) == (jorge, now + queue.LEASE, 1)


def test_a_concluded_task_is_refused_with_its_end(
    norte: Dealership, jorge: User, now: datetime, tasks: list[ContactTask]
) -> None:
    queue.claim(tasks[0], by=jorge, at=now)
    conclude(tasks[0], jorge, now)

    with pytest.raises(Refusal) as refused:
        queue.claim(tasks[0], by=jorge, at=now)
    assert refused.value.sentence == "This contact is already concluded: refused."


# The fence ---------------------------------------------------------------------------------------------------


def test_a_late_holder_is_refused_once_somebody_else_has_it(
    norte: Dealership, jorge: User, mariana: User, now: datetime, tasks: list[ContactTask]
) -> None:
    late = take(norte, jorge, now)
    held = take(norte, mariana, now + queue.LEASE)
    assert late
    assert held

    with pytest.raises(Refusal) as refused:
        conclude(late, jorge, now + queue.LEASE)
    assert refused.value.sentence == GONE
    assert Attempt.objects.count() == 0

    conclude(held, mariana, now + queue.LEASE)
    assert [attempt.by for attempt in Attempt.objects.all()] == [mariana]


def test_a_holder_who_is_late_may_still_save_while_nobody_else_took_it(
    norte: Dealership, jorge: User, now: datetime, tasks: list[ContactTask]
) -> None:
    held = take(norte, jorge, now)
    assert held

    conclude(held, jorge, now + queue.LEASE + HOUR)

    assert ContactTask.objects.get(pk=held.pk).state == "refused"


def test_who_lost_a_task_and_took_it_again_cannot_save_from_the_old_page(
    norte: Dealership, jorge: User, mariana: User, now: datetime, tasks: list[ContactTask]
) -> None:
    old = take(norte, jorge, now)
    assert old
    queue.claim(tasks[0], by=mariana, at=now + queue.LEASE)
    queue.release(tasks[0], by=mariana)
    queue.claim(tasks[0], by=jorge, at=now + queue.LEASE)

    with pytest.raises(Refusal, match="no longer yours"):
        conclude(old, jorge, now + queue.LEASE)


def test_the_same_save_sent_twice_is_kept_once(
    norte: Dealership, jorge: User, now: datetime, tasks: list[ContactTask]
) -> None:
    held = take(norte, jorge, now)
    assert held

    kept = [calling.keep(held, REFUSED, fence=held.fence, by=jorge, at=now) for _ in range(2)]

    assert kept[0] == kept[1]
    assert Attempt.objects.count() == 1


# Many at once ------------------------------------------------------------------------------------------------

HOUSE = """
with tenancy.everywhere():
    house = cast.house("NORTE", at=NOW)
    for number in range({callers}):
        cast.person(f"Caller {{number}}", Role.CS_SPECIALIST, house)
    deliver_many(house, {tasks})
    from clientela.contacts import planning
    planning.plan(at=NOW)
"""
CALLER = """
from clientela.contacts import calling, queue
from clientela.contacts.models import ContactTask, Outcome
me = User.objects.get(name="Caller {number}")
house = Dealership.objects.get()
pause("ready")
while True:
    with tenancy.within([house.pk]):
        pk = queue.claim_next(house.pk, by=me, at=NOW, today=house.today(NOW))
    if pk is None:
        break
    with tenancy.within([house.pk]):
        task = ContactTask.objects.get(pk=pk)
        calling.keep(task, calling.Answer(outcome=Outcome.REFUSED), fence=task.fence, by=me, at=NOW)
    print(pk)
"""


def test_many_callers_at_once_never_get_the_same_customer() -> None:
    callers = 4
    with processes.own_database("clientela_test_callers") as own:
        own.run(HOUSE.format(callers=callers, tasks=200))
        started = [own.start(CALLER.format(number=number)) for number in range(callers)]
        for caller in started:
            caller.wait_for("ready")
        for caller in started:
            caller.go_on()
        taken = [caller.result().split() for caller in started]

        assert len([pk for pks in taken for pk in pks]) == 200
        assert len({pk for pks in taken for pk in pks}) == 200
        assert all(taken)
        done = "SELECT count(*), count(DISTINCT task_id), max(number) FROM contacts_attempt"
        assert own.ask(done) == [(200, 200, 1)]


SAVER = """
from clientela.contacts import calling
from clientela.contacts.models import ContactTask, Outcome
me = User.objects.get(name="Caller 0")
with tenancy.within(me.dealership_ids):
    task = ContactTask.objects.get()
    kept = calling.keep(task, calling.Answer(outcome=Outcome.NO_ANSWER), fence=task.fence, by=me, at=NOW)
    {pause}
print(kept.pk)
"""


def test_the_same_save_sent_twice_at_once_is_kept_once() -> None:
    with processes.own_database("clientela_test_savers") as own:
        own.run(
            HOUSE.format(callers=1, tasks=1)
            + "    from clientela.contacts import queue\n"
            + "    queue.claim_next(house.pk, by=User.objects.get(), at=NOW, today=house.today(NOW))\n"
        )
        first = own.start(SAVER.format(pause="pause('kept')"))
        first.wait_for("kept")
        second = own.start(SAVER.format(pause=""))
        while not own.one("SELECT count(*) FROM pg_locks WHERE NOT granted"):
            assert second.process.poll() is None
        first.go_on()

        assert first.result() == second.result()
        assert own.one("SELECT count(*) FROM contacts_attempt") == 1
