"""Opening the demonstration group: houses and people from a file, customers through the product's own importer."""

from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction

from clientela.contacts import editing, planning, presets
from clientela.imports import importing
from clientela.lib.worktime import Interval
from clientela.management import demo_files, demo_plans, demo_registers
from clientela.network import calendars, tenancy
from clientela.network.models import (
    Dealership,
    Department,
    Function,
    FunctionMapping,
    Group,
    OpeningHours,
    RestHours,
    RoleAssignment,
    User,
)

PASSWORD = "clientela-demo"  # noqa: S105  of the demonstration only, and printed
FILES = Path(importing.__file__).parent / "demo"
#: Deliveries before this many days are history: the demonstration begins with a list one can work down.
LIVE = timedelta(days=8)
#: Day and night without a pause.
ALL_HOURS = {"week": {"0-6": [["00:00", "00:00"]]}, "rest": []}


def description() -> dict[str, Any]:
    return dict(yaml.safe_load((Path(__file__).parent / "demo.yaml").read_text(encoding="utf-8")))


def open_demo(*, at: datetime, all_hours: bool = False) -> None:
    """Make the whole group, once. A second call changes nothing.

    With `all_hours` its houses call day and night, so that the queue can be shown at any hour.
    """
    if Group.objects.exists():
        return
    demo = description()
    with tenancy.everywhere():
        group = Group.objects.create(name=demo["group"])
        for data in demo["group_people"]:
            _person(data, None)
        for data in demo["dealerships"]:
            _open_house(data | ALL_HOURS if all_hours else data, group, at=at)


@transaction.atomic
def _open_house(data: dict[str, Any], group: Group, *, at: datetime) -> None:
    names = (
        "code",
        "trade_name",
        "legal_name",
        "brands",
        "country",
        "time_zone",
        "currency",
        "locale",
        "address",
    )
    house = Dealership.objects.create(
        group=group, hotline=data["hotline"], preset=data["presets"][0], **{name: data[name] for name in names}
    )
    _hours(house, data)
    for row in data["departments"]:
        Department.objects.create(dealership=house, **row)
    for row in data["people"]:
        _person(row, house)
    customer_service = house.departments.get(kind=Department.Kind.CUSTOMER_SERVICE)
    FunctionMapping.objects.create(dealership=house, function=Function.REPRESENTATIVE, department=customer_service)
    calendars.compile_calls(house, at=at)
    today = house.today(at)
    demo_files.adopt(house, data["presets"], at=at)
    _follow(house, data, at=at)
    run = importing.open_run(FILES / data["file"], data["file"], house, by=None, at=at)
    importing.perform(run, at=at, shift=today - timedelta(days=1) - data["last_day"])
    demo_files.write(house, data["files"], at=at)
    planning.plan(at=at, dealership_ids=[house.pk])
    demo_plans.write(house, data["plan"], at=at)
    demo_registers.write(house, data, at=at)


def _follow(house: Dealership, data: dict[str, Any], *, at: datetime) -> None:
    """Put the house's presets to work, each for what no other one of them follows."""
    for preset in data["presets"]:
        for programme in presets.activate(preset, house, go_live_on=house.today(at) - LIVE):
            if trigger := data.get("triggers", {}).get(programme.code):
                editing.change_programme(programme, {"trigger": trigger}, by=None, at=at)


def _hours(house: Dealership, data: dict[str, Any]) -> None:
    for days, intervals in data["week"].items():
        first, _, last = str(days).partition("-")
        for weekday in range(int(first), int(last or first) + 1):
            for interval in map(_interval, intervals):
                OpeningHours.objects.create(
                    dealership=house, weekday=weekday, opens=interval.opens, closes=interval.closes
                )
    for interval in map(_interval, data["rest"]):
        RestHours.objects.create(dealership=house, starts=interval.opens, ends=interval.closes)


def _interval(pair: list[str]) -> Interval:
    return Interval(time.fromisoformat(pair[0]), time.fromisoformat(pair[1]))


def _person(data: dict[str, Any], house: Dealership | None) -> None:
    department = house.departments.filter(name=data.get("department")).first() if house else None
    user = User.objects.create_user(
        data["email"],
        PASSWORD,
        name=data["name"],
        position=data["position"],
        language=house.locale if house else data["language"],
        department=department,
    )
    RoleAssignment.objects.create(user=user, role=data["role"], dealership=house)
