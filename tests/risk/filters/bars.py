"""Hours and contexts that a test makes up: volumes and closes as texts, times that end with a running hour."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from exchange.types import Kline
from risk.filters.context import FilterContext

HOUR = timedelta(hours=1)
RUNNING = datetime(2024, 11, 23, 17, tzinfo=UTC)  # open of the running hour
NOW = RUNNING + timedelta(seconds=5)

Number = str | int | Decimal


def hour(open_time: datetime, *, buy: Number = 1, sell: Number = 1, close: Number = 1) -> Kline:
    bought, volume, price = Decimal(buy), Decimal(buy) + Decimal(sell), Decimal(close)
    return Kline(
        open_time=open_time,
        open=price,
        high=price,
        low=price,
        close=price,
        volume=volume,
        close_time=open_time + HOUR - timedelta(milliseconds=1),
        quote_volume=volume * price,
        trades=10,
        taker_buy_volume=bought,
        taker_buy_quote_volume=bought * price,
    )


def hours_of(
    *, buys: Sequence[Number] = (), sells: Sequence[Number] = (), closes: Sequence[Number] = ()
) -> list[Kline]:
    """Consecutive bars, the last of them the running hour; a column that is not given is 1 throughout."""
    count = max(len(buys), len(sells), len(closes))
    columns = [list(column) or [1] * count for column in (buys, sells, closes)]
    return [
        hour(RUNNING - (count - 1 - place) * HOUR, buy=buy, sell=sell, close=close)
        for place, (buy, sell, close) in enumerate(zip(*columns, strict=True))
    ]


def context(
    hours: Sequence[Kline] = (),
    *,
    signal_price: str = "1.00",
    entry_price: str | None = "1.00",
    mark_price: str | None = None,
    index_price: str | None = None,
    premiums: Sequence[Kline] = (),
) -> FilterContext:
    return FilterContext(
        symbol="DOTUSDT",
        signal_price=Decimal(signal_price),
        entry_price=None if entry_price is None else Decimal(entry_price),
        hours=hours,
        premiums=premiums,
        mark_price=None if mark_price is None else Decimal(mark_price),
        index_price=None if index_price is None else Decimal(index_price),
    )
