"""The garage: which cars are a customer's, in what capacity, and how far they have run."""

from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from clientela.lib.plates import key as plate_key
from clientela.lib.refusal import Refusal

from .models import Customer, OdometerReading, Ownership, Vehicle

if TYPE_CHECKING:
    from clientela.network.models import User

Capacity = Ownership.Capacity


def known(dealership_id: int, *, vin: str, plate: str) -> Vehicle | None:
    """The car of this VIN, else of this plate, if the house already has it."""
    cars = Vehicle.objects.filter(dealership=dealership_id)
    found = cars.filter(vin=vin).first() if vin else None
    if found is None and plate_key(plate):
        found = cars.filter(plate_key=plate_key(plate)).order_by("-pk").first()
        if found and vin and found.vin and found.vin != vin:
            return None  # the plate has moved to another car
    return found


@transaction.atomic
def add(customer: Customer, car: Vehicle, *, capacity: str, from_on: date | None, today: date) -> Ownership:
    """Give her a car, new or known. A car has one owner at a time: the former one's time ends."""
    if car.pk is None:
        car.plate_key = plate_key(car.plate)
        car.save()
    if Ownership.objects.filter(customer=customer, vehicle=car, capacity=capacity, to_on=None).exists():
        raise Refusal(_("%(name)s already has this car.") % {"name": customer})
    if capacity == Capacity.OWNER:
        _end_former_owners(car, from_on)
        _tell_by_hand(car, today)
    return Ownership.objects.create(
        dealership_id=customer.dealership_id, customer=customer, vehicle=car, capacity=capacity, from_on=from_on
    )


def _end_former_owners(car: Vehicle, on: date | None) -> None:
    former = Ownership.objects.filter(vehicle=car, capacity=Capacity.OWNER, to_on=None)
    if not former.exists():
        return
    if on is None:
        raise Refusal(_("The car has an owner. Say from which day it is this customer's."))
    if former.filter(from_on__gt=on).exists():
        raise Refusal(_("The present owner has had the car since a later day. Correct one of the two days."))
    former.update(to_on=on)


def _tell_by_hand(car: Vehicle, today: date) -> None:
    """A person's word on whose car it is holds until it is delivered again; registers and visits do not take it back.

    The sign after the day comes after those of a register of the same day.
    """
    Vehicle.objects.filter(pk=car.pk).update(said={**car.said, "owner": f"{today} ~hand"})


def end(ownership: Ownership, *, on: date, today: date) -> None:
    """From that day on the car is no longer hers; her history with it stays."""
    if on > today:
        raise Refusal(_("This day is still to come."))
    if ownership.from_on and on < ownership.from_on:
        raise Refusal(_("It cannot end before it began."))
    if not Ownership.objects.filter(pk=ownership.pk, to_on=None).update(to_on=on):
        raise Refusal(_("This has already ended."))
    if ownership.capacity == Capacity.OWNER:
        _tell_by_hand(ownership.vehicle, today)


def save(car: Vehicle) -> None:
    """Keep a corrected car."""
    car.plate_key = plate_key(car.plate)
    try:
        with transaction.atomic():
            car.save()
    except IntegrityError as error:
        raise Refusal(_("Another car of this house has this VIN.")) from error


@transaction.atomic
def read_odometer(car: Vehicle, *, km: int, on: date, reason: str, by: "User", at: datetime) -> OdometerReading:
    """Keep a reading. One that is lower than the one before needs the reason why."""
    Vehicle.objects.select_for_update().get(pk=car.pk)
    if on > car.dealership.today(at):
        raise Refusal(_("This day is still to come."))
    readings = OdometerReading.objects.filter(vehicle=car)
    before = readings.filter(read_on__lte=on).order_by("-read_on", "-pk").first()
    after = readings.filter(read_on__gt=on).order_by("read_on", "pk").first()
    if before and km < before.km and not reason:
        raise Refusal(
            _("On %(day)s it was %(km)s km already. Say why the reading is lower now, or correct it.")
            % {"day": date_format(before.read_on, "SHORT_DATE_FORMAT"), "km": before.km}
        )
    if after and km > after.km and not (reason or after.reason):
        raise Refusal(
            _("On %(day)s, later, it was only %(km)s km. Correct the reading or its day.")
            % {"day": date_format(after.read_on, "SHORT_DATE_FORMAT"), "km": after.km}
        )
    lower = before is not None and km < before.km
    reading, _created = OdometerReading.objects.get_or_create(
        vehicle=car,
        read_on=on,
        km=km,
        defaults={"dealership_id": car.dealership_id, "reason": reason if lower else "", "by": by},
    )
    return reading
