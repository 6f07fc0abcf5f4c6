"""What is served is what was recorded, to the last digit; what contradicts itself is refused."""

import json
import shutil
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from exchange.paper.feeds.recorded import HOURS_FILE, QUARTERS_FILE, RecordedDataError, load_tapes
from exchange.paper.feeds.replay import ReplayMarket
from exchange.paper.feeds.rulebook import INFO_FILE, Rulebook

HOUR_MS = 3_600_000
COLUMNS = ("open", "high", "low", "close", "volume", "quote_volume", "taker_buy_volume", "taker_buy_quote_volume")


@pytest.fixture(scope="module")
def hours(data_dir):
    return pq.read_table(data_dir / HOURS_FILE)


def of_symbol(table, symbol):
    return table.filter(pc.field("symbol") == symbol)


def served(market, symbol, interval="1h"):
    return market.bars(symbol, interval, market.first_ms, market.last_ms, market.last_ms)


def test_every_recorded_hour_is_served_digit_for_digit(market, hours):
    compared = 0
    for symbol in pc.unique(hours["symbol"]).to_pylist():
        recorded = of_symbol(hours, symbol)
        bars = served(market, symbol)
        assert [bar.open_ms for bar in bars] == recorded["open_time"].to_pylist()
        assert [bar.trades for bar in bars] == recorded["trades"].to_pylist()
        for name in COLUMNS:
            digits = [Decimal(repr(value)) for value in recorded[name].to_pylist()]
            assert [getattr(bar, name) for bar in bars] == digits, (symbol, name)
        compared += len(bars)

    assert compared == 100_415


def test_recorded_quarters_are_served_but_for_the_hours_they_contradict(market, data_dir):
    quarters = pq.read_table(data_dir / QUARTERS_FILE)
    different: dict[int, set[str]] = {}
    for symbol in ("BTCUSDT", "AVAXUSDT", "1000PEPEUSDT"):
        recorded = of_symbol(quarters, symbol)
        names = ("open", "high", "low", "close", "volume")
        rows = zip(recorded["open_time"].to_pylist(), *(recorded[name].to_pylist() for name in names), strict=True)
        bars = {bar.open_ms: bar for bar in served(market, symbol, "15m")}
        for open_ms, *values in rows:
            bar = bars[open_ms]
            if [bar.open, bar.high, bar.low, bar.close, bar.volume] != [Decimal(repr(value)) for value in values]:
                different.setdefault(open_ms - open_ms % HOUR_MS, set()).add(symbol)

    # 2024-10-28 20:00 and 21:00: the venue's own bars do not add up.
    assert set(different) == {1730145600000, 1730149200000}
    assert different[1730145600000] == {"BTCUSDT", "AVAXUSDT", "1000PEPEUSDT"}


def test_prices_carry_the_digits_of_the_tick(market):
    (bar,) = market.bars("BTCUSDT", "1h", 1732377600000, 1732377600000, market.last_ms)

    assert (str(bar.open), str(bar.close), str(bar.volume)) == ("98426.10", "97751.50", "21030.351")


def test_every_symbol_of_the_recording_has_rules_and_brackets(market, hours):
    for symbol in pc.unique(hours["symbol"]).to_pylist():
        assert market.symbol_info(symbol, market.last_ms)["symbol"] == symbol
        assert market.brackets(symbol)["brackets"][0]["notionalFloor"] == 0


@pytest.fixture
def copy(data_dir, tmp_path):
    """A data folder of two symbols' first days that a test may spoil."""
    shutil.copytree(data_dir / "rules", tmp_path / "rules")
    (tmp_path / "um").mkdir()
    for file in (HOURS_FILE, QUARTERS_FILE):
        table = pq.read_table(data_dir / file)
        parts = [of_symbol(table, symbol).slice(0, 96) for symbol in ("AVAXUSDT", "BTCUSDT")]
        pq.write_table(pa.concat_tables(parts), tmp_path / file)
    return tmp_path


def rewrite(folder, change):
    table = pq.read_table(folder / HOURS_FILE)
    pq.write_table(change(table), folder / HOURS_FILE)


def with_value(table, name, row, value):
    values = table[name].to_pylist()
    values[row] = value
    return table.set_column(table.column_names.index(name), name, pa.array(values, table[name].type))


def load(folder):
    return load_tapes(folder, Rulebook.load(folder))


def test_a_sound_copy_loads(copy):
    assert sorted(load(copy)) == ["AVAXUSDT", "BTCUSDT"]


def test_a_market_without_15m_bars_of_a_symbol_builds_them(copy):
    table = pq.read_table(copy / QUARTERS_FILE)
    pq.write_table(of_symbol(table, "BTCUSDT"), copy / QUARTERS_FILE)
    market = ReplayMarket.load(copy)

    bars = served(market, "AVAXUSDT", "15m")

    assert len(bars) == 4 * 96


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (
            lambda table: with_value(table, "close", 5, 21.12345),
            "AVAXUSDT: a recorded value is not a multiple of 0.0010",
        ),
        (lambda table: with_value(table, "volume", 5, 100000.5), "AVAXUSDT: a recorded value is not a multiple of 1"),
        (lambda table: with_value(table, "quote_volume", 5, 1e-9), "AVAXUSDT: quote volumes have more than 8 places"),
        (lambda table: with_value(table, "taker_buy_volume", 5, 1e12), "AVAXUSDT: a bar's volumes and prices"),
        (lambda table: with_value(table, "taker_buy_quote_volume", 5, 0.0), "AVAXUSDT: a bar's volumes and prices"),
        (lambda table: pa.concat_tables([table.slice(0, 7), table.slice(8)]), "AVAXUSDT: bars are missing"),
    ],
)
def test_data_that_contradicts_itself_or_the_rules_is_refused(copy, change, complaint):
    rewrite(copy, change)

    with pytest.raises(RecordedDataError, match=complaint):
        load(copy)


def test_a_symbol_without_rules_is_refused(copy):
    info = json.loads((copy / INFO_FILE).read_text(encoding="utf-8"))
    info["symbols"] = [row for row in info["symbols"] if row["symbol"] != "BTCUSDT"]
    (copy / INFO_FILE).write_text(json.dumps(info), encoding="utf-8")

    with pytest.raises(RecordedDataError, match="BTCUSDT: no trading rules"):
        load(copy)
