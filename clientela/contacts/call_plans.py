"""The call plan against the first contact of its visit: the window it should lie in, and what may be spoken of."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from clientela.customers import filing
from clientela.customers.models import CallPlan, Visit
from clientela.lib.refusal import Refusal
from clientela.network.models import User

from . import levelling, windows
from .models import ContactTask, ProgrammeStep, Topic

State = ContactTask.State
_OVER = (State.DONE, State.UNREACHED, State.REFUSED, State.INVALID)


@dataclass(frozen=True)
class First:
    """The first contact that a visit brings: its step and, of days after the pick-up, the window."""

    step: ProgrammeStep
    opens: int
    closes: int

    @property
    def window(self) -> str:
        return windows.said(self.step)

    def warning(self, after_days: int) -> str:
        """What is to be said of a plan outside the window; nothing within it."""
        if self.opens <= after_days <= self.closes:
            return ""
        return _("Day %(day)d lies outside the window of the first contact: %(window)s.") % {
            "day": after_days,
            "window": self.window,
        }


def first_of(visit: Visit) -> First | None:
    """The step that makes the first contact after this visit; none if no programme that is switched on follows it."""
    steps = ProgrammeStep.objects.filter(
        dealership=visit.dealership_id,
        programme__active=True,
        programme__trigger__contains=[visit.kind],
        anchor=ProgrammeStep.Anchor.EVENT,
    ).select_related("programme")
    step = steps.order_by("programme__precedence", "window_from", "code").first()
    if step is None:
        return None
    days, window = windows.Days(visit.dealership_id), windows.window_of(step)
    return First(step, days.span(window.opens).shortest, days.span(window.closes).longest)


def is_over(visit: Visit) -> bool:
    """Whether the first call after a visit was made, or given up: then nothing is left to plan."""
    firsts = visit.tasks.filter(dealership=visit.dealership_id, anchor=f"visit:{visit.pk}")
    return firsts.filter(state__in=_OVER).exists()


def refuse_if_over(visit: Visit) -> None:
    if is_over(visit):
        raise Refusal(_("The first call after this visit is over. There is nothing left to plan."))


def topics_for(first: First | None, plan: CallPlan | None) -> list[tuple[str, str]]:
    """What may be spoken of: the topics of the first contact before others, and none that it forbids."""
    step = first.step if first else None
    forbidden = set(step.topics_forbidden) if step else set()
    wanted = [*(step.topics_allowed if step else []), *Topic.values, *(plan.topics if plan else [])]
    return [(code, said(code)) for code in dict.fromkeys(wanted) if code not in forbidden]


def said(topic: str) -> str:
    """A topic in words; one of the agent's own as she wrote it."""
    return str(Topic(topic).label) if topic in Topic.values else topic


@transaction.atomic
def keep(plan: CallPlan, *, by: User, at: datetime) -> None:
    """Write the plan down; the contact that is planned already follows it."""
    refuse_if_over(plan.file.visit)
    plan.by, plan.at = by, at
    plan.save()
    filing.begin(plan.file.customer)
    planned = plan.file.visit.tasks.filter(state=ContactTask.State.OPEN)
    planned.update(planned_on=None)
    levelling.level([plan.dealership_id], at=at)


def of_task(task: ContactTask) -> CallPlan | None:
    """What was planned for this call, if it is the first after its visit."""
    if task.anchor != f"visit:{task.visit_id}":
        return None
    file = getattr(task.visit, "file", None)
    return getattr(file, "call_plan", None)
