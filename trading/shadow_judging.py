"""Judging a shadow as its strategy judges a position: by the same evaluate, over bars that were finished by then."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from exchange.types import Contract, Kline, SymbolRules
from signals.shadow import Judge, ShadowEntry
from signals.strategies.base import AdjustTakeProfit, Close, OpenPosition, Strategy
from trading.core.exits import take_profit_price
from trading.paged_bars import BarSource, bars_between


class PastView:
    """The market at a past moment. Unlike a live view it raises what the venue refuses: a judgement can wait."""

    def __init__(self, market: BarSource, *, now: datetime) -> None:
        self._market, self._now = market, now

    @property
    def now(self) -> datetime:
        return self._now

    def contracts(self) -> Sequence[Contract]:
        return ()

    def bar(self, symbol: str, interval: str, open_time: datetime) -> Kline | None:
        return next(iter(self.bars(symbol, interval, start=open_time, end=open_time)), None)

    def bars(self, symbol: str, interval: str, *, start: datetime, end: datetime) -> Sequence[Kline]:
        """Finished bars only. Raises ExchangeError."""
        found = bars_between(self._market, symbol, interval, start=start, end=min(end, self._now))
        return [bar for bar in found if bar.close_time < self._now]

    def last_price(self, symbol: str) -> Decimal | None:
        return None


def rules_of_tick(symbol: str, tick_size: Decimal) -> SymbolRules:
    """Rules that know a tick and no bound."""
    none = Decimal(0)
    return SymbolRules(
        symbol=symbol,
        tick_size=tick_size,
        min_price=none,
        max_price=none,
        step_size=none,
        min_quantity=none,
        max_quantity=none,
        market_step_size=none,
        market_max_quantity=none,
        min_notional=none,
    )


def judge_by(strategy: Strategy, market: BarSource, *, quantity: Decimal, candle_open: datetime) -> Judge:
    """Each call makes every judgement that is due at that moment. It raises ExchangeError."""

    def judge(entry: ShadowEntry, at: datetime) -> ShadowEntry | str:
        view = PastView(market, now=at)
        while True:
            decision = strategy.evaluate(_seen(entry, quantity=quantity, candle_open=candle_open), view)
            if isinstance(decision, Close):
                return decision.reason
            if not isinstance(decision, AdjustTakeProfit) or decision.check in entry.judged:
                return entry
            entry = _adjusted(entry, decision)

    return judge


def _seen(entry: ShadowEntry, *, quantity: Decimal, candle_open: datetime) -> OpenPosition:
    return OpenPosition(
        symbol=entry.symbol,
        position_side=entry.position_side,
        entry_price=entry.entry_price,
        filled_at=entry.entered_at,
        quantity=quantity,
        strength=entry.strength,
        judged=entry.judged,
        candle_open=candle_open,
    )


def _adjusted(entry: ShadowEntry, decision: AdjustTakeProfit) -> ShadowEntry:
    target = take_profit_price(
        entry_price=entry.entry_price,
        take_profit_ratio=decision.ratio,
        position_side=entry.position_side,
        rules=rules_of_tick(entry.symbol, entry.tick_size),
    )
    judged = entry.judged | {decision.check}
    return replace(entry, take_profit_price=target, strength=decision.strength, judged=judged)
