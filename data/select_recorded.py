"""Make the committed selection of recorded market data: ``python data/select_recorded.py SOURCE``.

SOURCE is the folder of the collected data; what is written, and why it differs from SOURCE, is told in README.md.
"""

import json
import shutil
import sys
from collections.abc import Iterable, Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

HERE = Path(__file__).resolve().parent
COPIED = ("um/klines_1h_taker.parquet", "um/klines_15m_ohlcv.parquet", "um/signals_10x.csv")
KLINES = COPIED[:2]
INFO_SOURCE = "rules/exchange_info_demo_2025-01-09.json"
BRACKETS_SOURCE = "rules/leverage_brackets_2024-10-24.json"
PRICES = ("open", "high", "low", "close")
VOLUMES = ("volume", "taker_buy_volume")
MAINNET_REQUEST_WEIGHT = 2400  # a minute; the demo host's figure is 6000
NO_END_MS = 4133404800000  # deliveryDate of a perpetual without an announced end


def recorded_values(source: Path, names: Iterable[str]) -> dict[str, set[float]]:
    """Distinct values of the columns ``names``, by symbol, over all kline files."""
    values: dict[str, set[float]] = {}
    for file in KLINES:
        table = pq.read_table(source / file)
        symbols = table["symbol"].to_pylist()
        for name in set(names) & set(table.column_names):
            for symbol, value in zip(symbols, table[name].to_pylist(), strict=True):
                values.setdefault(symbol, set()).add(value)
    return values


def finest_step(values: Iterable[float]) -> Decimal:
    """Largest power of ten, at most 1, of which every value is a multiple."""
    places = max(-int(Decimal(repr(value)).normalize().as_tuple().exponent) for value in values)
    return Decimal(1).scaleb(-max(places, 0))


def corrected_row(row: Mapping[str, Any], prices: set[float], volumes: set[float]) -> dict[str, Any]:
    """A row of exchangeInfo that agrees with the recorded prices; raises ValueError where volumes are off its step."""
    by_type = {rule["filterType"]: dict(rule) for rule in row["filters"]}
    del by_type["MAX_NUM_ALGO_ORDERS"]
    for name in ("LOT_SIZE", "MARKET_LOT_SIZE"):
        if finest_step(volumes) % Decimal(by_type[name]["stepSize"]):
            raise ValueError(f"{row['symbol']}: volumes are finer than {name}")
    tick = recorded_tick(prices, Decimal(by_type["PRICE_FILTER"]["tickSize"]))
    precision = max(row["pricePrecision"], -int(tick.as_tuple().exponent))
    by_type["PRICE_FILTER"] |= price_bounds(by_type["PRICE_FILTER"], tick=tick, precision=precision)
    corrected = {**row, "pricePrecision": precision, "filters": list(by_type.values())}
    if row["status"] != "TRADING":
        corrected |= {"status": "TRADING", "deliveryDate": NO_END_MS}
    return corrected


def recorded_tick(prices: set[float], venue_tick: Decimal) -> Decimal:
    """The grid the prices lie on; the venue's own where they never moved and do not contradict it."""
    finest = finest_step(prices)
    return venue_tick.normalize() if len(prices) == 1 and finest % venue_tick == 0 else finest


def price_bounds(rule: Mapping[str, str], *, tick: Decimal, precision: int) -> dict[str, str]:
    """tickSize and the bounds on it, rounded inward; nothing where the tick is already right."""
    if Decimal(rule["tickSize"]) == tick:
        return {}
    lowest = (Decimal(rule["minPrice"]) / tick).to_integral_value(ROUND_CEILING) * tick
    highest = (Decimal(rule["maxPrice"]) / tick).to_integral_value(ROUND_FLOOR) * tick
    return {
        name: f"{value:.{precision}f}"
        for name, value in (("minPrice", lowest), ("maxPrice", highest), ("tickSize", tick))
    }


def select_rules(source: Path) -> None:
    prices, volumes = recorded_values(source, PRICES), recorded_values(source, VOLUMES)
    info = json.loads((source / INFO_SOURCE).read_text(encoding="utf-8"))
    rows = [row for row in info["symbols"] if row["symbol"] in prices]
    for limit in info["rateLimits"]:
        if limit["rateLimitType"] == "REQUEST_WEIGHT":
            limit["limit"] = MAINNET_REQUEST_WEIGHT
    info["symbols"] = [corrected_row(row, prices[row["symbol"]], volumes[row["symbol"]]) for row in rows]
    brackets = json.loads((source / BRACKETS_SOURCE).read_text(encoding="utf-8"))
    write_json("rules/exchange_info.json", info)
    write_json("rules/leverage_brackets.json", [row for row in brackets if row["symbol"] in prices])


def write_json(name: str, value: Any) -> None:
    text = json.dumps(value, ensure_ascii=False, indent=1)
    (HERE / name).write_text(text + "\n", encoding="utf-8")


def main(source: Path) -> None:
    for folder in ("um", "rules"):
        (HERE / folder).mkdir(exist_ok=True)
    for name in COPIED:
        shutil.copyfile(source / name, HERE / name)
    select_rules(source)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
