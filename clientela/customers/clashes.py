"""What two files hold both, though a customer has it once: which of the two stays, by a stated rule.

Contact points: one stays, with what either file knew of it; what proved wrong in one is wrong. Consents: of two that
stand for one channel and purpose the newer stands, the older ends on its day; a withdrawal ends what was given before
it in the other file. Cars held by both: one holding, from the earlier day. Things to put right: one of a kind. Rest
hours: the same hours once. A profile is filled up from the other. Whatever else may be there only once stays as the
survivor has it. Everything taken out is kept in the ledger and comes back when the merge is undone.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q

from .ledger import Ledger
from .models import (
    Consent,
    ContactPoint,
    Customer,
    CustomerRestHours,
    Duplicate,
    Ownership,
    Profile,
    Upkeep,
)
from .references import Reference, references

Pair = tuple[Any, Any]


def settle(survivor: Customer, gone: Customer, ledger: Ledger, *, at: datetime) -> None:
    """Make room for the rows of `gone` among those of `survivor`."""
    for rule in _RULES:
        rule(survivor, gone, ledger, at)
    for reference in references():
        for row, twin in _twins_by_constraint(reference, survivor, gone):
            ledger.take_out(row, twin=twin)


def _contact_points(survivor: Customer, gone: Customer, ledger: Ledger, at: datetime) -> None:
    for theirs, ours in _pairs(ContactPoint.objects.all(), survivor, gone, "kind", "value"):
        days = [point.verified_on for point in (ours, theirs) if point.verified_on]
        ledger.change(ours, valid=ours.valid and theirs.valid, verified_on=max(days, default=None))
        ledger.take_out(theirs, twin=ours)
    if ContactPoint.objects.filter(customer=survivor, preferred=True).exists():
        for point in ContactPoint.objects.filter(customer=gone, preferred=True):
            ledger.change(point, preferred=False)


def _consents(survivor: Customer, gone: Customer, ledger: Ledger, at: datetime) -> None:
    of_both = Consent.objects.filter(customer__in=(survivor, gone))
    withdrawn = list(of_both.exclude(withdrawn_on=None))
    for consent in of_both.filter(withdrawn_on=None):
        later = [
            other.withdrawn_on
            for other in withdrawn
            if other.customer_id != consent.customer_id
            and (other.channel, other.purpose) == (consent.channel, consent.purpose)
            and other.withdrawn_on
            and other.withdrawn_on >= consent.given_on
        ]
        if later:
            ledger.change(consent, withdrawn_on=max(later))
    for theirs, ours in _pairs(Consent.objects.filter(withdrawn_on=None), survivor, gone, "channel", "purpose"):
        older, newer = sorted((ours, theirs), key=lambda consent: (consent.given_on, consent.pk))
        ledger.change(older, withdrawn_on=newer.given_on)


def _ownerships(survivor: Customer, gone: Customer, ledger: Ledger, at: datetime) -> None:
    held = Ownership.objects.filter(to_on=None)
    for theirs, ours in _pairs(held, survivor, gone, "vehicle_id", "capacity"):
        days = [holding.from_on for holding in (ours, theirs)]
        known = [day for day in days if day]
        ledger.change(ours, from_on=min(known, default=None))
        ledger.take_out(theirs, twin=ours)
    past = Ownership.objects.exclude(to_on=None)
    for theirs, ours in _pairs(past, survivor, gone, "vehicle_id", "capacity", "from_on", "to_on"):
        ledger.take_out(theirs, twin=ours)


def _upkeep(survivor: Customer, gone: Customer, ledger: Ledger, at: datetime) -> None:
    for theirs, _ours in _pairs(Upkeep.objects.filter(done_at=None), survivor, gone, "kind"):
        ledger.change(theirs, done_at=at)


def _rest_hours(survivor: Customer, gone: Customer, ledger: Ledger, at: datetime) -> None:
    for theirs, ours in _pairs(CustomerRestHours.objects.all(), survivor, gone, "weekday", "starts", "ends"):
        ledger.take_out(theirs, twin=ours)


def _profile(survivor: Customer, gone: Customer, ledger: Ledger, at: datetime) -> None:
    for theirs, ours in _pairs(Profile.objects.all(), survivor, gone):
        traits = [field.name for field in Profile._meta.concrete_fields if isinstance(field, models.CharField)]
        blank = {name: getattr(theirs, name) for name in traits if not getattr(ours, name) and getattr(theirs, name)}
        if blank:
            ledger.change(ours, **blank)
        ledger.take_out(theirs, twin=ours)


def _pairs_of_files(survivor: Customer, gone: Customer, ledger: Ledger, at: datetime) -> None:
    """The pair of the two vanishes; a third file that was compared with the one is compared with the other."""
    for pair in Duplicate.objects.filter(Q(one=gone) | Q(other=gone)):
        third = pair.other_id if pair.one_id == gone.pk else pair.one_id
        ledger.take_out(pair)
        if third == survivor.pk:
            continue
        one, other = sorted((survivor.pk, third))
        facts = {"dealership_id": pair.dealership_id, "score": pair.score, "reasons": pair.reasons}
        told = {"found_at": pair.found_at, "dismissed_at": pair.dismissed_at, "dismissed_by_id": pair.dismissed_by_id}
        kept, is_new = Duplicate.objects.get_or_create(one_id=one, other_id=other, defaults=facts | told)
        if is_new:
            ledger.put_in(kept)
        elif kept.dismissed_at is None and pair.dismissed_at is not None:
            ledger.change(kept, dismissed_at=pair.dismissed_at, dismissed_by=pair.dismissed_by)


_RULES: tuple[Callable[[Customer, Customer, Ledger, datetime], None], ...] = (
    _contact_points,
    _consents,
    _ownerships,
    _upkeep,
    _rest_hours,
    _profile,
    _pairs_of_files,
)


def _pairs(rows: "models.QuerySet[Any]", survivor: Customer, gone: Customer, *fields: str) -> list[Pair]:
    """Rows of `gone` with the row of `survivor` that says the same in these fields."""
    return _matched(rows.filter(customer=gone), rows.filter(customer=survivor), fields)


def _matched(theirs: Iterable[Any], ours: Iterable[Any], fields: Iterable[str]) -> list[Pair]:
    names = tuple(fields)
    known = {tuple(getattr(row, name) for name in names): row for row in ours}
    keyed = [(tuple(getattr(row, name) for name in names), row) for row in theirs]
    return [(row, known[key]) for key, row in keyed if key in known]


def _twins_by_constraint(reference: Reference, survivor: Customer, gone: Customer) -> list[Pair]:
    """What a unique key of the table would refuse."""
    found: dict[int, Pair] = {}
    for fields, condition in _unique_keys(reference):
        rows = reference.model._default_manager.filter(condition)
        theirs = rows.filter(**{reference.attribute: gone.pk})
        ours = rows.filter(**{reference.attribute: survivor.pk})
        for row, twin in _matched(theirs, ours, fields):
            if all(getattr(row, name) is not None for name in fields):  # nulls differ from one another
                found.setdefault(row.pk, (row, twin))
    return list(found.values())


def _unique_keys(reference: Reference) -> list[tuple[list[str], Q]]:
    """The other fields of each unique key in which the column stands, with the condition under which it holds."""
    options = reference.model._meta
    keys: list[tuple[list[str], Q]] = [
        (list(constraint.fields), constraint.condition or Q())
        for constraint in options.constraints
        if isinstance(constraint, models.UniqueConstraint) and constraint.fields
    ]
    keys += [(list(fields), Q()) for fields in options.unique_together]
    keys += [([field.name], Q()) for field in options.concrete_fields if field.unique and not field.primary_key]
    attributes = [([options.get_field(name).attname for name in fields], where) for fields, where in keys]  # type: ignore[union-attr]
    return [
        ([name for name in names if name != reference.attribute], where)
        for names, where in attributes
        if reference.attribute in names
    ]
