"""The paper exchange as one object: commands and time in, answers and records out. No clock and no I/O of its own."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from exchange.paper.core import (
    amendment,
    conditional,
    forced,
    funding,
    margin_moves,
    matching,
    money,
    settings,
    trading,
)
from exchange.paper.core.accounts import Account
from exchange.paper.core.horizon import Horizon
from exchange.paper.core.parameters import Parameters
from exchange.paper.core.refusals import VenueError
from exchange.paper.core.snapshot import snapshot
from exchange.paper.core.state import Record, State
from exchange.paper.core.terms import Terms
from exchange.paper.core.venue import Venue
from exchange.paper.faults import commands as faults

Handler = Callable[[State, Account, Parameters], dict[str, Any]]
SystemHandler = Callable[[State, Parameters], dict[str, Any]]

COMMANDS: Mapping[str, Handler] = {
    "deposit": money.deposit,
    "withdraw": money.withdraw,
    "reset_account": money.reset_account,
    "set_public_key": money.set_public_key,
    "deleverage": forced.deleverage,
    "place_order": trading.place_order,
    "amend_order": amendment.amend_order,
    "set_countdown": trading.set_countdown,
    "cancel_order": trading.cancel_order,
    "cancel_all_orders": trading.cancel_all_orders,
    "place_algo_order": conditional.place_algo_order,
    "cancel_algo_order": conditional.cancel_algo_order,
    "cancel_all_algo_orders": conditional.cancel_all_algo_orders,
    "set_leverage": settings.set_leverage,
    "set_margin_type": settings.set_margin_type,
    "set_position_mode": settings.set_position_mode,
    "set_multi_assets": settings.set_multi_assets,
    "set_fee_burn": settings.set_fee_burn,
    "move_margin": margin_moves.move_margin,
}
SYSTEM_COMMANDS: Mapping[str, SystemHandler] = {
    "open_account": money.open_account,
    "set_funding": funding.set_funding,
    "set_fault": faults.set_fault,
    "seed_faults": faults.seed_faults,
    "clear_faults": faults.clear_faults,
    "wake_fault": faults.wake_fault,
    "end_fault": faults.end_fault,
    "meet_fault": faults.meet_fault,
}


class Engine:
    """Deterministic: the same commands at the same market times give the same state and the same records."""

    def __init__(self, venue: Venue, *, start_ms: int, terms: Terms | None = None) -> None:
        self.state = State(venue=venue, now_ms=start_ms, funded_ms=start_ms, terms=terms or Terms())
        self._horizon: Horizon | None = None

    @property
    def now_ms(self) -> int:
        return self.state.now_ms

    @property
    def records(self) -> Sequence[Record]:
        return self.state.records

    def advance(self, to_ms: int) -> None:
        """Let market time pass up to ``to_ms``. Raises ValueError for a time that has passed."""
        self._horizon = self._horizon or Horizon(self.state)
        matching.advance(self.state, to_ms, self._horizon)

    def execute(self, name: str, api_key: str, values: Mapping[str, str]) -> dict[str, Any]:
        """Carry out a command now. Raises VenueError, and then nothing has changed."""
        parameters = Parameters(values)
        self._horizon = None
        if name in SYSTEM_COMMANDS:
            return SYSTEM_COMMANDS[name](self.state, parameters)
        return COMMANDS[name](self.state, self.account(api_key), parameters)

    def account(self, api_key: str) -> Account:
        """The account of a key; raises VenueError -2015."""
        return self.state.account(api_key)

    def has_account(self, api_key: str) -> bool:
        return api_key in self.state.accounts

    def snapshot(self) -> dict[str, Any]:
        """The whole state as plain JSON values; equal snapshots mean equal exchanges."""
        return snapshot(self.state)


__all__ = ["COMMANDS", "Engine", "VenueError"]
