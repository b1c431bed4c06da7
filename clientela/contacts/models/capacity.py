"""How much a house can call."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from clientela.network.models import Dealership
from clientela.network.scoping import OfDealerships


class Capacity(models.Model):
    """What planning and forecast reckon with. A house without a row reckons with the defaults."""

    dealership = models.OneToOneField(Dealership, on_delete=models.CASCADE, related_name="+")
    #: Ten in an hour are eighty in a day of eight hours (S4-1.3.4d).
    calls_an_hour = models.PositiveSmallIntegerField(
        _("calls an agent makes in an hour"),
        default=10,
        validators=[MinValueValidator(1), MaxValueValidator(60)],
    )
    agents = models.PositiveSmallIntegerField(
        _("agents who call at the same time"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(2000)],
        help_text=_("Empty means everybody with a follow-up role here."),
    )

    objects = OfDealerships["Capacity"].as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=models.Q(calls_an_hour__gte=1), name="capacity_calls_somebody"),
        )

    def __str__(self) -> str:
        return f"{self.dealership} {self.calls_an_hour}"
