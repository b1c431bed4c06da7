"""What customers of the demonstration said on the telephone: points on their way, late ones and closed ones."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol

from clientela.contacts import asking_managers, inbound, points
from clientela.contacts.models import ContactRecord
from clientela.contacts.points import Heard
from clientela.customers.models import Visit
from clientela.network.models import Dealership, User

Record = ContactRecord


class Played(Protocol):
    """What happens, at a moment that is passed in."""

    def __call__(self, *, at: datetime) -> None: ...


@dataclass(frozen=True)
class Scene:
    """Something that happened before the demonstration was opened."""

    at: datetime
    play: Played


def scenes(
    house: Dealership, told: list[dict[str, Any]], visits: Iterator[Visit], agent: User, *, at: datetime
) -> Iterator[Scene]:
    """Calls that came in: no contact hangs on them, so the day's list stays as it is."""
    for row in sorted(told, key=lambda row: -row["days"]):
        moment = at - timedelta(days=row["days"], hours=1)
        yield Scene(moment, partial(_say, house, next(visits), row, agent))


def _say(house: Dealership, visit: Visit, row: dict[str, Any], agent: User, *, at: datetime) -> None:
    answer = row.get("answer", "")
    line = inbound.keep(
        inbound.Talk(
            key=f"demo-{at:%d%H%M}-{row['kind']}",
            kind=Record.Kind.COMPLAINT if row["kind"] == "complaint" else Record.Kind.INQUIRY,
            customer=visit.customer,
            vehicle=visit.vehicle,
            started_at=at - timedelta(minutes=3),
            summary=row["text"],
            words=row["text"],
            answer=answer,
            owner=None if answer else agent,
        ),
        house,
        by=agent,
        at=at,
    )
    heard = Heard(**{name: row.get(name, "") for name in ("kind", "text", "about", "answer")})
    [point] = points.keep(line, [heard], by=agent, at=at)
    managers = asking_managers.managers_for(point)
    if "asks" in row and managers:
        points.report(point, row["asks"], by=agent, at=at + timedelta(minutes=20))
    if "solution" in row and managers:
        points.solve(point, row["solution"], by=point.asked or managers[0], at=at + timedelta(minutes=40))
