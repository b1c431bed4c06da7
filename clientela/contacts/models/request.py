"""A request: what a caller asked and was not answered on the spot. One owner at a time until it is answered."""

from datetime import date, datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clientela.customers.models import Customer
from clientela.network.models import Dealership, User
from clientela.network.scoping import OfDealerships

from .channel import Channel
from .record import ContactRecord


class RequestQuerySet(OfDealerships["Request"]):
    def open(self) -> Self:
        return self.filter(closed_at=None)

    def for_list(self) -> Self:
        return self.select_related("customer", "owner", "record", "dealership", "closed_by").annotate(
            calls_again=models.Count("again", distinct=True),
        )


class Request(models.Model):
    """One call in, full service to the end (S1-P2.2.2). It bears the number of the call it came with."""

    dealership = models.ForeignKey(Dealership, on_delete=models.PROTECT, related_name="+", db_index=False)
    record = models.OneToOneField(ContactRecord, on_delete=models.PROTECT, related_name="request")
    #: None if no file knows the caller.
    customer = models.ForeignKey(Customer, null=True, on_delete=models.PROTECT, related_name="requests")
    #: The digits of the number she called from, by which another call of hers is known.
    phone_key = models.CharField(max_length=20, blank=True)
    owner = models.ForeignKey(User, verbose_name=_("responsible"), on_delete=models.PROTECT, related_name="requests")
    opened_at = models.DateTimeField()
    #: How often it went from one owner to the next.
    handed_over = models.PositiveSmallIntegerField(default=0)
    answer = models.TextField(_("answer to the customer"), blank=True)
    #: By what the answer reached her; empty if she heard it when she called again.
    told_by = models.CharField(_("told by"), max_length=20, choices=Channel, blank=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    objects = RequestQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(closed_at=None, closed_by=None) | Q(closed_at__isnull=False, closed_by__isnull=False),
                name="request_closed_by_somebody",
            ),
            models.CheckConstraint(condition=Q(closed_at=None) | ~Q(answer=""), name="request_ends_with_an_answer"),
        )
        indexes = (
            models.Index(fields=["dealership", "opened_at", "id"], condition=Q(closed_at=None), name="request_open"),
            models.Index(fields=["dealership", "-opened_at", "-id"], name="request_newest"),
        )

    def __str__(self) -> str:
        return str(self.record)

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    def age(self, at: datetime) -> int:
        """Days since it was opened, by the calendar of the house; until it was closed."""
        today: date = self.dealership.today(self.closed_at or at)
        return (today - self.dealership.today(self.opened_at)).days

    def pass_to(self, taker: User, reason: str, *, by: User | None, at: datetime) -> "RequestHandOver":
        """From now on she is its one owner."""
        giver = self.owner
        Request.objects.filter(pk=self.pk).update(owner=taker, handed_over=models.F("handed_over") + 1)
        return RequestHandOver.objects.create(
            dealership_id=self.dealership_id, request=self, giver=giver, taker=taker, by=by, at=at, reason=reason
        )

    def end(self, answer: str, told_by: str, *, by: User, at: datetime) -> None:
        """The customer has her answer."""
        told = {"answer": answer, "told_by": told_by, "closed_at": at, "closed_by": by}
        Request.objects.open().filter(pk=self.pk).update(**told)


class RequestHandOver(models.Model):
    """A request went from one owner to the next, and why."""

    dealership = models.ForeignKey(Dealership, on_delete=models.PROTECT, related_name="+")
    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="hand_overs")
    giver = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    taker = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    reason = models.CharField(_("why"), max_length=400, blank=True)

    objects = OfDealerships["RequestHandOver"].as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=~Q(giver=models.F("taker")), name="handed_over_to_somebody_else"),
        )

    def __str__(self) -> str:
        return f"{self.giver} → {self.taker}"
