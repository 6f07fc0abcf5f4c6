"""The table that the bench prints."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One measured figure. A target is a least value, or with ``is_most`` a largest one.

    ``floor`` is what the machine gives to something that does nothing else: a bare server, or synced appends to a file;
    0 where there is none.
    """

    name: str
    unit: str
    target: float
    measured: float
    floor: float = 0
    is_most: bool = False

    @property
    def is_met(self) -> bool:
        return self.measured <= self.target if self.is_most else self.measured >= self.target


def table(rows: Sequence[Row]) -> str:
    """Markdown: what, target, measured, floor, whether met."""
    lines = ["| what | target | measured | floor | |", "|---|---|---|---|---|"]
    for row in rows:
        sign = "<" if row.is_most else ">="
        floor = f"{_number(row.floor)} {row.unit}" if row.floor else ""
        verdict = "met" if row.is_met else "missed"
        target, measured = _number(row.target), _number(row.measured)
        lines.append(f"| {row.name} | {sign} {target} {row.unit} | {measured} {row.unit} | {floor} | {verdict} |")
    return "\n".join(lines)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.2g}"
