"""The exchange's own records, folded: what is open and what stands there, whatever was sent to anybody."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

LIVE = frozenset({"NEW", "PARTIALLY_FILLED", "TRIGGERING", "TRIGGERED"})
Row = Mapping[str, Any]


def symbols_of(row: Row) -> list[str]:
    """The contracts a record is about."""
    if row["type"] == "ACCOUNT_UPDATE":
        return [position["s"] for position in row["payload"]["a"]["P"]]
    return [row["payload"]["o"]["s"]] if row["type"] in ("ORDER_TRADE_UPDATE", "ALGO_UPDATE") else []


@dataclass(slots=True)
class Sight:
    """Feed it each record once, in order."""

    records: list[Row] = field(default_factory=list)
    positions: dict[tuple[str, str], Decimal] = field(default_factory=dict)
    standing: dict[tuple[str, int], Row] = field(default_factory=dict)  # members of the order's event, by kind and id

    @property
    def last_seq(self) -> int:
        return self.records[-1]["seq"] if self.records else 0

    def follow(self, rows: Sequence[Row]) -> None:
        for row in rows:
            self.records.append(row)
            if row["type"] == "ACCOUNT_UPDATE":
                for each in row["payload"]["a"]["P"]:
                    self.positions[each["s"], each["ps"]] = Decimal(each["pa"])
            elif row["type"] in ("ORDER_TRADE_UPDATE", "ALGO_UPDATE"):
                self._order(row["type"], row["payload"]["o"])

    def _order(self, kind: str, order: Row) -> None:
        key = (kind, order["i"] if kind == "ORDER_TRADE_UPDATE" else order["aid"])
        if order["X"] in LIVE:
            self.standing[key] = order
        else:
            self.standing.pop(key, None)

    def open_quantity(self, symbol: str) -> Decimal:
        """Signed, both sides of hedge mode together."""
        return sum((quantity for (name, _), quantity in self.positions.items() if name == symbol), Decimal(0))

    def orders(self, symbol: str) -> list[Row]:
        return [order for order in self.standing.values() if order["s"] == symbol]

    def client_ids(self, symbol: str) -> list[str]:
        return sorted(order.get("c") or order["caid"] for order in self.orders(symbol))

    def stop_triggers(self, symbol: str) -> list[Decimal]:
        """Trigger prices of the close-only stops that stand."""
        stops = [order for order in self.orders(symbol) if order["o"] == "STOP_MARKET" and order.get("aid")]
        return [Decimal(order["tp"]) for order in stops if order["R"] or order["ps"] != "BOTH"]

    def of(self, symbol: str, *, after: int) -> list[Row]:
        """Records about a contract since ``after``."""
        return [row for row in self.records[after:] if symbol in symbols_of(row)]
