"""Allotting the customers of a plan: evenly, or to who knows them; nobody is left without (S4-1.3.2a)."""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

from clientela.customers.models import CustomerFile, Visit
from clientela.network.models import Dealership

What = TypeVar("What", bound=Hashable)
Who = TypeVar("Who", bound=Hashable)


def share_out(
    targets: Iterable[What],
    takers: Sequence[Who],
    *,
    owners: Mapping[What, Who] | None = None,
    load: Mapping[Who, int] | None = None,
) -> dict[What, Who]:
    """Who gets which: whose owner is among the takers gets it; the rest go to who has the fewest, in their order."""
    has = Counter({taker: (load or {}).get(taker, 0) for taker in takers})
    given: dict[What, Who] = {}
    rest: list[What] = []
    for target in targets:
        owner = (owners or {}).get(target)
        if owner is None or owner not in has:
            rest.append(target)
            continue
        given[target] = owner
        has[owner] += 1
    for target in rest:
        taker = min(takers, key=lambda one: (has[one], takers.index(one)))
        given[target] = taker
        has[taker] += 1
    return given


def owners(house: Dealership, customers: Iterable[int]) -> dict[int, int]:
    """By customer, who looks after her: whose her file is, else who attended her last."""
    ids = list(customers)
    visits = Visit.objects.filter(dealership=house, customer__in=ids, cancelled_at=None).exclude(consultant=None)
    found = dict(visits.order_by("delivered_on", "pk").values_list("customer", "consultant"))
    files = CustomerFile.objects.filter(dealership=house, customer__in=ids).exclude(owner=None)
    return {**found, **dict(files.order_by("began_on", "pk").values_list("customer", "owner"))}
