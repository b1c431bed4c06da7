"""What a programme said before it was edited."""

from django.db import models

from clientela.network.models import Dealership
from clientela.network.scoping import OfDealerships

from .programme import Programme


class ProgrammeVersion(models.Model):
    """A programme's own parameters before a change: who changed them, and when. Its steps have their own history."""

    dealership = models.ForeignKey(Dealership, on_delete=models.CASCADE, related_name="+")
    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="versions")
    version = models.IntegerField()
    parameters = models.JSONField()
    by = models.ForeignKey("network.User", null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = OfDealerships["ProgrammeVersion"].as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["programme", "version"], name="programme_version_once"),)

    def __str__(self) -> str:
        return f"{self.programme} {self.version}"
