"""The group and its dealerships."""

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Self
from zoneinfo import ZoneInfo, available_timezones

import holidays
from babel import Locale
from babel.core import get_global
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from .user import User

#: The countries whose public holidays we know are those in which a dealership can stand.
COUNTRIES = sorted(code for code in holidays.list_supported_countries() if len(code) == 2)


def check_country(code: str) -> None:
    if code not in COUNTRIES:
        raise ValidationError(
            _("“%(code)s” is not a country we know. Choose one from the list."), params={"code": code}
        )


def check_zone(name: str) -> None:
    if name not in available_timezones():
        raise ValidationError(
            _("“%(name)s” is not a time zone. Write it as America/Chihuahua or Asia/Shanghai."),
            params={"name": name},
        )


def check_currency(code: str) -> None:
    if code not in get_global("all_currencies"):
        raise ValidationError(
            _("“%(code)s” is not a currency. Write it as MXN, CLP, RUB or CNY."), params={"code": code}
        )


class Group(models.Model):
    """A group of dealerships; one installation serves one."""

    name = models.CharField(_("name"), max_length=120)

    def __str__(self) -> str:
        return self.name


class DealershipQuerySet(models.QuerySet["Dealership"]):
    def visible_to(self, user: "User") -> Self:
        return self.filter(pk__in=user.dealership_ids)

    def by_name(self) -> Self:
        return self.order_by("trade_name", "pk")


class Dealership(models.Model):
    """One house: what belongs to it is invisible to every other (S0-P.2)."""

    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="dealerships")
    code = models.CharField(
        _("code"),
        max_length=12,
        unique=True,
        validators=[RegexValidator(r"^[A-Z0-9-]+$", _("Use capital letters, figures and hyphens only."))],
        help_text=_("Short and lasting: commands and file names use it."),
    )
    legal_name = models.CharField(_("legal name"), max_length=200)
    trade_name = models.CharField(_("trade name"), max_length=120)
    brands = models.CharField(_("brands"), max_length=200, blank=True)
    country = models.CharField(_("country"), max_length=2, validators=[check_country])
    time_zone = models.CharField(_("time zone"), max_length=64, validators=[check_zone])
    currency = models.CharField(_("currency"), max_length=3, validators=[check_currency])
    locale = models.CharField(_("language of letters and scripts"), max_length=10)
    address = models.CharField(_("address"), max_length=300, blank=True)
    hotline = models.CharField(_("complaint hotline"), max_length=40, blank=True)
    preset = models.CharField(_("preset"), max_length=40, blank=True)
    #: Younger records of contacts cannot be deleted; the database sees to it (S4-3.2.4.3.5).
    records_years = models.PositiveSmallIntegerField(
        _("years for which records are kept"),
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(30)],
        help_text=_("Younger records of calls and letters cannot be deleted."),
    )

    objects = DealershipQuerySet.as_manager()

    def __str__(self) -> str:
        return self.trade_name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def today(self, at: datetime) -> date:
        """The calendar day at this house at a moment."""
        return at.astimezone(self.zone).date()

    def midnight(self, day: date, *, days: int = 0) -> datetime:
        """The moment a day begins at this house, or one so many days later."""
        return datetime.combine(day + timedelta(days=days), time(), self.zone)

    @property
    def country_locale(self) -> Locale:
        return Locale.parse(self.locale.replace("-", "_"))
