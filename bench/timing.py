"""How long things take: in turns, so that a busy moment of the machine falls on both sides."""

from collections.abc import Callable, Mapping
from statistics import median, quantiles
from time import perf_counter

__all__ = ["in_turns", "median", "p95", "seconds"]


def seconds(work: Callable[[], object]) -> float:
    begun = perf_counter()
    work()
    return perf_counter() - begun


def in_turns(rounds: int, ways: Mapping[str, Callable[[], float]]) -> dict[str, list[float]]:
    """A, B, A, B, A, B: what each way measured, round by round."""
    measured: dict[str, list[float]] = {name: [] for name in ways}
    for _round in range(rounds):
        for name, way in ways.items():
            measured[name].append(way())
    return measured


def p95(values: list[float]) -> float:
    return quantiles(values, n=20)[-1]
