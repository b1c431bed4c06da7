"""A follow-up plan of the demonstration, half worked down, and customers who are members."""

from datetime import datetime, time, timedelta
from typing import Any

from clientela.contacts import plans
from clientela.contacts.batching import Candidate
from clientela.contacts.models import Plan
from clientela.contacts.plans import Record
from clientela.customers.models import Customer, Visit
from clientela.network.models import Dealership, User

#: So many customers stand on it; of every second one it is recorded what came of it.
MANY = 12
#: Every so many-eth customer is a member.
MEMBERS = 7


def write(house: Dealership, told: dict[str, Any], *, at: datetime) -> None:
    """Home visits to the latest customers: no call hangs on them, so the day's list stays as it is."""
    today = house.today(at)
    people = list(User.objects.filter(roles__dealership=house, roles__role__in=["representative", "cs_specialist"]))
    lead = next(person for person in people if person.roles.filter(role="representative").exists())
    visits = Visit.objects.filter(dealership=house, cancelled_at=None, customer__kind="person")
    latest = list(visits.select_related("customer").order_by("-delivered_on", "-pk")[:MANY])
    plan = Plan(
        dealership=house,
        name=told["name"],
        material=told["material"],
        mode=Plan.Mode.VISIT,
        from_on=today - timedelta(days=3),
        to_on=today + timedelta(days=4),
        made_by=lead,
    )
    plans.make(plan, [Candidate(visit.customer, visit) for visit in latest], takers=people, by_owner=False, at=at)
    for number, target in enumerate(plan.targets.select_related("plan").order_by("pk")[::2]):
        hour = time(10 + number % 6)
        booked = datetime.combine(today + timedelta(days=2), hour, house.zone) if number % 3 == 1 else None
        kept = Record(result="booked" if booked else "reached", words=told["words"], visit_at=booked)
        plans.write(target, kept, by=target.responsible, at=at - timedelta(hours=1))
    members = list(Customer.objects.filter(dealership=house).order_by("pk").values_list("pk", flat=True))[::MEMBERS]
    joined = today - timedelta(days=400)
    Customer.objects.filter(pk__in=members).update(member_since=joined, member_level=told["level"])
