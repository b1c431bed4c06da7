"""The nouns of contacts, one a file."""

from .attempt import Attempt, Outcome, TimeBand
from .finding import Finding, Remedy
from .programme import Programme, ProgrammeStep
from .task import ContactTask, Timing

__all__ = [
    "Attempt",
    "ContactTask",
    "Finding",
    "Outcome",
    "Programme",
    "ProgrammeStep",
    "Remedy",
    "TimeBand",
    "Timing",
]
