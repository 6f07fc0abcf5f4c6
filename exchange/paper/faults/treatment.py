"""What becomes of a request: let through, delayed, refused, or lost on the way in or out."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from exchange.paper.core.orders import is_close_side
from exchange.paper.core.refusals import VenueError
from exchange.paper.core.state import State
from exchange.paper.faults.disturbances import faults_of
from exchange.paper.faults.matching import Asked, asks_for
from exchange.paper.faults.refusal import Refusal
from exchange.paper.faults.specs import OnRequest, Spec
from exchange.paper.faults.tending import Tended, meet
from exchange.paper.faults.words import (
    AddressBanned,
    AnswerLost,
    ClockDrift,
    ErrorCode,
    EventsBeforeAnswer,
    InsufficientMargin,
    KeyRevoked,
    LateAnswer,
    RateLimited,
    RequestLost,
    ServerError,
    ServerErrorKind,
    StopRefused,
)
from exchange.paper.server.weights import NS_PER_S, WEIGHT_PER_MINUTE, Banned, TooMany
from exchange.types import PositionSide, Side

STOP_TYPES = frozenset({"STOP", "STOP_MARKET", "TRAILING_STOP_MARKET"})
ERRORS: Mapping[ServerErrorKind, tuple[int, int, str]] = {
    ServerErrorKind.UNKNOWN: (503, 0, "Unknown error, please check your request or try again later."),
    ServerErrorKind.TIMEOUT: (408, -1007, ""),
    ServerErrorKind.NOT_EXECUTED: (503, 0, "Service Unavailable."),
    ServerErrorKind.INTERNAL: (503, -1001, ""),
    ServerErrorKind.THROTTLED: (503, -1008, ""),
    ServerErrorKind.BAD_GATEWAY: (502, 0, "Bad Gateway"),
}


@dataclass(slots=True)
class Treatment:
    """Delays are wall ms. ``is_executed`` says whether a refused request is carried out all the same."""

    before_ms: int = 0
    after_ms: int = 0
    is_lost: bool = False
    is_answer_lost: bool = False
    refusal: VenueError | None = None
    is_executed: bool = True
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def is_settled(self) -> bool:
        """Whether a fault has decided how the request ends; later ones only delay it."""
        return self.is_lost or self.is_answer_lost or self.refusal is not None

    def refuse(self, refusal: VenueError, *, is_executed: bool = False) -> None:
        self.refusal, self.is_executed = refusal, is_executed
        if isinstance(refusal, TooMany):
            self.headers["Retry-After"] = str(refusal.retry_after_s)


def treatment_of(host: Tended, request: Asked, *, peer: str) -> Treatment:
    """Let every fault that is about the request count it; the first one that strikes decides how it ends."""
    treatment, found = Treatment(), faults_of(host.state)
    for fault in list(found.table.faults.values()) if found is not None else ():
        if not fault.is_active(host.state.now_ms) or not _concerns(host.state, fault.spec, request):
            continue
        if meet(host, fault):
            _apply(treatment, fault.spec, peer=peer)
    return treatment


def drift_ms(state: State) -> int:
    """How far the server's clock is ahead of market time."""
    found = faults_of(state)
    return 0 if found is None else sum(spec.offset_ms for _, spec in found.table.active(ClockDrift, state.now_ms))


def _concerns(state: State, spec: Spec, request: Asked) -> bool:
    if isinstance(spec, KeyRevoked):
        return request.is_private and spec.account in (None, request.account)
    if not isinstance(spec, OnRequest) or not asks_for(spec, request):
        return False
    if isinstance(spec, StopRefused):
        return any(_protects(state, request.account, values) for values in request.orders)
    if isinstance(spec, InsufficientMargin):
        return any(not is_closing(values) for values in request.orders)
    return True


def is_closing(values: Mapping[str, Any]) -> bool:
    """Whether the parameters of a new order let it only close."""
    if "true" in (values.get("reduceOnly", "").lower(), values.get("closePosition", "").lower()):
        return True
    position_side, side = values.get("positionSide", "BOTH"), values.get("side", "")
    if position_side not in list(PositionSide) or side not in list(Side):
        return False
    return is_close_side(PositionSide(position_side), Side(side))


def _protects(state: State, account: str, values: Mapping[str, Any]) -> bool:
    """Whether it is a close-only stop of a symbol in which the account has a position."""
    owner = state.accounts.get(account)
    if owner is None or values.get("type") not in STOP_TYPES or not is_closing(values):
        return False
    return any(leg.quantity for leg in owner.legs(values.get("symbol", "")))


def _apply(treatment: Treatment, spec: Spec, *, peer: str) -> None:
    if isinstance(spec, LateAnswer | EventsBeforeAnswer):
        if isinstance(spec, LateAnswer) and spec.before:
            treatment.before_ms += spec.ms
        else:
            treatment.after_ms += spec.ms
    elif not treatment.is_settled:
        _settle(treatment, spec, peer=peer)


def _settle(treatment: Treatment, spec: Spec, *, peer: str) -> None:
    if isinstance(spec, RequestLost):
        treatment.is_lost = True
    elif isinstance(spec, AnswerLost):
        treatment.is_answer_lost = True
    elif isinstance(spec, RateLimited):
        treatment.refuse(TooMany(-1003, WEIGHT_PER_MINUTE, retry_after_s=spec.retry_after_s))
    elif isinstance(spec, AddressBanned):
        treatment.refuse(_ban(peer, spec.retry_after_s))
    elif isinstance(spec, ServerError):
        status, code, text = ERRORS[spec.kind]
        treatment.refuse(Refusal(code, message=text, status=status), is_executed=spec.executed)
    elif isinstance(spec, ErrorCode):
        treatment.refuse(Refusal(spec.code, message=spec.message, status=spec.status))
    elif isinstance(spec, StopRefused):
        treatment.refuse(Refusal(spec.code, message=spec.message))
    else:
        treatment.refuse(Refusal(-2019 if isinstance(spec, InsufficientMargin) else -2015))


def _ban(peer: str, seconds: int) -> Banned:
    now_ns = time.time_ns()
    return Banned(peer, until_ns=now_ns + seconds * NS_PER_S, now_ns=now_ns)
