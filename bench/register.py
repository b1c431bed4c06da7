"""One import of a register in a process of its own, by one of four ways; says how long it took, and in what memory."""

import json
import random
import resource
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from .scale import AT
from .timing import seconds

HEADER = (
    "Nombre del Cliente", "Celular", "Correo", "Fecha de nacimiento", "Domicilio", "Región", "RFC", "Sucursal",
    "Observaciones", "Tipo de cliente",
)  # fmt: skip
GIVEN = "José María Luis Ana Ángel Sofía Iván Lucía Raúl Mónica Íñigo Begoña Óscar Elena Hugo Rocío".split()  # noqa: SIM905
FAMILY = (
    "Zúñiga Hernández Núñez Peña Gutiérrez López Muñoz Sánchez Ríos Ibáñez Ávila Ordóñez Cedeño Rojas".split()  # noqa: SIM905
)
#: One row in so many has no name, or a birthday that cannot be.
BAD = 500


def rows(size: int) -> Iterator[tuple[str, ...]]:
    luck = random.Random(7)
    for n in range(size):
        word = f"{luck.choice(FAMILY)}{'abcdefghijklmnopqrst'[n % 20]}{'aeiou'[n // 20 % 5]}"
        name = f"{word} {luck.choice(FAMILY)} {luck.choice(GIVEN)} {luck.choice(GIVEN)}"
        born = f"{1 + n % 28:02d}/{1 + n % 12:02d}/{1950 + n % 50}"
        if n % BAD == 0:
            name, born = "", "31/02/1980"
        street = f"Calle {n % 997} núm. {n % 89}, Col. Centro"
        phone = f"(614) {n // 10_000 % 1000:03d}-{n % 10_000:04d}"
        yield name, phone, f"c{n}@correo.mx", born, street, f"Zona {n % 9}", f"RFC{n:09d}", "Norte", "", "Particular"


def main(way: str, path: Path) -> None:
    import django

    django.setup()
    import logging

    logging.getLogger("clientela").setLevel(logging.ERROR)
    from clientela.network import tenancy

    with tenancy.everywhere():
        house = _house()
    work = {"ours": _ours, "bare": _bare, "bulk": _bulk, "default": _default}[way]
    took = seconds(lambda: work(house, path))
    memory = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"seconds": took, "memory": memory}))


def _house() -> Any:
    from clientela.network.models import Dealership, Group

    number = Dealership.objects.count()
    facts = {"country": "MX", "time_zone": "America/Mexico_City", "currency": "MXN", "locale": "es-mx"}
    return Dealership.objects.create(
        group=Group.objects.get(), code=f"IMPORT{number}", legal_name="Import", trade_name="Import", **facts
    )


def _ours(house: Any, path: Path) -> None:
    from clientela.imports import importing
    from clientela.network import tenancy

    with tenancy.everywhere():
        run = importing.open_run(path, path.name, house, by=None, at=AT)
        importing.perform(run, at=AT)
    assert run.counts["refused"], "the bad rows were to be refused"


# The same rows into the same tables, nothing asked. -----------------------------------------------------------------


_COLUMNS = "name, phone, email, born, address, region, rfc, branch, notes, kind"
_BARE = (
    """
    INSERT INTO customers_customer (dealership_id, kind, full_name, search_name, family_name, second_family_name,
        given_name, patronymic, sex, birth_date, address, region, language, source, source_note, desired_services,
        do_not_call, created_at, version, run, said)
    SELECT %(house)s, 'person', name, lower(unaccent(name)), split_part(name, ' ', 1), split_part(name, ' ', 2),
        split_part(name, ' ', 3), '', '', to_date(born, 'DD/MM/YYYY'), address, region, 'es-mx', 'other', '', '', false,
        %(at)s, 1, 0, '{}'
    FROM bare WHERE name <> ''
    """,
    """
    INSERT INTO customers_contactpoint (dealership_id, customer_id, kind, value, shown, valid, preferred, run)
    SELECT %(house)s, c.id, w.kind, w.value, w.shown, true, false, 0
    FROM bare b
    JOIN customers_customer c ON c.dealership_id = %(house)s AND c.full_name = b.name AND c.address = b.address
    CROSS JOIN LATERAL (VALUES
        ('phone', '+52' || regexp_replace(phone, '\\D', '', 'g'), phone), ('email', email, email)
    ) w (kind, value, shown)
    ON CONFLICT ON CONSTRAINT contact_point_once_a_customer DO NOTHING
    """,
)


def _bare(house: Any, path: Path) -> None:
    from . import server

    with server.connect() as connection, connection.transaction(), path.open("rb") as file:
        columns = ", ".join(f"{name} text" for name in _COLUMNS.split(", "))
        connection.execute(f"CREATE TEMPORARY TABLE bare ({columns}) ON COMMIT DROP")
        with connection.cursor().copy("COPY bare FROM STDIN (FORMAT csv, DELIMITER ';', HEADER)") as copy:
            while chunk := file.read(1 << 20):
                copy.write(chunk)
        connection.execute("ANALYZE bare")
        # As in an import the numbers of new customers are no change that somebody made to their files.
        connection.execute("SELECT set_config('clientela.at', %s, true)", [AT.isoformat()])
        for statement in _BARE:
            connection.execute(statement, {"house": house.pk, "at": AT})


# django-import-export: the same cleaning, by the same functions. ------------------------------------------------------


def _resource(house: Any, **options: Any) -> Any:
    from datetime import datetime

    from import_export import resources

    from clientela.customers.models import ContactPoint, Customer
    from clientela.lib import names, phones

    fields = ("dealership", "full_name", "search_name", "family_name", "second_family_name", "given_name", "birth_date",
              "address", "region", "language")  # fmt: skip

    class Register(resources.ModelResource):  # type: ignore[misc]  # the peer has no types
        Meta = type(
            "Meta",
            (),
            {
                "model": Customer,
                "fields": fields,
                "import_id_fields": ("dealership", "search_name", "birth_date"),
                **options,
            },
        )

        def before_import_row(self, row: dict[str, Any], **_: Any) -> None:
            name = row.pop(HEADER[0])
            if not name:
                raise ValueError("no name")
            parts = names.parse(name, "es")
            born = datetime.strptime(row.pop(HEADER[3]), "%d/%m/%Y").date()  # noqa: DTZ007
            row |= {
                "dealership": house.pk,
                "full_name": name,
                "search_name": names.search_key(name),
                "birth_date": born,
            }
            row |= {"family_name": parts.family, "second_family_name": parts.second_family, "given_name": parts.given}
            row |= {"address": row.pop(HEADER[4]), "region": row.pop(HEADER[5]), "language": "es-mx"}

        def after_init_instance(self, instance: Customer, new: bool, row: dict[str, Any], **_: Any) -> None:
            instance.reached_by = (row[HEADER[1]], row[HEADER[2]])  # type: ignore[attr-defined]

        def points(self, customer: Customer) -> Iterator[ContactPoint]:
            phone, email = customer.reached_by  # type: ignore[attr-defined]
            for number in phones.read(phone, "MX"):
                facts = {"value": number.e164, "shown": number.shown}
                yield ContactPoint(customer=customer, dealership_id=house.pk, kind="phone", **facts)
            yield ContactPoint(customer=customer, dealership_id=house.pk, kind="email", value=email, shown=email)

        def bulk_create(self, *args: Any, **kwargs: Any) -> None:
            made = list(self.create_instances)
            super().bulk_create(*args, **kwargs)
            new = (point for customer in made for point in self.points(customer))
            ContactPoint.objects.bulk_create(new, batch_size=2000, ignore_conflicts=True)

        def after_save_instance(self, instance: Customer, row: Any, **_: Any) -> None:
            if not options.get("use_bulk"):
                for point in self.points(instance):
                    ContactPoint.objects.get_or_create(
                        customer=instance, kind=point.kind, value=point.value,
                        defaults={"dealership_id": house.pk, "shown": point.shown},
                    )  # fmt: skip

    return Register()


def _import(house: Any, path: Path, **options: Any) -> None:
    import tablib

    from clientela.network import tenancy

    with tenancy.everywhere():
        data = tablib.Dataset().load(path.read_text(encoding="utf-8"), format="csv", delimiter=";")
        result = _resource(house, **options).import_data(data, dry_run=False, raise_errors=False)
    assert 0 < result.totals["error"] <= len(data) / BAD + 1, (result.totals, list(islice(result.error_rows, 2)))


def _bulk(house: Any, path: Path) -> None:
    """Its fastest: nothing is looked up, so nothing is recognised either."""
    _import(house, path, use_bulk=True, batch_size=2000, skip_diff=True, force_init_instance=True)


def _default(house: Any, path: Path) -> None:
    _import(house, path)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
