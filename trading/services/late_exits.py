"""Positions that were given up as flat: the trades that tell why are taken in where the venue lists them after all."""

from datetime import timedelta

from desk.guarding import guarded
from trading.core.states import ExitReason, PositionStatus
from trading.models import Position
from trading.services.trade_sync import sync_trades
from trading.venue import Venue

ASKED_FOR = timedelta(days=1)  # market


def take_in_late_exits(venue: Venue) -> None:
    """Ask once more for the trades of positions that were given up lately."""
    given_up = Position.objects.filter(
        account=venue.account,
        status=PositionStatus.CLOSED,
        exit_reason=ExitReason.RECONCILE,
        closed_at__gte=venue.now() - ASKED_FOR,
    )
    for position in given_up.select_related("account", "bot"):
        with guarded("take_in_late_exits", symbol=position.symbol, position=position.pk):
            sync_trades(position, venue)
