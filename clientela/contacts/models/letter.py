"""Letters: notifications, invitations and replies, each kept word for word and numbered in the letter register."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clientela.customers.models import Customer, Vehicle
from clientela.network.models import Dealership, User
from clientela.network.scoping import OfDealerships

from .channel import Channel


class LetterKind(models.TextChoices):
    """The three letters of the regulation (S1-4.8)."""

    NOTIFICATION = "notification", _("notification")
    INVITATION = "invitation", _("invitation")
    REPLY = "reply", _("reply letter")


class LetterTemplate(models.Model):
    """A text that letters begin with; its places in curly brackets are filled in."""

    dealership = models.ForeignKey(Dealership, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(_("kind"), max_length=12, choices=LetterKind)
    name = models.CharField(_("name of the template"), max_length=80)
    subject = models.CharField(_("subject"), max_length=200)
    text = models.TextField(_("text"), max_length=20_000)
    retired = models.BooleanField(_("retired"), default=False)
    changed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()

    objects = OfDealerships["LetterTemplate"].as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["dealership", "name"],
                name="letter_template_once_a_name",
                violation_error_message=_("There is a template of this name already."),
            ),
        )

    def __str__(self) -> str:
        return self.name


class Letter(models.Model):
    """A letter as it left the house: a line of the register and its copy (S1-4.8). Only its answer comes later."""

    class Channel(models.TextChoices):
        LETTER = Channel.LETTER.value, _("by post")
        IN_PERSON = Channel.IN_PERSON.value, _("handed over")
        EMAIL = Channel.EMAIL.value, _("e-mail")
        MESSENGER = Channel.MESSENGER.value, _("messenger")

    dealership = models.ForeignKey(Dealership, on_delete=models.PROTECT, related_name="+", db_index=False)
    year = models.SmallIntegerField()
    number = models.IntegerField()
    #: The page's: sent twice, it is one letter.
    key = models.CharField(max_length=36)
    kind = models.CharField(_("kind"), max_length=12, choices=LetterKind)
    channel = models.CharField(_("sent by"), max_length=20, choices=Channel, default=Channel.LETTER)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="letters")
    vehicle = models.ForeignKey(
        Vehicle, verbose_name=_("vehicle"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    #: To whom and where, as it stood on the letter.
    addressee = models.CharField(_("addressed to"), max_length=200)
    address = models.CharField(_("address"), max_length=300, blank=True)
    #: What it announces, if it is about an event: content, day, place.
    event = models.CharField(_("event"), max_length=200, blank=True)
    subject = models.CharField(_("subject"), max_length=200)
    text = models.TextField(_("text"), max_length=20_000)
    language = models.CharField(max_length=10)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    answered_on = models.DateField(_("answer received on"), null=True, blank=True)
    answer = models.TextField(_("what the customer answered"), max_length=20_000, blank=True)
    answer_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    objects = OfDealerships["Letter"].as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["dealership", "year", "number"], name="letter_number_once"),
            models.UniqueConstraint(fields=["dealership", "key"], name="letter_once_a_page"),
            models.CheckConstraint(condition=~Q(text=""), name="letter_has_its_text"),
        )
        indexes = (models.Index(fields=["dealership", "-at", "-id"], name="letter_by_time"),)

    def __str__(self) -> str:
        return f"{self.year}-{self.number:05d}"
