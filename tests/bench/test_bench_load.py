"""The load generator reads answers as they come, counts honestly and keeps to its schedule."""

import asyncio
import time

import pytest

from bench.load import Result, answer_in, closed_loop, connect, open_loop
from bench.servers import floor_server

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-type: a\r\nContent-Length: 5\r\n\r\nhello"
PING = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


class Answering(asyncio.Protocol):
    """Answers each request after ``delay_s``, the first half of the bytes before the rest."""

    def __init__(self, *, status=200, delay_s=0.0):
        self.answer = ANSWER.replace(b"200 OK", f"{status} x".encode())
        self.delay_s = delay_s

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        asyncio.get_running_loop().call_later(self.delay_s, self.write)

    def write(self):
        self.transport.write(self.answer[:20])
        asyncio.get_running_loop().call_soon(self.transport.write, self.answer[20:])


@pytest.fixture
async def serving():
    """Start a server of the test's loop and return its port."""
    servers = []

    async def start(**options):
        server = await asyncio.get_running_loop().create_server(lambda: Answering(**options), "127.0.0.1", 0)
        servers.append(server)
        return server.sockets[0].getsockname()[1]

    yield start
    for server in servers:
        server.close()
        await server.wait_closed()


@pytest.mark.parametrize("cut", range(len(ANSWER)))
def test_part_of_an_answer_is_no_answer(cut):
    assert answer_in(ANSWER[:cut]) is None


def test_status_and_body_of_a_whole_answer():
    assert answer_in(ANSWER) == (200, b"hello")


async def test_closed_loop_counts_every_answer(serving):
    result = await closed_loop(await serving(), lambda number: PING, connections=3, seconds=0.2)

    assert result.refused == 0
    assert len(result.latencies_ms) >= 3
    assert result.rate == pytest.approx(len(result.latencies_ms) / result.seconds)


async def test_refusals_are_counted(serving):
    result = await closed_loop(await serving(status=400), lambda number: PING, connections=1, seconds=0.1)

    assert result.refused == len(result.latencies_ms) > 0


async def test_every_request_has_a_number_of_its_own(serving):
    numbers = []

    def build(number):
        numbers.append(number)
        return PING

    await closed_loop(await serving(), build, connections=4, seconds=0.1)

    assert sorted(numbers) == list(range(1, len(numbers) + 1))


async def test_open_loop_sends_at_its_rate_even_to_a_slow_server(serving):
    begin = time.perf_counter()

    result = await open_loop(await serving(delay_s=0.1), lambda number: PING, rate=100, connections=20, seconds=0.3)

    assert len(result.latencies_ms) == 30
    assert time.perf_counter() - begin >= 0.29


async def test_waiting_for_a_connection_counts_as_latency(serving):
    result = await open_loop(await serving(delay_s=0.05), lambda number: PING, rate=100, connections=1, seconds=0.1)

    assert max(result.latencies_ms) > 200


async def test_a_closed_connection_is_an_error_and_not_a_hang(serving):
    (client,) = await connect(await serving(delay_s=60), count=1)
    waiting = asyncio.create_task(client.exchange(PING))
    await asyncio.sleep(0)

    client.close()

    with pytest.raises(ConnectionError):
        await asyncio.wait_for(waiting, 5)


@pytest.mark.parametrize(("share", "value"), [(0, 1), (0.5, 51), (0.99, 100), (1, 100)])
def test_percentiles_are_ranks(share, value):
    assert Result(seconds=1, latencies_ms=list(range(100, 0, -1))).percentile(share) == value


def test_percentile_of_nothing_is_zero():
    assert Result(seconds=1, latencies_ms=[]).percentile(0.99) == 0


async def test_the_floor_answers_bars():
    async with floor_server() as server:
        (client,) = await connect(server.port, count=1)
        status, body = await client.exchange(PING)
        client.close()
        memory = server.peak_memory_mb()

    assert (status, body.count(b"1732381200000")) == (200, 49)
    assert memory > 1
