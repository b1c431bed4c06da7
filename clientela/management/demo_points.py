"""What customers of the demonstration said on the telephone: points on their way, late ones and closed ones."""

from datetime import datetime, timedelta
from typing import Any

from clientela.contacts import asking_managers, points, registering
from clientela.contacts.models import ContactRecord, TalkingPoint
from clientela.contacts.points import Heard
from clientela.customers.models import Visit
from clientela.network.models import Dealership, User

Record, State = ContactRecord, TalkingPoint.State


def write(house: Dealership, told: list[dict[str, Any]], *, at: datetime) -> None:
    """Calls that came in: no contact hangs on them, so the day's list stays as it is."""
    agent = User.objects.filter(roles__dealership=house, roles__role__in=["cs_specialist", "representative"]).first()
    visits = Visit.objects.filter(dealership=house, cancelled_at=None, customer__kind="person")
    latest = list(visits.select_related("customer").order_by("-delivered_on", "pk")[: len(told)])
    assert agent
    for visit, row in zip(latest, sorted(told, key=lambda row: -row["days"]), strict=True):
        _say(house, visit, row, agent, at=at - timedelta(days=row["days"], hours=1))


def _say(house: Dealership, visit: Visit, row: dict[str, Any], agent: User, *, at: datetime) -> None:
    line = registering.enter(
        Record(
            dealership=house,
            direction=Record.Direction.IN,
            kind=Record.Kind.COMPLAINT if row["kind"] == "complaint" else Record.Kind.INQUIRY,
            started_at=at - timedelta(minutes=3),
            at=at,
            by=agent,
            customer=visit.customer,
            vehicle_id=visit.vehicle_id,
            visit=visit,
            summary=row["text"],
        )
    )
    heard = Heard(**{name: row.get(name, "") for name in ("kind", "text", "about", "answer")})
    [point] = points.keep(line, [heard], by=agent, at=at)
    managers = asking_managers.managers_for(point)
    if "asks" in row and managers:
        points.report(point, row["asks"], by=agent, at=at + timedelta(minutes=20))
    if "solution" in row and managers:
        points.solve(point, row["solution"], by=point.asked or managers[0], at=at + timedelta(minutes=40))
