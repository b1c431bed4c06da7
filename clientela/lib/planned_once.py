"""A statement that PostgreSQL plans once a connection: for one that is long to plan, quick to run and run often.

Django puts the parameters into the text of each statement, so that every one is planned anew. Here they are sent beside
it; after five times PostgreSQL keeps its plan.
"""

from collections.abc import Mapping
from typing import Any

import psycopg
from django.db import connection


def first(sql: str, parameters: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """Run it in the transaction at hand; its first row, if any."""
    connection.ensure_connection()
    connection.validate_no_broken_transaction()
    server: psycopg.Connection[Any] = connection.connection
    server.prepare_threshold = 0  # Django has it off; its own cursors never prepare
    with connection.wrap_database_errors, psycopg.Cursor(server) as cursor:
        return cursor.execute(sql, parameters, prepare=True).fetchone()
