"""The filters reckoned a second time: floats and whole columns, from the parquet file, without any code of the desk.

Each function returns whether its filter rejects, and the number it judged.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

HOUR_MS = 3_600_000
Floats = NDArray[np.float64]
Answer = tuple[bool, float]


@dataclass
class Columns:
    """25 hours of one symbol, the running one last."""

    close: Floats
    buy: Floats
    sell: Floats


class Recording:
    """The parquet file, one table per symbol."""

    def __init__(self, path: Path) -> None:
        table = pq.read_table(path).sort_by("open_time")
        symbols = table["symbol"].unique().to_pylist()
        self._tables = {symbol: table.filter(pc.equal(table["symbol"], symbol)) for symbol in symbols}

    def until(self, symbol: str, running_ms: int) -> Columns:
        """The hour that opens at ``running_ms``, complete, and the 24 before it."""
        rows = self._rows(symbol, first_ms=running_ms - 24 * HOUR_MS, last_ms=running_ms)
        assert rows["open_time"].to_pylist() == [running_ms - back * HOUR_MS for back in range(24, -1, -1)]
        buy = rows["taker_buy_volume"].to_numpy().copy()
        return Columns(close=rows["close"].to_numpy().copy(), buy=buy, sell=rows["volume"].to_numpy() - buy)

    def open_of(self, symbol: str, open_ms: int) -> float:
        (price,) = self._rows(symbol, first_ms=open_ms, last_ms=open_ms)["open"].to_pylist()
        return float(price)

    def _rows(self, symbol: str, *, first_ms: int, last_ms: int) -> pa.Table:
        table = self._tables[symbol]
        opens = table["open_time"]
        return table.filter(pc.and_(pc.greater_equal(opens, first_ms), pc.less_equal(opens, last_ms)))


def price_change(hours: Columns) -> Answer:
    change = (hours.close[-1] / hours.close[0] - 1) * 100
    return bool(change < -40), float(change)


def volume_delta(hours: Columns) -> Answer:
    delta = (hours.buy - hours.sell)[-24:]
    to_now = np.cumsum(delta[::-1])[:-1]  # net buying of the last hour, the last two, ...
    return bool(np.all(to_now <= 0)), float(delta.sum())


def acceleration(hours: Columns) -> Answer:
    ratios = hours.buy[-24:] / (hours.sell[-24:] + 1e-10)
    gained = float(np.mean(ratios[18:]) - np.mean(ratios[:18]))
    return inside(gained, [(-0.05, -0.042), (0.118, 0.12), (0.0117, 0.03), (0.2, 0.99)]), gained


def buying_run(hours: Columns) -> Answer:
    marks = "".join("+" if times > 2.5 else "." for times in steps(hours.buy[-12:]))
    longest = max(map(len, re.findall(r"\++", marks)), default=0)
    return "+++" in marks, float(longest)


def bursts(hours: Columns) -> Answer:
    buying, selling = steps(hours.buy[-12:]).max(), steps(hours.sell[-12:]).max()
    ratio = float(buying / selling) if selling else 0.0
    return inside(ratio, [(0.94, 1.12)]), ratio


def buying_burst(hours: Columns) -> Answer:
    buying = float(steps(hours.buy[-12:]).max())
    return inside(buying, [(2.78, 3.71), (25, 29)]), buying


def steps(volume: Floats) -> Floats:
    before, now = volume[:-1], volume[1:]
    return np.divide(now, before, out=np.zeros_like(now), where=before > 0)


def inside(value: float, ranges: list[tuple[float, float]]) -> bool:
    return any(low <= value <= high for low, high in ranges)


# Name of the filter, the metric that holds its number, and the second reckoning.
RECKONINGS = [
    ("price_change_24h", "change_pct", price_change),
    ("cvd_new_low", "cvd", volume_delta),
    ("buy_acceleration", "acceleration", acceleration),
    ("consecutive_buy_ratio", "longest_run", buying_run),
    ("buy_sell_ratio", "buy_sell_ratio", bursts),
    ("intraday_buy_ratio", "max_buy_growth", buying_burst),
]
