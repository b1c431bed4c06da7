"""One try at a contact, and what came of it."""

from datetime import time
from typing import TYPE_CHECKING

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from clientela.customers.models import ContactPoint
from clientela.network.models import Dealership, User
from clientela.network.scoping import OfDealerships
from clientela.satisfaction.models import Response

from .channel import Channel
from .task import ContactTask, Timing

if TYPE_CHECKING:
    from datetime import timedelta


class Outcome(models.TextChoices):
    """What a call came to, in the order of its key on the call screen."""

    REACHED = "reached", _("Follow-up done")
    CALL_BACK = "call_back", _("Call back at an agreed time")
    REFUSED = "refused", _("Refused")
    NO_ANSWER = "no_answer", _("No answer")
    BUSY = "busy", _("Busy")
    SWITCHED_OFF = "switched_off", _("Switched off, out of service")
    WRONG_NUMBER = "wrong_number", _("Wrong number")


#: With these somebody was spoken to.
SPOKEN_TO = frozenset({Outcome.REACHED.value, Outcome.CALL_BACK.value, Outcome.REFUSED.value})


class ChannelResult(models.TextChoices):
    """What came of a contact that was no telephone call; each channel has its own (S4-1.3.1)."""

    REPLIED = "replied", _("Reply")
    NO_REPLY = "no_reply", _("No reply")
    UNDELIVERED = "undelivered", _("Could not be delivered")
    SENT = "sent", _("Sent")
    MET = "met", _("Met")
    NOT_MET = "not_met", _("Nobody met")
    DECLINED = "declined", _("Did not wish to talk")

    @property
    def outcome(self) -> Outcome:
        """What it means for the contact."""
        return _MEANS[self]

    @classmethod
    def of(cls, channel: str) -> tuple["ChannelResult", ...]:
        """The results of a channel; a call has outcomes instead."""
        return _RESULTS.get(channel, ())


_MESSAGE = (ChannelResult.REPLIED, ChannelResult.NO_REPLY, ChannelResult.UNDELIVERED)
_RESULTS: dict[str, tuple[ChannelResult, ...]] = {
    Channel.SMS: _MESSAGE,
    Channel.MESSENGER: _MESSAGE,
    Channel.EMAIL: _MESSAGE,
    Channel.LETTER: (ChannelResult.SENT, *_MESSAGE),
    Channel.IN_PERSON: (ChannelResult.MET, ChannelResult.NOT_MET, ChannelResult.DECLINED),
}
_MEANS = {
    ChannelResult.REPLIED: Outcome.REACHED,
    ChannelResult.SENT: Outcome.REACHED,
    ChannelResult.MET: Outcome.REACHED,
    ChannelResult.NO_REPLY: Outcome.NO_ANSWER,
    ChannelResult.UNDELIVERED: Outcome.NO_ANSWER,
    ChannelResult.NOT_MET: Outcome.NO_ANSWER,
    ChannelResult.DECLINED: Outcome.REFUSED,
}


class TimeBand(models.TextChoices):
    """Parts of the day that attempts are spread over (S2-9.5)."""

    MORNING = "morning", _("morning")
    AFTERNOON = "afternoon", _("afternoon")
    EVENING = "evening", _("evening")

    @classmethod
    def of(cls, clock: time) -> "TimeBand":
        """The part of the day a local time lies in: noon and five o'clock part them."""
        if clock < time(12):
            return cls.MORNING
        return cls.AFTERNOON if clock < time(17) else cls.EVENING


class Uncounted(models.TextChoices):
    """Why an attempt is written down and not counted."""

    SAME_DAY = "same_day", _("on the same day as an earlier one")
    SAME_BAND = "same_band", _("at the same time of day as an earlier one")
    CHANNEL = "channel", _("not by a channel that this contact allows")


class Attempt(models.Model):
    """A line that is never changed; a wrong one is taken back (`undone_at`) and stays to be seen.

    `before` is what the task was, so that taking back restores it exactly.
    """

    dealership = models.ForeignKey(Dealership, on_delete=models.PROTECT, related_name="+")
    task = models.ForeignKey(ContactTask, on_delete=models.PROTECT, related_name="tries")
    number = models.SmallIntegerField()
    fence = models.IntegerField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="attempts")
    at = models.DateTimeField()
    started_at = models.DateTimeField()
    outcome = models.CharField(max_length=16, choices=Outcome)
    band = models.CharField(max_length=12, choices=TimeBand)
    timing = models.CharField(max_length=12, choices=Timing)
    channel = models.CharField(max_length=20, choices=Channel, default=Channel.PHONE)
    #: In the words of its channel; empty for a call, whose outcome says it.
    result = models.CharField(max_length=12, choices=ChannelResult, blank=True)
    #: Whether it is one of the attempts that a step allows; if not, why (S2-9.5).
    counted = models.BooleanField(default=True)
    uncounted = models.CharField(max_length=12, choices=Uncounted, blank=True)
    #: The agent made sure of whom she spoke with (S2-9.2).
    identity_verified = models.BooleanField(default=False)
    #: The customer was reached and did not want to answer the questions (S3-P6a).
    declined = models.BooleanField(default=False)
    #: What was decided before it: in spite of rest hours, or of a caution, and why.
    decided = models.JSONField(null=True)
    words = models.TextField(blank=True)
    #: What was spoken of, so that the next call does not repeat it (S1-4.5b).
    topics = ArrayField(models.CharField(max_length=80), default=list)
    call_back_at = models.DateTimeField(null=True, blank=True)
    #: The number that proved wrong.
    invalidated = models.ForeignKey(ContactPoint, null=True, on_delete=models.SET_NULL, related_name="+")
    response = models.OneToOneField(Response, null=True, on_delete=models.PROTECT, related_name="attempt")
    #: Whose contact it was, when a substitute made it (S1-4.9).
    instead_of = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    before = models.JSONField()
    undone_at = models.DateTimeField(null=True)

    objects = OfDealerships["Attempt"].as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["task", "fence"],
                condition=models.Q(undone_at__isnull=True),
                name="attempt_once_a_lease",
            ),
            models.CheckConstraint(
                condition=models.Q(started_at__lte=models.F("at")), name="attempt_starts_before_it_ends"
            ),
        )
        indexes = (models.Index(fields=["dealership", "by", "-at"], name="attempt_of_agent"),)

    def __str__(self) -> str:
        return f"{self.get_outcome_display()} {self.at:%Y-%m-%d %H:%M}"

    @property
    def result_said(self) -> str:
        """What came of it, in the words of its channel."""
        return str(self.get_result_display() if self.result else self.get_outcome_display())

    @property
    def duration(self) -> "timedelta":
        return self.at - self.started_at
