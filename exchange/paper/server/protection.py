"""How long positions stood without a live close-only stop, folded from the exchange's own records."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from exchange.paper.core.orders import is_close_side
from exchange.paper.core.state import Record
from exchange.types import PositionSide, Side, VenueStatus

ZERO = Decimal(0)
NS_PER_S = 1_000_000_000
LIVE = frozenset({VenueStatus.NEW, VenueStatus.TRIGGERING, VenueStatus.TRIGGERED})


@dataclass(slots=True)
class Stop:
    """A live close-only stop; ``quantity`` is None when it closes whatever is open."""

    side: Side
    position_side: PositionSide
    quantity: Decimal | None


@dataclass(slots=True)
class Watch:
    """One symbol of one account; times are wall ns."""

    positions: dict[PositionSide, Decimal] = field(default_factory=dict)
    stops: dict[int, Stop] = field(default_factory=dict)
    naked_since_ns: int | None = None
    worst_ns: int = 0

    def note(self, wall_ns: int) -> None:
        """Start or end a naked span after a change at ``wall_ns``."""
        if not self._is_naked():
            self.worst_ns, self.naked_since_ns = max(self.worst_ns, self.current_ns(wall_ns)), None
        elif self.naked_since_ns is None:
            self.naked_since_ns = wall_ns

    def current_ns(self, wall_ns: int) -> int:
        return 0 if self.naked_since_ns is None else max(0, wall_ns - self.naked_since_ns)

    def _is_naked(self) -> bool:
        return any(quantity and not self._is_covered(side, quantity) for side, quantity in self.positions.items())

    def _is_covered(self, position_side: PositionSide, quantity: Decimal) -> bool:
        close_side = Side.SELL if quantity > 0 else Side.BUY
        stops = [s for s in self.stops.values() if s.side is close_side and s.position_side is position_side]
        by_quantity = sum((stop.quantity for stop in stops if stop.quantity is not None), ZERO)
        return any(stop.quantity is None for stop in stops) or by_quantity >= abs(quantity)


class Protection:
    """Watches every account and symbol. Feed it each record once, in order, with the wall time it became true."""

    def __init__(self) -> None:
        self._watches: dict[tuple[str, str], Watch] = {}

    def follow(self, record: Record, wall_ns: int) -> None:
        for watch in self._touched(record):
            watch.note(wall_ns)

    def report(self, wall_ns: int) -> list[dict[str, Any]]:
        """Worst and current naked seconds by account and symbol, wall time."""
        rows = []
        for (account, symbol), watch in sorted(self._watches.items()):
            current_ns = watch.current_ns(wall_ns)
            worst_ns = max(watch.worst_ns, current_ns)
            rows.append(
                {
                    "account": account,
                    "symbol": symbol,
                    "worst_seconds": worst_ns / NS_PER_S,
                    "current_seconds": current_ns / NS_PER_S,
                    "is_open": any(watch.positions.values()),
                    "live_stops": len(watch.stops),
                }
            )
        return rows

    def _touched(self, record: Record) -> Iterator[Watch]:
        if record.kind == "ACCOUNT_UPDATE":
            yield from self._positions(record.account, record.payload["a"]["P"])
        elif record.kind == "ALGO_UPDATE":
            yield self._stop(record.account, record.payload["o"])

    def _positions(self, account: str, rows: Iterable[Mapping[str, Any]]) -> Iterator[Watch]:
        for row in rows:
            watch = self._watches.setdefault((account, row["s"]), Watch())
            watch.positions[PositionSide(row["ps"])] = Decimal(row["pa"])
            yield watch

    def _stop(self, account: str, row: Mapping[str, Any]) -> Watch:
        watch = self._watches.setdefault((account, row["s"]), Watch())
        side, position_side = Side(row["S"]), PositionSide(row["ps"])
        is_stop = row["o"] == "STOP_MARKET" and (row["R"] or row["cp"] or is_close_side(position_side, side))
        if is_stop and row["X"] in LIVE:
            watch.stops[row["aid"]] = Stop(side, position_side, None if row["cp"] else Decimal(row["q"]))
        else:
            watch.stops.pop(row["aid"], None)
        return watch
