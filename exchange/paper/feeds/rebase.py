"""A recorded market moved to the present: every time in it is later by the same whole number of days."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

from exchange.paper.core.market import Bar, PricePoint
from exchange.paper.core.venue import Venue
from exchange.paper.feeds.intervals import DAY_MS, FROM_HOUR, HOUR_MS, Interval

SURGES_FILE = "um/signals_10x.csv"
LEAD_MS = 2 * 60_000  # a surge that is to be seen must still lie this far ahead
MARGIN_MS = 14 * DAY_MS  # recorded time wanted before and after it
ACROSS_DAYS = ("3d", "1w", "1M")  # bars whose bounds move when days do


class RebasedMarket:
    """``exchange.paper.core.venue.Venue`` over another one, ``shift_ms`` later: a whole number of days, at least 0.

    Prices, volumes and the way within each hour are those of the recording; bars longer than a day are made anew,
    since weeks and months begin on other recorded days.
    """

    def __init__(self, recorded: Venue, *, shift_ms: int) -> None:
        if shift_ms < 0 or shift_ms % DAY_MS:
            raise ValueError(f"{shift_ms} ms is not a number of whole days")
        self._recorded = recorded
        self._shift_ms = shift_ms
        self.first_ms = recorded.first_ms + shift_ms
        self.last_ms = recorded.last_ms + shift_ms

    def listed(self, now_ms: int) -> Sequence[str]:
        return self._recorded.listed(now_ms - self._shift_ms)

    def symbol_info(self, symbol: str, now_ms: int) -> Mapping[str, Any]:
        """The symbol's row, listed and closed as much later. KeyError for a symbol never listed until then."""
        return self._later(self._recorded.symbol_info(symbol, now_ms - self._shift_ms))

    def exchange_info(self, now_ms: int) -> dict[str, Any]:
        answer = self._recorded.exchange_info(now_ms - self._shift_ms)
        return answer | {"serverTime": now_ms, "symbols": [self._later(row) for row in answer["symbols"]]}

    def brackets(self, symbol: str) -> Mapping[str, Any]:
        return self._recorded.brackets(symbol)

    def last_price(self, symbol: str, now_ms: int) -> Decimal:
        return self._recorded.last_price(symbol, now_ms - self._shift_ms)

    def path(self, symbol: str, after_ms: int, until_ms: int) -> Iterator[PricePoint]:
        for point in self._recorded.path(symbol, after_ms - self._shift_ms, until_ms - self._shift_ms):
            yield point._replace(at_ms=point.at_ms + self._shift_ms)

    def bars(self, symbol: str, interval: str, start_ms: int, end_ms: int, now_ms: int) -> Sequence[Bar]:
        """Bars with start_ms <= open_ms <= end_ms that have begun by ``now_ms``, oldest first."""
        if interval in ACROSS_DAYS:
            return self._long_bars(symbol, FROM_HOUR[interval], start_ms=start_ms, end_ms=end_ms, now_ms=now_ms)
        shift_ms = self._shift_ms
        bars = self._recorded.bars(symbol, interval, start_ms - shift_ms, end_ms - shift_ms, now_ms - shift_ms)
        return [bar._replace(open_ms=bar.open_ms + shift_ms, close_ms=bar.close_ms + shift_ms) for bar in bars]

    def _long_bars(self, symbol: str, interval: Interval, *, start_ms: int, end_ms: int, now_ms: int) -> list[Bar]:
        first_ms, last_ms = max(start_ms, interval.floor(self.first_ms)), min(end_ms, now_ms)
        if first_ms > last_ms:
            return []
        begin_ms = interval.floor(first_ms)
        days = self.bars(symbol, "1d", begin_ms, interval.following(interval.floor(last_ms)) - 1, now_ms)
        groups = groupby(days, key=lambda day: interval.floor(day.open_ms))
        made = [_joined(list(group), open_ms, interval.following(open_ms) - 1) for open_ms, group in groups]
        return [bar for bar in made if start_ms <= bar.open_ms <= end_ms]

    def _later(self, row: Mapping[str, Any]) -> dict[str, Any]:
        later = {**row, "onboardDate": row["onboardDate"] + self._shift_ms}
        if row["status"] != "TRADING":
            later["deliveryDate"] = row["deliveryDate"] + self._shift_ms
        return later


def shift_to_now(*, recorded_ms: int, now_ms: int) -> int:
    """Whole days from the UTC day of a recorded moment to the present one; times of day stay, ms."""
    return now_ms // DAY_MS * DAY_MS - recorded_ms // DAY_MS * DAY_MS


def shift_of(market: Venue, *, first_ms: int) -> int | None:
    """By how much a market that begins at ``first_ms`` is ``market`` rebased; None when it is not."""
    shift_ms = first_ms - market.first_ms
    return shift_ms if shift_ms >= 0 and shift_ms % DAY_MS == 0 else None


def moment_before_surge(data_dir: Path, market: Venue, *, now_ms: int) -> int:
    """The recorded moment, at the present time of day, after which the end of a surging hour comes soonest.

    Without a list of surges in the data: the middle of the recording.
    """
    ends = _surge_ends(data_dir / SURGES_FILE)
    roomy = [end for end in ends if market.first_ms + MARGIN_MS <= end <= market.last_ms - MARGIN_MS]
    if not roomy:
        return (market.first_ms + market.last_ms) // 2
    wait_ms, end_ms = min(((end - now_ms - LEAD_MS) % DAY_MS + LEAD_MS, end) for end in roomy)
    return end_ms - wait_ms


def _surge_ends(path: Path) -> list[int]:
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return [int(row["open_time"]) + HOUR_MS for row in csv.DictReader(file)]


def _joined(days: Sequence[Bar], open_ms: int, close_ms: int) -> Bar:
    """Consecutive days as one bar."""
    zero = Decimal(0)
    return Bar(
        open_ms=open_ms,
        open=days[0].open,
        high=max(day.high for day in days),
        low=min(day.low for day in days),
        close=days[-1].close,
        volume=sum((day.volume for day in days), zero),
        close_ms=close_ms,
        quote_volume=sum((day.quote_volume for day in days), zero),
        trades=sum(day.trades for day in days),
        taker_buy_volume=sum((day.taker_buy_volume for day in days), zero),
        taker_buy_quote_volume=sum((day.taker_buy_quote_volume for day in days), zero),
    )
