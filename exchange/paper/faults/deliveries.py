"""How each event of the user stream is sent: as usual, not at all, twice, late, or as the last one before a cut."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

from exchange.paper.core.state import Record, State
from exchange.paper.faults.decision import Fault
from exchange.paper.faults.matching import event_subjects, is_about, is_fill, order_subject, tells_of
from exchange.paper.faults.specs import AboutOrders, OnEvent
from exchange.paper.faults.table import FaultTable
from exchange.paper.faults.words import (
    EventGap,
    FillsDoubled,
    FillsReordered,
    FillsRestOnly,
    ListenKeyExpired,
    StreamDisconnect,
    StreamSilent,
)

Kind = TypeVar("Kind", bound=AboutOrders)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """``times`` it is sent; ``hold_ms`` of wall time it waits for the order's next event; what ends afterwards."""

    times: int = 1
    hold_ms: int | None = None
    close_code: int | None = None
    ends_key: bool = False


USUAL, WITHHELD = Delivery(), Delivery(times=0)


@dataclass(slots=True)
class Deliveries:
    """Decides record by record. Those of one fill, which follow each other, share their fate."""

    table: FaultTable
    _hidden_trade: tuple[str, int] | None = None

    def decide(self, state: State, record: Record) -> Delivery:
        if self._is_silent(state, record) or self._is_hidden(state, record) or self._is_lost(state, record):
            return WITHHELD
        return self._ending(state, record, self._sending(state, record))

    def _is_silent(self, state: State, record: Record) -> bool:
        silences = self.table.active(StreamSilent, state.now_ms)
        return self._any_strikes(fault for fault, spec in silences if spec.account in (None, record.account))

    def _is_hidden(self, state: State, record: Record) -> bool:
        """A fill begins with TRADE_LITE and ends with ORDER_TRADE_UPDATE; between them the account changes."""
        if record.kind == "TRADE_LITE":
            order = state.accounts[record.account].orders[record.payload["i"]]
            subject, hidings = order_subject(record.account, order), self.table.active(FillsRestOnly, state.now_ms)
            is_struck = self._any_strikes(fault for fault, spec in hidings if is_about(spec, subject))
            self._hidden_trade = (record.account, record.payload["t"]) if is_struck else None
            return is_struck
        if self._hidden_trade is None or record.account != self._hidden_trade[0]:
            return False
        if is_fill(record) and record.payload["o"]["t"] == self._hidden_trade[1]:
            self._hidden_trade = None
            return True
        return record.kind == "ACCOUNT_UPDATE" and record.payload["a"]["m"] == "ORDER"

    def _is_lost(self, state: State, record: Record) -> bool:
        gaps = self.table.active(EventGap, state.now_ms)
        return self._any_strikes(fault for fault, spec in gaps if tells_of(spec, record))

    def _sending(self, state: State, record: Record) -> Delivery:
        delivery = USUAL
        if not is_fill(record):
            return delivery
        for fault, _ in self._about_fills(FillsDoubled, state, record):
            if self.table.strikes(fault):
                delivery = replace(delivery, times=2)
        for fault, spec in self._about_fills(FillsReordered, state, record):
            if self.table.strikes(fault):
                delivery = replace(delivery, hold_ms=spec.hold_ms)
        return delivery

    def _ending(self, state: State, record: Record, delivery: Delivery) -> Delivery:
        for fault, cut in self.table.active(StreamDisconnect, state.now_ms):
            if names_events(cut) and tells_of(cut, record) and self.table.strikes(fault):
                delivery = replace(delivery, close_code=cut.code)
        for fault, expiry in self.table.active(ListenKeyExpired, state.now_ms):
            if names_events(expiry) and tells_of(expiry, record) and self.table.strikes(fault):
                delivery = replace(delivery, ends_key=True)
        return delivery

    def _any_strikes(self, faults: Iterable[Fault]) -> bool:
        """Let each of them count the match, also when one has struck already."""
        return sum(self.table.strikes(fault) for fault in faults) > 0

    def _about_fills(self, kind: type[Kind], state: State, record: Record) -> Iterator[tuple[Fault, Kind]]:
        for fault, spec in self.table.active(kind, state.now_ms):
            if any(is_about(spec, subject) for subject in event_subjects(record)):
                yield fault, spec


def names_events(spec: OnEvent) -> bool:
    """Whether a fault waits for certain events, rather than for its time alone."""
    named = (spec.execution, spec.status, spec.symbol, spec.side, spec.order_type, spec.client_id)
    return bool(spec.events) or any(value is not None for value in named)
