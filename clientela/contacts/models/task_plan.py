"""What is to be spoken of on a contact after the first (S1-4.5b); of the first the file's call plan says it."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from clientela.network.models import Dealership, User
from clientela.network.scoping import OfDealerships

from .task import ContactTask


class TaskPlan(models.Model):
    """The topics planned for one contact."""

    dealership = models.ForeignKey(Dealership, on_delete=models.PROTECT, related_name="+")
    task = models.OneToOneField(ContactTask, on_delete=models.CASCADE, related_name="plan")
    topics = ArrayField(models.CharField(max_length=80), verbose_name=_("topics"))
    notes = models.CharField(_("what the customer may need"), max_length=400, blank=True)
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    objects = OfDealerships["TaskPlan"].as_manager()

    class Meta:
        constraints = (models.CheckConstraint(condition=models.Q(topics__len__gte=1), name="task_plan_has_a_topic"),)

    def __str__(self) -> str:
        return ", ".join(self.topics)
