"""The customer: a person or a company."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clientela.journal.models import Kind, record
from clientela.lib.names import Order, PersonName, full, listed, parse, polite, search_key
from clientela.network.models import Dealership
from clientela.network.scoping import OfDealerships

from .said import by_hand

if TYPE_CHECKING:
    from clientela.network.models import User

NAME_PARTS_IN_ORDER = ("family_name", "second_family_name", "given_name", "patronymic")
NAME_PARTS = frozenset(NAME_PARTS_IN_ORDER)
ORDERS: dict[str, Order] = {"es": "es", "ru": "ru", "zh": "zh"}


def name_order(locale: str) -> Order:
    """The custom by which names are written where this language is spoken."""
    return ORDERS.get(locale.split("-")[0], "en")


class CustomerQuerySet(OfDealerships["Customer"]):
    def for_list(self) -> "CustomerQuerySet":
        return self.select_related("dealership").prefetch_related("contact_points__dealership", "ownerships__vehicle")

    def current(self) -> "CustomerQuerySet":
        """Without those whose file became part of another one."""
        return self.filter(merged_into=None)


class Customer(models.Model):
    """One customer of one dealership. Parts of the name are kept when known; `full_name` always is."""

    class Kind(models.TextChoices):
        PERSON = "person", _("person")
        COMPANY = "company", _("company")

    class Sex(models.TextChoices):
        FEMALE = "f", _("Ms")
        MALE = "m", _("Mr")

    class Source(models.TextChoices):
        SALE = "sale", _("vehicle sale")
        WORKSHOP = "workshop", _("workshop")
        SOURCING = "sourcing", _("sourced vehicle")
        GOODS = "goods", _("sale of goods")
        CONSULTATION = "consultation", _("consultation")
        EVENT = "event", _("event")
        LIST = "list", _("purchased or official list")
        INQUIRY = "inquiry", _("inquiry")
        REFERRAL = "referral", _("recommended by a customer")
        OTHER = "other", _("other source")

    dealership = models.ForeignKey(Dealership, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(_("kind"), max_length=8, choices=Kind, default=Kind.PERSON)
    full_name = models.CharField(_("full name"), max_length=200)
    family_name = models.CharField(_("family name"), max_length=80, blank=True)
    second_family_name = models.CharField(_("second family name"), max_length=80, blank=True)
    given_name = models.CharField(_("given name"), max_length=80, blank=True)
    patronymic = models.CharField(_("patronymic"), max_length=80, blank=True)
    sex = models.CharField(_("salutation"), max_length=1, choices=Sex, blank=True)
    birth_date = models.DateField(_("date of birth"), null=True, blank=True)
    address = models.CharField(_("address"), max_length=300, blank=True)
    region = models.CharField(_("region"), max_length=80, blank=True)
    language = models.CharField(_("language"), max_length=10)
    #: Where her clock goes otherwise than the house's: her rest hours are told by it (S4-1.3.4a).
    time_zone = models.CharField(_("time zone"), max_length=40, blank=True, db_default="", default="")
    #: Where we know her from (S2-6.1); `source_note` names the event or the list.
    source = models.CharField(_("source"), max_length=20, choices=Source, blank=True)
    source_note = models.CharField(_("which event or list"), max_length=120, blank=True)
    desired_services = models.TextField(_("desired services"), max_length=2000, blank=True)
    #: When somebody last made sure that the file is right (S4-1.1b).
    last_verified_on = models.DateField(_("last verified on"), null=True, blank=True)
    do_not_call = models.BooleanField(_("do not call for advertising"), default=False)
    #: The date of the do-not-call list with which she was compared.
    do_not_call_list_on = models.DateField(_("date of the list"), null=True, blank=True)
    #: A member of the house's club: since when, and of which level. Without a day she is none (S4-1.3.4b).
    member_since = models.DateField(_("member since"), null=True, blank=True)
    member_level = models.CharField(_("level of membership"), max_length=60, blank=True, default="", db_default="")
    #: The name as search sees it: no accents, lower case, ё as е.
    search_name = models.CharField(max_length=200, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    version = models.IntegerField(default=1, editable=False)
    #: Whose file hers became when the two were merged; hers is then no longer shown or called.
    merged_into = models.ForeignKey(
        "self", null=True, blank=True, editable=False, on_delete=models.PROTECT, related_name="absorbed"
    )
    erased_at = models.DateTimeField(null=True, editable=False)
    #: The run of an import that opened the file; none when a person did.
    run = models.BigIntegerField(null=True, editable=False)
    #: By field: the day, and what breaks a tie, of the fact that was last believed. An older fact only fills blanks.
    said = models.JSONField(default=dict, editable=False)

    objects = CustomerQuerySet.as_manager()

    class Meta:
        indexes = (
            models.Index(fields=["dealership", "search_name", "id"], name="customer_by_name"),
            models.Index(fields=["dealership", "created_at", "id"], name="customer_by_opening"),
            models.Index(fields=["dealership", "region", "id"], name="customer_by_region"),
            # The few who live by another clock, for the queue to ask of.
            models.Index(fields=["id"], condition=~models.Q(time_zone=""), name="customer_elsewhere"),
            GinIndex(OpClass("search_name", name="gin_trgm_ops"), name="customer_name_trigrams"),
        )
        constraints = (models.CheckConstraint(condition=~models.Q(full_name=""), name="customer_has_a_name"),)

    def __str__(self) -> str:
        return self.full_name

    @property
    def person_name(self) -> PersonName:
        return PersonName(self.family_name, self.second_family_name, self.given_name, self.patronymic)

    @property
    def listed_name(self) -> str:
        """As lists order it: surnames first in Spanish."""
        return self.full_name if self.is_company else listed(self.person_name, self.language) or self.full_name

    @property
    def spoken_name(self) -> str:
        """As one says it aloud."""
        return self.full_name if self.is_company else full(self.person_name, self.language) or self.full_name

    @property
    def polite_name(self) -> str:
        """As one addresses her."""
        return (
            self.full_name if self.is_company else polite(self.person_name, self.language, self.sex) or self.full_name
        )

    @property
    def is_company(self) -> bool:
        return self.kind == self.Kind.COMPANY

    @property
    def is_merged(self) -> bool:
        return self.merged_into_id is not None

    def survivor(self) -> "Customer":
        """Where her facts are now: her own file, or at the end of a chain of merges another one."""
        found = self
        while found.merged_into is not None:
            found = found.merged_into
        return found

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.search_name = search_key(self.full_name)
        super().save(*args, **kwargs)

    @transaction.atomic
    def correct(self, changed: list[str], *, by: "User", at: datetime) -> None:
        """Keep corrected fields and say so on the timeline. Of a name and its parts, what was not touched follows."""
        if not changed:
            return
        if NAME_PARTS.intersection(changed):
            if "full_name" not in changed:
                self.full_name = self.listed_name.replace(",", "")[:200]
        elif "full_name" in changed and not self.is_company:
            parts = parse(self.full_name, name_order(self.dealership.locale))
            self.family_name, self.second_family_name = parts.family[:80], parts.second_family[:80]
            self.given_name, self.patronymic = parts.given[:80], parts.patronymic[:80]
        self.version += 1
        self.said = by_hand(self.said, changed, self.dealership.today(at))
        self.save()
        record(
            Kind.CUSTOMER_EDITED,
            dealership_id=self.dealership_id,
            at=at,
            by=by,
            customer_id=self.pk,
            fields=changed,
        )
