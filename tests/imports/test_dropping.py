"""Files that a dealer's system leaves at night; and imports that their worker did not live to finish."""

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from clientela.customers.models import Customer, Visit
from clientela.imports import dropping, importing, tasks
from clientela.imports.models import Mapping, Run
from clientela.network.models import Dealership

GOOD = "Nombre;Teléfono\nAna Ruiz;614 555 0001\nEva Paz;614 555 0002\n"
Drop = Callable[..., Path]


@pytest.fixture(autouse=True)
def _folder(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT, settings.DROP_FOLDER = tmp_path / "files", tmp_path / "drop"


@pytest.fixture
def drop(tmp_path: Path, norte: Dealership, now: datetime) -> Drop:
    """A file left in the folder of a house, so many seconds ago."""

    def drop(name: str, content: str = GOOD, code: str = "NORTE", ago: int = 61) -> Path:
        path = tmp_path / "drop" / code / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        moment = (now - timedelta(seconds=ago)).timestamp()
        os.utime(path, (moment, moment))
        return path

    return drop


def lying(place: Path) -> list[str]:
    return sorted(str(path.relative_to(place)) for path in place.rglob("*") if path.is_file())


def test_what_is_understood_is_imported_and_put_away(tmp_path: Path, drop: Drop) -> None:
    drop("clientes.csv")

    tasks.take_dropped(timestamp=0)

    [run] = Run.objects.all()
    assert (run.state, run.origin, run.name, run.by) == ("done", "folder", "clientes.csv", None)
    assert Customer.objects.count() == 2
    assert lying(tmp_path / "drop") == ["NORTE/done/clientes.csv"]


def test_the_same_name_and_the_same_file_again_are_no_problem(tmp_path: Path, drop: Drop) -> None:
    for content in (GOOD, GOOD, GOOD + "Sol Gil;614 555 0003\n"):
        drop("clientes.csv", content)
        tasks.take_dropped(timestamp=0)

    assert Customer.objects.count() == 3
    assert [run.counts["customers"]["new"] for run in Run.objects.order_by("pk")] == [2, 0, 1]
    assert lying(tmp_path / "drop") == [f"NORTE/done/clientes{n}.csv" for n in ("-2", "-3", "")]


@pytest.mark.parametrize("name", ["clientes.csv.part", ".clientes.csv", "~clientes.csv", "clientes.tmp"])
def test_what_is_still_being_written_waits(tmp_path: Path, drop: Drop, name: str) -> None:
    drop(name)
    drop("fresh.csv", ago=59)

    tasks.take_dropped(timestamp=0)

    assert Run.objects.count() == 0
    assert lying(tmp_path / "drop") == sorted([f"NORTE/{name}", "NORTE/fresh.csv"])


def test_an_unknown_house_is_left_alone_and_named(tmp_path: Path, drop: Drop, caplog: Any) -> None:
    drop("clientes.csv", code="SUR")

    tasks.take_dropped(timestamp=0)

    assert (Run.objects.count(), lying(tmp_path / "drop")) == (0, ["SUR/clientes.csv"])
    assert [(record.message, getattr(record, "folder", "")) for record in caplog.records] == [
        ("no such dealership", "SUR")
    ]


@pytest.mark.parametrize(
    ("content", "state", "place"),
    [
        ("A;B\nx1;y1\n", "failed", "refused"),
        ("MZ\x90\x00 not a table", "failed", "refused"),
        ("Nombre;Teléfono\n" + "Ana Ruiz;614 555 0001\n;614 555 0002\n", "rehearsed", "done"),
        ("Nombre;Teléfono\n" + "Ana Ruiz;614 555 0001\n" * 9 + ";614 555 0002\n", "done", "done"),
    ],
)
def test_what_is_not_understood_waits_for_a_person(
    tmp_path: Path, drop: Drop, content: str, state: str, place: str
) -> None:
    drop("x.csv", content)
    drop("y.csv")

    tasks.take_dropped(timestamp=0)

    assert sorted(run.state for run in Run.objects.all()) == sorted([state, "done"])
    assert sorted(lying(tmp_path / "drop")) == sorted([f"NORTE/{place}/x.csv", "NORTE/done/y.csv"])


def test_a_saved_mapping_decides(norte: Dealership, drop: Drop) -> None:
    chosen = {"kind": "customers", "columns": {"Dato 1": "customer_name", "Dato 2": "phones"}}
    Mapping.objects.create(dealership=norte, name="M", header=["Dato 1", "Dato 2"], chosen=chosen)
    drop("x.csv", "Dato 1;Dato 2\nKyra Vonn;614 555 0001\n;1\n;2\n")

    tasks.take_dropped(timestamp=0)

    assert [(run.state, run.good) for run in Run.objects.all()] == [("done", 1)]


def test_two_workers_do_not_take_the_same_file(drop: Drop) -> None:
    drop("clientes.csv")

    with dropping.alone_with("NORTE", "clientes.csv") as is_mine:
        assert is_mine
        tasks.take_dropped(timestamp=0)
        assert Run.objects.count() == 0

    tasks.take_dropped(timestamp=0)
    assert Run.objects.count() == 1


# A worker that died -----------------------------------------------------------------------------------------


def left(house: Dealership, state: str, at: datetime, **facts: Any) -> Run:
    path = importing.store("x.csv", iter([GOOD.encode()]), uuid4().hex)
    run = importing.open_run(path, "x.csv", house, by=None, at=at - timedelta(minutes=9), **facts)
    Run.objects.filter(pk=run.pk).update(state=state)
    return run


@pytest.mark.parametrize(("state", "task"), [("uploaded", "rehearse"), ("importing", "perform")])
def test_an_import_whose_worker_died_is_tried_again_and_at_last_told_to_have_failed(
    norte: Dealership, now: datetime, state: str, task: str
) -> None:
    run = left(norte, state, now)

    for tries in (1, 1, 1):
        tasks.go_on(timestamp=0)
        jobs = ProcrastinateJob.objects.filter(task_name=f"clientela.imports.tasks.{task}", args__run_id=run.pk)
        assert jobs.count() == tries  # one that waits is enough

    for _death in range(tasks.MOST_TRIES):
        _let_the_worker_die()
        tasks.go_on(timestamp=0)

    run.refresh_from_db()
    assert (run.state, jobs.count()) == ("failed", tasks.MOST_TRIES)
    assert run.problem.startswith("The import broke off by a fault of ours.")


def _let_the_worker_die() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing' WHERE status = 'todo'")


def test_a_file_of_the_drop_folder_whose_worker_died_is_taken_once_more(
    norte: Dealership, now: datetime, drop: Drop
) -> None:
    run = left(norte, "importing", now, origin=Run.Origin.FOLDER)
    drop("x.csv")

    tasks.go_on(timestamp=0)
    tasks.take_dropped(timestamp=0)

    run.refresh_from_db()
    assert run.state == "failed"
    assert Customer.objects.count() == 2
    assert Visit.objects.count() == 0


def test_what_was_just_given_or_is_done_is_left_alone(norte: Dealership, now: datetime) -> None:
    fresh = left(norte, "uploaded", now + timedelta(minutes=8))
    done = left(norte, "done", now)

    tasks.go_on(timestamp=0)

    assert ProcrastinateJob.objects.count() == 0
    assert [Run.objects.get(pk=run.pk).state for run in (fresh, done)] == ["uploaded", "done"]
