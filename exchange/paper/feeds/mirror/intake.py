"""What the engine is told of the upstream, and when: at once where a price touches something, else now and then."""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any

from exchange.paper.core.engine import Engine
from exchange.paper.core.horizon import Horizon
from exchange.paper.core.ledger import USDT
from exchange.paper.core.refusals import VenueError
from exchange.paper.core.state import State
from exchange.paper.core.timers import active_symbols
from exchange.paper.feeds.mirror.market import MirrorMarket
from exchange.paper.feeds.mirror.tally import Tally, Trade
from exchange.paper.intake import Intake, Rows
from exchange.rules import plain

STALE_S = 3.0  # without news for this long the upstream counts as lost
QUIET_S = 2.0  # a price that touches nothing is taken in after this long
NEEDS_PRICES = frozenset({"place_order", "amend_order", "deleverage"})


class Source(StrEnum):
    """Where the last prices came from."""

    STREAMS = "streams"
    POLLING = "polling"
    LOST = "lost"


class MarketDark(VenueError):
    """503: the upstream is lost, so there is no price to trade at. Nothing was executed."""

    def __init__(self) -> None:
        self.code, self.message, self.status = -1008, "Service Unavailable.", 503
        Exception.__init__(self, f"{self.code}: {self.message}")


class MirrorFeed:
    """``exchange.paper.intake.Feed`` of a mirrored market; who follows the upstream calls ``hear`` and ``trade``."""

    def __init__(self, market: MirrorMarket, *, monotonic_s: Callable[[], float] = time.monotonic) -> None:
        self.market = market
        self._monotonic_s = monotonic_s
        self._tallies: defaultdict[str, Tally] = defaultdict(Tally)
        self._active: frozenset[str] = frozenset()
        self._hours: dict[str, list[Any]] = {}
        self._heard_s: dict[Source, float] = {}
        self._horizon: tuple[object, Horizon] | None = None
        self._commands = 0
        self.trades: Counter[str] = Counter()
        self.details: Callable[[], Mapping[str, Any]] = dict

    @property
    def source(self) -> Source:
        """The better one of those that were heard of lately."""
        now_s = self._monotonic_s()
        lately = [source for source in Source if now_s - self._heard_s.get(source, -STALE_S) < STALE_S]
        return lately[0] if lately else Source.LOST

    @property
    def active(self) -> frozenset[str]:
        """Symbols with positions, orders or collateral, as of the last look."""
        return self._active

    def hear(self, source: Source) -> None:
        """The upstream lives."""
        self._heard_s[source] = self._monotonic_s()

    def age_s(self, source: Source) -> float:
        """Seconds since it was heard of."""
        return self._monotonic_s() - self._heard_s.get(source, float("-inf"))

    def trade(self, symbol: str, trade: Trade) -> None:
        """Something traded upstream at this price."""
        self.trades[symbol] += 1
        self.market.live_prices[symbol] = trade.price
        if symbol in self._active:
            self._tallies[symbol].add(trade, at_s=self._monotonic_s())

    def see_hour(self, symbol: str, kline: list[Any]) -> None:
        """The newest closed hour of a symbol, a row of klines."""
        self._hours[symbol] = kline

    def due(self, engine: Engine, now_ms: int) -> Intake | None:
        self._active = _active(engine.state)
        unknown = [symbol for symbol in self._active if self.market.taken(symbol) is None]
        waiting = [symbol for symbol, tally in self._tallies.items() if tally and self._is_due(engine, symbol, tally)]
        rows = self._rows((*unknown, *waiting), primes=unknown)
        return _stamped(rows, since_ms=engine.now_ms, now_ms=now_ms)

    def needed_for(self, engine: Engine, name: str, values: Mapping[str, str], *, now_ms: int) -> Intake | None:
        """All prices so far, and the newest of the symbol that the command names. Raises MarketDark."""
        if name in NEEDS_PRICES and self.source is Source.LOST:
            raise MarketDark
        self._commands += 1
        named = {values["symbol"]} if values.get("symbol") else set()
        self._active = _active(engine.state)
        rows = self._rows({*self._active, *named}, primes={*self._active, *named})
        return _stamped(rows, since_ms=engine.now_ms, now_ms=now_ms)

    def take(self, rows: Rows) -> None:
        self.market.take(rows)

    def forget(self) -> None:
        self.market.forget()
        self._tallies.clear()

    def condition(self) -> Mapping[str, Any]:
        ages = [self.age_s(source) for source in self._heard_s]
        return {
            "source": self.source,
            "seconds_since_news": round(min(ages), 3) if ages else None,
            "symbols": len(self.market.listed(0)),
            "followed": sorted(self._active),
            **self.details(),
        }

    def _is_due(self, engine: Engine, symbol: str, tally: Tally) -> bool:
        if self._monotonic_s() - tally.since_s >= QUIET_S:
            return True
        horizon = self._horizon_of(engine)
        return not all(horizon.is_quiet(symbol, price) for price in tally.extremes())

    def _horizon_of(self, engine: Engine) -> Horizon:
        """Worked out anew after whatever happened."""
        token = (engine, len(engine.records), self._commands)
        if self._horizon is None or self._horizon[0] != token:
            self._horizon = (token, Horizon(engine.state))
        return self._horizon[1]

    def _rows(self, symbols: Iterable[str], *, primes: Iterable[str]) -> dict[str, Any]:
        """What is new of ``symbols``; of ``primes`` also a price that was not traded at, if it moved."""
        rows: dict[str, dict[str, Any]] = {"rules": {}, "hours": {}, "prices": {}}
        for symbol in sorted(set(symbols)):
            known, row = self.market.taken(symbol), self.market.live_row(symbol)
            if known is None and row is None:
                continue
            if row is not None and (known is None or known.row != row):
                rows["rules"][symbol] = row
            hour = self._hours.get(symbol)
            if hour and (known is None or known.hour is None or known.hour.open_ms != hour[0]):
                rows["hours"][symbol] = hour
            trades = self._tallies[symbol].drain() if symbol in self._tallies else []
            if not trades and symbol in primes:
                trades = self._prime(symbol)
            if trades:
                rows["prices"][symbol] = [[plain(trade.price), plain(trade.quantity)] for trade in trades]
        return {name: found for name, found in rows.items() if found}

    def _prime(self, symbol: str) -> list[Trade]:
        price, known = self.market.live_prices.get(symbol), self.market.taken(symbol)
        if price is None or (known and known.points and known.points[-1].price == price):
            return []
        return [Trade(price, Decimal(0))]


def _active(state: State) -> frozenset[str]:
    """Symbols whose prices can change an account: positions, orders, and assets that count as collateral or fees."""
    assets = {asset for account in state.accounts.values() for asset in account.ledger.assets()} - {USDT}
    return frozenset(active_symbols(state) | {f"{asset}USDT" for asset in assets})


def _stamped(rows: dict[str, Any], *, since_ms: int, now_ms: int) -> Intake | None:
    """Rows whose prices have got times after ``since_ms``, each a millisecond of its own within a symbol.

    None when there is no news. The times may run ahead of ``now_ms`` by the few prices of one symbol.
    """
    if not rows:
        return None
    prices = rows.get("prices", {})
    longest = max(map(len, prices.values()), default=0)
    base_ms = max(since_ms, now_ms - longest)
    for symbol, pairs in prices.items():
        prices[symbol] = [[base_ms + number, *pair] for number, pair in enumerate(pairs, start=1)]
    return Intake(base_ms + longest if longest else since_ms, rows)
