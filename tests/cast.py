"""The cast of our stories: a group, two houses that must not know each other, and the people in them.

Customers come in as dealers send them: through the importer's own path.
"""

from datetime import date, datetime, time
from itertools import count
from typing import Any

from clientela.contacts import editing, planning, presets, programme_forms
from clientela.contacts.models import ContactTask, Programme, ProgrammeStep
from clientela.customers import intake
from clientela.customers.models import Visit
from clientela.imports.arriving import Arrivals
from clientela.imports.rows import TypedRow
from clientela.network import calendars
from clientela.network.models import Dealership, Group, OpeningHours, Role, RoleAssignment, User

PASSWORD = "correct horse battery"
PRESET = "gm_mexico_prc"
_numbers = count(1)

#: Name, country, zone, currency, locale of each house.
HOUSES: dict[str, tuple[str, str, str, str, str]] = {
    "NORTE": ("Autos del Norte", "MX", "America/Chihuahua", "MXN", "es-mx"),
    "JINGBEI": ("京北4S店", "CN", "Asia/Shanghai", "CNY", "zh-hans"),
}


def group() -> Group:
    return Group.objects.get_or_create(name="Grupo Horizonte")[0]


def house(code: str, *, at: datetime, live: date = date(2026, 1, 1), preset: bool = True) -> Dealership:
    """A house, open Monday to Saturday from nine to seven, with the first programme active since `live`."""
    name, country, zone, currency, locale = HOUSES[code]
    found = Dealership.objects.create(
        group=group(),
        code=code,
        legal_name=name,
        trade_name=name,
        country=country,
        time_zone=zone,
        currency=currency,
        locale=locale,
    )
    for weekday in range(6):
        OpeningHours.objects.create(dealership=found, weekday=weekday, opens=time(9), closes=time(19))
    calendars.compile_calls(found, at=at)
    if preset:
        presets.activate(PRESET, found, go_live_on=live)
    return found


def person(name: str, role: Role | None, place: Dealership | None, language: str = "en") -> User:
    """Somebody with a role there; without a place, in the whole group; without a role, nowhere."""
    email = f"{name.lower().replace(' ', '.')}@example.com"
    user = User.objects.create_user(email, PASSWORD, name=name, language=language)
    if role:
        RoleAssignment.objects.create(user=user, role=role, dealership=place)
    return user


def deliver(place: Dealership, on: date, *, at: datetime, **facts: Any) -> Visit:
    """A visit of a customer, as a file would bring it. `facts` are fields of an importer's row.

    `apart`, and a manager called it special.
    """
    apart = facts.pop("apart", False)
    number = next(_numbers)
    row = TypedRow(
        **{
            "line": number,
            "kind": "vehicle_delivery",
            "customer_name": f"López Zúñiga Cliente{number}",
            "phones": f"614 {number % 1000:03d} {7519 - number // 1000:04d}",
            "number": f"T-{number:05d}",
            "plate": f"TST-{number:04d}",
            "make": "GMC",
            "model": "Terrain",
            "model_year": 2026,
            "consultant": "Patricia Ríos",
            "delivered_on": on,
            **facts,
        }
    )
    run = 900_000 + number
    intake.stage(run, Arrivals(run, place).tuples(iter([row])))
    intake.receive(run, place, at=at)
    visits = Visit.objects.filter(dealership=place, key=f"number:{row.number}")
    if apart:
        visits.update(special=True, special_reason="Ambulance", special_at=at)
    return visits.get()


def due(place: Dealership, on: date, *, at: datetime, **facts: Any) -> ContactTask:
    """The same, planned: the task that follows from it."""
    visit = deliver(place, on, at=at, **facts)
    planning.plan(at=at, dealership_ids=[place.pk])
    return visit.tasks.get()


def form_of(subject: Programme | ProgrammeStep) -> dict[str, Any]:
    """What a browser would send from its page untouched."""
    given = programme_forms.flat(editing.parameters(subject))
    return {name: "" if value is None else value for name, value in given.items() if value is not False}
