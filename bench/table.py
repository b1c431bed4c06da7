"""What was found: figures side by side, their ratio, and whether it meets its target."""

from collections.abc import Callable
from dataclasses import dataclass

WIDTHS = (64, 16, 16, 9, 10, 8)
HEADINGS = ("measurement", "ours", "against", "ratio", "target", "")


@dataclass(frozen=True)
class Figure:
    """One comparison. Without a target it is told and judges nothing."""

    name: str
    ours: str
    against: str
    ratio: float
    at_most: float | None = None
    at_least: float | None = None

    @property
    def target(self) -> str:
        if self.at_most is not None:
            return f"≤ {self.at_most:g}"
        return f"≥ {self.at_least:g}" if self.at_least is not None else ""

    @property
    def meets(self) -> bool:
        if self.at_most is not None:
            return self.ratio <= self.at_most
        return self.at_least is None or self.ratio >= self.at_least

    @property
    def verdict(self) -> str:
        return ("meets" if self.meets else "misses") if self.target else ""


def ms(value: float) -> str:
    return f"{1000 * value:,.2f} ms"


def s(value: float) -> str:
    return f"{value:,.2f} s"


def print_table(figures: list[Figure], say: Callable[[str], None] = print) -> None:
    say(_line(HEADINGS))
    for figure in figures:
        ratio = f"{figure.ratio:,.2f}"
        say(_line((figure.name, figure.ours, figure.against, ratio, figure.target, figure.verdict)))


def _line(cells: tuple[str, ...]) -> str:
    first, *rest = (cell.rjust(width) for cell, width in zip(cells, WIDTHS, strict=True))
    return " ".join([first.lstrip().ljust(WIDTHS[0]), *rest]).rstrip()
