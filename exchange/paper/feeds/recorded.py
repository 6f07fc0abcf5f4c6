"""Recorded klines from parquet files into exact whole units. What is off the grid is refused, never rounded."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from exchange.paper.feeds.grid import Grid
from exchange.paper.feeds.intervals import HOUR_MS
from exchange.paper.feeds.quarters import QUARTER_MS
from exchange.paper.feeds.rulebook import Rulebook
from exchange.paper.feeds.tape import Tape

HOURS_FILE = "um/klines_1h_taker.parquet"
QUARTERS_FILE = "um/klines_15m_ohlcv.parquet"
PRICES = ("open", "high", "low", "close")
MAX_QUOTE_PLACES = 8
LARGEST_CERTAIN = 1 << 52

Units = NDArray[np.int64]
Columns = Mapping[str, NDArray[np.float64]]


class RecordedDataError(ValueError):
    """A recorded file contradicts itself or the trading rules beside it."""


def load_tapes(data_dir: Path, rulebook: Rulebook) -> dict[str, Tape]:
    """The tape of each symbol that has 1 h bars; 15 m bars are optional. Raises RecordedDataError."""
    quarters = dict(_by_symbol(data_dir / QUARTERS_FILE))
    return {
        symbol: _tape(symbol, hours=hours, quarters=quarters.get(symbol), rulebook=rulebook)
        for symbol, hours in _by_symbol(data_dir / HOURS_FILE)
    }


def _tape(symbol: str, *, hours: pa.Table, quarters: pa.Table | None, rulebook: Rulebook) -> Tape:
    if symbol not in rulebook.rows:
        raise RecordedDataError(f"{symbol}: no trading rules")
    tick, step = rulebook.tick_size(symbol), rulebook.step_size(symbol)
    columns = _columns(hours)
    grid = Grid(tick=tick, step=step, quote_unit=_quote_unit(symbol, columns, largest=tick * step))
    opens = _opens(symbol, hours, span_ms=HOUR_MS)
    rows = _hour_rows(symbol, columns, grid)
    trades = hours["trades"].to_numpy()
    tape = Tape(symbol=symbol, grid=grid, first_ms=int(opens[0]), hours=np.column_stack([opens, rows, trades]))
    if quarters is None:
        return tape
    starts = _opens(symbol, quarters, span_ms=QUARTER_MS)
    return tape.with_quarters(first_ms=int(starts[0]), quarters=_quarter_rows(symbol, _columns(quarters), grid))


def _hour_rows(symbol: str, columns: Columns, grid: Grid) -> Units:
    """Columns open, high, low, close, bought quantity and quote, sold quantity and quote."""
    volume = _units(symbol, columns["volume"], grid.step)
    bought = _units(symbol, columns["taker_buy_volume"], grid.step)
    quote = _units(symbol, columns["quote_volume"], grid.quote_unit)
    bought_quote = _units(symbol, columns["taker_buy_quote_volume"], grid.quote_unit)
    prices = [_units(symbol, columns[name], grid.tick) for name in PRICES]
    rows: Units = np.column_stack([*prices, bought, bought_quote, volume - bought, quote - bought_quote])
    _check_flows(symbol, rows, worth=grid.worth)
    return rows


def _quarter_rows(symbol: str, columns: Columns, grid: Grid) -> Units:
    """Columns open, high, low, close, quantity."""
    prices = [_units(symbol, columns[name], grid.tick) for name in PRICES]
    rows: Units = np.column_stack([*prices, _units(symbol, columns["volume"], grid.step)])
    return rows


def _check_flows(symbol: str, rows: Units, *, worth: int) -> None:
    """Each side's average price must lie within the bar, or nothing finer could be built beneath it."""
    low, high = rows[:, 2] * worth, rows[:, 1] * worth
    for quantity, quote in ((rows[:, 4], rows[:, 5]), (rows[:, 6], rows[:, 7])):
        if np.any(quantity < 0) or np.any(quote < low * quantity) or np.any(quote > high * quantity):
            raise RecordedDataError(f"{symbol}: a bar's volumes and prices do not agree")


def _quote_unit(symbol: str, columns: Columns, *, largest: Decimal) -> Decimal:
    """Largest power of ten, at most ``largest``, that counts every quote volume in whole units."""
    places = -int(largest.normalize().as_tuple().exponent)
    for unit in (Decimal(1).scaleb(-count) for count in range(places, MAX_QUOTE_PLACES + 1)):
        if all(_counts(columns[name], unit) is not None for name in ("quote_volume", "taker_buy_quote_volume")):
            return unit
    raise RecordedDataError(f"{symbol}: quote volumes have more than {MAX_QUOTE_PLACES} places")


def _units(symbol: str, values: NDArray[np.float64], unit: Decimal) -> Units:
    counts = _counts(values, unit)
    if counts is None:
        raise RecordedDataError(f"{symbol}: a recorded value is not a multiple of {unit}")
    return counts


def _counts(values: NDArray[np.float64], unit: Decimal) -> Units | None:
    """Values in whole units, by the shortest digits that name each float; None where they are not multiples.

    Below 2**52 units a float is such a number just if it is the one nearest to a whole count of units.
    """
    numerator, denominator = unit.as_integer_ratio()
    counts: Units = np.rint(values * denominator / numerator).astype(np.int64)
    is_large = counts > LARGEST_CERTAIN
    if not np.all((counts * numerator / denominator == values) | is_large):
        return None
    for row in np.flatnonzero(is_large):
        count = Decimal(repr(float(values[row]))) / unit
        if count % 1:
            return None
        counts[row] = int(count)
    return counts


def _opens(symbol: str, table: pa.Table, *, span_ms: int) -> Units:
    opens: Units = table["open_time"].to_numpy()
    if opens[0] % span_ms or np.any(np.diff(opens) != span_ms):
        raise RecordedDataError(f"{symbol}: bars are missing, doubled or off the {span_ms} ms grid")
    return opens


def _columns(table: pa.Table) -> Columns:
    return {name: table[name].to_numpy() for name in table.column_names if pa.types.is_float64(table[name].type)}


def _by_symbol(path: Path) -> Iterator[tuple[str, pa.Table]]:
    """Slices of a file whose rows are sorted by symbol."""
    table = pq.read_table(path, read_dictionary=["symbol"]).unify_dictionaries().combine_chunks()
    encoded = table["symbol"].chunk(0)
    codes = encoded.indices.to_numpy()
    starts = [0, *(np.flatnonzero(np.diff(codes)) + 1).tolist(), len(codes)]
    for start, end in pairwise(starts):
        yield encoded.dictionary[int(codes[start])].as_py(), table.slice(start, end - start)
