"""When a house is open, when it does not disturb, and which days are not as usual."""

from django.db import models
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from .group import Dealership


class OpeningHours(models.Model):
    """One interval of one weekday; a lunch break is two intervals. Closing before opening runs past midnight."""

    dealership = models.ForeignKey(Dealership, on_delete=models.CASCADE, related_name="opening_hours")
    weekday = models.SmallIntegerField(_("weekday"), choices=list(WEEKDAYS.items()))
    opens = models.TimeField(_("opens"))
    closes = models.TimeField(_("closes"))

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["dealership", "weekday", "opens"],
                name="opening_hours_once",
                violation_error_message=_("There are already hours that start then. Remove those first."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens:%H:%M}–{self.closes:%H:%M}"


class RestHours(models.Model):
    """When customers are not called though the house is open (S4-1.3.4a)."""

    dealership = models.ForeignKey(Dealership, on_delete=models.CASCADE, related_name="rest_hours")
    weekday = models.SmallIntegerField(
        _("weekday"),
        null=True,
        blank=True,
        choices=list(WEEKDAYS.items()),
        help_text=_("Empty means every day."),
    )
    starts = models.TimeField(_("from"))
    ends = models.TimeField(_("until"))

    def __str__(self) -> str:
        return f"{self.starts:%H:%M}–{self.ends:%H:%M}"


class CalendarException(models.Model):
    """A day that is not as its weekday says: closed, or open on a holiday (调休, переносы). One row an interval."""

    dealership = models.ForeignKey(Dealership, on_delete=models.CASCADE, related_name="exceptions")
    on = models.DateField(_("day"))
    name = models.CharField(_("reason"), max_length=120, blank=True)
    opens = models.TimeField(_("opens"), null=True, blank=True)
    closes = models.TimeField(_("closes"), null=True, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(opens__isnull=True, closes__isnull=True)
                | models.Q(opens__isnull=False, closes__isnull=False),
                name="exception_has_both_hours_or_none",
                violation_error_message=_("Give both hours, or neither for a closed day."),
            ),
            models.UniqueConstraint(
                fields=["dealership", "on", "opens"],
                nulls_distinct=False,
                name="exception_once",
                violation_error_message=_("This day already has such hours. Remove those first."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.on:%Y-%m-%d} {self.name}"


class CallableInterval(models.Model):
    """A stretch of time in which this house may call: compiled from the tables above, for SQL to join.

    Never edited: `calendars.compile_calls` writes it anew whenever hours change.
    """

    dealership = models.ForeignKey(Dealership, on_delete=models.CASCADE, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")), name="callable_interval_runs_forward"
            ),
        )
        indexes = (models.Index(fields=["dealership", "ends_at"], name="callable_interval_ends"),)

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M}–{self.ends_at:%H:%M}"


class WorkDay(models.Model):
    """A day on which this house calls, numbered in order, so that the fifth working day is one look-up.

    Compiled beside `CallableInterval`, never edited. The number of an interval's day is where it starts.
    """

    dealership = models.ForeignKey(Dealership, on_delete=models.CASCADE, related_name="+")
    on = models.DateField()
    number = models.IntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["dealership", "on"], name="work_day_once"),
            models.UniqueConstraint(fields=["dealership", "number"], name="work_day_number_once"),
        )

    def __str__(self) -> str:
        return f"{self.on:%Y-%m-%d} {self.number}"
