import asyncio
import json
from contextlib import aclosing, asynccontextmanager
from http import HTTPStatus
from urllib.parse import urlsplit

import pytest
from structlog.testing import capture_logs
from websockets.asyncio.server import serve

from exchange.binance.client import BinanceClient
from exchange.binance.stream import BinanceUserStream, StreamTimes
from exchange.errors import BadCredentials
from exchange.ports import UserStream
from exchange.types import AccountUpdate, AlgoUpdate, OrderUpdate, StreamConnected

LISTEN_KEY = "/fapi/v1/listenKey"
DEADLINE = 10  # wall seconds until a test gives up; none waits that long when all is well
FAST = {"first_pause": 0.01, "longest_pause": 0.02, "close": 0.5}


class Sockets:
    """The websocket side of the venue: every connection that was opened, in order."""

    def __init__(self):
        self.paths = []
        self.open = []
        self.refusals = []
        self._changed = asyncio.Condition()

    async def handle(self, socket):
        async with self._changed:
            self.paths.append(socket.request.path)
            self.open.append(socket)
            self._changed.notify_all()
        await socket.wait_closed()
        async with self._changed:
            self._changed.notify_all()

    def refuse(self, connection, request):
        if not self.refusals:
            return None
        status, headers = self.refusals.pop(0)
        response = connection.respond(HTTPStatus(status), "refused")
        for name, value in headers.items():
            response.headers[name] = value
        return response

    async def send(self, message):
        await self.open[-1].send(message if isinstance(message, str) else json.dumps(message))

    async def all_closed(self):
        async with asyncio.timeout(DEADLINE), self._changed:
            await self._changed.wait_for(lambda: all(socket.close_code is not None for socket in self.open))


@pytest.fixture
async def sockets():
    sockets = Sockets()
    async with serve(sockets.handle, "127.0.0.1", 0, process_request=sockets.refuse) as server:
        sockets.url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield sockets


@pytest.fixture
def keys(venue, answer):
    """The venue's listenKeys: K1, K2, … one more for each POST."""
    count = iter(range(1, 1000))
    venue.script("POST", LISTEN_KEY, answer(lambda: {"listenKey": f"K{next(count)}"}))
    venue.script("PUT", LISTEN_KEY, {"listenKey": "same"})


class Reader:
    """Reads events of a stream one by one, each within the deadline."""

    def __init__(self, events):
        self._events = events

    async def next(self):
        async with asyncio.timeout(DEADLINE):
            return await anext(self._events)

    async def connected(self):
        assert await self.next() == StreamConnected()


@pytest.fixture
def reading(venue, sockets, keys):
    """Open a stream with the given times and read it."""

    @asynccontextmanager
    async def reading(*, jitter=lambda low, high: high, **times):
        client = BinanceClient(venue.url, api_key="key", api_secret="secret")
        stream: UserStream = BinanceUserStream(client, sockets.url, times=StreamTimes(**FAST | times), jitter=jitter)
        async with aclosing(aiter(stream)) as events:
            yield Reader(events)

    return reading


async def test_stream_opens_with_a_key_of_its_own(venue, sockets, reading):
    async with reading() as reader:
        await reader.connected()

    (posted,) = venue.seen("POST", LISTEN_KEY)
    assert (posted.api_key, posted.query) == ("key", "")
    assert urlsplit(sockets.paths[0]).path == "/private/ws"
    assert urlsplit(sockets.paths[0]).query == "listenKey=K1&events=ORDER_TRADE_UPDATE/ACCOUNT_UPDATE/ALGO_UPDATE"


async def test_events_come_in_the_order_they_were_sent(sockets, reading, payload):
    async with reading() as reader:
        await reader.connected()
        for name in ("order_update_new", "trade_lite", "account_update", "order_update_trade_filled"):
            await sockets.send(payload(name))
        await sockets.send({"e": "SOMETHING_NEW", "E": 1})
        await sockets.send(payload("algo_update_triggered"))

        events = [await reader.next() for _ in range(4)]

    assert [type(event) for event in events] == [OrderUpdate, AccountUpdate, OrderUpdate, AlgoUpdate]


async def test_broken_connection_is_opened_again_and_said(sockets, reading, payload):
    async with reading() as reader:
        await reader.connected()
        sockets.open[0].transport.abort()
        await reader.connected()
        await sockets.send(payload("account_update"))

        assert isinstance(await reader.next(), AccountUpdate)

    assert [path.partition("&")[0][-2:] for path in sockets.paths] == ["K1", "K2"]


async def test_events_before_a_break_are_not_lost(sockets, reading, payload):
    async with reading() as reader:
        await reader.connected()
        await sockets.send(payload("account_update"))
        await sockets.send(payload("order_update_new"))
        await sockets.open[0].close(1001)

        assert isinstance(await reader.next(), AccountUpdate)
        assert isinstance(await reader.next(), OrderUpdate)
        await reader.connected()


async def test_expired_key_is_replaced_at_once(venue, sockets, reading):
    async with reading(first_pause=DEADLINE, longest_pause=DEADLINE) as reader:
        await reader.connected()
        await sockets.send({"e": "listenKeyExpired", "E": "1736996475556", "listenKey": "K1"})
        await reader.connected()

    assert len(venue.seen("POST", LISTEN_KEY)) == 2
    assert "K2" in sockets.paths[1]


async def test_second_notice_of_the_same_expiry_ends_nothing(sockets, reading, payload):
    async with reading() as reader:
        await reader.connected()
        await sockets.send({"e": "listenKeyExpired", "E": 1, "listenKey": "K1"})
        await reader.connected()
        await sockets.send({"e": "listenKeyExpired", "E": 1, "listenKey": "K1"})
        await sockets.send(payload("account_update"))

        assert isinstance(await reader.next(), AccountUpdate)

    assert len(sockets.paths) == 2


async def test_venue_that_shuts_down_is_left(sockets, reading):
    async with reading() as reader:
        await reader.connected()
        await sockets.send({"e": "serverShutdown", "E": 1})
        await reader.connected()


async def test_key_is_kept_alive(venue, sockets, reading, payload):
    async with reading(keepalive=0.01) as reader:
        await reader.connected()
        await asyncio.to_thread(venue.wait_until_seen, "PUT", LISTEN_KEY, count=3)
        await sockets.send(payload("account_update"))

        assert isinstance(await reader.next(), AccountUpdate)

    assert len(sockets.paths) == 1


async def test_key_the_venue_does_not_know_any_more_is_replaced(venue, sockets, reading, refuse):
    venue.script("PUT", LISTEN_KEY, refuse(-1125, "This listenKey does not exist."))

    async with reading(keepalive=0.01) as reader:
        await reader.connected()
        await reader.connected()

    assert "K2" in sockets.paths[1]


@pytest.mark.parametrize(
    "failure", [{"status": 503}, {"drops": True}, {"status": 429, "headers": {"Retry-After": "0"}}]
)
async def test_failed_keepalive_is_repeated_sooner_without_a_new_stream(venue, sockets, reading, answer, failure):
    venue.script("PUT", LISTEN_KEY, answer(**failure), answer(**failure), answer({}))

    async with reading(keepalive=0.02, keepalive_retry=0.01) as reader:
        await reader.connected()
        await asyncio.to_thread(venue.wait_until_seen, "PUT", LISTEN_KEY, count=4)

    assert len(sockets.paths) == 1


async def test_old_connection_is_renewed_by_plan(sockets, reading):
    async with reading(lifetime=0.05, healthy_after=0.01, first_pause=DEADLINE) as reader:
        for _ in range(3):
            await reader.connected()

    assert len(sockets.paths) == 3


async def test_malformed_event_is_an_error_and_a_new_start(sockets, reading, payload):
    with capture_logs() as logs:
        async with reading() as reader:
            await reader.connected()
            broken = payload("order_update_new")
            broken["o"]["X"] = "ODD"
            await sockets.send(broken)
            await reader.connected()

    assert [(entry["event"], entry["log_level"]) for entry in logs] == [("user_event_malformed", "error")]


@pytest.mark.parametrize("frame", ["", "not json", "[]", '{"e": "ORDER_TRADE_UPDATE"}'])
async def test_frame_that_cannot_be_read_is_a_new_start(sockets, reading, frame):
    async with reading() as reader:
        await reader.connected()
        await sockets.send(frame)
        await reader.connected()


async def test_pauses_grow_to_the_longest_while_nothing_opens(venue, reading, answer):
    venue.script("POST", LISTEN_KEY, *[answer(status=503)] * 5, {"listenKey": "K"})
    ceilings = []

    def no_jitter(low, high):
        ceilings.append((low, high))
        return 0

    async with reading(jitter=no_jitter, first_pause=0.5, longest_pause=3) as reader:
        await reader.connected()

    assert ceilings == [(0, 0.5), (0, 1), (0, 2), (0, 3), (0, 3)]


async def test_pauses_begin_anew_after_a_healthy_while(sockets, reading):
    ceilings = []

    def no_jitter(_, high):
        ceilings.append(high)
        return 0

    async with reading(jitter=no_jitter, first_pause=0.5, longest_pause=30, healthy_after=0) as reader:
        for _ in range(3):
            await reader.connected()
            sockets.open[-1].transport.abort()
        await reader.connected()

    assert ceilings == [0.5, 0.5, 0.5]


async def test_rate_limit_of_the_key_is_waited_out(venue, reading, answer):
    venue.script("POST", LISTEN_KEY, answer(status=429, headers={"Retry-After": "1"}), {"listenKey": "K"})
    loop = asyncio.get_running_loop()
    started = loop.time()

    async with reading() as reader:
        await reader.connected()

    assert 0.9 <= loop.time() - started < DEADLINE


async def test_rate_limit_of_the_handshake_is_waited_out(sockets, reading):
    sockets.refusals = [(418, {"Retry-After": "1"})]
    loop = asyncio.get_running_loop()
    started = loop.time()

    async with reading() as reader:
        await reader.connected()

    assert 0.9 <= loop.time() - started < DEADLINE


@pytest.mark.parametrize("status", [404, 500, 503])
async def test_refused_handshake_is_tried_again(sockets, reading, status):
    sockets.refusals = [(status, {}), (status, {})]

    async with reading() as reader:
        await reader.connected()

    assert len(sockets.paths) == 1


async def test_wrong_credentials_end_the_stream(venue, reading, refuse):
    venue.script("POST", LISTEN_KEY, refuse(-2015, "Invalid API-key", status=401))

    async with reading() as reader:
        with pytest.raises(BadCredentials):
            await reader.next()


async def test_key_withdrawn_while_connected_ends_the_stream(venue, sockets, reading, refuse):
    withdrawn = refuse(-2015, "Invalid API-key", status=401)
    venue.script("POST", LISTEN_KEY, {"listenKey": "K1"}, withdrawn)
    venue.script("PUT", LISTEN_KEY, withdrawn)

    async with reading(keepalive=0.01) as reader:
        await reader.connected()
        with pytest.raises(BadCredentials):
            await reader.next()

    await sockets.all_closed()


async def test_closing_the_stream_closes_the_socket_and_ends_the_keepalive(sockets, reading):
    before = asyncio.all_tasks()

    async with reading() as reader:
        await reader.connected()

    await sockets.all_closed()
    left = {task for task in asyncio.all_tasks() - before if "_tend" in repr(task)}
    assert left == set()


async def test_cancelling_the_reader_closes_the_socket(sockets, reading):
    connected = asyncio.Event()

    async def read_on():
        async with reading() as reader:
            await reader.connected()
            connected.set()
            await reader.next()

    reader = asyncio.create_task(read_on())
    async with asyncio.timeout(DEADLINE):
        await connected.wait()

    reader.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reader

    await sockets.all_closed()


def test_base_that_is_no_websocket_url_is_refused_at_once(venue):
    with pytest.raises(ValueError, match="websocket"):
        BinanceUserStream(BinanceClient(venue.url), "https://fstream.binance.com")
