"""What is said on a call, in the customer's language: the lines of the step's script with their places filled in."""

from dataclasses import dataclass
from datetime import datetime

from babel.dates import format_skeleton
from django.utils import translation
from django.utils.translation import to_locale

from clientela.customers.models import Visit
from clientela.network import calendars
from clientela.network.models import User

from .models import ContactTask, ProgrammeStep

#: What a script asks after each kind of visit; the others are deliveries.
_QUESTIONS: dict[str, str] = {
    Visit.Kind.WORKSHOP_VISIT: "question_workshop",
    Visit.Kind.CONSULTATION: "question_consultation",
    Visit.Kind.GOODS_SALE: "question_goods",
}


@dataclass(frozen=True)
class Script:
    """The lines in the order in which they are said; one that the script does not have is empty.

    After the question it parts: who is satisfied is asked for a suggestion and wished well, who is not is asked with
    what, thanked for it, and promised that it will be better (S4-1.3.5c to S4-1.3.5f).
    """

    language: str
    greeting: str
    thanks: str
    question: str
    suggestion: str
    aspects: str
    farewell: str
    farewell_sorry: str


def question_after(kind: str) -> str:
    """The line that asks after a visit of this kind."""
    return _QUESTIONS.get(kind, "question_delivery")


def of_call(task: ContactTask, agent: User, *, at: datetime) -> Script:
    """The script of one call by this agent, at that moment."""
    language, question = task.customer.language, _question(task)
    facts = _facts(task, agent, at)

    def line(key: str) -> str:
        return task.step.line(key, language, **facts)

    return Script(
        language=language,
        greeting=line("greeting"),
        thanks=line(question.replace("question", "thanks")),
        question=(task.visit.work and line(f"{question}_work")) or line(question),
        suggestion=line("suggestion"),
        aspects=line("aspects"),
        farewell=line("farewell"),
        farewell_sorry=line("farewell_sorry") or line("farewell"),
    )


def _question(task: ContactTask) -> str:
    if task.step.anchor == ProgrammeStep.Anchor.PLANNED:
        return "question_planned"
    return question_after(task.visit.kind)


def _facts(task: ContactTask, agent: User, at: datetime) -> dict[str, str]:
    """What the places are filled with: who, where, which car, which day, what was done, and the wish of the day."""
    house, language = task.dealership, task.customer.language
    today = house.today(at)
    festive = calendars.public_holidays(house.country, today, today)
    with translation.override(language):
        return {
            "agent": agent.name,
            "dealership": house.trade_name,
            "customer": task.customer.polite_name,
            "vehicle": task.vehicle.title if task.vehicle else "",
            "day": format_skeleton("MMMMd", task.visit.delivered_on, locale=to_locale(language)),
            "work": task.visit.work,
            "service": task.service.said if task.service else "",
            "wish": task.step.line("wish_festival" if festive else "wish", language),
        }
