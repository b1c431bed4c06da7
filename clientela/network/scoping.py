"""The first line of isolation: every row has a dealership, every queryset a door touches passes `visible_to`."""

from typing import TYPE_CHECKING, Self, TypeVar

from django.db import models

from .permissions import Permission

if TYPE_CHECKING:
    from .models import User

M = TypeVar("M", bound=models.Model)


class OfDealerships(models.QuerySet[M]):
    """Rows with a ``dealership``."""

    def visible_to(self, user: "User", permission: Permission = Permission.SEE_CUSTOMERS) -> Self:
        """The rows of the dealerships in which this person holds the right; the rest do not exist."""
        return self.filter(dealership_id__in=user.dealerships_with(permission))
