"""Row-level security, the second line behind `visible_to`: the database itself hides the neighbour's rows.

Settings are local to a transaction: a pooled connection would keep a plain ``SET`` for the next person.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import connection, migrations, transaction

from clientela.lib.postgres import APPLICATION, PLANNER

SETTING = "clientela.dealerships"
#: Who acts, since when, in which run of an import: the history of files (`customers.Change`) takes it from here.
BY, AT, RUN = "clientela.by", "clientela.at", "clientela.run"
#: "on" while a person is erased: what is erased must not be written down once more.
SILENT = "clientela.silent"


@contextmanager
def within(dealership_ids: Iterable[int], *, by: int | None = None, at: datetime | None = None) -> Iterator[None]:
    """A transaction in which only these dealerships' rows exist. `by` (a user's key) and `at` go into the history."""
    with transaction.atomic(), _as("none", ",".join(map(str, dealership_ids)), by, at):
        yield


@contextmanager
def everywhere() -> Iterator[None]:
    """A transaction of the installation itself: planning, importing, the clock. Never for a person's request."""
    with transaction.atomic(), _as(PLANNER, ""):
        yield


@contextmanager
def _as(role: str, dealerships: str, by: int | None = None, at: datetime | None = None) -> Iterator[None]:
    nested = bool(connection.savepoint_ids)
    before = ("none", "")
    with connection.cursor() as cursor:
        if nested:
            cursor.execute("SELECT current_setting('role'), coalesce(current_setting(%s, true), '')", [SETTING])
            before = cursor.fetchone()
        cursor.execute(
            "SELECT set_config('role', %s, true), set_config(%s, %s, true), set_config(%s, %s, true), "
            "set_config(%s, %s, true)",
            [role, SETTING, dealerships, BY, str(by or ""), AT, at.isoformat() if at else ""],
        )
    yield
    # Within an outer transaction the setting would outlive this block; otherwise it ends with the transaction.
    if nested and not connection.needs_rollback:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('role', %s, true), set_config(%s, %s, true)",
                [before[0], SETTING, before[1]],
            )


def attribute(*, by: int | None = None, at: datetime | None = None, run: int | None = None) -> None:
    """Say for the rest of this transaction who acts (the key of a user), at what moment, in which run."""
    values = {BY: by, AT: at.isoformat() if at else None, RUN: run}
    with connection.cursor() as cursor:
        for setting, value in values.items():
            cursor.execute("SELECT set_config(%s, %s, true)", [setting, "" if value is None else str(value)])


@contextmanager
def silently() -> Iterator[None]:
    """Within this block changes leave no history: for erasing."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, 'on', true)", [SILENT])
        yield
        cursor.execute("SELECT set_config(%s, '', true)", [SILENT])


#: A row of a dealership that this transaction sees, as policies say it.
VISIBLE = (
    "dealership_id = ANY ((SELECT string_to_array("
    f"nullif(current_setting('{SETTING}', true), ''), ',')::bigint[])::bigint[])"
)


def protect(*tables: str) -> list[migrations.RunSQL]:
    """Migration operations that put tables with a ``dealership_id`` behind the policy.

    The setting is read and made numbers in a subquery, once a statement and not once a row; the cast around it
    changes nothing, but without it PostgreSQL takes the subquery for a set of rows.
    """
    return [
        migrations.RunSQL(
            f"""
            ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
            CREATE POLICY of_the_dealership ON {table} TO {APPLICATION} USING ({VISIBLE});
            CREATE POLICY of_the_installation ON {table} TO {PLANNER} USING (true);
            """,
            f"""
            DROP POLICY of_the_installation ON {table};
            DROP POLICY of_the_dealership ON {table};
            ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;
            """,
        )
        for table in tables
    ]


def require_plain_role() -> None:
    """Refuse to serve as a role that row-level security does not hold: every policy would be void."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolname FROM pg_roles WHERE rolname = current_user AND (rolsuper OR rolbypassrls)")
        if powerful := cursor.fetchone():
            raise SystemExit(
                f"Clientela will not run as the PostgreSQL role {powerful[0]}: it is a superuser or has BYPASSRLS, "
                "so no row would be hidden from anybody. Point DATABASE_URL at clientela_app (docs/operations.md)."
            )
        # A member that inherits has the rights without asking: the policy of the owner or the planner is its own.
        cursor.execute(
            """
            SELECT rolname FROM pg_roles WHERE pg_has_role(current_user, oid, 'USAGE') AND (rolname = %s
                OR rolname IN (SELECT tableowner FROM pg_tables WHERE tablename = 'customers_customer'))
            """,
            [PLANNER],
        )
        if inherited := cursor.fetchone():
            raise SystemExit(
                f"Clientela will not run with the rights of the PostgreSQL role {inherited[0]}: row-level security "
                "does not hold it. Point DATABASE_URL at clientela_app, which owns and inherits nothing, and "
                "DATABASE_OWNER_URL at clientela_owner (docs/operations.md)."
            )
