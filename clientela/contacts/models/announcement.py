"""What agents tell customers on a call: advice, a new service, an activity, an accessory; and to whom it was told."""

from datetime import date
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clientela.network.models import Dealership
from clientela.network.scoping import OfDealerships

from .attempt import Attempt


class AnnouncementQuerySet(OfDealerships["Announcement"]):
    def on(self, day: date) -> Self:
        """What is offered on that day: from its first day to its last (S1-3.4)."""
        return self.filter(Q(from_on=None) | Q(from_on__lte=day), Q(to_on=None) | Q(to_on__gte=day), retired=False)


class Announcement(models.Model):
    """One thing to tell, while it is offered, to those whose car it concerns.

    An activity cannot be announced without its content, date and address (S1-3.5).
    """

    class Kind(models.TextChoices):
        ADVICE = "advice", _("advice")
        SERVICE = "service", _("new service")
        EVENT = "event", _("activity")
        ACCESSORY = "accessory", _("accessory")

    dealership = models.ForeignKey(Dealership, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    title = models.CharField(_("title"), max_length=120)
    text = models.TextField(_("what the agent says"), max_length=2000)
    from_on = models.DateField(_("from"), null=True, blank=True)
    to_on = models.DateField(_("until"), null=True, blank=True)
    #: Part of the names of the models that it concerns; empty for all.
    concerns = models.CharField(_("only for the model"), max_length=80, blank=True)
    held_on = models.DateField(_("date of the activity"), null=True, blank=True)
    address = models.CharField(_("address of the activity"), max_length=200, blank=True)
    retired = models.BooleanField(_("retired"), default=False)

    objects = AnnouncementQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=~Q(kind="event") | Q(held_on__isnull=False) & ~Q(address="") & ~Q(text=""),
                name="activity_says_what_when_and_where",
            ),
            models.CheckConstraint(
                condition=Q(from_on=None) | Q(to_on=None) | Q(to_on__gte=models.F("from_on")),
                name="announcement_ends_after_it_begins",
            ),
        )
        indexes = (models.Index(fields=["dealership"], condition=Q(retired=False), name="announcement_offered"),)

    def __str__(self) -> str:
        return self.title

    def concerns_car(self, title: str) -> bool:
        """Whether a car of that name is meant."""
        return not self.concerns or self.concerns.casefold() in title.casefold()


class Told(models.Model):
    """It was said on that call: something announced, or the repairs that a visit had recommended (S2-9.6)."""

    dealership = models.ForeignKey(Dealership, on_delete=models.CASCADE, related_name="+")
    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="told")
    announcement = models.ForeignKey(Announcement, null=True, on_delete=models.PROTECT, related_name="+")
    visit = models.ForeignKey("customers.Visit", null=True, on_delete=models.PROTECT, related_name="+")

    objects = OfDealerships["Told"].as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["attempt", "announcement"], name="told_once_a_call"),
            models.UniqueConstraint(fields=["attempt", "visit"], name="repairs_told_once_a_call"),
            models.CheckConstraint(condition=Q(announcement=None) ^ Q(visit=None), name="told_one_thing"),
        )

    def __str__(self) -> str:
        return str(self.announcement or self.visit)
