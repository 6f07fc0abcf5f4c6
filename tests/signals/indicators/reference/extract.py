"""Cut the candles that the reference values are computed from: ``python extract.py``, before reference.mjs."""

import json
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq

HERE = Path(__file__).parent
DATA = HERE.parents[3] / "data" / "um"
CANDLES = 220
EXTRACTS = [
    ("btcusdt_1h", "klines_1h_taker", "BTCUSDT", 2000),
    ("dogeusdt_15m", "klines_15m_ohlcv", "DOGEUSDT", 3000),
    ("1000pepeusdt_1h", "klines_1h_taker", "1000PEPEUSDT", 1200),
]
COLUMNS = ("open_time", "open", "high", "low", "close", "volume")


def main() -> None:
    for name, file, symbol, first in EXTRACTS:
        table = pq.read_table(DATA / f"{file}.parquet", columns=["symbol", *COLUMNS])
        rows = table.filter(pc.equal(table["symbol"], symbol)).slice(first, CANDLES)
        candles = {column: rows[column].to_pylist() for column in COLUMNS}
        content = {"symbol": symbol, "timeframe": name.split("_")[1], "candles": candles}
        (HERE / f"{name}.json").write_text(json.dumps(content, separators=(",", ":")))


if __name__ == "__main__":
    main()
