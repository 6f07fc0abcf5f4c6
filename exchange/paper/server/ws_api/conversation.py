"""One connection's requests, each answered at once and whole: a frame in, a frame out. No socket here."""

import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

import structlog

from exchange.paper.core.parameters import Parameters
from exchange.paper.core.refusals import VenueError
from exchange.paper.faults.requests import disturbed_frame
from exchange.paper.server.admission import Admission, Claim
from exchange.paper.server.routing import Call, Route, public
from exchange.paper.server.weights import TooMany
from exchange.paper.server.ws_api.envelope import Envelope, Malformed, answer_frame, read_envelope, refusal_frame
from exchange.paper.server.ws_api.limits import limit_rows
from exchange.paper.server.ws_api.session import LOGON, Session

log = structlog.get_logger(__name__)

HANDSHAKE_WEIGHT = 5
BAD_KEY = -2015


class Revoked(VenueError):
    """The key that the connection logged on with is gone; the venue says so without the request's id."""

    def __init__(self) -> None:
        super().__init__(BAD_KEY)


class Conversation:
    """Connecting costs weight; raises TooMany when the address has none left, and nothing is served."""

    def __init__(self, admission: Admission, methods: Mapping[str, Route], *, peer: str, query: str) -> None:
        self._admission = admission
        self._peer = peer
        handshake = public(lambda call: None, HANDSHAKE_WEIGHT)
        admission.limits.check(peer, admission.count(peer, handshake, {}, headers={}))
        shows_limits = parse_qs(query).get("returnRateLimits", ["true"])[-1].lower() != "false"
        self._session = Session(connected_ms=admission.host.advance(), shows_limits=shows_limits)
        self._methods = {**methods, **self._session.routes()}

    async def answer_or_break(self, frame: str | bytes) -> bytes | None:
        """The answer to any frame, or None where a fault breaks the connection instead."""
        host = self._admission.host
        if host.state.disturbances is None:
            return self.answer(frame)
        api_key = self._session.api_key or ""
        return await disturbed_frame(host, frame, self.answer, api_key=api_key, peer=self._peer)

    def answer(self, frame: str | bytes) -> bytes:
        """The answer to any frame; what nobody foresaw is logged and shown as -1000."""
        envelope: Envelope | None = None
        headers: dict[str, str] = {}
        try:
            envelope = self._read(frame, headers)
            result = self._result(envelope, headers)
            return answer_frame(envelope.request_id, result, limits=self._limits(envelope, headers))
        except VenueError as refusal:
            return self._refused(refusal, envelope, headers)
        except Exception:
            log.exception("paper_ws_request_failed", method=envelope.method if envelope else "")
            return self._refused(VenueError(-1000), envelope, headers)

    def _read(self, frame: str | bytes, headers: dict[str, str]) -> Envelope:
        try:
            return read_envelope(frame)
        except Malformed:
            self._admission.limits.check(self._peer, self._admission.count(self._peer, None, {}, headers=headers))
            raise

    def _result(self, envelope: Envelope, headers: dict[str, str]) -> Any:
        route = self._methods.get(envelope.method)
        used = self._admission.count(self._peer, route, envelope.values, headers=headers)
        if route is None:
            raise VenueError(-1020)
        Parameters(envelope.spellings).flag("returnRateLimits")
        call = self._admit(route, envelope, used=used, headers=headers)
        if envelope.method == LOGON:
            return self._session.log_on(call, envelope)
        return route.handler(call)

    def _admit(self, route: Route, envelope: Envelope, *, used: int, headers: dict[str, str]) -> Call:
        is_vouched = self._session.vouches_for(envelope)
        claim = Claim(
            peer=self._peer,
            api_key=envelope.api_key or self._session.api_key or "",
            values=envelope.values,
            signed_texts=envelope.signed_texts,
            is_vouched=is_vouched,
        )
        try:
            return self._admission.admit(route, claim, used=used, headers=headers)
        except VenueError as refusal:
            if not is_vouched or refusal.code != BAD_KEY:
                raise
            self._session.forget()
            raise Revoked from None

    def _refused(self, refusal: VenueError, envelope: Envelope | None, headers: Mapping[str, str]) -> bytes:
        request_id = envelope.request_id if envelope else None
        if isinstance(refusal, Malformed):
            request_id = refusal.request_id
        elif isinstance(refusal, Revoked):
            request_id = None
        data = _return_times(refusal) if isinstance(refusal, TooMany) else None
        return refusal_frame(request_id, refusal, limits=self._limits(envelope, headers), data=data)

    def _limits(self, envelope: Envelope | None, headers: Mapping[str, str]) -> list[dict[str, Any]] | None:
        """The rows of rateLimits, or None when the request, else the connection, does not want them."""
        wanted = envelope.spellings.get("returnRateLimits", "").lower() if envelope else ""
        is_shown = {"true": True, "false": False}.get(wanted, self._session.shows_limits)
        return limit_rows(headers, weight_limit=self._admission.limits.weight_per_minute) if is_shown else None


def _return_times(refusal: TooMany) -> dict[str, int]:
    """When to come again, wall ms."""
    now_ms = time.time_ns() // 1_000_000
    return {"serverTime": now_ms, "retryAfter": now_ms + refusal.retry_after_s * 1000}
