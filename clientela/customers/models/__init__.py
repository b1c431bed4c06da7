"""The nouns of the customer file, one a file."""

from .arrival import Arrival
from .contact_point import ContactPoint
from .customer import Customer
from .vehicle import OdometerReading, Ownership, Vehicle
from .visit import Visit

__all__ = ["Arrival", "ContactPoint", "Customer", "OdometerReading", "Ownership", "Vehicle", "Visit"]
