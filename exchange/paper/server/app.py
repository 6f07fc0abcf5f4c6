"""The ASGI application: admits requests in the venue's order of checks and answers them in its form."""

import asyncio
from dataclasses import replace
from typing import Any

import structlog

from exchange.paper.core.refusals import VenueError
from exchange.paper.faults.requests import break_connection, disturbed_answer
from exchange.paper.journal import JournalError
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
from exchange.paper.server.admission import Admission, claim_of
from exchange.paper.server.control import control
from exchange.paper.server.host import Host
from exchange.paper.server.requests import Answer, ClientLeft, Request, Unreadable, read_request
from exchange.paper.server.routing import Routes
from exchange.paper.server.streams import LIFETIME_S, Receive, Scope, Send, StreamServer
from exchange.paper.server.weights import RequestLimits, TooMany
from exchange.paper.server.ws_api import connection as ws_api
from exchange.paper.server.ws_api.conversation import Conversation
from exchange.paper.server.ws_api.methods import methods_of
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
WS_METHODS = methods_of(ROUTES)


class PaperApp:
    """The venue's REST and WebSocket interface over one host. ``latency_s`` delays answers, half each way."""

    def __init__(
        self, host: Host, *, limits: RequestLimits, latency_s: float = 0, stream_lifetime_s: float = LIFETIME_S
    ) -> None:
        self._host = host
        self._admission = Admission(host, limits)
        self._latency_s = latency_s
        self._stream_lifetime_s = stream_lifetime_s
        self._streams = StreamServer(host, lifetime_s=stream_lifetime_s)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket" and scope["path"] == ws_api.PATH:
            await self._ws_api(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._streams.serve(scope, receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)

    async def _ws_api(self, scope: Scope, receive: Receive, send: Send) -> None:
        peer, query = (scope.get("client") or ("",))[0], scope["query_string"].decode("latin-1")
        await ws_api.serve_ws_api(
            lambda: Conversation(self._admission, WS_METHODS, peer=peer, query=query),
            settled=self._host.settled,
            receive=receive,
            send=send,
            latency_s=self._latency_s,
            lifetime_s=self._stream_lifetime_s,
        )

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            request = await read_request(scope, receive)
        except Unreadable as error:
            await _send(Answer({"code": error.code, "msg": error.message}, status=error.status), send)
            return
        except ClientLeft:
            return
        delay_s = 0 if request.path.startswith("/control/") else self._latency_s / 2
        if delay_s:
            await asyncio.sleep(delay_s)
        answer = await self._durable(await self._answer_or_break(request))
        if answer is None:
            await break_connection(receive, send)
            return
        if delay_s:
            await asyncio.sleep(delay_s)
        await _send(answer, send)

    async def _answer_or_break(self, request: Request) -> Answer | None:
        """The answer, or None where a fault breaks the connection instead."""
        if self._host.state.disturbances is None or request.path.startswith("/control/"):
            return self._answer(request)
        return await disturbed_answer(self._host, request, self._answer)

    async def _durable(self, answer: Answer | None) -> Answer | None:
        """``answer`` once nothing it may tell of can be lost any more."""
        try:
            await self._host.settled()
        except JournalError:
            return replace(_unforeseen(), headers={"X-Market-Speed": plain(self._host.clock.speed)})
        return answer

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
            answer = _unforeseen()
        headers["X-Market-Speed"] = plain(self._host.clock.speed)
        return replace(answer, headers=headers)

    def _control_or_venue(self, request: Request, headers: dict[str, str]) -> Answer:
        if request.path.startswith("/control/"):
            return control(self._host, request)
        return Answer(self._venue(request, headers))

    def _venue(self, request: Request, headers: dict[str, str]) -> Any:
        route = ROUTES.get((request.method, request.path))
        used = self._admission.count(request.peer, route, request.values, headers=headers)
        if route is None:
            raise VenueError(-5000, request.path, request.method)
        return route.handler(self._admission.admit(route, claim_of(request), used=used, headers=headers))


def _unforeseen() -> Answer:
    unknown = VenueError(-1000)
    return Answer({"code": unknown.code, "msg": unknown.message}, status=unknown.status)


async def _send(answer: Answer, send: Send) -> None:
    payload = answer.payload()
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.raw_headers(payload)})
    await send({"type": "http.response.body", "body": payload})
