"""Making two files one, and taking it back.

All or nothing, in one transaction, in turn with the imports of the house: whatever names the file that goes names the
survivor afterwards, in every table there is (`references`). What may be there only once is settled by the rules of
`clashes`. Each value that changed stands in `MergedRow` with what it was before.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import OperationalError, connection, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from clientela.journal.models import Kind, record
from clientela.lib.refusal import Refusal
from clientela.network import tenancy

from . import clashes, parting
from .choosing import CHOICES, choices
from .following import exclude_merging
from .ledger import Ledger
from .models import Customer, Merge
from .references import references
from .signals import files_merging, files_parted

if TYPE_CHECKING:
    from clientela.network.models import User

#: PostgreSQL's words for having waited long enough, and for two that wait for one another.
_LOCK_NOT_AVAILABLE, _DEADLOCK = "55P03", "40P01"


@transaction.atomic
def merge(survivor: Customer, gone: Customer, keep: Mapping[str, Any], *, by: "User | None", at: datetime) -> Merge:
    """Make `gone` part of `survivor`. `keep` says by field which of the two values stays; else the proposal does."""
    if survivor.pk == gone.pk:
        raise Refusal(_("A file cannot be merged with itself. Choose another one."))
    if survivor.dealership_id != gone.dealership_id:
        raise Refusal(_("These files are of two dealerships. Each keeps its own."))
    with _in_turn(survivor.dealership_id):
        survivor, gone = _read_again(survivor, gone)
        _refuse_what_cannot_be_one(survivor, gone)
        values = _chosen(survivor, gone, keep)
        made = Merge.objects.create(dealership_id=survivor.dealership_id, survivor=survivor, gone=gone, by=by, at=at)
        ledger = Ledger(made)
        # First who is on the phone, then the files: a call locks its task and then asks for the customer.
        files_merging.send(Merge, merge=made, ledger=ledger, at=at)
        _lock(survivor, gone)
        tenancy.attribute(by=by.pk if by else None, at=at)
        with tenancy.silently():  # the numbers did not change, only where they stand
            clashes.settle(survivor, gone, ledger, at=at)
            for reference in references():
                ledger.move(reference)
        ledger.change(survivor, **values)
        Customer.objects.filter(pk=survivor.pk).update(version=F("version") + 1)
        Customer.objects.filter(pk=gone.pk).update(version=F("version") + 1, merged_into=survivor)
    _tell(Kind.MERGED, made, by=by, at=at)
    return made


@transaction.atomic
def undo(merge: Merge, *, by: "User | None", at: datetime) -> int:
    """Give back what has not changed since; how many values stayed as they are. `MergedRow.stayed` says why each."""
    with _in_turn(merge.dealership_id):
        survivor, gone = _read_again(merge.survivor, merge.gone)
        _refuse_out_of_order(merge, survivor)
        if not Merge.objects.filter(pk=merge.pk, undone_at=None).update(undone_at=at, undone_by=by):
            raise Refusal(_("This merge was already undone."))
        merge.refresh_from_db()
        _lock(survivor, gone)
        tenancy.attribute(by=by.pk if by else None, at=at)
        Customer.objects.filter(pk=gone.pk).update(merged_into=None)
        Customer.objects.filter(pk__in=(survivor.pk, gone.pk)).update(version=F("version") + 1)
        parting.give_back(merge)
        files_parted.send(Merge, merge=merge, at=at)
    _tell(Kind.MERGE_UNDONE, merge, by=by, at=at)
    return parting.left(merge).count()


# How -----------------------------------------------------------------------------------------------------


@contextmanager
def _in_turn(dealership_id: int) -> Iterator[None]:
    """One at a time in a house, and not while a file is taken in: it may just have matched the one that goes."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '5s'")
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"intake {dealership_id}"])
        exclude_merging()
        yield
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout TO DEFAULT")
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") not in (_LOCK_NOT_AVAILABLE, _DEADLOCK):
            raise
        raise Refusal(
            _("These files are being changed right now, perhaps by an import. Try again in a minute.")
        ) from error


def _read_again(survivor: Customer, gone: Customer) -> tuple[Customer, Customer]:
    """As they are now that it is our turn."""
    found = Customer.objects.filter(dealership_id=survivor.dealership_id).in_bulk([survivor.pk, gone.pk])
    if len(found) < 2:
        raise Refusal(_("One of these files no longer exists."))
    return found[survivor.pk], found[gone.pk]


def _lock(survivor: Customer, gone: Customer) -> None:
    """Nobody may write to either now, or give them a row. In the order of keys: of two crossing merges one waits."""
    ids = [survivor.pk, gone.pk]
    list(Customer.objects.select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk").values_list("pk"))


def _refuse_what_cannot_be_one(survivor: Customer, gone: Customer) -> None:
    for customer in (survivor, gone):
        if customer.merged_into is not None:
            raise Refusal(
                _("%(name)s is already part of the file of %(other)s. Merge with that one.")
                % {"name": customer, "other": customer.survivor()}
            )
        if customer.erased_at:
            raise Refusal(_("The file of %(name)s was erased. It cannot be merged.") % {"name": customer})
    if survivor.kind != gone.kind:
        raise Refusal(_("One is a person, the other a company. If that is a mistake, correct it in the file first."))


def _refuse_out_of_order(merge: Merge, survivor: Customer) -> None:
    if survivor.merged_into is not None:
        raise Refusal(
            _("%(name)s became part of the file of %(other)s later. Undo that merge first.")
            % {"name": survivor, "other": survivor.merged_into}
        )
    later = Merge.objects.filter(survivor=survivor, undone_at=None, pk__gt=merge.pk).order_by("-pk").first()
    if later and not merge.is_undone:
        raise Refusal(_("%(name)s was merged into this file later. Undo that merge first.") % {"name": later.gone})


def _chosen(survivor: Customer, gone: Customer, keep: Mapping[str, Any]) -> dict[str, Any]:
    """What the survivor's columns become."""
    if unknown := set(keep) - set(CHOICES):
        raise ValueError(f"There is no choice of {', '.join(sorted(unknown))}.")
    values: dict[str, Any] = {"created_at": min(survivor.created_at, gone.created_at)}
    said = dict(survivor.said)
    for choice in choices(survivor, gone):
        value = keep.get(choice.field, choice.value)
        if value not in (choice.survivors, choice.others):
            raise Refusal(_("Choose for each field the value of one of the two files."))
        if value == choice.survivors:
            continue
        columns = CHOICES[choice.field]
        values |= {column: getattr(gone, column) for column in columns}
        said |= {column: gone.said[column] for column in columns if column in gone.said}
    return values if said == survivor.said else values | {"said": said}


def _tell(kind: Kind, merge: Merge, *, by: "User | None", at: datetime) -> None:
    """A line in both timelines; each names the other."""
    for customer, other in ((merge.survivor, merge.gone), (merge.gone, merge.survivor)):
        record(
            kind,
            dealership_id=merge.dealership_id,
            at=at,
            by=by,
            customer_id=customer.pk,
            merge=merge.pk,
            other=other.pk,
            name=other.full_name,
            survives=customer.pk == merge.survivor_id,
        )
