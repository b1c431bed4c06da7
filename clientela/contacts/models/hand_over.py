"""Handing over: what the consultant knows of a sale, given to who makes the second contact."""

from typing import Self

from django.db import models
from django.db.models import Q

from clientela.customers.models import Visit
from clientela.network.models import Dealership
from clientela.network.scoping import OfDealerships

from .attempt import Attempt


class HandOverQuerySet(OfDealerships["HandOver"]):
    def standing(self) -> Self:
        """Without those that went with a call which was taken back."""
        return self.filter(Q(attempt=None) | Q(attempt__undone_at=None))


class HandOver(models.Model):
    """The customer's data of one visit were given on (S4-3.2.4.3.1b): by a click, or with the first contact made."""

    dealership = models.ForeignKey(Dealership, on_delete=models.PROTECT, related_name="+")
    visit = models.OneToOneField(Visit, on_delete=models.CASCADE, related_name="handed_over")
    by = models.ForeignKey("network.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    #: The first contact that said so; none if somebody said it herself.
    attempt = models.ForeignKey(Attempt, null=True, on_delete=models.CASCADE, related_name="+")

    objects = HandOverQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.visit} {self.at:%Y-%m-%d}"
