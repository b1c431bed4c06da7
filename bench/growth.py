"""Growth: the same houses with five times as many vehicles. Run last: the data is made anew afterwards."""

from . import filling, plan, server, tasks
from .scale import Scale
from .table import Figure, s
from .timing import median, seconds

TIMES = 5


def measure(scale: Scale) -> list[Figure]:
    before = [plan.first_day() for _round in range(1 + scale.rounds // 2)]
    with server.connect() as bench:
        bench.execute("TRUNCATE contacts_contacttask CASCADE")
        filling.grow(bench, scale, TIMES)
    after, again = [], []
    for _round in range(1 + scale.rounds // 2):
        after.append(plan.first_day())
        count = tasks.count()
        again.append(seconds(plan.plan))
        if tasks.count() != count:
            raise AssertionError(f"Planning the day again made {tasks.count() - count} more tasks")
    small, large = median(before), median(after)
    return [
        Figure(
            f"plan a day, {TIMES * scale.vehicles:,} vehicles / {scale.vehicles:,}",
            s(large),
            s(small),
            large / small,
            at_most=5.5,
        ),
        Figure("… again, 0 new / the first time", s(median(again)), s(large), median(again) / large, at_most=1),
    ]
