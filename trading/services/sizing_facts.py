"""What the sizing modes look at: the bot's own record from our rows, and how the coin moves from the venue's bars."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from desk.models import Bot
from exchange.ports import MarketDataPort
from exchange.types import Kline
from risk.price_moves import average_true_range, daily_volatility
from risk.sizing_modes import TradeRecord
from trading.core.states import PositionStatus
from trading.models import Position

TRADES_KEPT = 500  # the newest; older ones say little of how a bot trades now
QUARTER, HOUR = timedelta(minutes=15), timedelta(hours=1)
QUARTERS, HOURS = 96, 168  # a day of quarters, a week of hours
ZERO = Decimal(0)


def trade_record(bot: Bot) -> TradeRecord:
    """Closed trades of ``bot`` after commission, as its own fills tell them; exactly nothing counts as won."""
    closed = Position.objects.filter(bot=bot, status=PositionStatus.CLOSED, filled_at__isnull=False)
    rows = closed.order_by("-closed_at", "-pk").values_list("realized_pnl", "commission")[:TRADES_KEPT]
    results = [realized - commission for realized, commission in rows]
    wins, losses = [each for each in results if each >= 0], [-each for each in results if each < 0]
    return TradeRecord(
        wins=len(wins),
        losses=len(losses),
        average_win=_mean(wins),
        average_loss=_mean(losses),
        streak=_streak(results),
    )


def _mean(amounts: Sequence[Decimal]) -> Decimal:
    return sum(amounts, ZERO) / len(amounts) if amounts else ZERO


def _streak(results: Sequence[Decimal]) -> int:
    """Wins up to now, or losses as a negative number; ``results`` newest first."""
    if not results:
        return 0
    won = results[0] >= 0
    length = next((place for place, each in enumerate(results) if (each >= 0) is not won), len(results))
    return length if won else -length


def true_range(symbol: str, market: MarketDataPort, *, now: datetime) -> Decimal | None:
    """Average true range of finished quarters of an hour, USDT. None where they are missing. Raises ExchangeError."""
    return average_true_range(_finished(market, symbol, "15m", span=QUARTER, count=QUARTERS, now=now))


def volatility(symbol: str, market: MarketDataPort, *, now: datetime) -> Decimal | None:
    """Standard deviation of a day's return over the last week. None where bars are missing. Raises ExchangeError."""
    return daily_volatility(_finished(market, symbol, "1h", span=HOUR, count=HOURS, now=now))


def _finished(
    market: MarketDataPort, symbol: str, interval: str, *, span: timedelta, count: int, now: datetime
) -> Sequence[Kline]:
    """The last bars that are over; none where the newest of them is missing: they would tell of another time."""
    bars = market.klines(symbol, interval, start=now - (count + 1) * span, end=now, limit=count + 2)
    finished = [bar for bar in bars if bar.close_time < now]
    return finished if finished and finished[-1].close_time >= now - 2 * span else ()
