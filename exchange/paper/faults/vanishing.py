"""Conditional orders that were accepted and then are gone."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

from exchange.paper.core.kinds import STOPS
from exchange.paper.core.settlement import end_algo
from exchange.paper.core.state import Record, State
from exchange.paper.core.timers import Timer
from exchange.paper.faults.matching import event_subjects, is_about
from exchange.paper.faults.table import FaultTable
from exchange.paper.faults.words import StopVanishes
from exchange.types import VenueStatus

RANK = 4  # after everything else of the same millisecond


class Vanishing(NamedTuple):
    """An order of the algo book that ends at a market time; ``is_told`` when its event is sent."""

    at_ms: int
    algo_id: int
    account: str
    is_told: bool
    fault: int


@dataclass(slots=True)
class Vanishings:
    """``withhold`` carries something out whose events are not sent."""

    table: FaultTable
    withhold: Callable[[Callable[[], None]], None]
    waiting: list[Vanishing] = field(default_factory=list)

    def placed(self, state: State, record: Record) -> None:
        """Look at a new conditional order's event."""
        order = record.payload["o"]
        for fault, spec in self.table.active(StopVanishes, state.now_ms):
            is_meant = order["o"] in STOPS if spec.order_type is None else True
            if is_meant and any(is_about(spec, s) for s in event_subjects(record)) and self.table.strikes(fault):
                at_ms = state.now_ms + int(spec.later_market_s * 1000)
                self.waiting.append(Vanishing(at_ms, order["aid"], record.account, spec.event, fault.number))

    def timers(self, state: State) -> Iterator[Timer]:
        for vanishing in self.waiting:
            yield Timer(vanishing.at_ms, (RANK, vanishing.algo_id, ""), partial(self._vanish, state, vanishing))

    def forget(self, number: int) -> None:
        """Drop what a fault has planned."""
        self.waiting = [vanishing for vanishing in self.waiting if vanishing.fault != number]

    def rows(self) -> list[Any]:
        return [list(vanishing) for vanishing in self.waiting]

    def _vanish(self, state: State, vanishing: Vanishing) -> None:
        self.waiting.remove(vanishing)
        account = state.accounts[vanishing.account]
        algo = account.open_algos.get(vanishing.algo_id)
        if algo is None:
            return
        if vanishing.is_told:
            end_algo(state, account, algo, VenueStatus.EXPIRED)
        else:
            self.withhold(partial(end_algo, state, account, algo, VenueStatus.EXPIRED))
