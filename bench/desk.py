"""The time budgets of the money path, measured on real processes: Valkey, SQLite, stream, web, an exchange."""

import asyncio
import json
import statistics
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx2
from cryptography.fernet import Fernet
from websockets.asyncio.client import connect as connect_socket

from bench.child import Child, desk_environment, migrate, running, valkey, wait_until
from bench.load import connect
from bench.report import Row
from duolive.supervisor.plan import CONNECTION_SECONDS
from duolive.supervisor.ports import any_free

CONTRACTS, LATENCY_MS, CONNECTIONS, SCANS = 500, 50, 100, 3
POSITIONS, RESTARTED = 50, 20
EVENTS = 30
ADVISED = 6
KEY = "bench"
FIRST_MS = 1_732_363_200_000  # 2024-11-23T12:00Z
Records = Sequence[Mapping[str, Any]]


def measure(home: Path) -> list[Row]:
    """All rows of the desk. About two minutes."""
    with valkey(home / "valkey") as redis_url:
        return [*_scan_rows(home / "scan", redis_url), *_trading_rows(home / "trading", redis_url)]


def _scan_rows(home: Path, redis_url: str) -> list[Row]:
    """A scan against the least that asking the same questions over bare sockets takes, in turns."""
    home.mkdir()
    with running(["-m", "bench.scan_venue", str(CONTRACTS), str(LATENCY_MS)], home / "venue.log") as venue:
        line = _first_line(venue)
        rest = f"http://127.0.0.1:{line['port']}"
        with _desk(home, rest=rest, ws=rest.replace("http", "ws", 1), redis_url=redis_url) as (child, _):
            child.ask("set_up", api_key=KEY, api_secret=KEY, positions=1)
            scans = child.ask("scan", hours=SCANS, first_ms=FIRST_MS)
            floors = [asyncio.run(_bare_scan(line["port"], line["symbols"])) for _ in range(SCANS)]
    floor, name = min(floors), f"scan of {CONTRACTS} contracts at {LATENCY_MS} ms"
    return [
        Row(
            f"{name}, to stored rows",
            "s",
            target=1.25 * floor,
            measured=min(scans["seconds"]),
            floor=floor,
            is_most=True,
        ),
        # The list of the contracts is one more.
        Row(f"{name}, weight", "", target=CONTRACTS + 1, measured=scans["weight"], is_most=True),
    ]


async def _bare_scan(port: int, symbols: Sequence[str]) -> float:
    """Seconds for one bar of every symbol over raw keep-alive connections, their opening included."""
    waiting = iter(symbols)
    begin = time.perf_counter()
    clients = await connect(port, count=CONNECTIONS)

    async def ask(client: Any) -> None:
        for symbol in waiting:
            target = f"/fapi/v1/klines?symbol={symbol}&interval=1h&startTime={FIRST_MS}&limit=1"
            await client.exchange(f"GET {target} HTTP/1.1\r\nHost: venue\r\n\r\n".encode())

    await asyncio.gather(*map(ask, clients))
    for client in clients:
        client.close()
    return time.perf_counter() - begin


def _trading_rows(home: Path, redis_url: str) -> list[Row]:
    home.mkdir()
    argv = ["-m", "bench.wide_market", "60", "--port", "0", "--home", str(home / "paper")]
    argv += [
        "--start",
        "2024-11-23T12:00Z",
        "--funding",
        "off",
        "--deposit",
        "1000000",
        "--api-key",
        KEY,
        "--api-secret",
        KEY,
    ]
    with running(argv, home / "paper.log") as venue:
        line = _first_line(venue)
        symbols = _symbols(line["rest"])
        with _desk(home, rest=line["rest"], ws=line["ws"], redis_url=redis_url) as (child, environment):
            child.ask("set_up", api_key=KEY, api_secret=KEY, positions=POSITIONS)
            advised = _advice_row(child, symbols)
            with running(["manage.py", "user_stream"], home / "stream.log", _keeping(environment)):
                fills = _fill_rows(child, line["rest"], symbols)
                checked = _check_rows(child)
            restarted = _restart_row(child, line["rest"], symbols[:RESTARTED], environment, log=home / "stream.log")
            shown = _socket_row(child, environment, log=home / "web.log")
    return [advised, *fills, *checked, restarted, shown]


def _advice_row(child: Child, symbols: Sequence[str]) -> Row:
    """The round with every candle new is the dearest there is."""
    seconds = statistics.median(child.ask("advise", symbols=list(symbols[:ADVISED])))
    name = f"round of advice, {ADVISED} symbols, model at 0 ms"
    return Row(name, "s", target=1, measured=seconds, is_most=True)


def _fill_rows(child: Child, rest: str, symbols: Sequence[str]) -> list[Row]:
    """From the exchange's record of a fill to those of its stop and its take-profit."""
    child.ask("wait_for_stream")
    trip = child.ask("round_trip_ms", symbol=symbols[-1], count=20)
    child.ask("enter", symbols=symbols[:POSITIONS])
    taken = sorted(_protected_after_ms(_records(rest)))
    if len(taken) < POSITIONS:
        raise SystemExit(f"only {len(taken)} of {POSITIONS} fills got both exits")
    name = "fill to stop and take-profit accepted"
    p99 = taken[min(len(taken) - 1, int(0.99 * len(taken)))]
    return [
        Row(f"{name}, p50", "ms", target=10 + trip, measured=statistics.median(taken), floor=trip, is_most=True),
        Row(f"{name}, p99", "ms", target=50 + trip, measured=p99, floor=trip, is_most=True),
    ]


def _protected_after_ms(records: Records) -> Iterator[float]:
    """By contract: its first fill, and when both exits stood."""
    filled: dict[str, int] = {}
    exits: dict[str, dict[str, int]] = {}
    for row in records:
        order = row["payload"].get("o", {})
        if row["type"] == "ORDER_TRADE_UPDATE" and order["x"] == "TRADE":
            filled.setdefault(order["s"], row["wall_ns"])
        elif row["type"] == "ALGO_UPDATE" and order["X"] == "NEW":
            exits.setdefault(order["s"], {}).setdefault(order["o"], row["wall_ns"])
    for symbol, at in filled.items():
        if len(exits.get(symbol, {})) == 2:
            yield (max(exits[symbol].values()) - at) / 1e6


def _check_rows(child: Child) -> list[Row]:
    child.ask("wait_for_room", weight=1500)
    checks = child.ask("check", count=3)
    seconds = statistics.median(each["seconds"] for each in checks)
    weight = max(each["weight"] for each in checks)
    name = f"check of {POSITIONS} open positions"
    return [
        Row(name, "s", target=1, measured=seconds, is_most=True),
        Row(f"{name}, weight", "", target=30, measured=weight, is_most=True),
    ]


def _restart_row(child: Child, rest: str, symbols: Sequence[str], environment: Mapping[str, str], *, log: Path) -> Row:
    """The stream process starts and finds positions without their stops, taken away while nobody listened."""
    child.ask("cancel_stops", symbols=symbols)
    begin = time.perf_counter()
    with running(["manage.py", "user_stream"], log, _keeping(environment)):
        wait_until(lambda: not _protection(rest)["current_seconds"], seconds=120)
        seconds = time.perf_counter() - begin
    name = f"restart to reconciled, {len(symbols)} of {POSITIONS} positions without a stop"
    return Row(name, "s", target=5, measured=seconds, is_most=True)


def _socket_row(child: Child, environment: Mapping[str, str], *, log: Path) -> Row:
    port = any_free()
    argv = ["-m", "uvicorn", "duolive.asgi:application", "--host", "127.0.0.1", "--port", str(port)]
    session = child.ask("log_in")
    with running(argv, log, environment):
        wait_until(lambda: _answers(port), seconds=60)
        taken = asyncio.run(_shown_after_ms(child, port, session))
    return Row(
        "event in the database to the page's socket, slowest", "ms", target=300, measured=max(taken), is_most=True
    )


async def _shown_after_ms(child: Child, port: int, session: str) -> list[float]:
    headers = {"Cookie": f"sessionid={session}", "Origin": f"http://127.0.0.1:{port}"}
    taken = []
    async with connect_socket(f"ws://127.0.0.1:{port}/ws/live", additional_headers=headers) as socket:
        await socket.send(json.dumps({"type": "subscribe", "types": ["log"]}))
        await socket.recv()
        for _ in range(EVENTS):
            event, committed_ns = await asyncio.to_thread(child.ask, "record")
            await asyncio.wait_for(_arrival(socket, event), 20)
            taken.append((time.time_ns() - committed_ns) / 1e6)
            await asyncio.sleep(0.03)  # so that events fall at all places between two looks of the feed
    return taken


async def _arrival(socket: Any, event: int) -> None:
    async for text in socket:
        message = json.loads(text)
        if message["type"] == "log" and message["seq"] >= event:
            return


@contextmanager
def _desk(home: Path, *, rest: str, ws: str, redis_url: str) -> Iterator[tuple[Child, Mapping[str, str]]]:
    """A new desk's code, and the environment of its other processes."""
    environment = desk_environment(
        home / "desk",
        rest=rest,
        ws=ws,
        redis_url=redis_url,
        database_url=f"sqlite:///{home / 'desk.sqlite3'}",
        encryption_key=Fernet.generate_key().decode(),
    )
    migrate(environment)
    with ExitStack() as ends:
        log = home / "desk.log"
        process = ends.enter_context(running(["-m", "bench.desk_process"], log, environment))
        yield Child(process, log), environment


def _keeping(environment: Mapping[str, str]) -> Mapping[str, str]:
    """For a process that keeps its database connections, as the supervisor has it."""
    return {**environment, "DATABASE_CONN_MAX_AGE": CONNECTION_SECONDS}


def _first_line(process: Any) -> Any:
    return json.loads(process.stdout.readline())


def _symbols(rest: str) -> list[str]:
    info = httpx2.get(f"{rest}/fapi/v1/exchangeInfo", timeout=10).json()
    return [row["symbol"] for row in info["symbols"]]


def _records(rest: str) -> Records:
    rows: Records = httpx2.get(f"{rest}/control/events", params={"limit": 10_000}, timeout=30).json()["events"]
    return rows


def _protection(rest: str) -> Any:
    return httpx2.get(f"{rest}/control/protection", timeout=10).json()


def _answers(port: int) -> bool:
    try:
        return httpx2.get(f"http://127.0.0.1:{port}/healthz", timeout=5).status_code == 200
    except httpx2.HTTPError:
        return False


def main() -> None:
    import tempfile

    from bench.report import table

    with tempfile.TemporaryDirectory(prefix="bench-desk-") as home:
        sys.stdout.write(table(measure(Path(home))) + "\n")


if __name__ == "__main__":
    main()
