"""A group of dealerships in the product's own tables: the houses through the product, the masses set-wise."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import time, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from django.core.management import call_command

import clientela

from . import history, server
from .scale import AT, TODAY, Scale

PLACES = (
    ("MX", "America/Mexico_City", "MXN", "es-mx", ("gm_mexico_prc",)),
    ("MX", "America/Chihuahua", "MXN", "es-mx", ("gm_mexico_prc", "vehicle_sourcing")),
    ("CL", "America/Santiago", "CLP", "es-cl", ("mazda_chile",)),
    ("RU", "Europe/Moscow", "RUB", "ru", ("after_sales_phone", "vehicle_sourcing")),
    ("CN", "Asia/Shanghai", "CNY", "zh-hans", ("china_4s",)),
)
#: The dealership with a tenth of all customers runs every preset there is.
GIANT = 1
MASSES = (
    "customers_customer",
    "customers_contactpoint",
    "customers_vehicle",
    "customers_ownership",
    "customers_visit",
)
#: Those of them that planning reads.
PLANNED_FROM = ("customers_customer", "customers_vehicle", "customers_visit")
PEOPLE, SQL = (Path(__file__).with_name(name) for name in ("people.sql", "fill.sql"))


def fill(scale: Scale, superuser: str) -> bool:
    """Make the data unless the last run left it; whether it was made now."""
    if _left_by_the_last_run(scale):
        return False
    server.forget(superuser)
    call_command("migrate", database="owner", verbosity=0)
    _open_houses(scale)
    with server.connect() as connection:
        _run(connection, PEOPLE, {"today": TODAY})
        load(connection, scale, 1, scale.vehicles)
        history.make(connection)
        connection.execute("CREATE TABLE bench_filled AS SELECT %s AS stamp", [_stamp(scale)])
    return True


def _stamp(scale: Scale) -> str:
    migrations = sorted(Path(clientela.__file__).parent.glob("*/migrations/*.py"))
    sources = b"".join(
        path.read_bytes() for path in [PEOPLE, SQL, *Path(__file__).parent.glob("[fhr]*.py"), *migrations]
    )
    return f"{hashlib.sha256(sources).hexdigest()[:12]} {scale.vehicles} {scale.houses}"


def _left_by_the_last_run(scale: Scale) -> bool:
    with server.connect() as connection:
        known = connection.execute("SELECT to_regclass('bench_filled')").fetchone()
        if not known or known[0] is None:
            return False
        return connection.execute("SELECT stamp FROM bench_filled").fetchone() == (_stamp(scale),)


def _open_houses(scale: Scale) -> None:
    from clientela.network import tenancy
    from clientela.network.models import Group

    with tenancy.everywhere():
        group = Group.objects.create(name="Benchmark")
        for number in range(1, scale.houses + 1):
            _open_house(number, group.pk)


def _open_house(number: int, group_id: int) -> None:
    from clientela.contacts import presets
    from clientela.network import calendars
    from clientela.network.models import Dealership, Department, FunctionMapping, OpeningHours

    country, zone, currency, locale, its_presets = PLACES[number % len(PLACES)]
    house = Dealership.objects.create(
        group_id=group_id,
        code=f"H{number}",
        legal_name=f"House {number}",
        trade_name=f"House {number}",
        country=country,
        time_zone=zone,
        currency=currency,
        locale=locale,
        preset=its_presets[0],
    )
    OpeningHours.objects.bulk_create(
        OpeningHours(dealership=house, weekday=weekday, opens=time(9), closes=time(19)) for weekday in range(6)
    )
    department = Department.objects.create(dealership=house, kind="customer_service", name="Customer service")
    FunctionMapping.objects.create(dealership=house, function="representative", department=department)
    calendars.compile_calls(house, at=AT)
    for code in presets.available() if number == GIANT else its_presets:
        presets.adopt(_preset(code), house, go_live_on=house.today(AT) - timedelta(days=365))


@cache
def _preset(code: str) -> dict[str, Any]:
    from clientela.contacts import presets

    return presets.load(code)


def grow(connection: server.Connection, scale: Scale, times: int) -> None:
    """Bring the houses to so many times the vehicles, without what planning does not read. It is not kept."""
    connection.execute("DROP TABLE bench_filled")
    load(connection, scale, scale.vehicles + 1, times * scale.vehicles, tables=PLANNED_FROM)


def load(
    connection: server.Connection,
    scale: Scale,
    first: int,
    last: int,
    *,
    tables: tuple[str, ...] = MASSES,
) -> None:
    """Vehicles of these numbers with all that hangs on them; into these tables, with their indexes, only."""
    facts = {"first": first, "last": last, "houses": scale.houses, "today": TODAY}
    with connection.transaction(), _without_indexes(connection, tables):
        connection.execute("SET LOCAL session_replication_role = replica")
        _run(connection, SQL, facts, tables)
    for table in MASSES:
        connection.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [table, 2 * last + 1])
    connection.execute("VACUUM (FREEZE, ANALYZE)")
    connection.execute("CHECKPOINT")


def _run(
    connection: server.Connection,
    path: Path,
    facts: dict[str, object],
    tables: tuple[str, ...] = MASSES,
) -> None:
    """Every statement of a file but those that fill other masses."""
    others = tuple(f"INSERT INTO {name} " for name in MASSES if name not in tables)
    for statement in path.read_text(encoding="utf-8").strip().split(";\n"):
        if not any(other in statement for other in others):
            connection.execute(statement, facts)


@contextmanager
def _without_indexes(connection: server.Connection, tables: tuple[str, ...]) -> Iterator[None]:
    """Load first, index afterwards: a tenth of the time."""
    indexes = connection.execute(
        """
        SELECT c.relname, pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
        WHERE i.indrelid = ANY (%s::regclass[])
            AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid)
            AND NOT i.indisunique
        """,
        [list(tables)],
    ).fetchall()
    for name, _definition in indexes:
        connection.execute(f'DROP INDEX "{name}"')
    yield
    for _name, definition in indexes:
        connection.execute(str(definition))
