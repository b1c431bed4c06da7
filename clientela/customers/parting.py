"""Giving back what a merge took: every value that nobody has changed since."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, QuerySet
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from psycopg import sql

from clientela.network import tenancy

from . import changes
from .choosing import CHOICES
from .models import Change, Customer, Duplicate, Merge, MergedRow
from .references import references

#: What people call the rows of a table.
WORDS = {
    "customers_contactpoint": _("numbers and addresses"),
    "customers_vehicle": _("vehicles"),
    "customers_ownership": _("vehicles"),
    "customers_visit": _("visits"),
    "customers_consent": _("consents"),
    "customers_customerfile": _("files to be completed"),
    "customers_customerresthours": _("hours of rest"),
    "customers_profile": _("profile"),
    "customers_upkeep": _("things to be put right"),
    "customers_change": _("changes of the file"),
    "contacts_contacttask": _("contacts"),
    "contacts_attempt": _("calls"),
    "contacts_contactrecord": _("lines of the call register"),
    "contacts_finding": _("findings"),
    "contacts_letter": _("letters and messages"),
    "contacts_nextservice": _("next services"),
    "contacts_plantarget": _("lines of call plans"),
    "contacts_recognition": _("callers named later"),
    "contacts_request": _("requests"),
    "contacts_talkingpoint": _("talking points"),
    "satisfaction_response": _("answers"),
    "journal_entry": _("lines of the history"),
}

_HER = Change.Noun.CUSTOMER
#: Columns that only make sense together: of a name one does not give back half.
_TOGETHER = {"family_name", "second_family_name", "given_name", "patronymic", "search_name", "do_not_call_list_on"}

# Compared as the ledger keeps them; an SQL null and a null of JSON are the same here.
_COMPARE = """
UPDATE customers_mergedrow r SET stayed = CASE WHEN t.facts IS NULL THEN 'deleted'
    WHEN t.facts -> r."column" IS DISTINCT FROM coalesce(r.after, 'null') THEN 'changed' ELSE '' END
FROM customers_mergedrow m
LEFT JOIN LATERAL (SELECT to_jsonb(t) AS facts FROM {table} t WHERE t.{key} = m."row") t ON true
WHERE r.id = m.id AND m.merge_id = %(merge)s AND m."table" = {name} AND m."column" <> '*'
"""
_SET = """
UPDATE {table} t SET {assignments}
FROM (
    SELECT "row", jsonb_object_agg("column", coalesce(before, 'null')) AS facts FROM customers_mergedrow
    WHERE merge_id = %(merge)s AND "table" = {name} AND "column" = ANY (%(columns)s) AND stayed = ''
    GROUP BY "row"
) r
WHERE t.{key} = r."row"
"""
# What the facts do not name stays as it is.
_ASSIGN = "{column} = (jsonb_populate_record(t, r.facts)).{column}"
_TAKE_OUT = """
WITH gone AS (
    DELETE FROM {table} t USING customers_mergedrow r
    WHERE r.merge_id = %(merge)s AND r."table" = {name} AND r."column" = '*' AND r.before IS NULL
        AND t.{key} = r."row" AND to_jsonb(t) = r.after
    RETURNING r.id)
UPDATE customers_mergedrow r
SET stayed = CASE WHEN EXISTS (SELECT 1 FROM {table} t WHERE t.{key} = r."row") THEN 'changed' ELSE 'deleted' END
WHERE r.merge_id = %(merge)s AND r."table" = {name} AND r."column" = '*' AND r.before IS NULL
    AND r.id NOT IN (SELECT id FROM gone)
"""
_PUT_BACK = """
WITH back AS (
    INSERT INTO {table} SELECT (jsonb_populate_record(NULL::{table}, r.before)).* FROM customers_mergedrow r
    WHERE r.merge_id = %(merge)s AND r."table" = {name} AND r."column" = '*' AND r.after IS NULL
    ON CONFLICT DO NOTHING RETURNING {key} AS id)
UPDATE customers_mergedrow r SET stayed = 'taken'
WHERE r.merge_id = %(merge)s AND r."table" = {name} AND r."column" = '*' AND r.after IS NULL
    AND r."row" NOT IN (SELECT id FROM back)
"""


@transaction.atomic
def give_back(merge: Merge) -> None:
    """First what was put in goes, then rows return to whose they were, then what was taken out, then the rest."""
    columns = _columns(merge)
    of_whom = {(reference.table, reference.column) for reference in references()}
    for table in columns:
        _run(_COMPARE, table, merge)
    _keep_together(merge)
    with tenancy.silently():  # the numbers do not change, only where they stand
        for table in columns:
            _run(_TAKE_OUT, table, merge)
        for table, names in columns.items():
            _set(table, [name for name in names if (table, name) in of_whom], merge)
        for table in columns:
            _run(_PUT_BACK, table, merge)
    for table, names in columns.items():
        _set(table, [name for name in names if (table, name) not in of_whom and name != "*"], merge)


def left(merge: Merge) -> QuerySet[MergedRow]:
    """What was not given back. Pairs to be looked at are found anew by themselves."""
    stayed = MergedRow.objects.filter(merge=merge).exclude(stayed="").exclude(table=Duplicate._meta.db_table)
    return stayed.exclude(column="said")  # which goes with the value that it dates


@dataclass(frozen=True)
class Moved:
    """How many rows of one kind went over."""

    what: str
    rows: int


@dataclass(frozen=True)
class Overwritten:
    """A field of the survivor that took the other's value, in words; a date where it is one."""

    field: str
    before: str | date
    after: str | date


def moved(merge: Merge) -> list[Moved]:
    """Which rows found another owner, by what they are."""
    of_whom = {(reference.table, reference.column) for reference in references()}
    counts = MergedRow.objects.filter(merge=merge).order_by().values_list("table", "column").annotate(rows=Count("pk"))
    found = [Moved(str(WORDS[table]), rows) for table, column, rows in counts if (table, column) in of_whom]
    return sorted(found, key=lambda row: row.what)


def overwritten(merge: Merge) -> list[Overwritten]:
    """What of the survivor's own file was filled or replaced."""
    rows = MergedRow.objects.filter(merge=merge, table=Customer._meta.db_table, column__in=CHOICES)
    return [
        Overwritten(changes.title(_HER, row.column), _said(row.column, row.before), _said(row.column, row.after))
        for row in rows.order_by("pk")
    ]


def _said(field: str, value: Any) -> str | date:
    return changes.value(_HER, field, "" if value is None else str(value).lower() if isinstance(value, bool) else value)


def sentences(merge: Merge) -> list[str]:
    """What stayed as it is when the merge was undone, and why: one sentence each."""
    rows = left(merge).order_by("table", "row", "pk")
    return list(dict.fromkeys(_sentence(row) for row in rows))


def _sentence(row: MergedRow) -> str:
    words = {"why": row.get_stayed_display(), "number": row.row, "what": capfirst(str(WORDS.get(row.table, row.table)))}
    if row.table == Customer._meta.db_table:
        name = getattr(Customer._meta.get_field(row.column), "verbose_name", row.column)
        return str(_("%(what)s: %(why)s, so it stays as it is.") % (words | {"what": capfirst(str(name))}))
    return str(_("%(what)s, no. %(number)s: %(why)s, so it stays as it is.") % words)


def _columns(merge: Merge) -> dict[str, list[str]]:
    """By table the columns in which something changed."""
    pairs = MergedRow.objects.filter(merge=merge).order_by("table", "column").values_list("table", "column").distinct()
    return {table: [column for _table, column in found] for table, found in groupby(pairs, key=lambda pair: pair[0])}


def _keep_together(merge: Merge) -> None:
    """If one of several values that belong together has changed, all of them stay."""
    of_whom = {(reference.table, reference.column) for reference in references()}
    found: dict[tuple[Any, ...], list[MergedRow]] = {}
    for row in MergedRow.objects.filter(merge=merge).exclude(column="*"):
        if (row.table, row.column) not in of_whom:
            found.setdefault((row.table, row.row, _part(row)), []).append(row)
    for rows in found.values():
        if any(row.stayed for row in rows):
            MergedRow.objects.filter(pk__in=[row.pk for row in rows], stayed="").update(stayed=MergedRow.Stayed.CHANGED)


def _part(row: MergedRow) -> str:
    """Of the customer's own fields each goes by itself, names and the like together; other rows go whole."""
    if row.table != Customer._meta.db_table:
        return ""
    if row.column == "do_not_call_list_on":
        return "do_not_call"
    return "full_name" if row.column in _TOGETHER else row.column


def _set(table: str, columns: list[str], merge: Merge) -> None:
    if columns:
        pairs = [sql.SQL(_ASSIGN).format(column=sql.Identifier(column)) for column in columns]
        _run(_SET, table, merge, assignments=pairs, columns=columns)


def _run(statement: str, table: str, merge: Merge, *, assignments: Sequence[Any] = (), **facts: Any) -> None:
    parts = {
        "table": sql.Identifier(table),
        "name": sql.Literal(table),
        "key": sql.Identifier("id"),
        "assignments": sql.Composed(assignments).join(", "),
    }
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(statement).format(**parts), {"merge": merge.pk, **facts})
