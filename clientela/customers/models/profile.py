"""What one knows of a customer as a person; seen by few."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from clientela.network.models import Dealership
from clientela.network.scoping import OfDealerships

from .customer import Customer


class Profile(models.Model):
    """Traits, each optional and in plain words (S2-2.2, S4 section 1.2)."""

    dealership = models.ForeignKey(Dealership, on_delete=models.PROTECT, related_name="+")
    customer = models.OneToOneField(Customer, on_delete=models.CASCADE, related_name="profile")
    occupation = models.CharField(_("occupation"), max_length=120, blank=True)
    marital_status = models.CharField(_("marital status"), max_length=60, blank=True)
    age_band = models.CharField(_("age band"), max_length=40, blank=True)
    household = models.CharField(_("household"), max_length=200, blank=True)
    income_band = models.CharField(_("income band"), max_length=60, blank=True)
    lifestyle = models.CharField(_("lifestyle"), max_length=200, blank=True)
    hobbies = models.CharField(_("hobbies"), max_length=200, blank=True)
    interests = models.CharField(_("interests"), max_length=200, blank=True)
    personality = models.CharField(_("personality"), max_length=200, blank=True)
    outlook = models.CharField(_("outlook"), max_length=200, blank=True)
    attitude = models.CharField(_("attitude"), max_length=200, blank=True)
    values = models.CharField(_("values"), max_length=200, blank=True)
    consumption_habits = models.CharField(_("buying habits"), max_length=200, blank=True)
    payment_habits = models.CharField(_("payment habits"), max_length=200, blank=True)
    media_preference = models.CharField(_("preferred media"), max_length=200, blank=True)
    daily_schedule = models.CharField(_("daily schedule"), max_length=200, blank=True)

    objects = OfDealerships["Profile"].as_manager()

    def __str__(self) -> str:
        return str(self.customer)
