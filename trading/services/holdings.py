"""Counting what an entry would meet, from our rows and, when asked, from the venue."""

from datetime import UTC, datetime, time

from desk.models import Bot, Installation
from risk.limits import Holdings
from trading.core.client_ids import is_ours
from trading.core.states import UNRESOLVED, ExitReason, PositionStatus
from trading.models import Order, Position
from trading.venue import Venue


def holdings_for(bot: Bot, symbol: str, *, now: datetime) -> Holdings:
    """Holdings of ``bot`` and its account by our own rows."""
    on_symbol = Position.objects.filter(account=bot.account, symbol=symbol)
    return Holdings(
        symbol_held=on_symbol.exclude(status=PositionStatus.CLOSED).exists(),
        symbol_unresolved=Order.objects.filter(account=bot.account, symbol=symbol, status__in=UNRESOLVED).exists(),
        positions=Position.objects.filter(bot=bot).exclude(status=PositionStatus.CLOSED).count(),
        entries_today=entries_on_day(bot, now=now),
    )


def entries_on_day(bot: Bot, *, now: datetime) -> int:
    """Automatic entries of the UTC day of ``now``; one that ended without a fill does not count."""
    midnight = datetime.combine(now.date(), time(), tzinfo=UTC)
    entries = Position.objects.filter(bot=bot, signal__isnull=False, created_at__gte=midnight)
    return entries.exclude(exit_reason=ExitReason.ENTRY_UNFILLED).count()


def has_foreign(symbol: str, venue: Venue) -> bool:
    """Whether a position or order stands on the symbol that is not ours. Raises ExchangeError."""
    if Position.objects.filter(account=venue.account, symbol=symbol).exclude(status=PositionStatus.CLOSED).exists():
        return False
    if venue.trading.positions(symbol):
        return True
    nonce = Installation.current().nonce
    standing = [order.client_order_id for order in venue.trading.open_orders(symbol)]
    standing += [order.client_order_id for order in venue.trading.open_algo_orders(symbol)]
    return any(not is_ours(client_order_id, nonce=nonce) for client_order_id in standing)
