"""Servers that the bench starts and ends: each a process of its own that tells its port on its first line."""

import asyncio
import json
import re
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.load import connect

START_WITHIN_S, END_WITHIN_S = 120, 10
TIME = b"GET /fapi/v1/time HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Server:
    """A running server on this machine."""

    pid: int
    port: int
    symbols: Sequence[str] = ()

    def peak_memory_mb(self) -> float:
        """Largest resident size so far."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        found = re.search(r"VmHWM:\s+(\d+) kB", status)
        return int(found[1]) / 1024 if found else 0.0

    async def clock_ahead_ms(self) -> int:
        """Market time less wall time."""
        (client,) = await connect(self.port, count=1)
        _, body = await client.exchange(TIME)
        client.close()
        return int(json.loads(body)["serverTime"]) - time.time_ns() // 1_000_000


@asynccontextmanager
async def floor_server() -> AsyncIterator[Server]:
    async with _running("bench.floor") as server:
        yield server


@asynccontextmanager
async def venue_server(home: Path) -> AsyncIterator[Server]:
    async with _running("bench.venue", str(home)) as server:
        yield server


@asynccontextmanager
async def _running(module: str, *arguments: str) -> AsyncIterator[Server]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, *arguments, stdout=asyncio.subprocess.PIPE, limit=1 << 20
    )
    assert process.stdout is not None
    try:
        line = json.loads(await asyncio.wait_for(process.stdout.readline(), START_WITHIN_S))
        yield Server(process.pid, line["port"], line.get("symbols", ()))
    finally:
        if process.returncode is None:
            process.terminate()
        await asyncio.wait_for(process.wait(), END_WITHIN_S)
