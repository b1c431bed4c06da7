"""By what a contact is made, and what is spoken of in it."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Channel(models.TextChoices):
    """The channels a step may allow (S2-9.3)."""

    PHONE = "phone", _("phone")
    IN_PERSON = "in_person", _("in person")
    EMAIL = "email", _("e-mail")
    LETTER = "letter", _("letter")
    SMS = "sms", _("text message")
    MESSENGER = "messenger", _("messenger")


class Topic(models.TextChoices):
    """What a contact may ask, or must not (C-5). A preset may bring topics of its own."""

    SATISFACTION = "satisfaction", _("satisfaction")
    DEALER_EXPERIENCE = "dealer_experience", _("experience with the dealership")
    SERVICE_OPINION = "service_opinion", _("opinion of our services")
    VEHICLE_USE = "vehicle_use", _("use of the vehicle")
    VEHICLE_QUALITY = "vehicle_quality", _("quality of the vehicle")
    REPAIR_QUALITY = "repair_quality", _("quality of the repair")
    PROCESS = "process", _("how the order went")
    INTERESTS = "interests", _("what interests the customer")

    @classmethod
    def said(cls, code: str) -> str:
        """A topic in words; one that a preset brought along speaks for itself."""
        return str(cls(code).label) if code in cls.values else code.replace("_", " ")
