"""What changed in a file, by whom, when (S4-1.1b, S1-P2.5.1b)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from clientela.network.models import Dealership
from clientela.network.scoping import OfDealerships


class Change(models.Model):
    """One field, before and after. Written by triggers of the tables themselves, so no path goes round it.

    Who and when come from the transaction (`tenancy`): a person, or the run of an import, or a merge. Customer
    and vehicle are plain numbers: a line may outlive them.
    """

    class Noun(models.TextChoices):
        CUSTOMER = "customer", _("customer")
        CONTACT_POINT = "contact_point", _("number or address")
        VEHICLE = "vehicle", _("vehicle")
        FILE_RULE = "file_rule", _("rule of the file")

    dealership = models.ForeignKey(Dealership, on_delete=models.PROTECT, related_name="+")
    noun = models.CharField(max_length=20, choices=Noun)
    row = models.BigIntegerField()
    customer_id = models.BigIntegerField(null=True)
    vehicle_id = models.BigIntegerField(null=True)
    field = models.CharField(max_length=40)
    old = models.TextField(blank=True)
    new = models.TextField(blank=True)
    by = models.ForeignKey("network.User", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    run = models.BigIntegerField(null=True)
    at = models.DateTimeField()

    objects = OfDealerships["Change"].as_manager()

    class Meta:
        indexes = (
            models.Index(fields=["customer_id", "-at", "-id"], name="change_of_customer"),
            models.Index(fields=["vehicle_id", "-at", "-id"], name="change_of_vehicle"),
            models.Index(fields=["run"], condition=models.Q(run__isnull=False), name="change_of_run"),
        )

    def __str__(self) -> str:
        return f"{self.noun}.{self.field} {self.at:%Y-%m-%d}"
