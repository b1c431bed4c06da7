"""The nouns of contacts, one a file."""

from .announcement import Announcement, Told
from .attempt import SPOKEN_TO, Attempt, ChannelResult, Outcome, TimeBand, Uncounted
from .capacity import Capacity
from .channel import Channel, Topic
from .closing import RegisterClosing
from .duty import Absence, Cap, Designation
from .finding import Finding, Remedy
from .hand_over import HandOver
from .inspection import Inspection
from .letter import Letter, LetterKind, LetterTemplate
from .next_service import NextService, ServiceKind
from .plan import Plan, PlanReview, PlanTarget
from .point import PointStep, TalkingPoint
from .programme import Performer, Programme, ProgrammeStep, StepVersion
from .programme_version import ProgrammeVersion
from .recognition import Recognition
from .record import ContactRecord, Counter
from .request import Request, RequestHandOver
from .task import ContactTask, Timing
from .task_plan import TaskPlan

__all__ = [
    "SPOKEN_TO",
    "Absence",
    "Announcement",
    "Attempt",
    "Cap",
    "Capacity",
    "Channel",
    "ChannelResult",
    "ContactRecord",
    "ContactTask",
    "Counter",
    "Designation",
    "Finding",
    "HandOver",
    "Inspection",
    "Letter",
    "LetterKind",
    "LetterTemplate",
    "NextService",
    "Outcome",
    "Performer",
    "Plan",
    "PlanReview",
    "PlanTarget",
    "PointStep",
    "Programme",
    "ProgrammeStep",
    "ProgrammeVersion",
    "Recognition",
    "RegisterClosing",
    "Remedy",
    "Request",
    "RequestHandOver",
    "ServiceKind",
    "StepVersion",
    "TalkingPoint",
    "TaskPlan",
    "TimeBand",
    "Timing",
    "Told",
    "Topic",
    "Uncounted",
]
