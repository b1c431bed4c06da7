"""What a change would do, before it is made: counted by doing it and undoing it."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from clientela.contacts import planning, presets, previewing
from clientela.contacts.models import ContactTask, Programme, ProgrammeStep, ProgrammeVersion, StepVersion
from clientela.network.models import CallableInterval, Dealership, OpeningHours, User
from tests import cast

AsUser = Callable[[User], Client]


@pytest.fixture
def step(norte: Dealership) -> ProgrammeStep:
    return ProgrammeStep.objects.select_related("programme__dealership").get(dealership=norte)


def written() -> tuple[int, ...]:
    tables = (ContactTask, Programme, ProgrammeStep, ProgrammeVersion, StepVersion)
    return tuple(table._default_manager.count() for table in tables)


def locks() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()")
        return int(cursor.fetchone()[0])


def test_a_moved_window_moves_what_is_not_planned_yet_and_leaves_what_is(
    norte: Dealership, step: ProgrammeStep, now: datetime
) -> None:
    cast.due(norte, date(2026, 3, 2), at=now)
    late = [cast.deliver(norte, date(2026, 3, 4) + timedelta(n), at=now) for n in range(3)]
    before, held = written(), locks()

    effect = previewing.of_step(step, {"window_to": 6}, at=now)

    assert (effect.more, effect.fewer, effect.moved, effect.kept_open) == (0, 0, 3, 1)
    assert [one.customer for one in effect.first] == [visit.customer for visit in late]
    [first, *_rest] = effect.first
    assert first.before
    assert first.after
    assert (first.before.due_on, first.after.due_on) == (date(2026, 3, 9), date(2026, 3, 10))
    # Nothing of it stays.
    assert (written(), locks()) == (before, held)
    step.refresh_from_db()
    assert (step.window_to, step.version) == (5, 1)
    assert Programme.objects.get(pk=step.programme_id).active


def test_what_a_preview_says_is_what_then_happens(norte: Dealership, step: ProgrammeStep, now: datetime) -> None:
    """Visits of the last fifty days and the next week; the programme is switched off, then on."""
    Programme.objects.update(active=False)
    for n in range(-50, 8, 2):
        cast.deliver(norte, date(2026, 3, 5) + timedelta(n), at=now)

    effect = previewing.of_programme(step.programme, {"active": True}, at=now)
    assert ContactTask.objects.count() == 0
    Programme.objects.update(active=True)
    for n in range(31):
        planning.plan(at=now, on=date(2026, 3, 5) + timedelta(n))

    assert effect.more == ContactTask.objects.filter(opens_on__lte=date(2026, 4, 4)).count() == 26
    assert effect.late == ContactTask.objects.filter(due_on__lt=date(2026, 3, 5)).count() == 20
    assert (effect.fewer, effect.moved, len(effect.first), effect.unnamed) == (0, 0, 10, 16)


def test_a_programme_switched_off_plans_fewer(norte: Dealership, step: ProgrammeStep, now: datetime) -> None:
    cast.due(norte, date(2026, 3, 2), at=now)
    cast.deliver(norte, date(2026, 3, 4), at=now)

    effect = previewing.of_programme(step.programme, {"active": False}, at=now)

    assert (effect.more, effect.fewer, effect.kept_open) == (0, 1, 1)
    assert [(one.before is None, one.after is None) for one in effect.first] == [(False, True)]


@pytest.mark.parametrize(("excluded", "fewer"), [("special", 2), ("company", 0)])
def test_an_exclusion_shows_who_would_be_left_out(
    norte: Dealership, step: ProgrammeStep, now: datetime, excluded: str, fewer: int
) -> None:
    for apart in (True, False, True):
        cast.deliver(norte, date(2026, 3, 4), at=now, apart=apart)

    assert previewing.of_step(step, {"excludes": [excluded]}, at=now).fewer == fewer


def test_a_preset_not_taken_up_yet_can_be_tried(norte: Dealership, now: datetime) -> None:
    cast.deliver(norte, date(2026, 3, 4), at=now)
    before = written()

    effect = previewing.of_preset(presets.load("china_4s"), norte, go_live_on=date(2026, 1, 1), at=now)
    later = previewing.of_preset(presets.load("china_4s"), norte, go_live_on=date(2026, 4, 1), at=now)

    # Within three days, the consultant's, and the information officer's from day 8 on.
    assert (effect.more, later.more, later.is_none) == (3, 0, True)
    assert {one.step_name for one in effect.first} == {
        "Call within three days",
        "First call by the consultant",
        "Second call by the information officer",
    }
    assert written() == before


def test_the_neighbours_contacts_are_not_in_it(
    norte: Dealership, jingbei: Dealership, step: ProgrammeStep, now: datetime
) -> None:
    cast.deliver(jingbei, date(2026, 3, 4), at=now)

    effect = previewing.of_programme(step.programme, {"go_live_on": date(2026, 1, 2)}, at=now)

    assert (effect.is_none, effect.kept_open) == (True, 0)


def test_a_house_without_hours_is_told_why_nothing_would_be_planned(
    norte: Dealership, step: ProgrammeStep, now: datetime
) -> None:
    cast.deliver(norte, date(2026, 3, 4), at=now)
    OpeningHours.objects.all().delete()
    CallableInterval.objects.all().delete()

    effect = previewing.of_step(step, {"window_to": 9}, at=now)

    assert (effect.has_hours, effect.is_none) == (False, True)


def test_the_page_shows_the_effect_before_anything_is_saved(
    norte: Dealership, step: ProgrammeStep, mariana: User, now: datetime, as_user: AsUser
) -> None:
    visit = cast.deliver(norte, date(2026, 3, 4), at=now)
    browser, address = as_user(mariana), reverse("contacts:step", args=[step.pk])
    sent: dict[str, Any] = cast.form_of(step) | {"window_to": 8}

    page = browser.post(address, sent | {"preview": "1"})

    assert page.status_code == 200
    assert visit.customer.listed_name in page.content.decode()
    assert "Nothing is saved yet." in page.content.decode()
    assert page.context["form"]["window_to"].value() == "8"
    step.refresh_from_db()
    assert step.window_to == 5

    assert browser.post(address, sent).status_code == 302
    [task] = visit.tasks.all()
    assert task.due_on == date(2026, 3, 12)


def test_a_preset_is_previewed_and_taken_up_through_its_page(
    norte: Dealership, mariana: User, now: datetime, as_user: AsUser
) -> None:
    visit = cast.deliver(norte, date(2026, 3, 4), at=now)
    browser, address = as_user(mariana), reverse("contacts:activate")
    sent = {"preset": "after_sales_phone", "go_live_on": "2026-01-01"}

    choice = browser.get(address).content.decode()
    looked = browser.get(address, {"preset": "after_sales_phone"}).content.decode()
    tried = browser.post(address, sent | {"preview": "1"})
    assert not Programme.objects.filter(preset="after_sales_phone").exists()
    taken = browser.post(address, sent)

    assert "Подбор автомобилей" in choice
    assert "S1-4.4a" in looked
    assert "without limit" in looked
    assert (tried.context["effect"].more, taken.status_code) == (1, 302)
    assert {task.step_code.split(".")[0] for task in visit.tasks.all()} == {"gm_mexico_prc", "after_sales_phone"}
    assert browser.post(address, {"preset": "nothing"}).status_code == 422
