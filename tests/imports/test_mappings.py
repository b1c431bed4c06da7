"""Saved mappings: one house's, for exactly one header, used by themselves and never next door."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clientela.imports import mappings
from clientela.imports.models import Mapping, Run
from clientela.lib.refusal import Refusal
from clientela.network.models import Dealership, User

HEADER = ["Nombre", "Tel", "Placas", "Salida"]


def read(house: Dealership, at: datetime, header: list[str] = HEADER, **facts: Any) -> Run:
    """A run whose file was read: the name and the day are known, the rest is not."""
    fields = {"Nombre": "customer_name", "Salida": "delivered"}
    reading = {
        "encoding": "cp1252",
        "delimiter": ";",
        "header_line": 3,
        "dates": "dmy",
        "decimal": ",",
        "family_first": False,
        "columns": [{"name": name, "field": fields.get(name, ""), "samples": []} for name in header],
    }
    return Run.objects.create(
        dealership=house,
        name="salidas.csv",
        path="imports/none",
        state="rehearsed",
        kind="workshop_visit",
        uploaded_at=at,
        reading=reading,
        **facts,
    )


def test_a_mapping_keeps_what_columns_mean_and_not_how_bytes_are_read(norte: Dealership, now: datetime) -> None:
    run = read(norte, now, chosen={"source": "event", "source_note": "Feria", "header_line": 3})

    saved = mappings.save(run, "Taller", at=now)

    assert (saved.dealership, saved.header, saved.used_at) == (norte, HEADER, now)
    assert saved.chosen == {
        "kind": "workshop_visit",
        "dates": "dmy",
        "decimal": ",",
        "family_first": False,
        "source": "event",
        "source_note": "Feria",
        "columns": {"0": "customer_name", "1": "", "2": "", "3": "delivered"},
    }
    run.refresh_from_db()
    assert run.mapping == saved


def test_it_is_found_by_exactly_its_header_in_its_own_house(
    norte: Dealership, jingbei: Dealership, now: datetime
) -> None:
    saved = mappings.save(read(norte, now), "Taller", at=now)

    assert mappings.find(norte, HEADER) == saved
    assert mappings.find(norte, [*HEADER, "Clientela: motivo"]) == saved
    assert mappings.find(jingbei, HEADER) is None
    for other in (HEADER[:3], [*HEADER, "Km"], [*reversed(HEADER)], ["nombre", *HEADER[1:]], []):
        assert mappings.find(norte, other) is None


def test_of_two_for_one_header_the_one_used_last_is_taken(norte: Dealership, now: datetime) -> None:
    first = mappings.save(read(norte, now), "Taller", at=now)
    second = mappings.save(read(norte, now), "Carrocería", at=now + timedelta(days=1))
    assert mappings.find(norte, HEADER) == second

    mappings.save(read(norte, now), "Taller", at=now + timedelta(days=2))
    assert mappings.find(norte, HEADER) == first
    assert Mapping.objects.filter(dealership=norte).count() == 2


def test_a_name_stands_for_one_set_of_columns(norte: Dealership, now: datetime) -> None:
    mappings.save(read(norte, now), "Taller", at=now)

    with pytest.raises(Refusal, match="already a mapping of this name, for other columns"):
        mappings.save(read(norte, now, header=["A", "B"]), "Taller", at=now)
    with pytest.raises(Refusal, match="has not been read yet"):
        mappings.save(read(norte, now, header=[]), "Nada", at=now)
    assert list(Mapping.objects.values_list("name", flat=True)) == ["Taller"]


def test_the_list_of_mappings_says_how_many_files_each_has_read(
    norte: Dealership, mariana: User, lixue: User, now: datetime, as_user: Any
) -> None:
    saved = mappings.save(read(norte, now), "Taller", at=now)
    browser, address = as_user(mariana), reverse("imports:mappings")
    with CaptureQueriesContext(connection) as one:
        browser.get(address)
    read(norte, now, mapping=saved)
    for number in range(4):
        mappings.save(read(norte, now, header=[f"A{number}", "B"]), f"Otro {number}", at=now)

    with CaptureQueriesContext(connection) as five:
        page = browser.get(address)

    assert [(found.name, found.files) for found in page.context["mappings"]] == [
        *((f"Otro {number}", 1) for number in range(4)),
        ("Taller", 2),
    ]
    assert len(five) == len(one)
    assert list(as_user(lixue).get(address).context["mappings"]) == []


def test_a_mapping_is_renamed_and_deleted_and_its_runs_stay(
    norte: Dealership, mariana: User, now: datetime, as_user: Any
) -> None:
    browser, run = as_user(mariana), read(norte, now)
    saved = mappings.save(run, "Taller", at=now)
    mappings.save(read(norte, now, header=["A", "B"]), "Otro", at=now)
    address = reverse("imports:mapping", args=[saved.pk])

    assert browser.post(address, {"name": "Otro"}).status_code == 422
    assert browser.post(address, {"name": " "}).status_code == 422
    assert browser.post(address, {"name": "Taller norte"}).status_code == 302
    saved.refresh_from_db()
    assert saved.name == "Taller norte"

    assert browser.post(reverse("imports:delete_mapping", args=[saved.pk])).status_code == 302
    run.refresh_from_db()
    assert run.mapping is None
    assert mappings.find(norte, HEADER) is None


def test_saving_from_the_page_says_what_follows(norte: Dealership, mariana: User, now: datetime, as_user: Any) -> None:
    browser, run = as_user(mariana), read(norte, now)
    address = reverse("imports:keep_mapping", args=[run.pk])

    said = browser.post(address, {"name": "Taller"}, follow=True).content.decode()
    assert "Files with these columns are now read as “Taller”." in said
    nothing = browser.post(address, {"name": ""}, follow=True).content.decode()
    assert "This field is required." in nothing
    assert Mapping.objects.get().name == "Taller"
