"""A whole import taken back: all of it, or a refusal that says what builds on it."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from clientela.contacts import planning, queue
from clientela.contacts.calling import Answer, keep
from clientela.contacts.models import ContactTask, Outcome
from clientela.customers.models import (
    Change,
    Consent,
    ContactPoint,
    Customer,
    CustomerFile,
    Merge,
    OdometerReading,
    Ownership,
    Vehicle,
    Visit,
)
from clientela.imports import importing, undoing
from clientela.imports.models import Run
from clientela.journal.models import Entry
from clientela.lib.refusal import Refusal
from clientela.network.models import Dealership, User

HEADER = "No. Expediente;Nombre del Cliente;Teléfono;NIV;Placas;Fecha de entrega;Domicilio;Km\n"
FIRST = "E-1;López Zúñiga Ana;614 555 0001;3GN3ESF49RR628194;EKV-573-C;02/03/2026;Av. Vieja 1;15\n"
SECOND = """\
E-1;López Zúñiga Ana;614 555 0001;3GN3ESF49RR628194;EKV-573-C;03/03/2026;Av. Vieja 1;15
E-2;LÓPEZ ZÚÑIGA ANA;614 555 0009;3GN3ESF49RR628194;NEW-1;04/03/2026;Av. Nueva 2;20
E-3;Ríos Peña Eva;614 555 0007;3GN0WSMS2S8252760;EKV-985-C;04/03/2026;;10
E-4;Ríos Peña Eva;614 555 0007;3GN3ESF49RR628194;NEW-1;05/03/2026;;30
"""
NOUNS: tuple[Any, ...] = (
    Customer, Vehicle, Visit, ContactPoint, Ownership, OdometerReading, ContactTask, Entry, CustomerFile
)  # fmt: skip


@pytest.fixture(autouse=True)
def _folder(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def bring(norte: Dealership, mariana: User, now: datetime, tmp_path: Path) -> Callable[..., Run]:
    def bring(rows: str, at: datetime = now, header: str = HEADER) -> Run:
        path = tmp_path / f"{Run.objects.count()}.csv"
        path.write_text(header + rows)
        run = importing.open_run(path, path.name, norte, by=mariana, at=at)
        importing.perform(run, at=at)
        planning.plan(at=at, dealership_ids=[norte.pk])
        return run

    return bring


def state() -> dict[str, list[dict[str, Any]]]:
    """All rows of a house as they stand, but for when and by what they were written, and for the day's arrangement."""
    leave = {"changed_at", "said", "version", "id", "planned_on"}
    kept = {}
    for noun in NOUNS:
        rows = [
            {name: value for name, value in row.items() if name not in leave}
            for row in noun.objects.order_by().values()
        ]
        kept[noun.__name__] = sorted(rows, key=str)
    return kept


def test_an_import_taken_back_leaves_everything_as_it_was(
    norte: Dealership, mariana: User, now: datetime, bring: Callable[..., Run]
) -> None:
    bring(FIRST)
    before = state()
    run = bring(SECOND, at=now + timedelta(hours=1))
    assert state() != before

    undoing.undo(run, by=mariana, at=now + timedelta(hours=2))

    assert state() == before
    assert (run.state, run.undone_by, run.undone_at) == ("undone", mariana, now + timedelta(hours=2))
    with pytest.raises(Refusal, match="already dealt with"):
        undoing.undo(run, by=mariana, at=now)


def test_what_was_taken_back_can_be_imported_again(
    norte: Dealership, mariana: User, now: datetime, bring: Callable[..., Run]
) -> None:
    bring(FIRST)
    run = bring(SECOND)
    once = state()
    undoing.undo(run, by=mariana, at=now)

    bring(SECOND)

    again = state()
    for kept in (once, again):
        for rows in kept.values():
            for row in rows:
                for name in [name for name in row if name in ("run", "facts", "anchor") or name.endswith("_id")]:
                    del row[name]
    assert {noun: sorted(rows, key=str) for noun, rows in again.items()} == {
        noun: sorted(rows, key=str) for noun, rows in once.items()
    }


def test_a_field_changed_since_stays(
    norte: Dealership, mariana: User, now: datetime, bring: Callable[..., Run]
) -> None:
    bring(FIRST)
    run = bring(SECOND)
    ana = Customer.objects.get(given_name="Ana")
    ana.address = "Av. Cierta 9"
    ana.correct(["address"], by=mariana, at=now)

    undoing.undo(run, by=mariana, at=now)

    ana.refresh_from_db()
    assert ana.address == "Av. Cierta 9"
    assert Vehicle.objects.get().plate == "EKV-573-C"


def later_call(run: Run, by: User, at: datetime) -> None:
    task = ContactTask.objects.get(visit__number="E-3")
    ContactTask.objects.filter(pk=task.pk).update(callable_from=at)
    queue.claim(task, by=by, at=at)
    keep(task, Answer(outcome=Outcome.BUSY), fence=task.fence, by=by, at=at)


def later_edit(run: Run, by: User, at: datetime) -> None:
    eva = Customer.objects.get(given_name="Eva")
    eva.address = "Calle 9"
    eva.save()
    Change.objects.update(run=None)


def later_merge(run: Run, by: User, at: datetime) -> None:
    ana, eva = Customer.objects.get(given_name="Ana"), Customer.objects.get(given_name="Eva")
    Merge.objects.create(dealership=run.dealership, survivor=ana, gone=eva, at=at, by=by)


def later_file(run: Run, by: User, at: datetime) -> None:
    visit = Visit.objects.get(number="E-3")
    facts = {"began_on": visit.delivered_on, "due_on": visit.delivered_on, "state": "draft"}
    CustomerFile.objects.update_or_create(
        visit=visit, customer=visit.customer, dealership=run.dealership, defaults=facts
    )


def later_consent(run: Run, by: User, at: datetime) -> None:
    eva = Customer.objects.get(given_name="Eva")
    facts = {"channel": "phone", "purpose": "service", "text_version": "1", "source": "paper"}
    Consent.objects.create(dealership=run.dealership, customer=eva, given_on=date(2026, 3, 5), **facts)


LATER: list[tuple[Any, str]] = [
    (later_call, "1 call"),
    (later_edit, "1 customer or vehicle changed since"),
    (later_merge, "1 merge"),
    (later_file, "1 file in hand"),
    (later_consent, "1 note on a customer"),
]


@pytest.mark.parametrize(("happen", "words"), LATER, ids=[words for _happen, words in LATER])
def test_what_builds_on_an_import_keeps_it(
    norte: Dealership, mariana: User, now: datetime, bring: Callable[..., Run], happen: Any, words: str
) -> None:
    bring(FIRST)
    run = bring(SECOND)
    happen(run, mariana, now)
    before = state()

    with refusing() as refused:
        undoing.undo(run, by=mariana, at=now)

    assert str(refused[0]) == f"This import can no longer be taken back. What builds on it: {words}."
    assert state() == before
    assert Run.objects.get(pk=run.pk).state == "done"


def test_a_later_file_keeps_an_earlier_one_until_it_is_taken_back_itself(
    norte: Dealership, mariana: User, now: datetime, bring: Callable[..., Run]
) -> None:
    first = bring(FIRST)
    second = bring(SECOND)

    with refusing() as refused:
        undoing.undo(first, by=mariana, at=now)
    assert "1 row that a later file brought again, 2 later visits, 1 corrected visit, " in str(refused[0])

    first.refresh_from_db()
    undoing.undo(second, by=mariana, at=now)
    undoing.undo(first, by=mariana, at=now)
    assert {noun: rows for noun, rows in state().items() if rows} == {}


def test_rows_that_came_again_unchanged_stay_with_the_file_that_brought_them_last(
    norte: Dealership, mariana: User, now: datetime, bring: Callable[..., Run]
) -> None:
    eva = "E-9;Ríos Peña Eva;614 555 0007;3GN0WSMS2S8252760;EKV-985-C;04/03/2026;;10\n"
    first = bring(FIRST + eva)
    before = state()
    again = bring(eva)
    assert again.counts["again"] == {str(first.pk): 1}

    with refusing() as refused:
        undoing.undo(first, by=mariana, at=now)
    assert "1 row that a later file brought again" in str(refused[0])
    assert state() == before

    first.refresh_from_db()
    undoing.undo(again, by=mariana, at=now)
    assert state() == before
    undoing.undo(first, by=mariana, at=now)
    assert {noun: rows for noun, rows in state().items() if rows} == {}


def test_a_list_of_customers_that_came_again_keeps_who_came_first(
    norte: Dealership, mariana: User, now: datetime, bring: Callable[..., Run]
) -> None:
    people = "Ríos Peña Eva;614 555 0007\nLópez Zúñiga Ana;614 555 0001\n"
    first, again = (bring(people, header="Nombre del Cliente;Teléfono\n") for _ in range(2))
    assert (first.kind, again.counts["again"]) == ("customers", {str(first.pk): 2})

    with refusing() as refused:
        undoing.undo(first, by=mariana, at=now)
    assert "2 rows that a later file brought again" in str(refused[0])
    assert Customer.objects.count() == 2


class refusing:  # noqa: N801  reads like pytest.raises
    """A refusal, with what was done before it undone, as at the end of a request."""

    def __enter__(self) -> list[Refusal]:
        self._atomic = transaction.atomic()
        self._atomic.__enter__()
        self._found: list[Refusal] = []
        return self._found

    def __exit__(self, kind: Any, error: Any, at: Any) -> bool:
        self._atomic.__exit__(kind, error, at)
        assert isinstance(error, Refusal), error
        self._found.append(error)
        return True
