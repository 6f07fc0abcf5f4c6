"""What the name of a market stream asks for, and the route that serves it (venue's list of 2026-10)."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from exchange.paper.server.routes_bars import SPANS_MS

CONTRACTS = ("tradifi_perpetual", "current_quarter", "next_quarter", "perpetual")  # longest match first
SECOND = "1s"
DEPTH_SPEEDS_MS = {"": 250, "@100ms": 100, "@250ms": 250, "@500ms": 500}
DEPTH = re.compile(r"depth(5|10|20)?(@100ms|@250ms|@500ms)?")


class Route(StrEnum):
    """First part of a connection's path; LEGACY is the path without one."""

    PUBLIC = "public"
    MARKET = "market"
    PRIVATE = "private"
    LEGACY = ""


class Kind(StrEnum):
    """Streams that differ in what they say."""

    BOOK_TICKER = "bookTicker"
    PARTIAL_DEPTH = "partial depth"
    DEPTH = "depth"
    TRADE = "trade"
    AGG_TRADE = "aggTrade"
    MARK_PRICE = "markPrice"
    KLINE = "kline"
    CONTINUOUS_KLINE = "continuousKline"
    MINI_TICKER = "miniTicker"
    TICKER = "ticker"
    FORCE_ORDER = "forceOrder"
    CONTRACT_INFO = "contractInfo"
    ASSET_INDEX = "assetIndex"


PUBLIC_KINDS = frozenset({Kind.BOOK_TICKER, Kind.PARTIAL_DEPTH, Kind.DEPTH, Kind.TRADE})
SERVED: Mapping[Route, frozenset[Kind]] = {
    Route.PUBLIC: PUBLIC_KINDS,
    Route.MARKET: frozenset(Kind) - PUBLIC_KINDS,
    Route.PRIVATE: frozenset(),
    Route.LEGACY: PUBLIC_KINDS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """What one stream is about. ``symbol`` is empty for the whole market; ``period_ms`` is market time between frames.

    A ``period_ms`` of 1 means as soon as something changes.
    """

    kind: Kind
    period_ms: int
    symbol: str = ""
    interval: str = ""
    contract: str = ""
    levels: int = 0


WHOLE_MARKET: Mapping[str, Topic] = {
    "!bookTicker": Topic(kind=Kind.BOOK_TICKER, period_ms=5000),
    "!markPrice@arr": Topic(kind=Kind.MARK_PRICE, period_ms=3000),
    "!markPrice@arr@1s": Topic(kind=Kind.MARK_PRICE, period_ms=1000),
    "!miniTicker@arr": Topic(kind=Kind.MINI_TICKER, period_ms=1000),
    "!ticker@arr": Topic(kind=Kind.TICKER, period_ms=1000),
    "!forceOrder@arr": Topic(kind=Kind.FORCE_ORDER, period_ms=1),
    "!contractInfo": Topic(kind=Kind.CONTRACT_INFO, period_ms=1000),
    "!assetIndex@arr": Topic(kind=Kind.ASSET_INDEX, period_ms=1000),
}
ONE_SYMBOL: Mapping[str, tuple[Kind, int]] = {
    "bookTicker": (Kind.BOOK_TICKER, 1),
    "trade": (Kind.TRADE, 1),
    "rpiDepth@500ms": (Kind.DEPTH, 500),
    "aggTrade": (Kind.AGG_TRADE, 100),
    "markPrice": (Kind.MARK_PRICE, 3000),
    "markPrice@1s": (Kind.MARK_PRICE, 1000),
    "miniTicker": (Kind.MINI_TICKER, 2000),
    "ticker": (Kind.TICKER, 2000),
    "forceOrder": (Kind.FORCE_ORDER, 1),
    "assetIndex": (Kind.ASSET_INDEX, 1000),
}
KLINE_PERIOD_MS = 250


def parse(name: str) -> Topic | None:
    """What ``name`` asks for; None for a name the venue acknowledges and never serves, as one in upper case."""
    if name in WHOLE_MARKET:
        return WHOLE_MARKET[name]
    symbol, _, what = name.partition("@")
    if not symbol or symbol != symbol.lower():
        return None
    if what in ONE_SYMBOL:
        kind, period_ms = ONE_SYMBOL[what]
        return Topic(kind=kind, period_ms=period_ms, symbol=symbol.upper())
    head, _, interval = what.partition("_")
    read = WITH_INTERVAL.get(head)
    return read(symbol, interval) if read else _depth(symbol, what)


def _depth(symbol: str, what: str) -> Topic | None:
    found = DEPTH.fullmatch(what)
    if found is None:
        return None
    levels, speed = found.groups(default="")
    kind = Kind.PARTIAL_DEPTH if levels else Kind.DEPTH
    return Topic(kind=kind, period_ms=DEPTH_SPEEDS_MS[speed], symbol=symbol.upper(), levels=int(levels or 0))


def _kline(symbol: str, interval: str) -> Topic | None:
    if interval not in SPANS_MS:
        return None
    return Topic(kind=Kind.KLINE, period_ms=KLINE_PERIOD_MS, symbol=symbol.upper(), interval=interval)


def _continuous_kline(symbol: str, interval: str) -> Topic | None:
    contract = next((name for name in CONTRACTS if symbol.endswith(f"_{name}")), None)
    if contract is None or (interval not in SPANS_MS and interval != SECOND):
        return None
    return Topic(
        kind=Kind.CONTINUOUS_KLINE,
        period_ms=KLINE_PERIOD_MS,
        symbol=symbol.removesuffix(f"_{contract}").upper(),
        interval=interval,
        contract=contract.upper(),
    )


WITH_INTERVAL: Mapping[str, Callable[[str, str], Topic | None]] = {
    "kline": _kline,
    "continuousKline": _continuous_kline,
}
