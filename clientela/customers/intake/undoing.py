"""A run taken back: what it opened goes, what it changed becomes what it was, as far as nobody changed it since."""

from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction

from clientela.lib.names import search_key
from clientela.lib.plates import key as plate_key
from clientela.network.models import Dealership

from ..models import Arrival, Customer, Vehicle, Visit
from ..signals import visits_changed, visits_withdrawn
from . import owners
from .receiving import take_turns
from .visits import FACTS


def dependents(run: int, dealership: Dealership, *, forgotten: list[int]) -> dict[str, int]:
    """What later depends on what this run opened, counted by what it is; nothing if the run can be taken back.

    `forgotten` are runs that were taken back themselves.
    """
    parameters: dict[str, Any] = {"run": run, "dealership": dealership.pk, "forgotten": [run, *forgotten]}
    found = {}
    with connection.cursor() as cursor:
        for name, query in _DEPENDENTS.items():
            cursor.execute(query, parameters)
            found[name] = cursor.fetchone()[0]
    return {name: count for name, count in found.items() if count}


def visits_of(run: int, dealership: Dealership) -> models.QuerySet[Visit]:
    """The visits that a run brought."""
    return Visit.objects.filter(dealership=dealership, run=run)


@transaction.atomic
def undo(run: int, dealership: Dealership, *, forgotten: list[int], at: datetime) -> None:
    """Take back what a run did to the files of a house. Ask for `dependents` first."""
    parameters: dict[str, Any] = {"run": run, "dealership": dealership.pk, "forgotten": forgotten, "at": at}
    with connection.cursor() as cursor:
        take_turns(cursor, dealership.pk)
        for statement in _GATHER:
            cursor.execute(statement, parameters)
        cursor.execute("SELECT array_agg(id) FROM gone_visit")
        if withdrawn := cursor.fetchone()[0]:
            visits_withdrawn.send(Arrival, visit_ids=withdrawn, at=at)
        corrected = _restore_visits(cursor, parameters)
        parameters["left"] = _vehicles_left(cursor, corrected)
        for statement in _REMOVE:
            cursor.execute(statement, parameters)
        for model in (Visit, Customer, Vehicle):
            _delete(cursor, model)
        _restore(cursor, parameters, Customer)
        _restore(cursor, parameters, Vehicle)
        owners.follow_again(cursor, parameters)
        # What still points at a row that is gone is told now, not when everything seems done.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        cursor.execute("DROP TABLE pg_temp.gone_visit, pg_temp.gone_customer, pg_temp.gone_vehicle")


_GATHER = tuple(
    f"CREATE TEMPORARY TABLE gone_{noun} ON COMMIT DROP AS "
    f"SELECT id FROM customers_{noun} WHERE run = %(run)s AND dealership_id = %(dealership)s"
    for noun in ("visit", "customer", "vehicle")
)

_MINE = "SELECT id FROM customers_{} WHERE run = %(run)s AND dealership_id = %(dealership)s"
_CUSTOMERS, _VEHICLES, _VISITS = (f"({_MINE.format(noun)})" for noun in ("customer", "vehicle", "visit"))
_OTHER_RUN = "(run = ANY (%(forgotten)s)) IS NOT TRUE"

_DEPENDENTS = {
    "visits": f"""SELECT count(*) FROM customers_visit WHERE dealership_id = %(dealership)s AND {_OTHER_RUN}
        AND (customer_id IN {_CUSTOMERS} OR vehicle_id IN {_VEHICLES})""",
    # A visit that a later file corrected, or a person.
    "corrections": f"""SELECT count(DISTINCT visit_id) FROM journal_entry
        WHERE dealership_id = %(dealership)s AND kind = 'visit_corrected' AND visit_id IN {_VISITS}
            AND ((facts->>'run')::bigint = ANY (%(forgotten)s)) IS NOT TRUE""",
    "edits": f"""SELECT count(DISTINCT coalesce(customer_id, -vehicle_id)) FROM customers_change
        WHERE dealership_id = %(dealership)s AND {_OTHER_RUN}
            AND (customer_id IN {_CUSTOMERS} OR vehicle_id IN {_VEHICLES})""",
    "merges": f"""SELECT count(*) FROM customers_merge WHERE dealership_id = %(dealership)s AND undone_at IS NULL
        AND (survivor_id IN {_CUSTOMERS} OR gone_id IN {_CUSTOMERS})""",
    "files": f"""SELECT count(*) FROM customers_customerfile
        WHERE dealership_id = %(dealership)s AND state <> 'due'
            AND (customer_id IN {_CUSTOMERS} OR visit_id IN {_VISITS})""",
    "notes": "SELECT "
    + " + ".join(
        f"(SELECT count(*) FROM customers_{table} WHERE dealership_id = %(dealership)s AND customer_id IN {_CUSTOMERS})"
        for table in ("consent", "customerresthours", "profile")
    ),
    "readings": f"""SELECT count(*) FROM customers_odometerreading WHERE dealership_id = %(dealership)s
        AND {_OTHER_RUN} AND vehicle_id IN {_VEHICLES}""",
}

# A number of a customer we knew stays if somebody has said something about it since.
_REMOVE = (
    """
DELETE FROM journal_entry WHERE dealership_id = %(dealership)s AND visit_id IN (SELECT id FROM gone_visit)
    """,
    """
DELETE FROM customers_odometerreading WHERE dealership_id = %(dealership)s AND run = %(run)s AND reason = ''
    """,
    """
DELETE FROM customers_contactpoint p
WHERE p.dealership_id = %(dealership)s AND p.run = %(run)s AND p.verified_on IS NULL AND NOT p.preferred
    AND NOT EXISTS (SELECT 1 FROM customers_change c
        WHERE c.noun = 'contact_point' AND c.row = p.id AND c.customer_id = p.customer_id
            AND c.run IS DISTINCT FROM %(run)s)
    """,
)


def _restore_visits(cursor: Any, parameters: dict[str, Any]) -> list[int | None]:
    """Visits that the run corrected, as they were before, unless they were corrected again; the cars it gave them."""
    cursor.execute(_CORRECTED, parameters)
    cars = [car for _visit, car in cursor.fetchall()]
    cursor.execute(_RESTORE_VISITS, parameters)
    restored = [pk for (pk,) in cursor.fetchall()]
    cursor.execute(
        "DELETE FROM journal_entry WHERE dealership_id = %(dealership)s AND kind = 'visit_corrected' "
        "AND (facts->>'run')::bigint = %(run)s AND visit_id = ANY (%(visits)s)",
        {**parameters, "visits": restored},
    )
    if restored:
        visits_changed.send(Arrival, visit_ids=restored, at=parameters["at"])
    cursor.execute("SELECT vehicle_id FROM customers_visit WHERE id = ANY (%s)", [restored])
    return cars + [car for (car,) in cursor.fetchall()]


_LAST = """
    SELECT DISTINCT ON (e.visit_id) e.visit_id, e.facts FROM journal_entry e
    WHERE e.dealership_id = %(dealership)s AND e.kind = 'visit_corrected' AND e.visit_id IN (
        SELECT visit_id FROM journal_entry
        WHERE dealership_id = %(dealership)s AND kind = 'visit_corrected' AND (facts->>'run')::bigint = %(run)s)
    ORDER BY e.visit_id, e.at DESC, e.id DESC
"""
_CORRECTED = f"SELECT v.id, v.vehicle_id FROM ({_LAST}) l JOIN customers_visit v ON v.id = l.visit_id"
_RESTORE_VISITS = f"""
UPDATE customers_visit v
SET ({FACTS}, consultant_id, changed_at) = (
    SELECT f.{FACTS.replace(", ", ", f.")}, f.consultant_id, %(at)s
    FROM jsonb_populate_record(v, l.facts->'before') f)
FROM ({_LAST}) l
WHERE v.id = l.visit_id AND (l.facts->>'run')::bigint = %(run)s AND l.facts->'before' <> '{{}}'
RETURNING v.id
"""


def _vehicles_left(cursor: Any, corrected: list[int | None]) -> list[int]:
    """Vehicles that stay, whose owner may be another without the visits of the run."""
    cursor.execute("SELECT DISTINCT v.vehicle_id FROM customers_visit v JOIN gone_visit g ON g.id = v.id")
    touched = {car for (car,) in cursor.fetchall()} | set(corrected)
    cursor.execute("SELECT id FROM gone_vehicle")
    gone = {car for (car,) in cursor.fetchall()}
    return sorted(car for car in touched if car is not None and car not in gone)


def _delete(cursor: Any, model: type[models.Model]) -> None:
    """The rows gathered under the model's name, and what exists only with them."""
    gone = f"(SELECT id FROM gone_{model._meta.model_name})"
    for held in apps.get_models():
        for field in held._meta.local_concrete_fields:
            if not isinstance(field, models.ForeignKey) or field.related_model is not model or held is model:
                continue
            table, column, on_delete = held._meta.db_table, field.column, field.remote_field.on_delete
            if on_delete is models.CASCADE:
                cursor.execute(f"DELETE FROM {table} WHERE {column} IN {gone}")
            elif on_delete is models.SET_NULL:
                cursor.execute(f"UPDATE {table} SET {column} = NULL WHERE {column} IN {gone}")
    cursor.execute(f"DELETE FROM {model._meta.db_table} WHERE id IN {gone}")


def _restore(cursor: Any, parameters: dict[str, Any], model: type[models.Model]) -> None:
    """Fields that this run was the last to change."""
    noun, table = str(model._meta.model_name), model._meta.db_table
    cursor.execute(_CHANGED.format(table=table), {**parameters, "noun": noun})
    for field, rows, olds in cursor.fetchall():
        kind = model._meta.get_field(field).db_type(connection)
        extra = {"full_name": ("search_name", search_key), "plate": ("plate_key", plate_key)}.get(field)
        values = {"rows": rows, "olds": olds, "keys": [extra[1](old) for old in olds] if extra else olds}
        # Text may be empty; whatever else has no value is nothing.
        old = "o.old" if str(kind).startswith(("varchar", "text")) else f"nullif(o.old, '')::{kind}"
        cursor.execute(
            f"UPDATE {table} t SET {field} = {old} {f', {extra[0]} = o.key' if extra else ''} "
            "FROM unnest(%(rows)s::bigint[], %(olds)s::text[], %(keys)s::text[]) o (id, old, key) "
            "WHERE t.id = o.id",
            values,
        )
        said = {"rows": rows, "field": _SAID.get(field, field), **parameters}
        cursor.execute(_BELIEVE_AS_BEFORE.format(table=table), said)


_CHANGED = """
SELECT field, array_agg(row ORDER BY row), array_agg(old ORDER BY row) FROM (
    SELECT DISTINCT ON (row, field) row, field, old FROM (
        SELECT *, first_value(run) OVER (PARTITION BY row, field ORDER BY at DESC, id DESC) AS last
        FROM customers_change
        WHERE dealership_id = %(dealership)s AND noun = %(noun)s AND row IN (
            SELECT row FROM customers_change
            WHERE dealership_id = %(dealership)s AND noun = %(noun)s AND run = %(run)s)
            AND (run = ANY (%(forgotten)s)) IS NOT TRUE
    ) c
    WHERE run = %(run)s AND last = %(run)s
    ORDER BY row, field, at, id
) c
WHERE EXISTS (SELECT 1 FROM {table} t WHERE t.id = c.row) GROUP BY field
"""
_SAID = {"full_name": "name", "kind": "name", "family_name": "name", "second_family_name": "name",
    "given_name": "name", "patronymic": "name"}  # fmt: skip

_BELIEVE_AS_BEFORE = """
UPDATE {table} t SET said = (t.said - %(field)s::text) || CASE
    WHEN (t.said->'was'->>'run')::bigint = %(run)s AND coalesce(t.said->'was'->>%(field)s::text, '') <> ''
    THEN jsonb_build_object(%(field)s::text, t.said->'was'->%(field)s::text) ELSE '{{}}' END
WHERE t.id = ANY (%(rows)s)
"""
