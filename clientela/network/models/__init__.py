"""The nouns of the network, one a file."""

from ..permissions import Role
from .department import Department, Function, FunctionMapping
from .group import Dealership, Group
from .hours import CalendarException, CallableInterval, OpeningHours, RestHours, WorkDay
from .user import RoleAssignment, User

__all__ = [
    "CalendarException",
    "CallableInterval",
    "Dealership",
    "Department",
    "Function",
    "FunctionMapping",
    "Group",
    "OpeningHours",
    "RestHours",
    "Role",
    "RoleAssignment",
    "User",
    "WorkDay",
]
