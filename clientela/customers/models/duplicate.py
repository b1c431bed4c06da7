"""Files that may be one customer's, and files that were made one."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from clientela.network.models import Dealership
from clientela.network.scoping import OfDealerships

from .customer import Customer


class Duplicate(models.Model):
    """Two files that look like one customer's, with the reasons. `one` is the older of them."""

    class Reason(models.TextChoices):
        PHONE = "phone", _("same phone number")
        EMAIL = "email", _("same e-mail address")
        VIN = "vin", _("same VIN")
        PLATE = "plate", _("same licence plate")
        NAME_AND_BIRTH = "name_and_birth", _("same name and date of birth")
        BIRTH = "birth", _("same date of birth")
        NAME = "name", _("same name")
        SIMILAR_NAME = "similar_name", _("similar name")

    dealership = models.ForeignKey(Dealership, on_delete=models.CASCADE, related_name="+")
    one = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    other = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    #: From 0 to 100: how sure; the sum of what the reasons weigh.
    score = models.SmallIntegerField()
    reasons = models.JSONField(default=list)
    found_at = models.DateTimeField()
    #: Somebody looked and said that they are two.
    dismissed_at = models.DateTimeField(null=True)
    dismissed_by = models.ForeignKey("network.User", null=True, on_delete=models.SET_NULL, related_name="+")

    objects = OfDealerships["Duplicate"].as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["one", "other"], name="duplicate_once_a_pair"),
            models.CheckConstraint(condition=models.Q(one__lt=models.F("other")), name="duplicate_older_first"),
        )
        indexes = (
            models.Index(
                fields=["dealership", "-score", "id"],
                condition=models.Q(dismissed_at=None),
                name="duplicate_to_be_looked_at",
            ),
        )

    def __str__(self) -> str:
        return f"{self.one_id} = {self.other_id}: {self.score}"


class Merge(models.Model):
    """Two files made one. What was moved and overwritten stands in `MergedRow`, so that it can be undone."""

    dealership = models.ForeignKey(Dealership, on_delete=models.PROTECT, related_name="+")
    survivor = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="merges")
    gone = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    by = models.ForeignKey("network.User", null=True, on_delete=models.PROTECT, related_name="+")
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey("network.User", null=True, on_delete=models.PROTECT, related_name="+")

    objects = OfDealerships["Merge"].as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["gone"], condition=models.Q(undone_at=None), name="merged_away_once_at_a_time"
            ),
        )
        indexes = (models.Index(fields=["dealership", "-at", "-id"], name="merge_newest"),)

    def __str__(self) -> str:
        return f"{self.gone_id} → {self.survivor_id}"

    @property
    def is_undone(self) -> bool:
        return self.undone_at is not None


class MergedRow(models.Model):
    """One value that a merge changed: table, key, column, before and after (as JSON).

    Column `*` is a whole row: without `after` it was taken out, because the survivor has the same already; without
    `before` it was put in. `stayed` says why undoing left it as it is.
    """

    class Stayed(models.TextChoices):
        CHANGED = "changed", _("was changed since")
        DELETED = "deleted", _("was deleted since")
        TAKEN = "taken", _("has its like there already")

    dealership = models.ForeignKey(Dealership, on_delete=models.PROTECT, related_name="+")
    merge = models.ForeignKey(Merge, on_delete=models.CASCADE, related_name="rows")
    table = models.CharField(max_length=63)
    row = models.BigIntegerField()
    column = models.CharField(max_length=63)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    stayed = models.CharField(max_length=8, choices=Stayed, blank=True)

    objects = OfDealerships["MergedRow"].as_manager()

    def __str__(self) -> str:
        return f"{self.table} {self.row} {self.column}"
