"""Index and mark price by a simple model, because only the contract's own path is recorded.

Index: the mean of the last price now and 20, 40 and 60 s ago, as a basket of other venues lags a little. Mark: the
median of the index carried by funding, half-way between index and last price, and the last price.
"""

from decimal import Decimal

from exchange.paper.core.market import Market
from exchange.paper.core.positions import MONEY_GRID

LOOKBACKS_MS = (20_000, 40_000, 60_000)


def lagging_index(market: Market, symbol: str, now_ms: int, *, last: Decimal) -> Decimal:
    """USDT; ``last`` is the last price now."""
    seen = [last, *(_price_at(market, symbol, now_ms - back, otherwise=last) for back in LOOKBACKS_MS)]
    return (sum(seen, Decimal(0)) / len(seen)).quantize(MONEY_GRID)


def lagging_mark(*, last: Decimal, index: Decimal, carry: Decimal) -> Decimal:
    """``carry`` is the funding rate times the share of its interval still to come, a ratio."""
    carried = index * (1 + carry)
    return sorted((carried, (index + last) / 2, last))[1].quantize(MONEY_GRID)


def _price_at(market: Market, symbol: str, at_ms: int, *, otherwise: Decimal) -> Decimal:
    try:
        return market.last_price(symbol, at_ms)
    except KeyError:
        return otherwise
