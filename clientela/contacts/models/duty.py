"""Who is to make contacts, and who stands in for whom."""

from datetime import date, timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

from clientela.network.models import Dealership
from clientela.network.scoping import OfDealerships

from .programme import Performer


class Designation(models.Model):
    """Somebody chosen to make contacts of one kind, from a day to a day (S1-4.1).

    While anybody is designated for a kind in a house, its contacts go to those who are, and to nobody else.
    """

    dealership = models.ForeignKey(Dealership, on_delete=models.CASCADE, related_name="+")
    performer = models.CharField(_("makes contacts of the"), max_length=30, choices=Performer)
    user = models.ForeignKey(
        "network.User", verbose_name=_("person"), on_delete=models.CASCADE, related_name="designations"
    )
    from_on = models.DateField(_("from"))
    to_on = models.DateField(_("until"), null=True, blank=True)
    by = models.ForeignKey("network.User", null=True, editable=False, on_delete=models.SET_NULL, related_name="+")

    objects = OfDealerships["Designation"].as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(to_on=None) | models.Q(to_on__gte=models.F("from_on")),
                name="designation_ends_after_it_began",
                violation_error_message=_("It ends before it begins. Choose a later last day."),
            ),
            models.UniqueConstraint(
                fields=["dealership", "performer", "user", "from_on"],
                name="designated_once_from_a_day",
                violation_error_message=_("This person is already designated from that day."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.user}: {self.get_performer_display()}"


class Absence(models.Model):
    """Days on which somebody is away; who stands in calls what falls due in them (S1-4.9).

    Nothing is moved: what is due within these days shows to the substitute, and afterwards to its owner again.
    """

    dealership = models.ForeignKey(Dealership, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(
        "network.User", verbose_name=_("who is away"), on_delete=models.CASCADE, related_name="absences"
    )
    substitute = models.ForeignKey(
        "network.User",
        verbose_name=_("who stands in"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="stands_in",
    )
    from_on = models.DateField(_("first day"))
    to_on = models.DateField(_("last day"))
    by = models.ForeignKey("network.User", null=True, editable=False, on_delete=models.SET_NULL, related_name="+")

    objects = OfDealerships["Absence"].as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(to_on__gte=models.F("from_on")),
                name="absence_ends_after_it_began",
                violation_error_message=_("The last day comes before the first. Choose a later last day."),
            ),
            models.CheckConstraint(
                condition=models.Q(substitute=None) | ~models.Q(substitute=models.F("user")),
                name="nobody_stands_in_for_herself",
                violation_error_message=_("Somebody else must stand in."),
            ),
        )
        indexes = (models.Index(fields=["substitute", "from_on", "to_on"], name="absence_of_substitute"),)

    def __str__(self) -> str:
        return f"{self.user} {self.from_on:%Y-%m-%d}–{self.to_on:%Y-%m-%d}"

    def days(self, first: date, last: date) -> list[date]:
        """Its days that lie between these two."""
        starts, ends = max(first, self.from_on), min(last, self.to_on)
        return [starts + timedelta(n) for n in range((ends - starts).days + 1)]


class Cap(models.Model):
    """How often a house contacts one customer at most, duties aside (C-26). Without a row there is no limit."""

    dealership = models.OneToOneField(Dealership, on_delete=models.CASCADE, related_name="contact_cap")
    contacts = models.SmallIntegerField(_("contacts at most"))
    days = models.SmallIntegerField(_("within days"))

    objects = OfDealerships["Cap"].as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(contacts__gte=1, days__gte=1),
                name="cap_leaves_something",
                violation_error_message=_("Give at least one contact and one day."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.contacts} / {self.days}"
