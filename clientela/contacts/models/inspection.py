"""An inspection: what a manager found when she looked at a call record (S1-4.10a)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clientela.network.models import Dealership, User
from clientela.network.scoping import OfDealerships

from .record import ContactRecord


class Inspection(models.Model):
    """A look at one record: in order, or a finding in words."""

    dealership = models.ForeignKey(Dealership, on_delete=models.PROTECT, related_name="+", db_index=False)
    record = models.ForeignKey(ContactRecord, on_delete=models.PROTECT, related_name="inspections")
    #: Whose record it is.
    agent = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    in_order = models.BooleanField(_("in order"))
    finding = models.TextField(_("finding"), max_length=2000, blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = OfDealerships["Inspection"].as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(in_order=True) | ~Q(finding=""), name="finding_is_said"),
            models.UniqueConstraint(fields=["record", "by"], name="record_inspected_once_by_each"),
        )
        indexes = (models.Index(fields=["dealership", "agent", "-at"], name="inspection_of_agent"),)

    def __str__(self) -> str:
        return f"{self.record}: {self.finding[:60]}"
