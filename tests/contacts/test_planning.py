"""Who is due and when: the contact three to five days after delivery."""

from datetime import date, datetime, timedelta

import pytest

from clientela.contacts import planning
from clientela.contacts.models import ContactTask, Timing
from clientela.network.models import Dealership
from tests import cast


@pytest.mark.covers("S0-c.2")
@pytest.mark.parametrize("kind", ["vehicle_delivery", "workshop_visit"])
@pytest.mark.parametrize("delivered", [date(2026, 3, 2), date(2026, 2, 26)])
def test_a_delivery_opens_a_contact_from_day_three_to_day_five(
    norte: Dealership, now: datetime, kind: str, delivered: date
) -> None:
    task = cast.due(norte, delivered, at=now, kind=kind)

    assert (task.opens_on, task.due_on) == (delivered + timedelta(3), delivered + timedelta(5))
    assert [task.timing_on(delivered + timedelta(days)) for days in (2, 3, 5, 6)] == [
        Timing.EARLY,
        Timing.IN_WINDOW,
        Timing.IN_WINDOW,
        Timing.LATE,
    ]


def test_planning_twice_gives_the_same_tasks(norte: Dealership, now: datetime) -> None:
    cast.due(norte, date(2026, 3, 2), at=now)

    assert planning.plan(at=now).total == 0
    assert ContactTask.objects.count() == 1
