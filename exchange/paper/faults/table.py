"""The faults that are set, with what each has met; the same commands give the same table."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

import orjson

from exchange.paper.faults.decision import Fault
from exchange.paper.faults.reading import FaultError, written
from exchange.paper.faults.specs import OnSymbol, Spec
from exchange.paper.faults.timing import Clock, Window
from exchange.paper.faults.words import ClockDrift, PriceGap

Kind = TypeVar("Kind", bound=Spec)


@dataclass(slots=True)
class FaultTable:
    """Numbers start at 1 and are not given twice. ``past``: removed ones that have changed the market's history."""

    seed: int = 0
    faults: dict[int, Fault] = field(default_factory=dict)
    past: list[Fault] = field(default_factory=list)
    last_number: int = 0

    def add(self, spec: Spec, window: Window, *, market_ms: int) -> Fault:
        """Set a fault. One of wall time waits to be woken; a gap needs a moment after now to happen at."""
        self.last_number += 1
        fault = Fault(number=self.last_number, spec=spec, window=window)
        if window.clock is Clock.MARKET:
            self._begin(fault, at_ms=window.begins_ms, market_ms=market_ms)
            fault.until_ms = window.ends_ms
        self.faults[fault.number] = fault
        return fault

    def wake(self, number: int, *, market_ms: int) -> None:
        """Its wall time has come."""
        self._begin(self.get(number), at_ms=market_ms, market_ms=market_ms)

    def end(self, number: int, *, market_ms: int) -> None:
        """Its wall time is over. A price that jumps back needs a moment after now for it."""
        fault = self.get(number)
        fault.until_ms = market_ms + 1 if isinstance(fault.spec, PriceGap) else market_ms

    def remove(self, number: int, *, market_ms: int) -> None:
        """Forget a fault, but not what it has done to the market so far."""
        fault = self.get(number)
        if isinstance(fault.spec, OnSymbol) and fault.from_ms is not None and fault.from_ms <= market_ms:
            if fault.is_active(market_ms):
                self.end(number, market_ms=market_ms)
            self.past.append(fault)
        del self.faults[number]

    def get(self, number: int) -> Fault:
        """Raises FaultError for a number that is not set."""
        if number not in self.faults:
            raise FaultError(f"no fault number {number}; set: {', '.join(map(str, self.faults)) or 'none'}")
        return self.faults[number]

    def active(self, kind: type[Kind], market_ms: int) -> Iterator[tuple[Fault, Kind]]:
        """Faults of a class that are in force, oldest first."""
        for fault in self.faults.values():
            if isinstance(fault.spec, kind) and fault.is_active(market_ms):
                yield fault, fault.spec

    def strikes(self, fault: Fault) -> bool:
        """Count a match of the fault and decide on it."""
        return fault.meet(self.seed)

    def _begin(self, fault: Fault, *, at_ms: int, market_ms: int) -> None:
        """Never in the past. A price that jumps needs a moment after now for it."""
        fault.from_ms = max(at_ms, market_ms + 1 if isinstance(fault.spec, PriceGap) else market_ms)

    def rows(self, market_ms: int) -> list[dict[str, Any]]:
        """Each fault as it was asked for, with its number and how often it struck."""
        return [fault_row(fault, market_ms) for fault in self.faults.values()]


def fault_row(fault: Fault, market_ms: int) -> dict[str, Any]:
    """``struck`` of a fault that changes the exchange itself is 1 once it has begun."""
    is_active = fault.is_active(market_ms)
    has_begun = fault.from_ms is not None and fault.from_ms <= market_ms
    return {
        "id": fault.number,
        **orjson.loads(written(fault.spec)),
        "active": is_active and not fault.is_spent,
        "met": fault.met,
        "struck": int(has_begun) if isinstance(fault.spec, OnSymbol | ClockDrift) else fault.struck,
        "from_ms": fault.from_ms,
        "until_ms": fault.until_ms,
    }
