"""An unknown caller of whom somebody later said who she was."""

from django.db import models
from django.db.models import Q

from clientela.customers.models import Customer
from clientela.network.models import Dealership, User
from clientela.network.scoping import OfDealerships

from .record import ContactRecord


class Recognition(models.Model):
    """Who said of an unknown caller that she was this customer, and when; and who took it back."""

    dealership = models.ForeignKey(Dealership, on_delete=models.PROTECT, related_name="+")
    record = models.ForeignKey(ContactRecord, on_delete=models.PROTECT, related_name="recognitions")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    withdrawn_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)

    objects = OfDealerships["Recognition"].as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["record"], condition=Q(withdrawn_at=None), name="caller_is_one_customer"),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_by=None)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
                name="recognition_withdrawn_by_somebody",
            ),
        )

    def __str__(self) -> str:
        return f"{self.record} → {self.customer}"
