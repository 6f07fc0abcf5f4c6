"""The synthetic order book around the last price: no book is recorded, so its depth follows the traded volume.

The bid is the last price, the ask one tick above. Further levels lie 0.002 % of the price apart, at least a tick. The
best level offers 2 % of a mean minute's turnover in the last closed hour, further ones up to a few times that, a
little uneven, other in each minute. Where a market has no bars at all it offers 50,000 USDT.

What the accounts themselves take (``terms.depletes_book``) is missing at its price and comes back evenly within a
minute. The smallest quantity is always there: the best price is the recorded market's, which nobody here moves.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple
from zlib import crc32

from exchange.paper.core.funding_rates import HOUR_MS
from exchange.paper.core.state import State
from exchange.rules import ceil_to_step, floor_to_step
from exchange.types import Side

MINUTE_MS = 60_000
LEVELS = 1000
TURNOVER_SHARE = Decimal("0.02")
LEAST_NOTIONAL = Decimal(2_000)
USUAL_NOTIONAL = Decimal(50_000)
SPACING_RATIO = Decimal("0.00002")
GROWTH = Decimal("0.05")
REFILL_MS = MINUTE_MS


class Level(NamedTuple):
    """A price and the base asset offered there."""

    price: Decimal
    quantity: Decimal


def levels(state: State, symbol: str, taker_side: Side) -> Iterator[Level]:
    """What an order of ``taker_side`` meets, best first; prices stay positive."""
    rules, quote = state.instrument(symbol).rules, state.quote(symbol)
    best, direction = quote.taker_price(taker_side), 1 if taker_side is Side.BUY else -1
    gap = max(rules.tick_size, ceil_to_step(quote.bid * SPACING_RATIO, rules.tick_size))
    notional = best_level_notional(state, symbol)
    for number in range(LEVELS):
        price = best + direction * gap * number
        if price <= 0:
            return
        share = _unevenness(symbol, state.now_ms // MINUTE_MS, taker_side, number) * (1 + GROWTH * number)
        quantity = floor_to_step(notional * share / price, rules.step_size)
        left = floor_to_step(quantity - _missing(state, symbol, taker_side, price), rules.step_size)
        yield Level(price, max(rules.min_quantity, left))


def take(state: State, symbol: str, taker_side: Side, *, price: Decimal, quantity: Decimal) -> None:
    """Note that a taker took ``quantity`` at ``price``, where the terms let that show."""
    if not state.terms.depletes_book:
        return
    gone = quantity + _missing(state, symbol, taker_side, price)
    since_ms = state.now_ms - REFILL_MS
    known = {at: row for at, row in state.taken.get((symbol, taker_side), {}).items() if row[0] > since_ms}
    state.taken[symbol, taker_side] = known | {price: (state.now_ms, gone)}


def best_level_notional(state: State, symbol: str) -> Decimal:
    """USDT that the best level offers on average."""
    hour_ms = state.now_ms // HOUR_MS * HOUR_MS
    known = state.depths.get(symbol)
    if known is None or known[0] != hour_ms:
        bars = state.venue.bars(symbol, "1h", hour_ms - HOUR_MS, hour_ms - 1, state.now_ms)
        turnover = bars[-1].quote_volume * MINUTE_MS / HOUR_MS * TURNOVER_SHARE if bars else USUAL_NOTIONAL
        known = state.depths[symbol] = (hour_ms, max(LEAST_NOTIONAL, turnover))
    return known[1]


def depth_within(state: State, symbol: str, taker_side: Side, limit: Decimal) -> Decimal:
    """Base asset offered up to ``limit``, the worst acceptable price."""
    total = Decimal(0)
    for level in levels(state, symbol, taker_side):
        if level.price > limit if taker_side is Side.BUY else level.price < limit:
            break
        total += level.quantity
    return total


def nth_price(state: State, symbol: str, taker_side: Side, number: int) -> Decimal | None:
    """Price of the ``number``-th level (1 the best) that ``taker_side`` meets, None where the book ends before."""
    found = [level.price for _, level in zip(range(number), levels(state, symbol, taker_side), strict=False)]
    return found[-1] if len(found) == number else None


def _missing(state: State, symbol: str, taker_side: Side, price: Decimal) -> Decimal:
    """Base asset taken at a price and not yet offered again."""
    rows = state.taken.get((symbol, taker_side))
    if not rows or price not in rows:
        return Decimal(0)
    at_ms, quantity = rows[price]
    return quantity * max(0, at_ms + REFILL_MS - state.now_ms) / REFILL_MS


def _unevenness(symbol: str, minute: int, side: Side, number: int) -> Decimal:
    """A fixed draw between 0.75 and 1.25."""
    return Decimal(768 + crc32(f"{symbol} {minute} {side} {number}".encode()) % 513) / 1024
