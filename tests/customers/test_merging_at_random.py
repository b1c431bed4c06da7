"""Merges, undoes, edits, new and deleted rows in any order: no row is lost, and an undo gives back what it may."""

from dataclasses import dataclass
from datetime import datetime

import hypothesis.strategies as st
import pytest
from django.db import connection, transaction
from hypothesis import settings
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule
from hypothesis.stateful import run_state_machine_as_test as play

from clientela.customers import following, merging, parting
from clientela.customers.models import ContactPoint, Customer, Merge, Upkeep, Visit
from clientela.customers.references import references
from clientela.journal.models import Entry
from clientela.lib.refusal import Refusal
from clientela.network.models import Dealership, User

FILES = 4


@dataclass
class Made:
    """What we expect of a merge: who went where, what went along, and what the survivor's address was and became."""

    merge: Merge
    survivor: int
    gone: int
    moved: set[str]
    address: tuple[str, str]


class Files(RuleBasedStateMachine):
    """A house with a few files of one name, and what we expect of it."""

    house: Dealership
    by: User
    at: datetime
    files = Bundle("files")

    def __init__(self) -> None:
        super().__init__()
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.addresses: dict[int, str] = {}
        #: By visit, e-mail address and thing to be put right: whose it is.
        self.owners: dict[str, int] = {}
        self.into: dict[int, int] = {}
        self.made: list[Made] = []
        self.count = 0

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.savepoint.__exit__(None, None, None)

    def _new(self, word: str) -> str:
        self.count += 1
        return f"{word}{self.count}"

    def _whose(self, file: int) -> int:
        while file in self.into:
            file = self.into[file]
        return file

    # What happens ----------------------------------------------------------------------------------------

    @initialize(target=files)
    def open(self) -> object:
        about = {"dealership": self.house, "language": "es-mx", "full_name": "Paz Eva", "created_at": self.at}
        for _number in range(FILES):
            address = self._new("Calle ")
            customer = Customer.objects.create(**about, search_name="paz eva", address=address)
            self.addresses[customer.pk] = address
            self.add_visit(customer.pk)
            self.add_address(customer.pk)
        return multiple(*self.addresses)

    @rule(file=files)
    def add_visit(self, file: int) -> None:
        """Also for a file that somebody still has open though it was merged away."""
        facts = {"kind": "goods_sale", "delivered_on": self.at.date(), "created_at": self.at, "changed_at": self.at}
        visit = Visit.objects.create(dealership=self.house, customer_id=file, key=self._new("visit"), **facts)
        self.owners[visit.key] = self._whose(file)

    @rule(file=files)
    def add_address(self, file: int) -> None:
        value = f"{self._new('mail')}@example.com"
        ContactPoint.objects.create(
            dealership=self.house, customer_id=file, kind="email", value=value, shown=value, valid=True
        )
        self.owners[value] = self._whose(file)

    @rule(file=files)
    def find_wrong(self, file: int) -> None:
        """One of a kind in a file: of two the merge settles one, an undo opens it again."""
        whose = self._whose(file)
        Upkeep.objects.get_or_create(
            customer_id=whose, kind="verify", done_at=None, defaults={"dealership": self.house, "opened_at": self.at}
        )

    @rule(file=files)
    def edit(self, file: int) -> None:
        whose = self._whose(file)
        customer = Customer.objects.get(pk=whose)
        self.addresses[whose] = customer.address = self._new("Calle ")
        customer.correct(["address"], by=self.by, at=self.at)

    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        if addresses := sorted(row for row in self.owners if "@" in row):
            value = data.draw(st.sampled_from(addresses))
            assert ContactPoint.objects.filter(customer=self.owners.pop(value), value=value).delete()[0] == 1

    @rule(survivor=files, gone=files, takes_address=st.booleans())
    def merge(self, survivor: int, gone: int, takes_address: bool) -> None:
        one, other = Customer.objects.get(pk=survivor), Customer.objects.get(pk=gone)
        chosen = self.addresses[gone if takes_address else survivor]
        if survivor == gone or survivor in self.into or gone in self.into:
            with pytest.raises(Refusal):
                merging.merge(one, other, {}, by=self.by, at=self.at)
            return
        made = merging.merge(one, other, {"address": chosen}, by=self.by, at=self.at)
        moved = {row for row, owner in self.owners.items() if owner == gone}
        self.made.append(Made(made, survivor, gone, moved, (self.addresses[survivor], chosen)))
        self.owners |= dict.fromkeys(moved, survivor)
        self.addresses[survivor] = chosen
        self.into[gone] = survivor
        _end_of_turn()

    @rule(data=st.data())
    def undo(self, data: st.DataObject) -> None:
        if not self.made:
            return
        undone = data.draw(st.sampled_from(self.made))
        later = [made for made in self.made if made.survivor == undone.survivor and made.merge.pk > undone.merge.pk]
        if undone.survivor in self.into or later:
            with pytest.raises(Refusal):
                merging.undo(undone.merge, by=self.by, at=self.at)
            return
        left = merging.undo(undone.merge, by=self.by, at=self.at)
        _end_of_turn()
        self._expect_back(undone, left)

    def _expect_back(self, undone: Made, left: int) -> None:
        """What was moved returns, unless it was deleted; the address does, unless it was changed. Both are told."""
        self.made.remove(undone)
        del self.into[undone.gone]
        alive = undone.moved & set(self.owners)
        self.owners |= dict.fromkeys(alive, undone.gone)
        before, after = undone.address
        is_edited = before != after and self.addresses[undone.survivor] != after
        if before != after and not is_edited:
            self.addresses[undone.survivor] = before
        told = {(row.table, row.column, row.stayed) for row in parting.left(undone.merge)}
        assert left == len(undone.moved - alive) + is_edited
        assert (("customers_customer", "address", "changed") in told) == is_edited
        assert (("customers_contactpoint", "customer_id", "deleted") in told) == bool(undone.moved - alive)

    # What always holds -----------------------------------------------------------------------------------

    @invariant()
    def every_row_is_there_and_whose_it_should_be(self) -> None:
        visits = Visit.objects.filter(dealership=self.house).values_list("key", "customer")
        points = ContactPoint.objects.filter(dealership=self.house).values_list("value", "customer")
        assert dict(visits) | dict(points) == self.owners

    @invariant()
    def files_are_as_expected(self) -> None:
        files = Customer.objects.filter(pk__in=self.addresses)
        assert dict(files.values_list("pk", "address")) == self.addresses
        assert dict(files.exclude(merged_into=None).values_list("pk", "merged_into")) == self.into

    @invariant()
    def nothing_dangles(self) -> None:
        for reference in references():
            if reference.model is not Entry:
                of_gone = reference.model._default_manager.filter(**{f"{reference.attribute}__in": list(self.into)})
                assert not of_gone.exists(), reference


def _end_of_turn() -> None:
    """As if the transaction of the merge had ended: what comes now is somebody else's."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, '', true)", [following.SETTING])


@pytest.mark.covers("S2-6.1")
def test_whatever_happens_no_row_is_lost_and_undo_gives_back(norte: Dealership, mariana: User, now: datetime) -> None:
    about = {"house": norte, "by": mariana, "at": now}
    few = settings(max_examples=12, stateful_step_count=20, deadline=None)
    play(type("FilesOfNorte", (Files,), about), settings=few)
