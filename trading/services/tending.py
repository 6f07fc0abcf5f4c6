"""Tending: the next step a position needs, whatever happened before. Worker and stream call this one function."""

from desk.guarding import guarded
from desk.models import Account
from trading.core.states import PositionStatus
from trading.models import Position
from trading.services.exits import work_closing
from trading.services.own_orders import fills_are_missing
from trading.services.protect import protect
from trading.services.trade_sync import sync_trades
from trading.services.unfilled_entry import end_if_unfilled
from trading.venue import Venue


def tend(position: Position, venue: Venue) -> None:
    """Bring ``position`` a step closer to where it should be. What fails is left for the next tending.

    No step keeps protection from its turn: trades that cannot be read, a close that cannot be sent.
    """
    about = {"symbol": position.symbol, "position": position.pk}
    with guarded("read_trades", **about):
        position.refresh_from_db()
        if fills_are_missing(position):
            _protect_what_is_known(position, venue)
            sync_trades(position, venue)
    with guarded("look_at_entry", **about):
        position.refresh_from_db()
        if position.status == PositionStatus.PENDING:
            end_if_unfilled(position, now=venue.now())
    if position.status == PositionStatus.OPEN:
        with guarded("protect", **about):
            protect(position, venue)
    with guarded("close", **about):
        position.refresh_from_db()
        if position.status == PositionStatus.CLOSING:
            work_closing(position, venue)
    with guarded("protect_while_closing", **about):
        position.refresh_from_db()
        if position.status == PositionStatus.CLOSING:  # the close did not go through: the stop must stand meanwhile
            protect(position, venue)


def _protect_what_is_known(position: Position, venue: Venue) -> None:
    """Reading trades may take as long as its timeouts; a stop is not to wait for that."""
    if position.status == PositionStatus.OPEN and position.naked_since is not None:
        with guarded("protect_at_once", symbol=position.symbol, position=position.pk):
            protect(position, venue)


def unfinished(account: Account) -> list[Position]:
    """Positions that may need something, oldest first."""
    return list(
        Position.objects.filter(account=account)
        .exclude(status=PositionStatus.CLOSED)
        .select_related("account", "bot__account", "config_version__bot", "signal")
        .order_by("id")
    )
