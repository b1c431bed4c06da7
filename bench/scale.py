"""How much is measured, and against which targets."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

#: The benchmark's own today: a Wednesday evening in Europe, noon in Mexico. Data and requests use it.
AT = datetime(2026, 6, 10, 18, 0, tzinfo=UTC)
TODAY: date = AT.date()


@dataclass(frozen=True)
class Scale:
    """A size of the benchmark. A sample is what a slow peer is given; its time is scaled up and the table says so."""

    name: str
    vehicles: int
    houses: int
    shared_buffers: str
    rounds: int
    #: Visits that each ORM loop is given, spread over all houses and days.
    walk_sample: int
    loop_sample: int
    claims: int
    claim_seconds: int
    page_views: int
    #: Rows of a register, and those that each slow peer is given.
    import_rows: int
    import_rounds: int
    bulk_rows: int
    default_rows: int
    workbook_rows: int
    #: Of clients and backends while four planners plan.
    kills: int
    #: How many days back the seasonal rule of the benchmark looks: with 365 a third of all visits.
    season_days: int
    #: The least ratio by which planning beats the loops.
    beats_loop: float
    beats_bulk: float

    @property
    def visits(self) -> int:
        return 2 * self.vehicles


FULL = Scale(
    name="full",
    vehicles=1_000_000,
    houses=300,
    shared_buffers="2GB",
    rounds=3,
    walk_sample=100_000,
    loop_sample=25_000,
    claims=50_000,
    claim_seconds=8,
    page_views=200,
    import_rows=1_000_000,
    import_rounds=3,
    bulk_rows=100_000,
    default_rows=10_000,
    workbook_rows=100_000,
    kills=200,
    season_days=180,
    beats_loop=50,
    beats_bulk=15,
)
SMALL = Scale(
    name="small",
    vehicles=50_000,
    houses=30,
    shared_buffers="512MB",
    rounds=3,
    walk_sample=10_000,
    loop_sample=2_000,
    claims=3_000,
    claim_seconds=2,
    page_views=40,
    import_rows=100_000,
    import_rounds=3,
    bulk_rows=20_000,
    default_rows=2_000,
    workbook_rows=30_000,
    kills=24,
    season_days=90,
    beats_loop=10,
    beats_bulk=3,
)
