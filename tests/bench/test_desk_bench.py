"""The stand-ins of the desk's bench, and how it reads the exchange's records."""

import json
from pathlib import Path

import pytest

from bench.child import Child, running, wait_until
from bench.desk import _protected_after_ms
from bench.scan_venue import HOUR_MS, SURGES, answer, bars
from bench.wide_market import WideMarket, _copies
from exchange.binance import parsing
from signals.surge import surge_reading
from tests.exchange.paper.scripted import T0, ScriptedMarket

HOUR = 1_732_363_200_000
DAY = HOUR - HOUR % (24 * HOUR_MS) - 24 * HOUR_MS


def asked(symbol: str, interval: str, start: int) -> dict[str, str]:
    return {"symbol": symbol, "interval": interval, "startTime": str(start), "limit": "1"}


@pytest.mark.parametrize(("number", "ratio"), [(7, 1), (SURGES, 20), (3 * SURGES, 20)])
def test_one_contract_in_so_many_surges(number: int, ratio: int) -> None:
    symbol = f"COIN{number}USDT"
    (hour,) = parsing.klines(json.loads(bars(asked(symbol, "1h", HOUR))))
    (day,) = parsing.klines(json.loads(bars(asked(symbol, "1d", DAY))))

    reading = surge_reading(symbol=symbol, hour=hour, day=day, onboard_at=day.open_time)

    assert reading is not None
    assert round(reading.ratio, 6) == ratio


def test_an_answer_tells_the_weight_that_was_used() -> None:
    head, _, body = answer("/fapi/v1/time").partition(b"\r\n\r\n")

    assert b"X-MBX-USED-WEIGHT-1M: " in head
    assert f"Content-Length: {len(body)}".encode() in head


def test_copies_have_names_of_their_own() -> None:
    names = dict(_copies(["AUSDT", "BUSDT"], 5))

    assert names == {"A1USDT": "AUSDT", "A2USDT": "AUSDT", "AUSDT": "AUSDT", "B1USDT": "BUSDT", "BUSDT": "BUSDT"}


def test_a_copy_moves_as_its_original() -> None:
    recorded = ScriptedMarket({"DOTUSDT": [(0, "8.5", "10"), (60_000, "8.7", "10")]})
    wide = WideMarket(recorded, count=3)
    now = T0 + 60_000

    assert wide.listed(now) == ["DOT1USDT", "DOT2USDT", "DOTUSDT"]
    assert wide.last_price("DOT2USDT", now) == recorded.last_price("DOTUSDT", now)
    assert wide.symbol_info("DOT1USDT", now)["symbol"] == "DOT1USDT"
    assert [row["symbol"] for row in wide.exchange_info(now)["symbols"]] == wide.listed(now)


def test_a_position_is_protected_when_both_exits_stand() -> None:
    def row(kind: str, symbol: str, at_ms: int, **order: str) -> dict[str, object]:
        return {"type": kind, "wall_ns": at_ms * 1_000_000, "payload": {"o": {"s": symbol, **order}}}

    records = [
        row("ORDER_TRADE_UPDATE", "AUSDT", 100, x="NEW"),
        row("ORDER_TRADE_UPDATE", "AUSDT", 110, x="TRADE"),
        row("ORDER_TRADE_UPDATE", "AUSDT", 115, x="TRADE"),
        row("ALGO_UPDATE", "AUSDT", 118, X="NEW", o="STOP_MARKET"),
        row("ALGO_UPDATE", "AUSDT", 124, X="NEW", o="TAKE_PROFIT_MARKET"),
        row("ORDER_TRADE_UPDATE", "BUSDT", 130, x="TRADE"),
        row("ALGO_UPDATE", "BUSDT", 140, X="NEW", o="STOP_MARKET"),
    ]

    assert list(_protected_after_ms(records)) == [14.0]


def test_a_child_that_ended_says_why(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with running(["-c", "raise SystemExit('no such thing')"], log) as process:
        process.wait(timeout=20)

        with pytest.raises((RuntimeError, BrokenPipeError)):
            Child(process, log).ask("anything")

    assert "no such thing" in log.read_text()


def test_a_process_ends_with_its_block(tmp_path: Path) -> None:
    with running(["-c", "import time; time.sleep(60)"], tmp_path / "log") as process:
        assert process.poll() is None

    assert process.poll() is not None


def test_what_never_comes_is_not_waited_for_for_ever() -> None:
    with pytest.raises(TimeoutError):
        wait_until(lambda: False, seconds=0.02)


def test_the_scan_venue_serves_its_contracts(tmp_path: Path) -> None:
    import httpx2

    with running(["-m", "bench.scan_venue", "3", "1"], tmp_path / "log") as process:
        assert process.stdout is not None
        line = json.loads(process.stdout.readline())
        info = httpx2.get(f"http://127.0.0.1:{line['port']}/fapi/v1/exchangeInfo", timeout=10).json()

    assert [parsing.contract(row).symbol for row in info["symbols"]] == line["symbols"]
