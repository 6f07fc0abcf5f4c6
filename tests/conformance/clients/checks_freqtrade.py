"""freqtrade in live mode on the paper exchange: a process of its own that opens, protects and closes two trades."""

import asyncio
import json
import signal
import sqlite3
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from reporting import Checks, Paper, announced, holds, report, same, until

checks = Checks()

STRATEGIES = Path(__file__).parent / "freqtrade_user"
TRADES = {"BTCUSDT": "BUY", "ETHUSDT": "SELL"}
STEP_S, STOP_S = 80, 30
CLEAN_EXITS = (0, 128 + signal.SIGINT)


# doc: connect
def exchange_section(paper: Paper) -> dict[str, Any]:
    """``exchange`` of freqtrade's configuration: ccxt is told where the futures API is."""
    rest = paper.rest
    addresses = {
        "fapiPublic": f"{rest}/fapi/v1",
        "fapiPublicV2": f"{rest}/fapi/v2",
        "fapiPublicV3": f"{rest}/fapi/v3",
        "fapiPrivate": f"{rest}/fapi/v1",
        "fapiPrivateV2": f"{rest}/fapi/v2",
        "fapiPrivateV3": f"{rest}/fapi/v3",
        "fapiData": f"{rest}/futures/data",
    }
    ccxt_config = {
        "urls": {"api": addresses},
        "options": {"fetchMarkets": {"types": ["linear"]}, "fetchCurrencies": False, "fetchMargins": False},
    }
    return {
        "name": "binance",
        "key": paper.api_key,
        "secret": paper.api_secret,
        "ccxt_config": ccxt_config,
        "ccxt_async_config": ccxt_config,
        "pair_whitelist": ["BTC/USDT:USDT", "ETH/USDT:USDT"],
        "enable_ws": False,
    }


# doc: end


def configuration(paper: Paper) -> dict[str, Any]:
    """A whole configuration for real orders of a fixed stake."""
    pricing = {"price_side": "other", "use_order_book": True, "order_book_top": 1}
    return {
        "dry_run": False,
        "trading_mode": "futures",
        "margin_mode": "isolated",
        "stake_currency": "USDT",
        "stake_amount": 500,
        "max_open_trades": 2,
        "initial_state": "running",
        "timeframe": "1m",
        "entry_pricing": pricing,
        "exit_pricing": pricing,
        "exchange": exchange_section(paper),
        "pairlists": [{"method": "StaticPairList"}],
        "internals": {"process_throttle_secs": 1},
        "bot_name": "conformance",
    }


@dataclass
class Desk:
    """A running bot, and the exchange's own records of what it did."""

    paper: Paper
    home: Path
    bot: subprocess.Popen[bytes]
    has_stalled: bool = False

    @property
    def log(self) -> str:
        return (self.home / "freqtrade.log").read_text(encoding="utf-8", errors="replace")

    def records(self, kind: str) -> list[dict[str, Any]]:
        """Payloads of the exchange's records of one type, oldest first."""
        with urllib.request.urlopen(f"{self.paper.control}/events?limit=10000", timeout=10) as answer:
            rows = json.load(answer)["events"]
        return [row["payload"] for row in rows if row["type"] == kind]

    def fills(self, symbol: str) -> list[dict[str, Any]]:
        rows = [row["o"] for row in self.records("ORDER_TRADE_UPDATE")]
        return [row for row in rows if row["s"] == symbol and row["X"] == "FILLED"]

    def stops(self, symbol: str) -> list[dict[str, Any]]:
        return [row["o"] for row in self.records("ALGO_UPDATE") if row["o"]["s"] == symbol]

    def trades(self) -> list[dict[str, Any]]:
        """Rows of freqtrade's own table."""
        with sqlite3.connect(f"file:{self.home / 'trades.sqlite'}?mode=ro", uri=True) as database:
            database.row_factory = sqlite3.Row
            return [dict(row) for row in database.execute("select * from trades order by pair")]

    async def until(self, is_so: Any, what: str) -> Any:
        """What ``is_so`` finds; AssertionError with the end of the log when the bot ends first or time is up."""
        is_over = self.has_stalled or self.bot.poll() is not None
        try:
            return await until(is_so, within_s=0.2 if is_over else STEP_S, what=what)
        except AssertionError as error:
            self.has_stalled = True
            raise AssertionError(f"{error}; the log ends: {self.log[-300:]}") from error


@contextmanager
def running_bot(paper: Paper) -> Iterator[Desk]:
    """freqtrade with its files in a directory of its own, killed at the end if it still runs."""
    with tempfile.TemporaryDirectory(prefix="freqtrade-") as name:
        home = Path(name)
        (home / "config.json").write_text(json.dumps(configuration(paper)), encoding="utf-8")
        command = [sys.executable, "-m", "freqtrade", "trade", "--config", str(home / "config.json")]
        command += ["--strategy", "OneTrade", "--strategy-path", str(STRATEGIES), "--userdir", str(home)]
        command += ["--db-url", f"sqlite:///{home / 'trades.sqlite'}"]
        with (home / "freqtrade.log").open("wb") as log:
            bot = subprocess.Popen(command, cwd=home, stdout=log, stderr=subprocess.STDOUT)
        try:
            yield Desk(paper, home, bot)
        finally:
            if bot.poll() is None:
                bot.kill()
                bot.wait()


@checks.proves("starts in live mode: markets, leverage tiers, modes and balance are read")
async def start(desk: Desk) -> None:
    await desk.until(lambda: "RUNNING" in desk.log or desk.bot.poll() is not None, "the bot runs")
    holds(desk.bot.poll() is None, f"it ended: {desk.log[-300:]}")


@checks.proves("opens a long and a short at market, isolated, at the strategy's leverage")
async def opens(desk: Desk) -> None:
    for symbol, side in TRADES.items():
        fill = (await desk.until(lambda symbol=symbol: desk.fills(symbol), f"{symbol} is filled"))[0]
        same((fill["S"], fill["o"], fill["R"]), (side, "MARKET", False), symbol)
        settings = [row["ac"] for row in desk.records("ACCOUNT_CONFIG_UPDATE") if row["ac"]["s"] == symbol]
        same(settings[-1]["l"], 3, f"leverage of {symbol}")
    legs = [leg for row in desk.records("ACCOUNT_UPDATE") for leg in row["a"]["P"] if Decimal(leg["pa"])]
    same({leg["mt"] for leg in legs}, {"isolated"}, "margin type")


@checks.proves("protects each with a stop on the exchange, reduce-only, on the right side of the entry")
async def protects(desk: Desk) -> None:
    for symbol, side in TRADES.items():
        stop = (await desk.until(lambda symbol=symbol: desk.stops(symbol), f"{symbol} has a stop"))[0]
        entry = desk.fills(symbol)[0]
        same((stop["o"], stop["R"], stop["S"] != side), ("STOP_MARKET", True, True), f"stop of {symbol}")
        same(stop["q"], entry["z"], f"quantity of the stop of {symbol}")
        is_below = Decimal(stop["tp"]) < Decimal(entry["ap"])
        same(is_below, side == "BUY", f"stop of {symbol} at {stop['tp']}, entry at {entry['ap']}")


@checks.proves("closes both on the strategy's word: the stop is cancelled, the position is zero, the books agree")
async def closes(desk: Desk) -> None:
    rows = await desk.until(
        lambda: len(desk.trades()) == 2 and not any(row["is_open"] for row in desk.trades()) and desk.trades(),
        "both trades are closed",
    )
    same([row["exit_reason"] for row in rows], ["stop_is_on_exchange"] * 2, "reasons")
    last = {leg["s"]: leg for row in desk.records("ACCOUNT_UPDATE") for leg in row["a"]["P"]}
    same({leg["s"]: Decimal(leg["pa"]) for leg in last.values()}, dict.fromkeys(TRADES, Decimal()), "positions")
    for row, symbol in zip(rows, TRADES, strict=True):
        is_gone = f"the stop of {symbol} is cancelled"  # freqtrade does it after it has written the trade down
        await desk.until(lambda symbol=symbol: desk.stops(symbol)[-1]["X"] == "CANCELED", is_gone)
        fills = desk.fills(symbol)
        profit = sum(Decimal(fill["rp"]) - Decimal(fill["n"]) for fill in fills)
        holds(abs(Decimal(str(row["close_profit_abs"])) - profit) < Decimal("0.01"), f"profit of {symbol}: {profit}")


@checks.proves("stops cleanly on SIGINT")
async def stops(desk: Desk) -> None:
    desk.bot.send_signal(signal.SIGINT)
    await until(lambda: desk.bot.poll() is not None, within_s=STOP_S, what="the bot ends")
    holds(desk.bot.returncode in CLEAN_EXITS, f"exit code {desk.bot.returncode}")
    holds("Traceback" not in desk.log, f"a traceback in its log: {desk.log[-300:]}")


async def main() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it, and hands that on
    with running_bot(announced()) as desk:
        await report(desk, [checks], client="freqtrade", package="freqtrade")
        sys.stderr.write(desk.log)


if __name__ == "__main__":
    asyncio.run(main())
