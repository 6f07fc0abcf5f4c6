"""What variants would have made: trades of one unit at the prices that they saw, followed over the bars since.

Adding and reducing are left out: every variant is measured by the same trade, entry to exit.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from advisor.models import Decision, ShadowTrade, Variant
from desk.models import Bot
from desk.money import round_significant
from exchange.ports import MarketDataPort
from exchange.types import PositionSide
from risk.what_if import TAKER_FEE_RATIO
from signals.shadow import ShadowEntry, follow
from trading.advised.execution import judged_again
from trading.advised.facts import Facts, Held
from trading.advised.gates import Intent

BOTH_FEES = 2 * TAKER_FEE_RATIO
LONGEST = timedelta(hours=72)  # market
BARS = 1000
ADVISED, TIME_LIMIT = "strategy_exit", "time_limit"


def open_trade(variant: Variant, symbol: str) -> ShadowTrade | None:
    return ShadowTrade.objects.filter(variant=variant, symbol=symbol, closed_at__isnull=True).first()


def facts_of_shadow(facts: Facts, variant: Variant) -> Facts:
    """The same market, with the variant's imagined position instead of the real one."""
    trade = open_trade(variant, facts.symbol)
    held = None if trade is None else _held(trade, facts)
    return replace(facts, held=held, cooldown_left=Decimal(0))


def _held(trade: ShadowTrade, facts: Facts) -> Held:
    terms = judged_again(trade.opened_by).intents[0].numbers
    sign = 1 if trade.direction == "LONG" else -1
    leverage = int(terms["leverage"])
    gain = sign * ((facts.price or trade.entry_price) / trade.entry_price - 1) * leverage * 100
    return Held(
        position=0,
        is_long=sign > 0,
        quantity=Decimal(1),
        first_quantity=Decimal(1),
        entry_price=trade.entry_price,
        stop_price=trade.stop_price,
        first_stop=Decimal(terms["stop_price"]),
        atr=Decimal(terms["atr"]),
        leverage=leverage,
        gain_pct=gain.quantize(Decimal("0.0001")),
        take_profit_price=trade.take_profit_price,
    )


def simulate(decision: Decision, *, now: datetime) -> None:
    """Carry out a variant's decision in imagination. One that belongs to no variant has nobody to be measured."""
    if decision.variant is None:
        return
    trade = open_trade(decision.variant, decision.symbol)
    for intent in judged_again(decision).intents:
        if intent.kind == "enter" and trade is None:
            _open(decision, decision.variant, intent, now=now)
        elif intent.kind == "close" and trade is not None:
            _close(trade, price=Decimal(decision.facts["price"]), reason=ADVISED, at=now)
        elif intent.kind == "adjust" and trade is not None and "stop_price" in intent.numbers:
            _tighten(trade, Decimal(intent.numbers["stop_price"]))


def _open(decision: Decision, variant: Variant, intent: Intent, *, now: datetime) -> None:
    ShadowTrade.objects.get_or_create(
        opened_by=decision,
        defaults={
            "variant": variant,
            "symbol": decision.symbol,
            "direction": intent.numbers["direction"],
            "entry_price": Decimal(intent.numbers["price"]),
            "stop_price": Decimal(intent.numbers["stop_price"]),
            "take_profit_price": Decimal(intent.numbers["take_profit_price"]),
            "opened_at": now,
            "seen_until": now,
        },
    )


def _tighten(trade: ShadowTrade, stop: Decimal) -> None:
    tighter = max(stop, trade.stop_price) if trade.direction == "LONG" else min(stop, trade.stop_price)
    ShadowTrade.objects.filter(pk=trade.pk, closed_at__isnull=True).update(stop_price=round_significant(tighter))


def follow_trades(bot: Bot, symbol: str, *, market: MarketDataPort, now: datetime) -> None:
    """Let the finished minutes since the last look pass over the open trades on ``symbol``. Raises ExchangeError."""
    trades = ShadowTrade.objects.filter(variant__bot=bot, symbol=symbol, closed_at__isnull=True)
    for trade in trades:
        _follow(trade, market, now=now)


def _follow(trade: ShadowTrade, market: MarketDataPort, *, now: datetime) -> None:
    minute = now.replace(second=0, microsecond=0)
    start = trade.seen_until.replace(second=0, microsecond=0)
    bars = market.klines(trade.symbol, "1m", start=start, end=minute, limit=BARS)
    finished = [bar for bar in bars if trade.seen_until <= bar.open_time < minute]
    entry = ShadowEntry(
        symbol=trade.symbol,
        position_side=PositionSide(trade.direction),
        entered_at=trade.seen_until,
        entry_price=trade.entry_price,
        stop_price=trade.stop_price,
        take_profit_price=trade.take_profit_price,
        until=trade.opened_at + LONGEST,
    )
    found = follow(entry, finished)
    if found is not None:
        _close(trade, price=found.price, reason=found.reason, at=found.at)
    elif finished:
        seen_until = finished[-1].open_time + timedelta(minutes=1)
        ShadowTrade.objects.filter(pk=trade.pk).update(seen_until=seen_until)


def _close(trade: ShadowTrade, *, price: Decimal, reason: str, at: datetime) -> None:
    sign = 1 if trade.direction == "LONG" else -1
    ratio = sign * (price / trade.entry_price - 1) - BOTH_FEES
    ShadowTrade.objects.filter(pk=trade.pk, closed_at__isnull=True).update(
        exit_price=price, exit_reason=reason, closed_at=at, result_ratio=round_significant(ratio)
    )
