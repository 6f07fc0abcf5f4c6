"""What variants would have made: trades of one unit at the prices that they saw, followed over the bars since.

An ADD, a REDUCE and an ADJUST are carried out in imagination as the gates let them pass: at the price that was seen,
the stop only ever closer.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from advisor.models import Decision, ShadowTrade, Variant
from desk.models import Bot
from desk.money import round_significant
from exchange.ports import MarketDataPort
from exchange.types import PositionSide
from signals.shadow import ShadowEntry, follow
from trading.advised.execution import judged_again
from trading.advised.facts import Facts, Held
from trading.advised.gates import Intent
from trading.advised.imagined import Imagined

LONGEST = timedelta(hours=72)  # market
BARS = 1000
ADVISED = "strategy_exit"
CHANGES = frozenset({"add", "reduce", "adjust"})


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
    leverage, first = int(terms["leverage"]), _first_quantity(trade.opened_by, terms)
    gain = sign * ((facts.price or trade.entry_price) / trade.entry_price - 1) * leverage * 100
    return Held(
        position=0,
        is_long=sign > 0,
        quantity=round_significant(first * trade.quantity),
        first_quantity=first,
        entry_price=trade.entry_price,
        stop_price=trade.stop_price,
        first_stop=Decimal(terms["stop_price"]),
        atr=Decimal(terms["atr"]),
        leverage=leverage,
        gain_pct=gain.quantize(Decimal("0.0001")),
        take_profit_price=trade.take_profit_price,
        adds=trade.adds,
        reduces=trade.reduces,
    )


def _first_quantity(decision: Decision, terms: Mapping[str, Any]) -> Decimal:
    """What the entry would have come to, base asset: the gates measure an ADD by it."""
    margin = Facts.of_json(decision.facts).account.available * Decimal(terms["size_pct"]) / 100
    return round_significant(margin * int(terms["leverage"]) / Decimal(terms["price"]))


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
        elif intent.kind in CHANGES and trade is not None:
            _change(trade, intent, facts=Facts.of_json(decision.facts))


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


def _change(trade: ShadowTrade, intent: Intent, *, facts: Facts) -> None:
    """Make the trade more or less, and move its exits; what its own counts do not allow is left undone.

    The champion is judged by the position that is real: its imagined one may have had its adds already.
    """
    if facts.price is None or not _is_allowed(trade, intent, facts):
        return
    after = _changed(imagined_of(trade), intent, price=facts.price)
    numbers = intent.numbers
    stop = _tighter(trade, Decimal(numbers.get("stop_price", trade.stop_price)))
    target = Decimal(numbers.get("take_profit_price", trade.take_profit_price))
    ShadowTrade.objects.filter(pk=trade.pk, closed_at__isnull=True).update(
        quantity=round_significant(after.quantity),
        entry_price=round_significant(after.average),
        entered_notional=round_significant(after.entered),
        realized_pnl=round_significant(after.realized),
        adds=after.adds,
        reduces=after.reduces,
        stop_price=round_significant(stop),
        take_profit_price=round_significant(target),
    )


def _is_allowed(trade: ShadowTrade, intent: Intent, facts: Facts) -> bool:
    if intent.kind == "add":
        grown = trade.quantity * (1 + Decimal(intent.numbers["share_pct"]) / 100)
        return trade.adds < facts.limits.max_adds and grown <= facts.limits.max_add_multiple
    return intent.kind != "reduce" or trade.reduces < facts.limits.max_reduces


def _changed(before: Imagined, intent: Intent, *, price: Decimal) -> Imagined:
    if intent.kind == "adjust":
        return before
    share = Decimal(intent.numbers["share_pct"])
    return before.added(share, price=price) if intent.kind == "add" else before.reduced(share, price=price)


def _tighter(trade: ShadowTrade, stop: Decimal) -> Decimal:
    before: Decimal = trade.stop_price
    return max(stop, before) if trade.direction == "LONG" else min(stop, before)


def imagined_of(trade: ShadowTrade) -> Imagined:
    return Imagined(
        is_long=trade.direction == "LONG",
        quantity=trade.quantity,
        average=trade.entry_price,
        entered=trade.entered_notional or trade.entry_price,
        realized=trade.realized_pnl,
        adds=trade.adds,
        reduces=trade.reduces,
    )


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
    ratio = imagined_of(trade).result_ratio(price)
    ShadowTrade.objects.filter(pk=trade.pk, closed_at__isnull=True).update(
        exit_price=price, exit_reason=reason, closed_at=at, result_ratio=round_significant(ratio)
    )
