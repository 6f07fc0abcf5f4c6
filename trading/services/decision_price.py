"""The middle of the book at the moment of a decision: what the fills that follow are measured against."""

from decimal import Decimal

import structlog

from exchange.errors import ExchangeError
from exchange.ports import QuotedMarketPort
from trading.venue import Venue

log = structlog.get_logger(__name__)

LEVELS = 5  # the least that the venue gives


def middle_price(symbol: str, venue: Venue) -> Decimal | None:
    return middle_of(symbol, venue.market)


def middle_of(symbol: str, market: QuotedMarketPort) -> Decimal | None:
    """USDT, unrounded; None where the book cannot be read or has only one side: no decision waits for it."""
    try:
        book = market.order_book(symbol, levels=LEVELS)
    except ExchangeError as error:
        log.warning("book_not_read", symbol=symbol, error=str(error))
        return None
    if not book.bids or not book.asks:
        return None
    return (book.bids[0].price + book.asks[0].price) / 2
