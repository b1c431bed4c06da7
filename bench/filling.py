"""A group of dealerships in the product's own tables: the houses through the product, the masses set-wise."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import time, timedelta
from pathlib import Path

import psycopg
from django.core.management import call_command

import clientela

from . import server
from .scale import AT, TODAY, Scale

PLACES = (
    ("MX", "America/Mexico_City", "MXN", "es-mx"),
    ("MX", "America/Chihuahua", "MXN", "es-mx"),
    ("CL", "America/Santiago", "CLP", "es-cl"),
    ("RU", "Europe/Moscow", "RUB", "ru"),
    ("CN", "Asia/Shanghai", "CNY", "zh-hans"),
)
PRESET = "gm_mexico_prc"
MASSES = (
    "customers_customer",
    "customers_contactpoint",
    "customers_vehicle",
    "customers_ownership",
    "customers_visit",
)
SQL = Path(__file__).with_name("fill.sql")


def fill(scale: Scale, superuser: str) -> bool:
    """Make the data unless the last run left it; whether it was made now."""
    if _left_by_the_last_run(scale):
        return False
    server.forget(superuser)
    call_command("migrate", database="owner", verbosity=0)
    _open_houses(scale)
    with server.connect() as connection:
        _load(scale, connection)
        connection.execute("CREATE TABLE bench_filled AS SELECT %s AS stamp", [_stamp(scale)])
    return True


def _stamp(scale: Scale) -> str:
    migrations = sorted(Path(clientela.__file__).parent.glob("*/migrations/*.py"))
    sources = b"".join(path.read_bytes() for path in [SQL, Path(__file__), *migrations])
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

    country, zone, currency, locale = PLACES[number % len(PLACES)]
    house = Dealership.objects.create(
        group_id=group_id,
        code=f"H{number}",
        legal_name=f"House {number}",
        trade_name=f"House {number}",
        country=country,
        time_zone=zone,
        currency=currency,
        locale=locale,
        preset=PRESET,
    )
    OpeningHours.objects.bulk_create(
        OpeningHours(dealership=house, weekday=weekday, opens=time(9), closes=time(19)) for weekday in range(6)
    )
    department = Department.objects.create(dealership=house, kind="customer_service", name="Customer service")
    FunctionMapping.objects.create(dealership=house, function="representative", department=department)
    calendars.compile_calls(house, at=AT)
    presets.activate(PRESET, house, go_live_on=house.today(AT) - timedelta(days=365))


def _load(scale: Scale, connection: "psycopg.Connection[tuple[object, ...]]") -> None:
    facts = {"vehicles": scale.vehicles, "houses": scale.houses, "today": TODAY}
    with connection.transaction(), _without_indexes(connection):
        connection.execute("SET LOCAL session_replication_role = replica")
        for statement in SQL.read_text(encoding="utf-8").strip().split(";\n"):
            connection.execute(statement, facts)
    for table in MASSES:
        connection.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [table, 2 * scale.vehicles + 1])
    connection.execute("VACUUM (FREEZE, ANALYZE)")
    connection.execute("CHECKPOINT")


@contextmanager
def _without_indexes(connection: "psycopg.Connection[tuple[object, ...]]") -> Iterator[None]:
    """Load first, index afterwards: a tenth of the time."""
    indexes = connection.execute(
        """
        SELECT c.relname, pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
        WHERE i.indrelid = ANY (%s::regclass[])
            AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid)
            AND NOT i.indisunique
        """,
        [list(MASSES)],
    ).fetchall()
    for name, _definition in indexes:
        connection.execute(f'DROP INDEX "{name}"')
    yield
    for _name, definition in indexes:
        connection.execute(str(definition))
