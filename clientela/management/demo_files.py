"""What people of the demonstration have written into files: who walked in, what was completed, what is still due."""

from datetime import datetime, time, timedelta
from itertools import cycle, islice
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from clientela.contacts import presets
from clientela.customers import completeness, consulting, filing, upkeep
from clientela.customers.consulting import Newcomer, Talk
from clientela.customers.models import (
    Consent,
    ContactPoint,
    Customer,
    CustomerFile,
    CustomerRestHours,
    FileRule,
    Profile,
    Vehicle,
)
from clientela.lib import phones
from clientela.network.models import Dealership, User

#: Visits before this many days ask for no file.
LIVE = timedelta(days=12)
#: Of the files that were due, every so many-eth was completed a day late.
LATE = 6


def adopt(house: Dealership, of_presets: list[str], *, at: datetime) -> None:
    """What the house's presets ask of a file, live before the visits come in."""
    for preset in of_presets:
        if section := presets.load(preset).get("customer_file"):
            filing.adopt(section, preset, house, live_on=house.today(at) - LIVE)


def write(house: Dealership, told: dict[str, Any], *, at: datetime) -> None:
    """Everything that a few days of work would have left."""
    by = User.objects.filter(roles__dealership=house, roles__role="representative").get()
    for row in told.get("consultations", []):
        _walk_in(house, row, by, at=at)
    _regions(house, told)
    _work_off(house, told, by, at=at)
    _details(house, told, by, at=at)


def _walk_in(house: Dealership, row: dict[str, Any], by: User, *, at: datetime) -> None:
    when = at - timedelta(days=row["days_ago"])
    phone = phones.read(row["phone"], house.country)[0]
    talk = Talk(
        key=str(uuid5(NAMESPACE_URL, row["name"])),
        on=house.today(when),
        topic=row["topic"],
        interest=row["interest"],
        consultant=User.objects.filter(roles__dealership=house, name=row["attended_by"]).first(),
    )
    consulting.note(Newcomer(full_name=row["name"], phone=phone), talk, house, by=by, at=when)


def _regions(house: Dealership, told: dict[str, Any]) -> None:
    """Most files have a region; every ninth has none."""
    asked = CustomerFile.objects.open().filter(dealership=house).values("customer")
    blank = Customer.objects.filter(dealership=house, region="").exclude(pk__in=asked).order_by("pk")
    for place, customer in enumerate(blank):
        if place % 9:
            Customer.objects.filter(pk=customer.pk).update(region=told["regions"][place % len(told["regions"])])


def _work_off(house: Dealership, told: dict[str, Any], by: User, *, at: datetime) -> None:
    """What was due before today is complete, but two; of the rest a third is begun."""
    _find_wanting(house, told.get("wanting", 0))
    due = CustomerFile.objects.open().filter(dealership=house).order_by("due_on", "pk")
    before = [file for file in due if file.due_on < house.today(at)]
    services = cycle(told["services"])
    for number, file in enumerate(before[2:]):
        _fill(file, told, next(services))
        day = min(file.due_on + timedelta(days=1 if number % LATE == LATE - 1 else 0), house.today(at))
        moment = datetime.combine(day, time(11), house.zone)
        rule = FileRule.objects.get(dealership=house)
        if not completeness.missing(file.customer, rule, file.visit):
            filing.complete(file, by=by, at=min(moment, at))
    for file in due.filter(due_on__gte=house.today(at))[::3]:
        filing.begin(file.customer)


def _find_wanting(house: Dealership, count: int) -> None:
    """Files that a dealer's export made complete, and whose birth dates proved to be somebody's guess."""
    for file in CustomerFile.objects.filter(dealership=house, state="complete").order_by("-due_on", "-pk")[:count]:
        Customer.objects.filter(pk=file.customer_id).update(birth_date=None)
        filing.reopen(file)


def _fill(file: CustomerFile, told: dict[str, Any], service: str) -> None:
    customer = Customer.objects.get(pk=file.customer_id)
    Customer.objects.filter(pk=customer.pk).update(
        region=customer.region or told["regions"][0],
        address=customer.address or told["address"],
        birth_date=customer.birth_date or (None if customer.is_company else told["birth_date"]),
        desired_services=service,
        last_verified_on=file.due_on,
    )
    for car in Vehicle.objects.filter(visits=file.visit_id):
        car_type = car.vehicle_type or told["vehicle_type"]
        Vehicle.objects.filter(pk=car.pk).update(vehicle_type=car_type, cycle_months=6)


def _details(house: Dealership, told: dict[str, Any], by: User, *, at: datetime) -> None:
    """A profile and its consents, a wrong number, somebody who sleeps at noon."""
    today = house.today(at)
    some = list(islice(Customer.objects.filter(dealership=house).order_by("pk").iterator(), 6))
    for customer, missing in zip(some[:2], ("", "hobbies"), strict=True):
        traits = {name: value for name, value in told["profile"].items() if name != missing}
        Profile.objects.create(dealership=house, customer=customer, **traits)
    for channel, purpose in (("phone", "survey"), ("sms", "service"), ("email", "advertising")):
        consent = Consent(
            dealership=house,
            customer=some[0],
            channel=channel,
            purpose=purpose,
            text_version=told["consent"],
            source="paper",
            given_on=today - timedelta(days=20),
        )
        consent.by = by
        consent.save()
    CustomerRestHours.objects.create(dealership=house, customer=some[1], starts=time(13), ends=time(15))
    for point in ContactPoint.objects.filter(customer__in=some[3:5], kind="phone", valid=True):
        upkeep.number_failed(point, at=at - timedelta(days=1))
    Customer.objects.filter(pk=some[5].pk).update(
        do_not_call=True, do_not_call_list_on=today - timedelta(days=30), last_verified_on=today - timedelta(days=420)
    )
