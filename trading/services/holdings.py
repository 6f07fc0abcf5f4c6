"""Counting what an entry would meet, from our rows and, when asked, from the venue."""

from datetime import UTC, datetime, time
from decimal import Decimal

from desk.models import Account, Bot, Installation
from exchange.types import PositionSide
from risk.limit_settings import ExposureBasis, RiskSettings
from risk.limits import EntryLimits, Holdings
from signals.strategies.base import StrategyConfig
from trading.core.client_ids import is_ours
from trading.core.states import UNRESOLVED, ExitReason, PositionStatus
from trading.core.tally import commission_in_usdt
from trading.models import Fill, Income, Order, Position
from trading.venue import Venue

FUNDING_FEE = "FUNDING_FEE"


def limits_of(config: StrategyConfig, *, symbol_quota: int = 0) -> EntryLimits:
    return EntryLimits(
        max_positions=config.max_positions,
        max_entries_per_day=config.max_entries_per_day,
        daily_loss=config.daily_loss_limit_usdt,
        stop_loss_cooldown=config.stop_loss_cooldown,
        symbol_quota=symbol_quota,
    )


def holdings_for(bot: Bot, symbol: str, *, config: StrategyConfig, now: datetime) -> Holdings:
    """Holdings of ``bot`` and its account by our own rows."""
    on_symbol = Position.objects.filter(account=bot.account, symbol=symbol)
    return Holdings(
        symbol_held=on_symbol.exclude(status=PositionStatus.CLOSED).exists(),
        symbol_unresolved=Order.objects.filter(account=bot.account, symbol=symbol, status__in=UNRESOLVED).exists(),
        positions=Position.objects.filter(bot=bot).exclude(status=PositionStatus.CLOSED).count(),
        entries_today=entries_on_day(bot, now=now),
        symbol_entries_today=entries_on_day(bot, now=now, symbol=symbol),
        stopped_out_today=on_symbol.filter(exit_reason=ExitReason.STOP_LOSS, closed_at__gte=midnight(now)).exists(),
        result_today=counted_result_of_day(bot.account, config, now=now),
    )


def midnight(now: datetime) -> datetime:
    """Start of the UTC day of ``now``."""
    return datetime.combine(now.date(), time(), tzinfo=UTC)


def entries_on_day(bot: Bot, *, now: datetime, symbol: str | None = None) -> int:
    """Automatic entries of the UTC day of ``now``, on one symbol or all; one that ended without a fill does not
    count."""
    entries = Position.objects.filter(bot=bot, signal__isnull=False, created_at__gte=midnight(now))
    if symbol is not None:
        entries = entries.filter(symbol=symbol)
    return entries.exclude(exit_reason=ExitReason.ENTRY_UNFILLED).count()


def result_of_day(account: Account, *, now: datetime, with_fees: bool = True, with_funding: bool = True) -> Decimal:
    """USDT the account has realised on the UTC day of ``now``, by our own fills and the funding that was booked.

    Commission paid in other assets is part of it once its value is known.
    """
    fills = list(Fill.objects.filter(account=account, at__gte=midnight(now)))
    result = sum((fill.realized_pnl for fill in fills), Decimal(0))
    if with_fees:
        result -= sum(map(commission_in_usdt, fills), Decimal(0))
    if with_funding:
        paid = Income.objects.filter(account=account, income_type=FUNDING_FEE, at__gte=midnight(now))
        result += sum((row.amount for row in paid), Decimal(0))
    return result


def counted_result_of_day(account: Account, config: StrategyConfig, *, now: datetime) -> Decimal:
    """USDT of ``result_of_day`` with the fees and the funding that ``config`` counts toward the daily loss."""
    return result_of_day(
        account, now=now, with_fees=config.daily_loss_includes_fees, with_funding=config.daily_loss_includes_funding
    )


def has_foreign(symbol: str, venue: Venue) -> bool:
    """Whether a position or order stands on the symbol that is not ours. Raises ExchangeError."""
    if is_held(symbol, venue):
        return False
    if _is_anything_open(symbol, venue):
        return not is_held(symbol, venue)  # an entry of ours may have been born while the venue was asked
    return has_foreign_orders(symbol, venue)


def _is_anything_open(symbol: str, venue: Venue) -> bool:
    """Of everybody; all symbols are asked about: one alone would be read with the share of what protects."""
    return any(row.symbol == symbol for row in venue.trading.positions())


def joins_foreign(position: Position, venue: Venue) -> bool:
    """Whether an entry into ``position``, of which nothing has filled yet, would join what is not ours.

    Raises ExchangeError.
    """
    others = Position.objects.filter(account=position.account, symbol=position.symbol).exclude(pk=position.pk)
    if position.entered_quantity or others.exclude(status=PositionStatus.CLOSED).exists():
        return False
    if _is_anything_open(position.symbol, venue):
        return not Position.objects.filter(pk=position.pk, entered_quantity__gt=0).exists()
    return has_foreign_orders(position.symbol, venue)


def has_foreign_orders(symbol: str, venue: Venue) -> bool:
    """Whether an order stands on the symbol that is not ours. Raises ExchangeError."""
    nonce = Installation.current().nonce
    standing = [order.client_order_id for order in venue.trading.open_orders(symbol)]
    standing += [order.client_order_id for order in venue.trading.open_algo_orders(symbol)]
    return any(not is_ours(client_order_id, nonce=nonce) for client_order_id in standing)


def is_held(symbol: str, venue: Venue) -> bool:
    """Whether an unfinished position of ours stands on the symbol, by our rows."""
    held = Position.objects.filter(account=venue.account, symbol=symbol).exclude(status=PositionStatus.CLOSED)
    return held.exists()


def held_legs(venue: Venue) -> frozenset[tuple[str, PositionSide]]:
    """Symbol and position side of our unfinished positions, by our rows; in hedge mode the other side is not ours."""
    held = Position.objects.filter(account=venue.account).exclude(status=PositionStatus.CLOSED)
    return frozenset((position.symbol, position.position_side) for position in held)


def carried_notional(position: Position, *, is_entering: bool = False) -> Decimal:
    """USDT that is open at its mark; while more is to come, at least all that it is meant to become."""
    notional: Decimal = position.quantity * (position.mark_price or position.entry_price or position.worst_entry_price)
    if is_entering or position.is_executing or position.status == PositionStatus.PENDING:
        notional = max(notional, position.margin * position.leverage)
    return notional


def exposure_weight(position: Position, settings: RiskSettings) -> Decimal:
    """What a position counts for in the exposure, USDT of notional or of margin as the account is set."""
    notional = carried_notional(position)
    return notional if settings.exposure_basis is ExposureBasis.NOTIONAL else notional / position.leverage
