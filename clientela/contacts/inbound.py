"""A call that is written down: the customer called, or somebody called her outside of the list (S1-4.7, S1-3.6).

Answered on the spot it is a line of the register. Else it becomes a request with one owner (S1-P2.2.2), and what the
customer asked for, wished or complained of a talking point with its clocks (S1-4.4c).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from clientela.customers.models import ContactPoint, Customer, Vehicle, Visit
from clientela.journal.models import Kind, record
from clientela.lib.phones import digits
from clientela.lib.refusal import Refusal
from clientela.network.models import Dealership, User
from clientela.network.permissions import Permission

from . import points, registering
from .models import Channel, ContactRecord, Request
from .models.request import RequestQuerySet
from .points import Heard

#: As many digits as any country's numbers end with.
_KEY = 10
Direction = ContactRecord.Direction
#: What a line of the register takes over from the talk as it was told.
_TOLD = ("key", "direction", "kind", "channel", "customer", "vehicle", "caller", "phone", "summary", "words", "answer")


@dataclass(frozen=True, kw_only=True)
class Talk:
    """What was spoken of. `key` is the page's: sent twice, it is one call."""

    key: str
    direction: str = Direction.IN
    kind: str
    channel: str = Channel.PHONE
    customer: Customer | None = None
    vehicle: Vehicle | None = None
    caller: str = ""
    phone: str = ""
    summary: str
    words: str
    answer: str = ""
    started_at: datetime | None = None
    #: Who sees to it, if it was not answered on the spot.
    owner: User | None = None
    #: What kind of talking point it is besides; of a customer whose file is known.
    point: str = ""
    #: On what a suggestion or a criticism is.
    about: str = ""


@transaction.atomic
def keep(talk: Talk, house: Dealership, *, by: User, at: datetime) -> ContactRecord:
    """Write the call into the register; without an answer it opens a request."""
    if kept := ContactRecord.objects.filter(dealership=house, key=talk.key).first():
        return kept
    _refuse_what_says_nothing(talk)
    asked_before = open_of(house, talk.customer, talk.phone).order_by("opened_at", "pk").first()
    line = registering.enter(
        ContactRecord(
            **{name: getattr(talk, name) for name in _TOLD},
            dealership=house,
            visit=_last_visit(talk),
            again_on=asked_before if talk.direction == Direction.IN else None,
            started_at=_began(talk.started_at, at),
            at=at,
            by=by,
        )
    )
    if talk.owner:
        _ask(line, talk.owner, at=at)
    _tell(line, talk.owner, by=by, at=at)
    if talk.point:
        heard = Heard(kind=talk.point, text=talk.words, about=talk.about)
        points.keep(line, [heard], by=by, at=at, owner=talk.owner)
    return line


def open_of(house: Dealership, customer: Customer | None, phone: str) -> RequestQuerySet:
    """The open requests of whoever calls: by her file, by the number she calls from or that her file knows."""
    keys = {key_of(phone)}
    same = Q(phone_key__in=keys)
    if customer:
        points = ContactPoint.objects.filter(customer=customer, kind=ContactPoint.Kind.PHONE)
        keys |= {key_of(value) for value in points.values_list("value", flat=True)}
        same = Q(phone_key__in=keys - {""}) | Q(customer=customer)
    if not customer and keys == {""}:
        return Request.objects.none()
    return Request.objects.filter(same, dealership=house).open()


def key_of(phone: str) -> str:
    """By what a number is known again, whatever was dialled before it; nothing of what is too short to tell."""
    number = digits(phone)[-_KEY:]
    return number if len(number) >= 6 else ""


def _refuse_what_says_nothing(talk: Talk) -> None:
    if not talk.words:
        raise Refusal(_("Write what was said."))
    if not talk.answer and not talk.owner:
        raise Refusal(_("Write what was answered, or choose who sees to it."))
    if talk.answer and talk.owner:
        raise Refusal(_("It was answered on the spot: nobody needs to see to it."))
    if talk.point and not talk.owner:
        raise Refusal(_("Choose who sees to the talking point."))
    if not (talk.customer or talk.caller or talk.phone):
        raise Refusal(_("Say who called: find the customer, or write a name or a telephone."))


def _last_visit(talk: Talk) -> Visit | None:
    """The last visit with the vehicle of which she speaks: it says which department's affair it is."""
    if talk.vehicle is None:
        return None
    visits = Visit.objects.filter(customer=talk.customer, vehicle=talk.vehicle, cancelled_at=None)
    return visits.order_by("-delivered_on", "-pk").first()


def _ask(line: ContactRecord, owner: User, *, at: datetime) -> None:
    if not owner.may(Permission.CALL, line.dealership_id):
        raise Refusal(_("%(name)s cannot take requests in this house. Choose somebody else.") % {"name": owner})
    Request.objects.create(
        dealership_id=line.dealership_id,
        record=line,
        customer=line.customer,
        phone_key=key_of(line.phone),
        owner=owner,
        opened_at=at,
    )


def _began(started: datetime | None, at: datetime) -> datetime:
    """The caller's machine may tell a wrong time; ours is the one that counts."""
    return started if started and at - timedelta(hours=4) < started <= at else at


def _tell(line: ContactRecord, owner: User | None, *, by: User, at: datetime) -> None:
    if line.customer_id is None:
        return
    record(
        Kind.CALL_NOTED,
        dealership_id=line.dealership_id,
        at=at,
        by=by,
        customer_id=line.customer_id,
        vehicle_id=line.vehicle_id,
        owner=owner.name if owner else "",
        **said_of(line),
    )


def said_of(line: ContactRecord) -> dict[str, Any]:
    """What the customer's timeline says of a call that was written down."""
    facts = {name: getattr(line, name) for name in ("direction", "kind", "channel", "words", "answer")}
    return {"line": line.pk, "register_number": str(line), "about": line.summary, **facts}
