"""A load generator: raw HTTP/1.1 over keep-alive connections, closed loop for rates, open loop for latency."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Build = Callable[[int], bytes]
HEAD_END = b"\r\n\r\n"
LENGTH = b"content-length:"


class Connection(asyncio.Protocol):
    """One keep-alive connection with at most one request under way."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._received = bytearray()
        self._answered: asyncio.Future[tuple[int, bytes]] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        found = answer_in(self._received)
        if found is not None and self._answered is not None:
            self._received.clear()
            self._answered.set_result(found)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answered is not None and not self._answered.done():
            self._answered.set_exception(ConnectionError("the server closed the connection"))

    async def exchange(self, request: bytes) -> tuple[int, bytes]:
        """Status and body of the answer. Raises ConnectionError."""
        if self._transport is None or self._transport.is_closing():
            raise ConnectionError("not connected")
        self._answered = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answered

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """``latencies_ms`` are in the order of the answers; ``refused`` counts those that were not 200."""

    seconds: float
    latencies_ms: Sequence[float]
    refused: int = 0

    @property
    def rate(self) -> float:
        """Answers per second."""
        return len(self.latencies_ms) / self.seconds

    def percentile(self, share: float) -> float:
        """Latency in ms that ``share`` (0..1) of the answers did not exceed; 0 without answers."""
        ranked = sorted(self.latencies_ms)
        return ranked[min(len(ranked) - 1, int(share * len(ranked)))] if ranked else 0.0


def answer_in(received: bytes | bytearray) -> tuple[int, bytes] | None:
    """Status and body once the answer is whole; it must carry a Content-Length."""
    end = received.find(HEAD_END)
    if end < 0:
        return None
    head = bytes(received[:end]).lower()
    start = head.index(LENGTH) + len(LENGTH)
    length = int(head[start:].split(b"\r\n", 1)[0])
    body = received[end + len(HEAD_END) :]
    return (int(head[9:12]), bytes(body)) if len(body) >= length else None


async def connect(port: int, *, count: int) -> list[Connection]:
    """``count`` connections to a server on this machine."""
    loop = asyncio.get_running_loop()
    pairs = [await loop.create_connection(Connection, "127.0.0.1", port) for _ in range(count)]
    return [connection for _, connection in pairs]


async def closed_loop(port: int, build: Build, *, connections: int, seconds: float) -> Result:
    """As many requests as get answered, each connection sending its next one after its answer."""
    clients = await connect(port, count=connections)
    latencies, refused, number = [], 0, 0
    begin = time.perf_counter()

    async def run(client: Connection) -> None:
        nonlocal refused, number
        while (sent := time.perf_counter()) - begin < seconds:
            number += 1
            status, _ = await client.exchange(build(number))
            latencies.append((time.perf_counter() - sent) * 1000)
            refused += status != 200

    await asyncio.gather(*map(run, clients))
    elapsed = time.perf_counter() - begin
    for client in clients:
        client.close()
    return Result(seconds=elapsed, latencies_ms=latencies, refused=refused)


async def open_loop(port: int, build: Build, *, rate: int, connections: int, seconds: float) -> Result:
    """Requests at fixed times, whatever the answers do; latency counts from the time a request was due."""
    free: asyncio.LifoQueue[Connection] = asyncio.LifoQueue()
    clients = await connect(port, count=connections)
    for client in clients:
        free.put_nowait(client)
    latencies, refused = [], 0
    begin = time.perf_counter()

    async def send(number: int, due: float) -> None:
        nonlocal refused
        client = await free.get()
        status, _ = await client.exchange(build(number))
        latencies.append((time.perf_counter() - due) * 1000)
        refused += status != 200
        free.put_nowait(client)

    async with asyncio.TaskGroup() as tasks:
        for number in range(int(rate * seconds)):
            due = begin + number / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            tasks.create_task(send(number, due))
    elapsed = time.perf_counter() - begin
    for client in clients:
        client.close()
    return Result(seconds=elapsed, latencies_ms=latencies, refused=refused)
