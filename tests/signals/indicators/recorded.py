"""Recorded candles with the values that another library computed from them."""

import json
from pathlib import Path

import numpy as np

from signals.indicators.candles import Candles, Timeframe, candles

REFERENCE = Path(__file__).parent / "reference"
NAMES = sorted(path.stem for path in REFERENCE.glob("*.json"))


def extract(name: str) -> dict:
    return json.loads((REFERENCE / f"{name}.json").read_text())


def recorded(name: str, count: int | None = None) -> Candles:
    """The newest ``count`` candles of an extract, or all."""
    content = extract(name)
    columns = content["candles"]
    table = np.array([columns[column] for column in ("open", "high", "low", "close", "volume")], dtype=float).T
    first = 0 if count is None else len(table) - count
    opens = np.array(columns["open_time"], dtype=np.int64)
    return candles(Timeframe(content["timeframe"]), opens[first:], table[first:])
