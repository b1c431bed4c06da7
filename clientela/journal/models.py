"""The one noun of this module."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Kind(models.TextChoices):
    """What may happen. A kind has a template of its own in the desk's timeline."""

    VISIT = "visit", _("Visit")
    VISIT_CORRECTED = "visit_corrected", _("Visit corrected")
    VISIT_SET_APART = "visit_set_apart", _("Special vehicle")
    HANDED_OVER = "handed_over", _("Handed over")
    TARGET_RECORDED = "target_recorded", _("Follow-up plan")
    ATTEMPT = "attempt", _("Call")
    ATTEMPT_UNDONE = "attempt_undone", _("Call undone")
    CALL_NOTED = "call_noted", pgettext_lazy("timeline", "Call written down")
    RECOGNISED = "recognised", pgettext_lazy("timeline", "Caller recognised")
    REQUEST = "request", _("Request")
    LETTER = "letter", pgettext_lazy("timeline", "Letter")
    DECISION = "decision", _("Decision")
    FINDING = "finding", _("Finding")
    REMEDY = "remedy", _("Remedy")
    POINT = "point", _("Talking point")
    NEXT_SERVICE = "next_service", pgettext_lazy("step", "Next service")
    CUSTOMER_EDITED = "customer_edited", _("Change")
    MERGED = "merged", _("Merged")
    MERGE_UNDONE = "merge_undone", _("Merge undone")
    CUSTOMER_ERASED = "customer_erased", _("Erased")


class EntryQuerySet(models.QuerySet["Entry"]):
    def of_customer(self, customer_id: int) -> Self:
        return self.filter(customer_id=customer_id)

    def of_vehicle(self, vehicle_id: int) -> Self:
        return self.filter(vehicle_id=vehicle_id)

    def of_kinds(self, kinds: Iterable[str]) -> Self:
        return self.filter(kind__in=kinds)

    def newest_first(self) -> Self:
        return self.select_related("by").order_by("-at", "-id")


class Entry(models.Model):
    """A fact. Its `facts` are what the sentence needs, so the timeline asks no other table.

    The columns name customer and vehicle as plain numbers: the journal lies below them, and an indexed bigint
    keeps its index under row-level security where an array or JSON lookup would lose it.
    """

    dealership_id = models.BigIntegerField()
    kind = models.CharField(max_length=32, choices=Kind)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    customer_id = models.BigIntegerField(null=True)
    vehicle_id = models.BigIntegerField(null=True)
    visit_id = models.BigIntegerField(null=True)
    facts = models.JSONField(default=dict)

    objects = EntryQuerySet.as_manager()

    class Meta:
        indexes = (
            models.Index(fields=["customer_id", "-at", "-id"], name="entry_of_customer"),
            models.Index(fields=["vehicle_id", "-at", "-id"], name="entry_of_vehicle"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d %H:%M}"

    @property
    def template(self) -> str:
        return f"desk/timeline/_{self.kind}.html"


def record(kind: Kind, /, *, dealership_id: int, at: datetime, by: Any = None, **about: Any) -> Entry:
    """Write one line. `about` holds customer_id, vehicle_id, visit_id; everything else becomes `facts`."""
    ids = {name: about.pop(name, None) for name in ("customer_id", "vehicle_id", "visit_id")}
    return Entry.objects.create(kind=kind, dealership_id=dealership_id, at=at, by=by, facts=about, **ids)
