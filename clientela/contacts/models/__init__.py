"""The nouns of contacts, one a file."""

from .attempt import Attempt, Outcome, TimeBand, Uncounted
from .capacity import Capacity
from .channel import Channel, Topic
from .duty import Absence, Cap, Designation
from .finding import Finding, Remedy
from .hand_over import HandOver
from .next_service import NextService, ServiceKind
from .plan import Plan, PlanReview, PlanTarget
from .programme import Performer, Programme, ProgrammeStep, StepVersion
from .programme_version import ProgrammeVersion
from .task import ContactTask, Timing

__all__ = [
    "Absence",
    "Attempt",
    "Cap",
    "Capacity",
    "Channel",
    "ContactTask",
    "Designation",
    "Finding",
    "HandOver",
    "NextService",
    "Outcome",
    "Performer",
    "Plan",
    "PlanReview",
    "PlanTarget",
    "Programme",
    "ProgrammeStep",
    "ProgrammeVersion",
    "Remedy",
    "ServiceKind",
    "StepVersion",
    "TimeBand",
    "Timing",
    "Topic",
    "Uncounted",
]
