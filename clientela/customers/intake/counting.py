"""What PostgreSQL knows of the waiting room: nothing, unless it is told each time a column was filled."""

from typing import Any

#: With fewer rows even a blind plan takes no time.
LARGE = 2_000


def begin(cursor: Any, parameters: dict[str, Any]) -> None:
    query = (
        "SELECT count(*) > %(large)s FROM (SELECT 1 FROM customers_arrival WHERE run = %(run)s LIMIT %(large)s + 1) r"
    )
    cursor.execute(query, {**parameters, "large": LARGE})
    parameters["is_large"] = cursor.fetchone()[0]
    count(cursor, parameters)


def count(cursor: Any, parameters: dict[str, Any]) -> None:
    """Without it each row would be looked for among all others."""
    if parameters["is_large"]:
        cursor.execute("SELECT customers_count_arrivals()")
