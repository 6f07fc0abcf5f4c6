"""What the market did between two looks at a symbol, from the rows that the journal keeps of each. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from advisor.models import MemoryKind
from signals.outlook.inputs import GapKind
from signals.outlook.picture import ESSENTIAL
from signals.outlook.regime import RegimeRule

LEAST_STRENGTH = 2  # of 3; weaker levels are crossed all day
BROKEN_BEYOND = Decimal("0.001")  # of the level; nearer to it the price still tests it

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class MarketEvent:
    kind: MemoryKind
    text: str


def events_between(before: Sequence[Row], after: Sequence[Row]) -> list[MarketEvent]:
    """At most one of each kind; none where either look lacked what new risk needs. Prices in USDT."""
    first, last = _market(before), _market(after)
    if first is None or last is None:
        return []
    price = Decimal(last["price"])
    found = [
        _changed(MemoryKind.REGIME_CHANGE, "regime", first.get("regime"), last.get("regime"), price),
        _changed(MemoryKind.NARRATIVE_SHIFT, "price action", first.get("action"), last.get("action"), price),
        _broken(before, was=Decimal(first["price"]), price=price),
    ]
    return [event for event in found if event is not None]


def _market(rows: Sequence[Row]) -> Row | None:
    """The row of the whole picture; None where parts of it were missing."""
    market = next((row for row in rows if row.get("part") == "market"), None)
    if market is None or not market.get("price") or market.get("regime_rule") == RegimeRule.NO_DATA:
        return None
    return None if any(_is_blocking(row) for row in rows) else market


def _is_blocking(row: Row) -> bool:
    return row.get("part") == "gap" and row.get("of") in ESSENTIAL and row.get("kind") != GapKind.SHORT


def _changed(kind: MemoryKind, what: str, was: str | None, became: str | None, price: Decimal) -> MarketEvent | None:
    if not was or not became or was == became:
        return None
    return MarketEvent(kind, f"{what} changed from {was} to {became} at {price:f}")


def _broken(rows: Iterable[Row], *, was: Decimal, price: Decimal) -> MarketEvent | None:
    """The strongest level of the look before that the price has left behind since, of equals the farther one."""
    levels = [row for row in rows if row.get("part") == "level" and row["strength"] >= LEAST_STRENGTH]
    broken = [row for row in levels if _is_broken(Decimal(row["price"]), was=was, price=price)]
    if not broken:
        return None
    level = max(broken, key=lambda row: (row["strength"], abs(Decimal(row["price"]) - was)))
    way, sources = "above" if price > was else "below", ", ".join(level["sources"])
    text = f"price broke {way} the level {level['price']} (strength {level['strength']}: {sources}), now {price:f}"
    return MarketEvent(MemoryKind.LEVEL_BREAK, text)


def _is_broken(level: Decimal, *, was: Decimal, price: Decimal) -> bool:
    above, below = level * (1 + BROKEN_BEYOND), level * (1 - BROKEN_BEYOND)
    return was < above <= price or was > below >= price
