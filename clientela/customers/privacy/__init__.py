"""The rights of a person: everything that is held on her handed out, or erased while the figures stay.

Which table and which field is what, and what becomes of it, says docs/privacy.yaml; nothing here knows a table by name
but the customer's own and those whose rows are found by what stands in them.
"""

from .erasing import Erased, erase
from .handing_out import hand_out
from .holdings import Holdings, holdings
from .identity import Identity, Sighting
from .policy import BadPolicy, Policy, load

__all__ = [
    "BadPolicy",
    "Erased",
    "Holdings",
    "Identity",
    "Policy",
    "Sighting",
    "erase",
    "hand_out",
    "holdings",
    "load",
]
