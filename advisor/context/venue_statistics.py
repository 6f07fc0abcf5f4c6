"""The venue's own statistics of one contract as readings, asked for with what is left of the rate budget."""

import math
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from advisor.context.errors import SourceFailed
from advisor.context.readings import Reading, rounded
from advisor.providers.port import Deadline
from exchange.clock import wall_now
from exchange.errors import ExchangeError, RateLimited
from exchange.market_types import LongShortRatio, OpenInterest, OpenInterestPoint
from exchange.ports import MarketStatisticsPort

HOURS = 25
TAKER_PERIODS = 12  # of five minutes
WEEK_OF_FUNDINGS = 21
PERCENT, RATIO = Decimal("0.01"), Decimal("0.0001")
CHANGES = {"open_interest_change_1h": timedelta(hours=1), "open_interest_change_24h": timedelta(days=1)}
NEVER = Deadline(math.inf)
Part = Callable[[MarketStatisticsPort, str, datetime], Iterator[Reading]]


def venue_readings(
    symbol: str, market: MarketStatisticsPort, *, now: datetime, deadline: Deadline = NEVER
) -> list[Reading]:
    """What the venue says of ``symbol`` at ``now``, market time; a part that fails, or is too late, is left out.

    Raises SourceFailed where all fail, or once the venue limits the rate: then nothing more is asked.
    """
    found: list[Reading] = []
    failure = ""
    for part in PARTS:
        if not deadline.seconds_left:
            failure = failure or "no time left"
            break
        try:
            found += part(market, symbol, now)
        except RateLimited as limited:
            raise SourceFailed("rate_limited", retry_after=limited.until - wall_now()) from None
        except ExchangeError as error:
            failure = type(error).__name__
    if not found:
        raise SourceFailed("venue", failure or "no figures")
    return found


def _open_interest(market: MarketStatisticsPort, symbol: str, now: datetime) -> Iterator[Reading]:
    """In base asset, and how it changed over an hour and a day."""
    held = market.open_interest(symbol)
    yield _reading("open_interest", symbol, held.quantity, "contracts", held.at)
    history = market.open_interest_history(symbol, "1h", limit=HOURS)
    for name, back in CHANGES.items():
        before = _point_before(history, held.at - back)
        if before is not None and before.quantity:
            yield _reading(name, symbol, _change(held, before), "%", held.at)


def _point_before(history: Sequence[OpenInterestPoint], at: datetime) -> OpenInterestPoint | None:
    """The newest point not after ``at``, within an hour and a half of it."""
    known = [point for point in history if at - timedelta(minutes=90) <= point.at <= at]
    return known[-1] if known else None


def _change(held: OpenInterest, before: OpenInterestPoint) -> Decimal:
    return ((held.quantity / before.quantity - 1) * 100).quantize(PERCENT)


def _top_accounts(market: MarketStatisticsPort, symbol: str, now: datetime) -> Iterator[Reading]:
    yield from _share("top_accounts_long", symbol, market.top_account_ratios(symbol, "5m", limit=1))


def _top_positions(market: MarketStatisticsPort, symbol: str, now: datetime) -> Iterator[Reading]:
    yield from _share("top_positions_long", symbol, market.top_position_ratios(symbol, "5m", limit=1))


def _share(name: str, symbol: str, ratios: Sequence[LongShortRatio]) -> Iterator[Reading]:
    for ratio in ratios[-1:]:
        yield _reading(name, symbol, (ratio.long_share * 100).quantize(PERCENT), "%", ratio.at)


def _takers(market: MarketStatisticsPort, symbol: str, now: datetime) -> Iterator[Reading]:
    """What takers bought for each unit that they sold, over the last hour."""
    periods = market.taker_volumes(symbol, "5m", limit=TAKER_PERIODS)
    sold = sum((period.sold for period in periods), Decimal(0))
    if sold:
        bought = sum((period.bought for period in periods), Decimal(0))
        yield _reading("taker_buy_sell_1h", symbol, (bought / sold).quantize(RATIO), "", periods[-1].at)


def _fundings(market: MarketStatisticsPort, symbol: str, now: datetime) -> Iterator[Reading]:
    """What longs paid in a week, per cent of the notional; it holds until the next settlement."""
    settled = [row for row in market.funding_rates(symbol, limit=WEEK_OF_FUNDINGS) if row.at >= now - timedelta(days=7)]
    if settled:
        total = sum((row.rate for row in settled), Decimal(0))
        yield _reading("funding_7d", symbol, (total * 100).quantize(RATIO), "%", now)


def _reading(name: str, symbol: str, value: Decimal, unit: str, at: datetime) -> Reading:
    return Reading(name=name, symbol=symbol, value=rounded(value), unit=unit, as_of=at)


PARTS: Sequence[Part] = (_open_interest, _top_accounts, _top_positions, _takers, _fundings)
