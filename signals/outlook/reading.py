"""Reading the picture of a symbol from the venue: what fails is a gap in the picture, never an error."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TypeVar

import structlog

from exchange.errors import ExchangeError, RateLimited
from exchange.ports import MarketDetailPort
from signals.indicators.candles import Timeframe, candles_of
from signals.indicators.frames import Frame, FrameCache, frame_of
from signals.outlook.inputs import Freshness, MarketInputs, Part
from signals.outlook.order_book import LEVELS
from signals.outlook.picture import MarketPicture, Thresholds, picture_of

log = structlog.get_logger(__name__)

T = TypeVar("T")

CROWD_PERIOD = "5m"
FUNDINGS = 3


def read_market(
    symbol: str,
    market: MarketDetailPort,
    now: datetime,
    *,
    cache: FrameCache | None = None,
    freshness: Freshness | None = None,
    thresholds: Thresholds | None = None,
) -> MarketPicture:
    """The picture of ``symbol`` at ``now``, market time, from six timeframes, book, 24 h figures and funding.

    With a ``cache`` only the candles of timeframes that closed one since are asked for. Once the venue limits the
    rate, nothing more is asked. Weight at most 17.
    """
    inputs = read_inputs(symbol, market, now, cache=cache)
    return picture_of(inputs, freshness=freshness, thresholds=thresholds)


def read_inputs(
    symbol: str, market: MarketDetailPort, now: datetime, *, cache: FrameCache | None = None
) -> MarketInputs:
    """Everything that a picture is made of, as far as the venue gives it."""
    reading = _Reading(symbol)
    candles = _CandleReading(symbol, market, now, cache or FrameCache())
    frames = {timeframe: reading.of(timeframe, partial(candles.frame, timeframe)) for timeframe in Timeframe}
    ratios = reading.of(Part.CROWD, lambda: market.long_short_ratios(symbol, CROWD_PERIOD, limit=1))
    return MarketInputs(
        symbol=symbol,
        now=now,
        frames={timeframe: frame for timeframe, frame in frames.items() if frame is not None},
        day=reading.of(Part.DAY, lambda: market.ticker_24h(symbol)),
        book=reading.of(Part.BOOK, lambda: market.order_book(symbol, levels=LEVELS)),
        mark=reading.of(Part.MARK, lambda: market.mark_price(symbol)),
        open_interest=reading.of(Part.OPEN_INTEREST, lambda: market.open_interest(symbol)),
        crowd=ratios[-1] if ratios else None,
        fundings=tuple(reading.of(Part.FUNDINGS, lambda: market.funding_rates(symbol, limit=FUNDINGS)) or ()),
        unread=reading.failures,
    )


def read_frame(
    symbol: str, timeframe: Timeframe, market: MarketDetailPort, now: datetime, *, cache: FrameCache | None = None
) -> Frame:
    """Candles and indicators of one timeframe alone, at ``now``. Raises ExchangeError."""
    return _CandleReading(symbol, market, now, cache or FrameCache()).frame(timeframe)


class _Reading:
    """Asks part by part and remembers what failed; after a rate limit it asks no more."""

    def __init__(self, symbol: str) -> None:
        self._symbol = symbol
        self._limit: RateLimited | None = None
        self.failures: dict[str, str] = {}

    def of(self, part: str, read: Callable[[], T]) -> T | None:
        """What ``read`` answers, None when it fails."""
        if self._limit is not None:
            self.failures[part] = str(self._limit)
            return None
        try:
            return read()
        except ExchangeError as error:
            self._limit = error if isinstance(error, RateLimited) else None
            self.failures[part] = str(error)
            log.warning("market_part_unavailable", symbol=self._symbol, part=str(part), error=str(error))
            return None


@dataclass(frozen=True, slots=True)
class _CandleReading:
    symbol: str
    market: MarketDetailPort
    now: datetime
    cache: FrameCache

    def frame(self, timeframe: Timeframe) -> Frame:
        """Candles and indicators up to the candle that finished last, from the cache when it has that one."""
        newest = timeframe.newest_finished(self.now)
        known = self.cache.get(self.symbol, timeframe, newest)
        if known is not None:
            return known
        bars = self.market.klines(
            self.symbol,
            timeframe,
            start=newest - (timeframe.window - 1) * timeframe.length,
            end=self.now,
            limit=timeframe.window + 1,
        )
        frame = frame_of(candles_of(bars, timeframe, now=self.now))
        if not frame.candles.missing:
            self.cache.put(self.symbol, frame)
        return frame
