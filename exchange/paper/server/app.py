"""The ASGI application: admits requests in the venue's order of checks and answers them in its form."""

import asyncio
from dataclasses import replace
from typing import Any

import structlog

from exchange.paper.core.accounts import Account
from exchange.paper.core.refusals import VenueError
from exchange.paper.server import (
    routes_account,
    routes_bars,
    routes_batch,
    routes_book,
    routes_funding,
    routes_listen,
    routes_market,
    routes_risk,
    routes_statistics,
    routes_trading,
)
from exchange.paper.server.control import control
from exchange.paper.server.host import Host
from exchange.paper.server.requests import Answer, Request, read_headers
from exchange.paper.server.routing import Access, Call, Route, Routes
from exchange.paper.server.signing import check_signature, check_timestamp
from exchange.paper.server.streams import LIFETIME_S, Receive, Scope, Send, serve_stream
from exchange.paper.server.weights import Pool, RequestLimits, TooMany
from exchange.rules import plain

log = structlog.get_logger(__name__)

ROUTES: Routes = {
    **routes_market.ROUTES,
    **routes_bars.ROUTES,
    **routes_book.ROUTES,
    **routes_funding.ROUTES,
    **routes_statistics.ROUTES,
    **routes_trading.ROUTES,
    **routes_batch.ROUTES,
    **routes_account.ROUTES,
    **routes_risk.ROUTES,
    **routes_listen.ROUTES,
}


class PaperApp:
    """The venue's REST and WebSocket interface over one host. ``latency_s`` delays REST answers, half each way."""

    def __init__(
        self, host: Host, *, limits: RequestLimits, latency_s: float = 0, stream_lifetime_s: float = LIFETIME_S
    ) -> None:
        self._host = host
        self._limits = limits
        self._latency_s = latency_s
        self._stream_lifetime_s = stream_lifetime_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            lifetime_s = self._stream_lifetime_s
            await serve_stream(self._host, scope=scope, receive=receive, send=send, lifetime_s=lifetime_s)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = await _read_request(scope, receive)
        delay_s = 0 if request.path.startswith("/control/") else self._latency_s / 2
        if delay_s:
            await asyncio.sleep(delay_s)
        answer = self._answer(request)
        if delay_s:
            await asyncio.sleep(delay_s)
        payload = answer.payload()
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.raw_headers(payload)})
        await send({"type": "http.response.body", "body": payload})

    def _answer(self, request: Request) -> Answer:
        """The answer to any request; what nobody foresaw is logged and shown as -1000."""
        headers: dict[str, str] = {}
        try:
            answer = self._control_or_venue(request, headers)
        except VenueError as refusal:
            answer = Answer({"code": refusal.code, "msg": refusal.message}, status=refusal.status)
            if isinstance(refusal, TooMany):
                headers["Retry-After"] = str(refusal.retry_after_s)
        except Exception:
            log.exception("paper_request_failed", method=request.method, path=request.path)
            unknown = VenueError(-1000)
            answer = Answer({"code": unknown.code, "msg": unknown.message}, status=unknown.status)
        headers["X-Market-Speed"] = plain(self._host.clock.speed)
        return replace(answer, headers=headers)

    def _control_or_venue(self, request: Request, headers: dict[str, str]) -> Answer:
        if request.path.startswith("/control/"):
            return control(self._host, request)
        return Answer(self._venue(request, headers))

    def _venue(self, request: Request, headers: dict[str, str]) -> Any:
        self._limits.check_ban(request.peer)
        route = ROUTES.get((request.method, request.path))
        pool = route.pool if route else Pool.WEIGHT
        used = self._limits.count(request.peer, route.weight_of(request.values) if route else 1, pool=pool)
        if pool is Pool.WEIGHT:
            headers["X-MBX-USED-WEIGHT-1M"] = str(used)
        if route is None:
            raise VenueError(-5000, request.path, request.method)
        account = self._account(route, request)
        now_ms = self._host.advance()
        self._limits.check(request.peer, used, pool=pool)
        if account is not None and route.access is Access.SIGNED:
            check_timestamp(request, now_ms=now_ms, speed=self._host.clock.nominal_speed)
            check_signature(request, account)
        if account is not None and any(route.orders):
            recent, minute = route.orders
            headers |= self._limits.use_order(account.api_key, recent=recent, minute=minute)
        return route.handler(Call(self._host, request.values, now_ms, account))

    def _account(self, route: Route, request: Request) -> Account | None:
        """The account of the request's key (-2014, -2015); None on public routes."""
        if route.access is Access.PUBLIC:
            return None
        api_key = request.headers.get("x-mbx-apikey", "")
        if not api_key:
            raise VenueError(-2014)
        return self._host.engine.account(api_key)


async def _read_request(scope: Scope, receive: Receive) -> Request:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    client = scope.get("client") or ("", 0)
    return Request(
        method=scope["method"],
        path=scope["path"],
        query=scope["query_string"].decode("latin-1"),
        body=body.decode("utf-8", errors="replace"),
        headers=read_headers(scope["headers"]),
        peer=client[0],
    )
