"""Closed bars do not change: those asked for before are kept, so that a scan asks the market for open ones only."""

from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Sequence
from operator import attrgetter

from exchange.paper.core.market import Bar
from exchange.paper.core.venue import Venue

MAX_KEPT = 40_000  # bars of all symbols and intervals together, about 40 MB
LONGEST_RUN = 2_000  # of one symbol and interval
_OPEN = attrgetter("open_ms")
_CLOSE = attrgetter("close_ms")


class Run:
    """Every closed bar of one symbol and interval with an open time from ``from_ms`` to that of the last one."""

    __slots__ = ("bars", "from_ms")

    def __init__(self, from_ms: int, bars: list[Bar]) -> None:
        self.from_ms, self.bars = from_ms, bars

    def holds(self, start_ms: int) -> bool:
        """Whether a question from ``start_ms`` on can be answered from here, but for its end."""
        return bool(self.bars) and self.from_ms <= start_ms <= self.bars[-1].open_ms + 1


class KnownBars:
    """A recorded venue whose closed bars are read once. Everything else is the venue's own."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self.last_price, self.path, self.listed = venue.last_price, venue.path, venue.listed
        self.symbol_info, self.exchange_info, self.brackets = venue.symbol_info, venue.exchange_info, venue.brackets
        self._runs: OrderedDict[tuple[str, str], Run] = OrderedDict()
        self._kept = 0

    @property
    def first_ms(self) -> int:
        return self._venue.first_ms

    @property
    def last_ms(self) -> int:
        return self._venue.last_ms

    def bars(self, symbol: str, interval: str, start_ms: int, end_ms: int, now_ms: int) -> Sequence[Bar]:
        """As ``Market.bars``."""
        run = self._runs.get((symbol, interval))
        if run is None or not run.holds(start_ms):
            found = self._venue.bars(symbol, interval, start_ms, end_ms, now_ms)
            self._keep((symbol, interval), Run(start_ms, _closed(found, now_ms)))
            return found
        self._runs.move_to_end((symbol, interval))
        first = bisect_left(run.bars, start_ms, key=_OPEN)
        behind = min(bisect_right(run.bars, end_ms, key=_OPEN), bisect_right(run.bars, now_ms, key=_CLOSE))
        known = run.bars[first : max(first, behind)]
        after_ms = known[-1].open_ms + 1 if known else start_ms
        if behind < len(run.bars) and run.bars[behind].open_ms > end_ms:
            return known
        rest = self._venue.bars(symbol, interval, after_ms, end_ms, now_ms) if after_ms <= end_ms else []
        if after_ms == run.bars[-1].open_ms + 1:
            self._extend(run, _closed(rest, now_ms))
        return [*known, *rest]

    def _keep(self, key: tuple[str, str], run: Run) -> None:
        old = self._runs.pop(key, None)
        self._kept -= len(old.bars) if old else 0
        if not run.bars or len(run.bars) > LONGEST_RUN:
            return
        self._runs[key] = run
        self._kept += len(run.bars)
        self._trim()

    def _extend(self, run: Run, bars: list[Bar]) -> None:
        run.bars.extend(bars)
        surplus = max(0, len(run.bars) - LONGEST_RUN)
        if surplus:
            del run.bars[:surplus]
            run.from_ms = run.bars[0].open_ms
        self._kept += len(bars) - surplus
        self._trim()

    def _trim(self) -> None:
        while self._kept > MAX_KEPT:
            _, oldest = self._runs.popitem(last=False)
            self._kept -= len(oldest.bars)


def _closed(bars: Sequence[Bar], now_ms: int) -> list[Bar]:
    return [bar for bar in bars if bar.close_ms <= now_ms]
