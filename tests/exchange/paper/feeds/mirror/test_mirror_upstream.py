"""Asking the upstream: its limits are kept, its refusals passed on, its failures named."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from exchange.paper.feeds.mirror.gateway import MAX_BODY, SYMBOL, Answers, Heard
from exchange.paper.feeds.mirror.opening import stream_url
from exchange.paper.feeds.mirror.upstream import Upstream, UpstreamBusy, UpstreamDown

OK = "200 OK"
PRICE = "/fapi/v2/ticker/price"


class Venue:
    """A bare server: each request gets the next answer, the last one again and again."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []

    async def answer(self, reader, writer):
        while request := await reader.readline():
            while (await reader.readline()).strip():
                pass
            self.asked.append(request.split()[1].decode())
            status, headers, body = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
            writer.write(("\r\n".join(lines) + "\r\n\r\n" + body).encode())
            await writer.drain()
        writer.close()


@asynccontextmanager
async def upstream_of(venue, **options):
    server = await asyncio.start_server(venue.answer, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with Upstream(rest_url=url, ws_url="ws://unused", **options) as upstream:
        yield upstream
    server.close()


async def test_answers_of_our_own_questions_are_decoded():
    venue = Venue((OK, ["X-MBX-USED-WEIGHT-1M: 7"], '[{"symbol":"A"}]'))
    async with upstream_of(venue, wall_s=lambda: 100.0) as upstream:
        rows = await upstream.json(PRICE, symbol="A", limit=3)

        assert (rows, upstream.used_weight) == ([{"symbol": "A"}], 7)
    assert venue.asked == [f"{PRICE}?symbol=A&limit=3"]


@pytest.mark.parametrize(
    ("status", "body", "text"),
    [
        ("503 Service Unavailable", "", "answers 503"),
        ("400 Bad Request", '{"code":-1121}', 'answers 400: {"code":-1121}'),
        (OK, "<html>", "does not answer JSON"),
    ],
)
async def test_what_cannot_be_used_says_why(status, body, text):
    async with upstream_of(Venue((status, [], body))) as upstream:
        with pytest.raises(UpstreamDown, match=text):
            await upstream.json(PRICE)


async def test_nobody_there_is_down():
    async with Upstream(rest_url="http://127.0.0.1:9", ws_url="ws://x") as upstream:
        with pytest.raises(UpstreamDown, match="ConnectError"):
            await upstream.json(PRICE)


async def test_a_refusal_is_passed_on_as_it_came():
    async with upstream_of(Venue(("400 Bad Request", ["Server: x"], '{"code":-1121}'))) as upstream:
        reply = await upstream.reply(PRICE, params="symbol=%E7%89%9B")

    assert (reply.status, reply.body, "server" in reply.headers) == (400, b'{"code":-1121}', False)


@pytest.mark.parametrize("status", ["429 Too Many Requests", "418 I'm a teapot"])
async def test_asked_to_wait_it_asks_nothing_until_then(status):
    now = [1000.0]
    venue = Venue((status, ["Retry-After: 20"], "{}"), (OK, [], "{}"))
    async with upstream_of(venue, wall_s=lambda: now[0]) as upstream:
        for at in (1000.0, 1019.0):
            now[0] = at
            with pytest.raises(UpstreamBusy):
                await upstream.json(PRICE)
        now[0] = 1021.0

        assert await upstream.json(PRICE) == {}
    assert len(venue.asked) == 2


async def test_clients_leave_weight_for_the_mirror_itself():
    now = [30.0]
    venue = Venue((OK, ["X-MBX-USED-WEIGHT-1M: 1900"], "{}"))
    async with upstream_of(venue, wall_s=lambda: now[0]) as upstream:
        await upstream.json(PRICE)

        with pytest.raises(UpstreamBusy) as busy:
            await upstream.reply(PRICE, params="")
        await upstream.json(PRICE)
        now[0] = 61.0
        await upstream.reply(PRICE, params="")

    assert busy.value.retry_after_s == 30
    assert len(venue.asked) == 3


async def test_equal_questions_at_one_time_are_asked_once():
    venue = Venue((OK, [], "1"), (OK, [], "2"))
    async with upstream_of(venue) as upstream:
        answers = Answers(upstream)
        same = await asyncio.gather(*(answers.of(PRICE, "symbol=A") for _ in range(20)))
        other = await answers.of(PRICE, "symbol=B")

    assert {reply.body for reply in same} == {b"1"}
    assert other.body == b"2"
    assert len(venue.asked) == 2


async def test_a_failed_question_is_asked_again():
    venue = Venue(("503 Service Unavailable", [], ""), (OK, [], "2"))
    async with upstream_of(venue) as upstream:
        answers = Answers(upstream)
        with pytest.raises(UpstreamDown):
            await answers.of(PRICE, "")

        assert (await answers.of(PRICE, "")).body == b"2"


def saying(*messages):
    """A receive of these messages."""
    left = list(messages)

    async def receive():
        return left.pop(0)

    return receive


@pytest.mark.parametrize(
    "messages",
    [
        [{"type": "http.request", "body": b"symbol=A"}],
        [{"type": "http.request", "body": b"symbol=", "more_body": True}, {"type": "http.request", "body": b"A"}],
        [{"type": "http.request", "body": b"symbol=A", "more_body": True}, {"type": "http.disconnect"}],
        [{"type": "http.request", "body": b"x" * (MAX_BODY + 1), "more_body": True}, {"type": "http.disconnect"}],
    ],
)
async def test_a_request_read_ahead_reaches_the_exchange_as_it_came(messages):
    heard = Heard(saying(*messages))

    await heard.listen()

    assert heard.text in ("symbol=A", "x" * (MAX_BODY + 1))
    assert [await heard.again() for _ in messages] == messages


@pytest.mark.parametrize(
    ("text", "symbols"),
    [
        ("symbol=BTCUSDT&side=BUY", ["BTCUSDT"]),
        ("side=BUY&symbol=牛来USDT", ["牛来USDT"]),
        ('batchOrders=[{"symbol":"A"},{"side":"BUY", "symbol": "B"}]', ["A", "B"]),
        ("timestamp=1", []),
    ],
)
def test_symbols_are_found_in_any_request(text, symbols):
    assert SYMBOL.findall(text) == symbols


@pytest.mark.parametrize(
    ("rest", "stream"),
    [
        ("https://fapi.binance.com/", "wss://fstream.binance.com"),
        ("https://demo-fapi.binance.com", "wss://fstream.binancefuture.com"),
        ("http://127.0.0.1:8090", "ws://127.0.0.1:8090"),
        ("https://paper.example.org", "wss://paper.example.org"),
    ],
)
def test_streams_belong_to_the_rest_address(rest, stream):
    assert stream_url(rest) == stream
