"""The call plan of a file: when after the pick-up the customer is called first, and of what is spoken (S1-4.3)."""

from datetime import date, timedelta

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from clientela.network.models import Dealership
from clientela.network.scoping import OfDealerships

from .file import CustomerFile


class CallPlan(models.Model):
    """Relative to the pick-up; which day that is follows from the visit, also when it is corrected."""

    dealership = models.ForeignKey(Dealership, on_delete=models.PROTECT, related_name="+")
    file = models.OneToOneField(CustomerFile, on_delete=models.CASCADE, related_name="call_plan")
    after_days = models.SmallIntegerField(
        _("days after the pick-up"), validators=[MinValueValidator(0), MaxValueValidator(60)]
    )
    clock = models.TimeField(_("at about"), null=True, blank=True)
    topics = ArrayField(models.CharField(max_length=80), verbose_name=_("topics"))
    notes = models.CharField(_("what the customer may need"), max_length=400, blank=True)
    by = models.ForeignKey("network.User", null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    objects = OfDealerships["CallPlan"].as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(after_days__gte=0, after_days__lte=60), name="call_plan_is_within_two_months"
            ),
            models.CheckConstraint(condition=models.Q(topics__len__gte=1), name="call_plan_has_a_topic"),
        )

    def __str__(self) -> str:
        return f"{self.file} +{self.after_days}"

    @property
    def planned_on(self) -> date:
        """The day, by the pick-up as it is known now."""
        return self.file.visit.delivered_on + timedelta(self.after_days)
