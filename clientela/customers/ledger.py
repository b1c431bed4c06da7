"""What a merge changes, written down as it happens: each value with what it was, in the database's own JSON."""

from collections.abc import Sequence
from typing import Any

from django.db import connection, models
from psycopg import sql

from .models import Merge
from .references import Reference

_COLUMNS = sql.SQL('customers_mergedrow (dealership_id, merge_id, "table", "row", "column", before, after, stayed)')

# One statement a table, however many rows: nothing is read into this program.
_MOVE = """
WITH moved AS (UPDATE {table} SET {column} = %(to)s WHERE {column} = %(gone)s RETURNING {key} AS id)
INSERT INTO {columns}
SELECT %(dealership)s, %(merge)s, {name}, id, {column_name}, to_jsonb(%(gone)s::bigint), to_jsonb(%(to)s::bigint), ''
FROM moved
"""
_CHANGE = """
WITH old AS (SELECT to_jsonb(t) AS facts FROM {table} t WHERE {key} = %(row)s),
    new AS (UPDATE {table} t SET {assignments} WHERE {key} = %(row)s RETURNING to_jsonb(t) AS facts)
INSERT INTO {columns}
SELECT %(dealership)s, %(merge)s, {name}, %(row)s, field, old.facts -> field, new.facts -> field, ''
FROM old, new, jsonb_object_keys(new.facts) AS field
WHERE old.facts -> field IS DISTINCT FROM new.facts -> field
"""
_TAKE_OUT = """
WITH gone AS (DELETE FROM {table} t WHERE {key} = %(row)s RETURNING to_jsonb(t) AS facts)
INSERT INTO {columns} SELECT %(dealership)s, %(merge)s, {name}, %(row)s, '*', facts, NULL, '' FROM gone
"""
_PUT_IN = """
INSERT INTO {columns} SELECT %(dealership)s, %(merge)s, {name}, %(row)s, '*', NULL, to_jsonb(t), ''
FROM {table} t WHERE {key} = %(row)s
"""


class Ledger:
    """Changes rows on behalf of one merge, and keeps what they were in `MergedRow`."""

    def __init__(self, merge: Merge) -> None:
        self.merge = merge

    def move(self, reference: Reference) -> None:
        """Give every row of the file that goes to the one that stays."""
        self._run(_MOVE, reference, to=self.merge.survivor_id, gone=self.merge.gone_id)

    def change(self, row: models.Model, **values: Any) -> None:
        """Give one row other values; a row may be given for its key."""
        values = {name: value.pk if isinstance(value, models.Model) else value for name, value in values.items()}
        fields = {name: row._meta.get_field(name) for name in values}
        prepared = {
            f"new_{name}": field.get_db_prep_save(values[name], connection)  # type: ignore[union-attr]
            for name, field in fields.items()
        }
        pairs: list[sql.Composable] = [
            sql.Identifier(str(field.column)) + sql.SQL(" = ") + sql.Placeholder(f"new_{name}")  # type: ignore[union-attr]
            for name, field in fields.items()
        ]
        self._run(_CHANGE, Reference(type(row), "id"), assignments=pairs, row=row.pk, **prepared)

    def take_out(self, row: models.Model, *, twin: models.Model | None = None) -> None:
        """Remove a row because its `twin` says the same; whoever pointed to it points to the twin."""
        if twin is not None:
            for pointer in _pointers(type(row)):
                self._run(_MOVE, pointer, to=twin.pk, gone=row.pk)
        self._run(_TAKE_OUT, Reference(type(row), "id"), row=row.pk)

    def put_in(self, row: models.Model) -> None:
        """Note a row that was made by the merge itself."""
        self._run(_PUT_IN, Reference(type(row), "id"), row=row.pk)

    def _run(self, statement: str, at: Reference, *, assignments: Sequence[sql.Composable] = (), **facts: Any) -> None:
        parts = {
            "table": sql.Identifier(at.table),
            "name": sql.Literal(at.table),
            "key": sql.Identifier(at.key),
            "column": sql.Identifier(at.column),
            "column_name": sql.Literal(at.column),
            "columns": _COLUMNS,
            "assignments": sql.Composed(assignments).join(", "),
        }
        about = {"dealership": self.merge.dealership_id, "merge": self.merge.pk, **facts}
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL(statement).format(**parts), about)


def _pointers(model: type[models.Model]) -> list[Reference]:
    """Which columns point to rows of this model."""
    return [
        Reference(relation.related_model, str(relation.field.column))
        for relation in model._meta.get_fields(include_hidden=True)
        if isinstance(relation, models.ManyToOneRel) and isinstance(relation.related_model, type)
    ]
