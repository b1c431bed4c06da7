"""Profiles: what one knows of a customer as a person is seen by few (domain model, section 5)."""

from typing import TYPE_CHECKING

from clientela.network.permissions import Permission

from .models import Customer, CustomerFile

if TYPE_CHECKING:
    from clientela.network.models import User


def may_see(user: "User", customer: Customer) -> bool:
    """Managers, and who looks after this customer's file."""
    return user.may(Permission.SEE_PROFILES, customer.dealership_id) or _looks_after(user, customer)


def may_edit(user: "User", customer: Customer) -> bool:
    return user.may(Permission.EDIT_PROFILES, customer.dealership_id) or _looks_after(user, customer)


def _looks_after(user: "User", customer: Customer) -> bool:
    """An agent whose the customer's file is."""
    edits = user.may(Permission.EDIT_CUSTOMERS, customer.dealership_id)
    return edits and CustomerFile.objects.filter(customer=customer, owner=user).exists()
