"""What answers become: an objection a point of which the department is told at once (S4-1.3.5d, S4-1.3.5f), a
suggestion one that stands in its department's report (S4-1.3.3a).
"""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext

from clientela.network.models import User
from clientela.satisfaction import questionnaires
from clientela.satisfaction.models import Response

from . import asking_managers, points
from .models import ContactRecord, TalkingPoint
from .points import Heard


def suggested(questionnaire: str, texts: Mapping[str, str]) -> list[Heard]:
    """The points that her answers in her own words are."""
    asked = [question for question in questionnaires.of(questionnaire).texts if question.becomes]
    return [
        Heard(kind=question.becomes, about=question.about, text=texts[question.code])
        for question in asked
        if texts.get(question.code)
    ]


def follow(
    line: ContactRecord, response: Response | None, objections: Collection[str], *, by: User, at: datetime
) -> None:
    """Open the item that was promised, and ask the manager of the department for a solution."""
    items = questionnaires.of(response.questionnaire).items if response else ()
    named = [item for item in items if item.code in objections]
    if response is None or not named:
        return
    with override(line.dealership.locale):
        what = pgettext("separator", ", ").join(item.name for item in named)
        said = f"{what}. {response.words}".strip() if response.words else what
        ask = _("The customer was not satisfied with: %(items)s. She was promised that it will improve.") % {
            "items": what
        }
    [point] = points.keep(line, [Heard(kind=TalkingPoint.Kind.CRITICISM, text=said)], by=by, at=at)
    if asking_managers.managers_for(point):
        points.report(point, ask, by=by, at=at)
