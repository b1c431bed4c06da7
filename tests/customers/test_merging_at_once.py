"""Merging by several at once, with real processes: one wins, nothing dangles, whoever is killed in between."""

import random
import subprocess
from collections.abc import Iterator
from contextlib import suppress

import pytest

from clientela.customers.references import references
from tests.processes import Own, Script, own_database

HOUSE = "with tenancy.everywhere():\n    cast.house('NORTE', at=NOW, preset=False)"
MERGE = """
from clientela.customers import merging
from clientela.customers.models import Customer
from clientela.lib.refusal import Refusal
def one(survivor, gone, stop=False):
    try:
        with tenancy.everywhere():
            names = {c.full_name: c for c in Customer.objects.all()}
            merging.merge(names[survivor], names[gone], {}, by=None, at=NOW)
            if stop:
                pause("merged")
        print("kept")
    except Refusal as refused:
        print(refused)
"""
#: Imports, merges and undoes at random until it is killed or has done its share.
WORK = """
import random
from clientela.customers import intake, merging
from clientela.customers.models import Customer, Merge
from clientela.imports.arriving import Arrivals
from clientela.imports.rows import TypedRow
from clientela.lib.refusal import Refusal
luck, base = random.Random(int(SEED)), int(SEED) * 1000
with tenancy.everywhere():
    place = Dealership.objects.get()
print("ready", flush=True)
for number in range(base, base + 40):
    try:
        with tenancy.everywhere():
            act = luck.random()
            if act < 0.4:
                row = TypedRow(line=number, kind="vehicle_delivery", delivered_on=date(2026, 3, 2),
                    number=f"N-{number}",
                    customer_name=f"Persona{luck.randrange(6)} Soto", phones=f"614 100 00{luck.randrange(8):02d}",
                    vin=f"VIN0000{luck.randrange(9)}")
                intake.stage(number, Arrivals(number, place).tuples(iter([row])))
                intake.receive(number, place, at=NOW)
            elif act < 0.85:
                files = list(Customer.objects.current())
                if len(files) > 1:
                    merging.merge(*luck.sample(files, 2), {}, by=None, at=NOW)
            else:
                made = list(Merge.objects.filter(undone_at=None))
                if made:
                    merging.undo(luck.choice(made), by=None, at=NOW)
    except Refusal:
        pass
print("done")
"""
UNDO_ALL = """
from clientela.customers import merging, parting
from clientela.customers.models import Merge
left = set()
with tenancy.everywhere():
    for made in Merge.objects.filter(undone_at=None).order_by("-pk"):
        merging.undo(made, by=None, at=NOW)
        left |= set(parting.left(made).values_list("table", "stayed"))
print(sorted(left))
"""


@pytest.fixture
def own() -> Iterator[Own]:
    with own_database("clientela_test_merging") as own:
        own.run(HOUSE)
        yield own


@pytest.mark.parametrize(("survivor", "gone"), [("Cliente0", "Cliente1"), ("Cliente1", "Cliente0")])
def test_of_two_who_merge_the_same_two_one_wins(own: Own, survivor: str, gone: str) -> None:
    own.run("with tenancy.everywhere():\n    deliver_many(Dealership.objects.get(), 2)")
    first = own.start(MERGE + "one('Cliente0', 'Cliente1', stop=True)")
    first.wait_for("merged")
    second = own.start(MERGE + f"print('begun', flush=True); one('{survivor}', '{gone}')")
    second.wait_for("begun")
    first.go_on()

    assert first.result() == "kept"
    assert second.result() == "Cliente1 is already part of the file of Cliente0. Merge with that one."
    assert own.ask("SELECT count(*), count(merged_into_id) FROM customers_customer") == [(2, 1)]
    assert (
        own.one(
            "SELECT count(*) FROM customers_visit v JOIN customers_customer c ON c.id = v.customer_id "
            "WHERE c.full_name = 'Cliente0'"
        )
        == 2
    )


def test_a_merge_waits_its_turn_and_gives_up_in_a_sentence(own: Own) -> None:
    own.run("with tenancy.everywhere():\n    deliver_many(Dealership.objects.get(), 3)")
    first = own.start(MERGE + "one('Cliente0', 'Cliente1', stop=True)")
    first.wait_for("merged")

    assert "being changed right now" in own.run(MERGE + "one('Cliente0', 'Cliente2')")

    first.go_on()
    assert first.result() == "kept"


SET_RIGHT = """
from clientela.customers import merging
from clientela.customers.models import ContactPoint, Customer, Merge
def note(customer, value, stop=False):
    with tenancy.everywhere():
        ContactPoint.objects.create(dealership_id=customer.dealership_id, customer=customer, kind="email", value=value)
        if stop:
            pause("noted")
def of(name):
    with tenancy.everywhere():
        return Customer.objects.get(full_name=name)
def say():
    with tenancy.everywhere():
        points = ContactPoint.objects.filter(kind="email").order_by("value")
        print(list(points.values_list("value", "customer__full_name")))
"""


def test_a_row_given_while_the_file_is_merged_away_is_the_survivors(own: Own) -> None:
    own.run("with tenancy.everywhere():\n    deliver_many(Dealership.objects.get(), 3)")
    read_before = own.start(SET_RIGHT + "c = of('Cliente1'); pause('read'); note(c, 'later@x'); say()")
    read_before.wait_for("read")
    merging = own.start(MERGE + "one('Cliente0', 'Cliente1', stop=True)")
    merging.wait_for("merged")
    meanwhile = own.start(SET_RIGHT + "c = of('Cliente1'); print('read', flush=True); note(c, 'meanwhile@x')")
    meanwhile.wait_for("read")
    merging.go_on()
    assert merging.result() == "kept"
    meanwhile.result()
    read_before.go_on()

    assert read_before.result() == "[('later@x', 'Cliente0'), ('meanwhile@x', 'Cliente0')]"
    _check(own)
    # Over two merges, too; and after an undo later rows stay with whom they came to.
    own.run(MERGE + "one('Cliente2', 'Cliente0')")
    own.run(SET_RIGHT + "note(of('Cliente1'), 'twice@x')")
    own.run(UNDO_ALL)
    assert own.run(SET_RIGHT + "note(of('Cliente1'), 'undone@x'); say()") == str(
        [("later@x", "Cliente0"), ("meanwhile@x", "Cliente0"), ("twice@x", "Cliente2"), ("undone@x", "Cliente1")]
    )


def test_a_row_that_is_being_given_is_waited_for_and_taken_along(own: Own) -> None:
    own.run("with tenancy.everywhere():\n    deliver_many(Dealership.objects.get(), 2)")
    giving = own.start(SET_RIGHT + "note(of('Cliente1'), 'first@x', stop=True)")
    giving.wait_for("noted")
    merging = own.start(MERGE + "print('begun', flush=True); one('Cliente0', 'Cliente1')")
    merging.wait_for("begun")
    giving.go_on()
    giving.result()

    assert merging.result() == "kept"
    assert own.run(SET_RIGHT + "say()") == "[('first@x', 'Cliente0')]"
    own.run(UNDO_ALL)
    assert own.run(SET_RIGHT + "say()") == "[('first@x', 'Cliente1')]"


def test_every_table_that_names_a_customer_follows_merged_files(own: Own) -> None:
    query = "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'follow_merged' ORDER BY 1"
    assert [table for (table,) in own.ask(query)] == sorted({reference.table for reference in references()})
    assert {reference.column for reference in references()} == {"customer_id"}


def test_importing_and_merging_at_once_killed_at_random_end_in_one_consistent_state(own: Own) -> None:
    luck = random.Random(20260305)
    for round_ in range(2):
        workers = [own.start(WORK.replace("SEED", f"'{10 * round_ + number + 1}'")) for number in range(4)]
        for worker in workers:
            worker.wait_for("ready")
        _kill_some(workers, luck)
        for worker in workers[2:]:
            assert worker.result() == "done"

    _check(own)
    assert own.one("SELECT count(*) FROM customers_merge WHERE undone_at IS NULL") > 0
    # Later imports wrote anew whose car it is; all else is given back.
    assert own.run(UNDO_ALL) == "[('customers_ownership', 'deleted')]"
    _check(own)
    assert own.one("SELECT count(merged_into_id) FROM customers_customer") == 0


def _kill_some(workers: list[Script], luck: random.Random) -> None:
    for worker in workers[:2]:
        # One that is done by then is not killed any more; its pipes are closed all the same.
        with suppress(subprocess.TimeoutExpired):
            worker.process.wait(luck.uniform(0.3, 1.5))
        worker.kill()


def _check(own: Own) -> None:
    """No row names a file that is gone, and everybody can be reached by what she came with."""
    for reference in references():
        if reference.table != "journal_entry":
            assert (
                own.ask(
                    f"SELECT r.{reference.key} FROM {reference.table} r JOIN customers_customer c "
                    f"ON c.id = r.{reference.column} WHERE c.merged_into_id IS NOT NULL"
                )
                == []
            ), reference
    half = "SELECT m.id FROM customers_merge m JOIN customers_customer c ON c.id = m.gone_id WHERE "
    assert own.ask(half + "(m.undone_at IS NULL) AND c.merged_into_id IS DISTINCT FROM m.survivor_id") == []
    lost = """
        SELECT c.id FROM customers_customer c WHERE c.merged_into_id IS NULL
            AND EXISTS (SELECT 1 FROM customers_visit v WHERE v.customer_id = c.id)
            AND NOT EXISTS (SELECT 1 FROM customers_contactpoint p WHERE p.customer_id = c.id)
    """
    assert own.ask(lost) == []
