"""The registers of the demonstration: calls that came in, letters that went out, what customers said on the telephone.

In the order of their moments, so that their numbers rise with the days.
"""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from functools import partial
from typing import Any

from clientela.contacts import inbound, letters, requesting
from clientela.contacts.models import Letter, LetterTemplate
from clientela.customers.models import Visit
from clientela.management import demo_points
from clientela.management.demo_points import Scene
from clientela.network.models import Dealership, User


def write(house: Dealership, data: dict[str, Any], *, at: datetime) -> None:
    """No contact hangs on any of it: the day's list stays as it is."""
    callers = User.objects.filter(roles__dealership=house, roles__role__in=["cs_specialist", "representative"])
    people = list(callers.distinct().order_by("pk"))
    points, calls, posted = data["points"], data["calls"], data["letters"]
    visits = Visit.objects.filter(dealership=house, cancelled_at=None, customer__kind="person")
    latest = iter(visits.select_related("customer", "vehicle").order_by("-delivered_on", "pk"))
    scenes = [
        *demo_points.scenes(house, points, latest, people[0], at=at),
        *_calls(house, calls, latest, people, at=at),
        *_letters(house, posted, latest, people[-1], at=at),
    ]
    for scene in sorted(scenes, key=lambda scene: scene.at):
        scene.play(at=scene.at)


def _calls(
    house: Dealership, told: list[dict[str, Any]], visits: Iterator[Visit], people: list[User], *, at: datetime
) -> Iterator[Scene]:
    for number, row in enumerate(told):
        visit = None if "caller" in row else next(visits)
        # By turns: whoever sits nearer to the telephone.
        by = people[number % len(people)]
        yield Scene(_moment(house, row, 10 + number, at), partial(_call, house, visit, row, by, number))


def _call(house: Dealership, visit: Visit | None, row: dict[str, Any], by: User, number: int, *, at: datetime) -> None:
    said = {name: row.get(name, "") for name in ("kind", "summary", "words", "answer", "caller", "phone")}
    talk = inbound.Talk(
        key=f"demo-{number}",
        customer=visit.customer if visit else None,
        vehicle=visit.vehicle if visit else None,
        started_at=at - timedelta(minutes=4),
        owner=None if row.get("answer") else by,
        **said,
    )
    line = inbound.keep(talk, house, by=by, at=at)
    if reason := row.get("hand_over"):
        taker = User.objects.get(email=row["to"])
        requesting.hand_over(line.request, taker, reason, by=by, at=at + timedelta(minutes=15))


def _letters(
    house: Dealership, told: list[dict[str, Any]], visits: Iterator[Visit], by: User, *, at: datetime
) -> Iterator[Scene]:
    for number, row in enumerate(told):
        named = {name: row[name] for name in ("kind", "name", "subject", "text")}
        template = LetterTemplate.objects.create(dealership=house, changed_at=at, **named)
        visit = next(visit for visit in visits if visit.vehicle)  # the letters name the car
        scene = partial(_letter, house, visit, row, template, by)
        yield Scene(_moment(house, row, 12 + number, at), scene)


def _letter(
    house: Dealership, visit: Visit, row: dict[str, Any], template: LetterTemplate, by: User, *, at: datetime
) -> None:
    customer = visit.customer
    letter = Letter(
        dealership=house,
        key=f"demo-{template.pk}",
        customer=customer,
        vehicle=visit.vehicle,
        addressee=customer.spoken_name,
        address=customer.address,
        event=row.get("event", ""),
        language=customer.language or house.locale,
        **letters.begun(template, customer, visit.vehicle, by=by, at=at),
    )
    letters.issue(letter, by=by, at=at)
    if answered := row.get("answered"):
        then = at + timedelta(days=answered["after"])
        letters.note_answer(letter, house.today(then), answered["words"], by=by, at=then)


def _moment(house: Dealership, row: dict[str, Any], hour: int, at: datetime) -> datetime:
    """In the forenoon or early afternoon of a day before today."""
    day = house.today(at) - timedelta(days=row["days"])
    return datetime.combine(day, time(hour % 8 + 9, 20), house.zone)
