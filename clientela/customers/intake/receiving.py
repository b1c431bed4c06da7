"""The order in which it happens: vehicles, then customers, then visits, then whose car it is."""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from clientela.lib import phones
from clientela.network.models import Dealership

from ..following import exclude_merging
from ..models import Arrival
from ..models.arrival import COLUMNS
from ..signals import numbers_added, visits_changed
from . import advisers, counting, customers, owners, repeating, vehicles, visits
from .receipt import Receipt


def stage(run: int, rows: Iterable[tuple[Any, ...]]) -> int:
    """COPY rows (in the order of `COLUMNS`) into the waiting room; how many."""
    count = 0
    names = ", ".join(COLUMNS)
    with connection.cursor() as cursor, cursor.copy(f"COPY customers_arrival ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
            count += 1
    return count


@transaction.atomic
def receive(
    run: int,
    dealership: Dealership,
    *,
    at: datetime,
    source: str = "",
    source_note: str = "",
    columns: Collection[str] | None = None,
    tell: Callable[[float], None] = lambda share: None,
) -> Receipt:
    """Merge what waits under `run` into the files of a dealership. `tell` hears how far it has come, up to 1.

    `columns` says what the file told of; without it, it told everything.
    """
    receipt = Receipt()
    parameters = {"run": run, "source": source, "source_note": source_note, **_of_the_house(dealership, at)}
    with connection.cursor() as cursor:
        take_turns(cursor, dealership.pk)
        cursor.execute("SELECT customers_size_up()")
        counting.begin(cursor, parameters)
        vehicles.merge(cursor, parameters, receipt.vehicles)
        tell(0.3)
        reachable = customers.merge(cursor, parameters, receipt)
        tell(0.7)
        owners.hear_registers(cursor, parameters)
        visits.keep_untold(cursor, parameters, columns)
        receipt.noticed = advisers.find(cursor, parameters)
        receipt.duplicates = visits.drop_duplicates(cursor, parameters)
        visit_ids = visits.merge(cursor, parameters, receipt.visits)
        tell(0.9)
        owners.follow(cursor, parameters)
        receipt.noticed += vehicles.notice_lower_readings(cursor, parameters)
        receipt.again = repeating.count(cursor, parameters)
        cursor.execute("DELETE FROM customers_arrival WHERE run = %(run)s", parameters)
    if reachable:
        numbers_added.send(Arrival, customer_ids=reachable, at=at)
    if visit_ids:
        visits_changed.send(Arrival, visit_ids=visit_ids, at=at)
    tell(1)
    return receipt


def _of_the_house(dealership: Dealership, at: datetime) -> dict[str, Any]:
    own = phones.read(dealership.hotline, dealership.country)
    return {
        "dealership": dealership.pk,
        "at": at,
        "today": dealership.today(at),
        "language": dealership.locale,
        "own_numbers": [number.e164 for number in own if number.e164],
    }


def take_turns(cursor: Any, dealership: int) -> None:
    """Two files of one house follow one another: matching must see what the other opened. Merging waits as well."""
    cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"intake {dealership}"])
    exclude_merging()
