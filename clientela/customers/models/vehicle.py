"""The car, whose it is, and how far it has run."""

from django.db import models
from django.db.models.functions import Right
from django.utils.translation import gettext_lazy as _

from clientela.lib.vins import tail
from clientela.network.models import Dealership
from clientela.network.scoping import OfDealerships

from .customer import Customer


class Vehicle(models.Model):
    """A vehicle known to one dealership. `plate_key` is the plate as search sees it."""

    dealership = models.ForeignKey(Dealership, on_delete=models.PROTECT, related_name="+")
    vin = models.CharField(_("VIN"), max_length=30, blank=True)
    plate = models.CharField(_("licence plate"), max_length=20, blank=True)
    plate_key = models.CharField(max_length=20, blank=True, editable=False)
    make = models.CharField(_("make"), max_length=60, blank=True)
    model = models.CharField(_("model"), max_length=100, blank=True)
    model_year = models.SmallIntegerField(_("model year"), null=True, blank=True)
    vehicle_type = models.CharField(_("type of vehicle"), max_length=60, blank=True)
    colour = models.CharField(_("colour"), max_length=40, blank=True)
    special = models.BooleanField(_("special vehicle"), default=False)
    #: Months from one maintenance to the next, where this car has a cycle of its own.
    cycle_months = models.SmallIntegerField(_("maintenance cycle in months"), null=True, blank=True)
    #: Set by a person; else it follows from the last maintenance and the cycle (S1-1.3).
    next_service_on = models.DateField(_("next maintenance on"), null=True, blank=True)
    run = models.BigIntegerField(null=True, editable=False)
    said = models.JSONField(default=dict, editable=False)
    customers = models.ManyToManyField(Customer, through="Ownership", related_name="vehicles")

    objects = OfDealerships["Vehicle"].as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["dealership", "vin"],
                condition=~models.Q(vin=""),
                name="vehicle_vin_once_a_dealership",
            ),
            models.CheckConstraint(
                condition=~models.Q(vin="", plate="", make="", model=""), name="vehicle_can_be_told_apart"
            ),
            models.CheckConstraint(
                condition=models.Q(cycle_months__isnull=True) | models.Q(cycle_months__range=(1, 120)),
                name="cycle_lasts_a_month_at_least",
                violation_error_message=_("A maintenance cycle lasts from 1 to 120 months."),
            ),
        )
        indexes = (
            models.Index(fields=["dealership", "plate_key"], name="vehicle_plate"),
            models.Index(fields=["dealership", "make", "model", "id"], name="vehicle_by_model"),
            models.Index(fields=["dealership", "model_year", "id"], name="vehicle_by_year"),
            models.Index("dealership", Right("vin", 8), name="vehicle_vin_tail"),
        )

    def __str__(self) -> str:
        return " ".join(filter(None, [self.title, self.plate or self.vin]))

    @property
    def title(self) -> str:
        """Make, model and year, as far as they are known."""
        return " ".join(filter(None, [self.make, self.model, str(self.model_year or "")]))

    @property
    def vin_head(self) -> str:
        return self.vin[: -len(self.vin_tail)] if self.vin else ""

    @property
    def vin_tail(self) -> str:
        return tail(self.vin)


class Ownership(models.Model):
    """Whose car it is, from when to when; history stays with the former owner."""

    class Capacity(models.TextChoices):
        OWNER = "owner", _("owner")
        USER = "user", _("user")
        COMPANY_CONTACT = "company_contact", _("company contact")

    dealership = models.ForeignKey(Dealership, on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="ownerships")
    vehicle = models.ForeignKey(Vehicle, on_delete=models.CASCADE, related_name="ownerships")
    capacity = models.CharField(max_length=16, choices=Capacity, default=Capacity.OWNER)
    from_on = models.DateField(_("from"), null=True)
    to_on = models.DateField(_("until"), null=True, blank=True)

    objects = OfDealerships["Ownership"].as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["customer", "vehicle", "capacity"],
                condition=models.Q(to_on__isnull=True),
                name="ownership_held_once",
            ),
            models.CheckConstraint(
                condition=models.Q(to_on__isnull=True) | models.Q(to_on__gte=models.F("from_on")),
                name="ownership_ends_after_it_began",
            ),
        )

    def __str__(self) -> str:
        return f"{self.customer} · {self.vehicle}"


class OdometerReading(models.Model):
    """What the odometer said, and where we know it from: a run, a person, else a visit."""

    class Reason(models.TextChoices):
        REPLACED = "replaced", _("the odometer was replaced")
        MISREAD = "misread", _("an earlier reading was wrong")
        ROLLED_BACK = "rolled_back", _("the odometer was turned back")

    dealership = models.ForeignKey(Dealership, on_delete=models.PROTECT, related_name="+")
    vehicle = models.ForeignKey(Vehicle, on_delete=models.CASCADE, related_name="readings")
    km = models.IntegerField(_("mileage"))
    read_on = models.DateField()
    #: Why it is lower than an earlier one, if it is.
    reason = models.CharField(_("reason for a lower reading"), max_length=20, choices=Reason, blank=True)
    by = models.ForeignKey(
        "network.User", null=True, blank=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )
    run = models.BigIntegerField(null=True, editable=False)

    objects = OfDealerships["OdometerReading"].as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["vehicle", "read_on", "km"], name="reading_once"),
            models.CheckConstraint(condition=models.Q(km__gte=0), name="reading_is_not_negative"),
        )

    def __str__(self) -> str:
        return f"{self.km} km"
