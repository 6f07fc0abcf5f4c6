"""The mirror's interface: market data is the upstream's answer, everything about accounts is our own exchange's."""

import asyncio
import re
import time
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import unquote_plus

import orjson

from exchange.paper.feeds.mirror.follower import Follower
from exchange.paper.feeds.mirror.intake import MarketDark, MirrorFeed, Source
from exchange.paper.feeds.mirror.relay import is_market_stream, relay
from exchange.paper.feeds.mirror.upstream import Reply, Upstream, UpstreamBusy, UpstreamDown
from exchange.paper.server.app import ROUTES, PaperApp
from exchange.paper.server.host import Host
from exchange.paper.server.requests import BODY_WITHIN_S
from exchange.paper.server.routing import Access
from exchange.paper.server.streams import Receive, Scope, Send
from exchange.paper.server.weights import RequestLimits

INFO = "/fapi/v1/exchangeInfo"
OWN = frozenset({"/fapi/v1/ping", "/fapi/v1/time", "/api/v3/ping", "/api/v3/time", INFO})
PROXIED = {
    path for (method, path), route in ROUTES.items() if method == "GET" and route.access is Access.PUBLIC
} - OWN | {"/fapi/v1/historicalTrades"}
KEPT_S = 0.5
SLOW_KEPT_S = {"/fapi/v1/fundingInfo": 60.0, "/fapi/v1/tradingSchedule": 60.0}
MAX_KEPT = 2000
MAX_BODY = 65_536
SYMBOL = re.compile(r"""symbol"?\s*[=:]\s*"?([^"&,}\s]+)""")
DARK = MarketDark()


class MirrorApp(PaperApp):
    """The exchange's application with market data from elsewhere."""

    def __init__(self, host: Host, *, feed: MirrorFeed, follower: Follower, latency_s: float = 0) -> None:
        super().__init__(host, limits=RequestLimits(), latency_s=latency_s)
        self._feed = feed
        self._follower = follower
        self._answers = Answers(follower.upstream)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket" and is_market_stream(scope):
            await relay(self._follower.upstream, scope=scope, receive=receive, send=send)
        elif scope["type"] != "http":
            await super().__call__(scope, receive, send)
        elif scope["method"] == "GET" and scope["path"] in PROXIED:
            await _send(send, await self._proxied(scope))
        elif scope["path"] == INFO and not self._feed.market.has_rules:
            await _send(send, _dark())
        else:
            await super().__call__(scope, await self._prepared(scope, receive), send)

    async def _proxied(self, scope: Scope) -> Reply:
        """The upstream's answer; while it is lost the venue's 503, while it is busy its 429."""
        if self._feed.source is Source.LOST:
            return _dark()
        try:
            return await self._answers.of(scope["path"], scope["query_string"].decode("latin-1"))
        except UpstreamBusy as busy:
            body = {"code": -1003, "msg": "Too many requests; the upstream's limit is used up."}
            return _reply(body, status=429, headers={"retry-after": str(busy.retry_after_s)})
        except UpstreamDown:
            return _dark()

    async def _prepared(self, scope: Scope, receive: Receive) -> Receive:
        """Let the exchange know what an order depends on before it comes; the request is passed on unchanged."""
        if scope["method"] not in ("POST", "PUT") or not scope["path"].startswith("/fapi/"):
            return receive
        heard = Heard(receive)
        await heard.listen()
        text = unquote_plus(scope["query_string"].decode("latin-1") + "&" + heard.text)
        if self._feed.source is not Source.LOST:
            for symbol in set(SYMBOL.findall(text)):
                await self._follower.prepare(symbol)
        return heard.again


class Answers:
    """Answers of the upstream, each kept for a moment; equal questions at one time are asked once."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream
        self._asked: dict[tuple[str, str], tuple[float, asyncio.Task[Reply]]] = {}

    async def of(self, path: str, query: str) -> Reply:
        """Raises UpstreamDown and UpstreamBusy."""
        now_s, key = time.monotonic(), (path, query)
        until_s, task = self._asked.get(key, (0.0, None))
        if task is None or now_s >= until_s or (task.done() and task.exception() is not None):
            self._drop_old(now_s)
            task = asyncio.create_task(self._upstream.reply(path, params=query))
            self._asked[key] = (now_s + SLOW_KEPT_S.get(path, KEPT_S), task)
        return await asyncio.shield(task)

    def _drop_old(self, now_s: float) -> None:
        if len(self._asked) >= MAX_KEPT:
            self._asked = {key: kept for key, kept in self._asked.items() if kept[0] > now_s}


class Heard:
    """The messages of one request, read ahead up to a size and then given again as they came."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._messages: deque[Mapping[str, Any]] = deque()

    @property
    def text(self) -> str:
        return b"".join(message.get("body", b"") for message in self._messages).decode(errors="replace")

    async def listen(self) -> None:
        """Until the end of the body, or the client leaves, or it is slow, or says more than an order needs."""
        size, has_more = 0, True
        with suppress(TimeoutError):
            async with asyncio.timeout(BODY_WITHIN_S):
                while has_more and size <= MAX_BODY:
                    message = await self._receive()
                    self._messages.append(message)
                    size, has_more = size + len(message.get("body", b"")), message.get("more_body", False)

    async def again(self) -> Mapping[str, Any]:
        return self._messages.popleft() if self._messages else await self._receive()


def _dark() -> Reply:
    return _reply({"code": DARK.code, "msg": DARK.message}, status=DARK.status, headers={})


def _reply(content: Mapping[str, Any], *, status: int, headers: Mapping[str, str]) -> Reply:
    return Reply(status=status, headers={"content-type": "application/json", **headers}, body=orjson.dumps(content))


async def _send(send: Send, reply: Reply) -> None:
    headers = {**reply.headers, "content-length": str(len(reply.body)), "x-market-speed": "1"}
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": reply.status, "headers": raw})
    await send({"type": "http.response.body", "body": reply.body})
