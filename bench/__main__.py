"""``python -m bench``: the table of targets and measured figures. Takes about three minutes."""

import argparse
import asyncio
import os
import platform
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench import core_events, desk, outlook
from bench.disk import appends_per_second
from bench.load import Result, closed_loop, open_loop
from bench.report import Row, table
from bench.servers import Server, floor_server, venue_server
from bench.traffic import Traffic
from bench.venue import KEY, SECRET

CONNECTIONS, LATENCY_RATE = 20, 200


def main(argv: Sequence[str]) -> int:
    """Measure and print; 1 when a target was missed."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0, help="of each measurement (default: %(default)s)")
    seconds = parser.parse_args(argv).seconds
    events, analysis = core_events.measure(seconds), outlook.measure(seconds)
    with tempfile.TemporaryDirectory(prefix="bench-") as home:
        rows = asyncio.run(_over_http(Path(home), seconds))
        of_desk = desk.measure(Path(home))
    rows.insert(2, Row("core events in-process", "1/s", target=20_000, measured=events))
    rows.append(Row("analysis of a symbol, six timeframes", "ms", target=5, measured=analysis, is_most=True))
    rows += of_desk
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}, {seconds:g} s each"
    sys.stdout.write(f"{machine}\n{table(rows)}\n")
    return 0 if all(row.is_met for row in rows) else 1


async def _over_http(home: Path, seconds: float) -> list[Row]:
    """The floor and the exchange in turn, so that both see the same machine."""
    async with floor_server() as floor, venue_server(home) as venue:
        traffic = await _traffic(venue)
        base = await closed_loop(floor.port, traffic.klines, connections=CONNECTIONS, seconds=seconds)
        klines = await closed_loop(venue.port, traffic.klines, connections=CONNECTIONS, seconds=seconds)
        disk = appends_per_second(home / "disk", min(seconds, 1.0))
        orders = await closed_loop(venue.port, traffic.order, connections=CONNECTIONS, seconds=seconds)
        calm = await _latency(floor.port, traffic, seconds)
        mixed = await _latency(venue.port, traffic, seconds)
        memory = venue.peak_memory_mb()
    for name, result in (("klines", klines), ("orders", orders), ("mixed", mixed)):
        if result.refused:
            raise SystemExit(f"{result.refused} of the {name} requests were refused")
    return [
        Row("klines requests over HTTP", "1/s", target=1500, measured=klines.rate, floor=base.rate),
        Row("orders over HTTP", "1/s", target=500, measured=orders.rate, floor=disk),
        _latency_row("latency p99", mixed, calm),
        Row("peak memory", "MB", target=400, measured=memory, is_most=True),
    ]


async def _traffic(venue: Server) -> Traffic:
    return Traffic(symbols=venue.symbols, api_key=KEY, api_secret=SECRET, clock_ahead_ms=await venue.clock_ahead_ms())


async def _latency(port: int, traffic: Traffic, seconds: float) -> Result:
    return await open_loop(port, traffic.mixed, rate=LATENCY_RATE, connections=CONNECTIONS, seconds=seconds)


def _latency_row(name: str, result: Result, floor: Result) -> Row:
    share = 0.99
    return Row(
        f"{name} at {LATENCY_RATE} requests/s",
        "ms",
        target=10,
        measured=result.percentile(share),
        floor=floor.percentile(share),
        is_most=True,
    )


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
