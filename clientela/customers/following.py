"""Rows that arrive for a file while it is being merged away, or after: they belong to the one that stayed.

Whoever gives a customer a row locks her file against merging until the row is there for all to see; if it went
meanwhile, the row names the survivor instead. The database does it, for every table that names a customer (a test
says so): no form, job or command of tomorrow can forget it. Whole files and plans, which exclude merging by locks of
their own, are spared the question for each row.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, migrations

#: "on" in a transaction, or a part of it, that excludes merging of the houses to whose customers it gives rows.
SETTING = "clientela.excludes_merging"

FUNCTION = migrations.RunSQL(
    """
    CREATE FUNCTION customers_follow_merged() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        survivor bigint;
    BEGIN
        LOOP
            -- Waits for a merge that has locked the file; the next merge waits for this row.
            SELECT merged_into_id INTO survivor FROM customers_customer WHERE id = NEW.customer_id FOR KEY SHARE;
            EXIT WHEN survivor IS NULL;
            NEW.customer_id := survivor;
        END LOOP;
        RETURN NEW;
    END $$
    """,
    "DROP FUNCTION customers_follow_merged",
)


def follow_merged(*tables: str) -> list[migrations.RunSQL]:
    """Migration operations after which new rows of these tables, or rows given to another, follow merged files."""
    return [
        migrations.RunSQL(
            f"""
            CREATE TRIGGER follow_merged BEFORE INSERT OR UPDATE OF customer_id ON {table} FOR EACH ROW
            WHEN (NEW.customer_id IS NOT NULL AND current_setting('{SETTING}', true) IS DISTINCT FROM 'on')
            EXECUTE FUNCTION customers_follow_merged()
            """,
            f"DROP TRIGGER follow_merged ON {table}",
        )
        for table in tables
    ]


def exclude_merging() -> None:
    """For the rest of this transaction, which holds the turn of the house: no file can be merged away now."""
    _set("on")


@contextmanager
def merging_excluded() -> Iterator[None]:
    """The same for a part of a transaction that has taken turns with merging only for that part."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting(%s, true), '')", [SETTING])
        before = cursor.fetchone()[0]
    _set("on")
    yield
    _set(before)


def _set(value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, true)", [SETTING, value])
