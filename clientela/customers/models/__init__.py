"""The nouns of the customer file, one a file."""

from .arrival import Arrival
from .call_plan import CallPlan
from .change import Change
from .consent import Consent, CustomerRestHours
from .contact_point import ContactPoint
from .customer import Customer
from .duplicate import Duplicate, Merge, MergedRow
from .export import Export
from .file import CustomerFile, FileRule, Upkeep
from .profile import Profile
from .vehicle import OdometerReading, Ownership, Vehicle
from .visit import Visit

__all__ = [
    "Arrival",
    "CallPlan",
    "Change",
    "Consent",
    "ContactPoint",
    "Customer",
    "CustomerFile",
    "CustomerRestHours",
    "Duplicate",
    "Export",
    "FileRule",
    "Merge",
    "MergedRow",
    "OdometerReading",
    "Ownership",
    "Profile",
    "Upkeep",
    "Vehicle",
    "Visit",
]
