"""How long the analysis of one symbol takes: six timeframes of candles to a finished picture, without the network."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from exchange.market_types import BookLevel, OrderBook
from exchange.types import DayTicker, Kline, MarkPrice
from signals.indicators.candles import Timeframe, candles_of
from signals.indicators.frames import frame_of
from signals.outlook.inputs import MarketInputs
from signals.outlook.picture import MarketPicture, picture_of

NOW = datetime(2024, 11, 23, 12, 0, 20, tzinfo=UTC)
SYMBOL = "BTCUSDT"


def measure(seconds: float) -> float:
    """Milliseconds of processor time of one analysis, all candles new; the median."""
    window, market = {timeframe: bars(timeframe) for timeframe in Timeframe}, quotes()
    taken: list[float] = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or not taken:
        begin = time.process_time()
        analyse(window, market)
        taken.append(time.process_time() - begin)
    return sorted(taken)[len(taken) // 2] * 1000


def analyse(window: Mapping[Timeframe, Sequence[Kline]], inputs: MarketInputs) -> MarketPicture:
    frames = {timeframe: frame_of(candles_of(rows, timeframe, now=NOW)) for timeframe, rows in window.items()}
    return picture_of(replace(inputs, frames=frames))


def bars(timeframe: Timeframe) -> list[Kline]:
    """A full window and the running candle, of a price that swings by its place in the window."""
    first = timeframe.newest_finished(NOW) - (timeframe.window - 1) * timeframe.length
    return [_bar(first + place * timeframe.length, timeframe, place) for place in range(timeframe.window + 1)]


def _bar(open_time: datetime, timeframe: Timeframe, place: int) -> Kline:
    opened, closed = (Decimal(97_000 + (number * 37) % 400 + number) for number in (place, place + 1))
    volume = Decimal(100 + (place * 13) % 50)
    return Kline(
        open_time=open_time,
        open=opened,
        high=max(opened, closed) + 25,
        low=min(opened, closed) - 25,
        close=closed,
        volume=volume,
        close_time=open_time + timeframe.length - timedelta(milliseconds=1),
        quote_volume=volume * closed,
        trades=100,
        taker_buy_volume=volume / 2,
        taker_buy_quote_volume=volume * closed / 2,
    )


def quotes() -> MarketInputs:
    """Price, book of twenty levels and mark price."""
    price = Decimal("97180.5")
    side = [(price + place, Decimal(3 + place % 4)) for place in range(20)]
    return MarketInputs(
        symbol=SYMBOL,
        now=NOW,
        day=DayTicker(symbol=SYMBOL, open_price=price - 900, last_price=price, quote_volume=Decimal(9**11), at=NOW),
        book=OrderBook(
            symbol=SYMBOL,
            bids=tuple(BookLevel(2 * price - 1 - at, quantity) for at, quantity in side),
            asks=tuple(BookLevel(at, quantity) for at, quantity in side),
            update_id=1,
            at=NOW,
        ),
        mark=MarkPrice(
            symbol=SYMBOL,
            mark_price=price,
            index_price=price,
            funding_rate=Decimal("0.0001"),
            next_funding_at=NOW + timedelta(hours=4),
            at=NOW,
        ),
    )
