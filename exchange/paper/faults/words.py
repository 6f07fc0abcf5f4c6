"""The vocabulary: each word that a fault can be called by, with the fields of its own."""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal, get_args

from pydantic import Field

from exchange.paper.faults.specs import AboutOrders, Milliseconds, OnEvent, OnRequest, OnSymbol, Requests, Seconds, Spec

PLACING: Requests = ("POST /fapi/v1/order", "POST /fapi/v1/batchOrders", "order.place")
PLACING_ALGOS: Requests = ("POST /fapi/v1/algoOrder", "algoOrder.place")
Positive = Annotated[Decimal, Field(gt=0, allow_inf_nan=False)]
Ratio = Annotated[Decimal, Field(gt=0, lt=1)]


class RequestLost(OnRequest):
    """The connection breaks before the request is read: nothing happened."""

    fault: Literal["request_lost"]


class AnswerLost(OnRequest):
    """The request is carried out, and the connection breaks instead of an answer."""

    fault: Literal["answer_lost"]


class LateAnswer(OnRequest):
    """The answer comes ``ms`` of wall time late; with ``before`` the request itself is carried out that late."""

    fault: Literal["late_answer"]
    ms: Milliseconds = 1000
    before: bool = False


class EventsBeforeAnswer(OnRequest):
    """The order's events go out, its answer follows ``ms`` of wall time later."""

    fault: Literal["events_before_answer"]
    request: Requests = PLACING + PLACING_ALGOS
    ms: Milliseconds = 100


class RateLimited(OnRequest):
    """429 with Retry-After."""

    fault: Literal["rate_limited"]
    retry_after_s: int = Field(default=10, ge=1)


class AddressBanned(OnRequest):
    """418 with Retry-After."""

    fault: Literal["banned"]
    retry_after_s: int = Field(default=120, ge=1)


class ServerErrorKind(StrEnum):
    """The venue's 5xx (and 408) answers. Of the first two the outcome is unknown to the client."""

    UNKNOWN = "unknown"
    TIMEOUT = "timeout"
    NOT_EXECUTED = "not_executed"
    INTERNAL = "internal"
    THROTTLED = "throttled"
    BAD_GATEWAY = "bad_gateway"


class ServerError(OnRequest):
    """An error of the venue's own; ``executed`` says whether it carried out the request all the same."""

    fault: Literal["server_error"]
    kind: ServerErrorKind = ServerErrorKind.UNKNOWN
    executed: bool = False


class ErrorCode(OnRequest):
    """Refused with any code; text and HTTP status are the venue's unless given."""

    fault: Literal["error_code"]
    code: int = Field(lt=0)
    message: str = ""
    status: int | None = Field(default=None, ge=400, le=599)


class StopRefused(OnRequest):
    """A close-only stop is refused while the account holds a position there."""

    fault: Literal["stop_refused"]
    request: Requests = PLACING_ALGOS
    code: int = Field(default=-4045, lt=0)
    message: str = ""


class InsufficientMargin(OnRequest):
    """An order that opens is refused with -2019."""

    fault: Literal["insufficient_margin"]
    request: Requests = PLACING


class KeyRevoked(Spec):
    """Requests with the account's key, or with any, are refused with -2015."""

    fault: Literal["key_revoked"]
    account: str | None = None


class ClockDrift(Spec):
    """The server's clock is ``offset_ms`` ahead (behind when negative) of the market time that events carry."""

    fault: Literal["clock_drift"]
    offset_ms: int


class FillsDoubled(AboutOrders):
    """A fill's ORDER_TRADE_UPDATE is sent twice."""

    fault: Literal["fills_doubled"]


class FillsReordered(AboutOrders):
    """A fill's ORDER_TRADE_UPDATE is sent after the order's next one, or ``hold_ms`` of wall time late."""

    fault: Literal["fills_reordered"]
    hold_ms: Milliseconds = 500


class FillsRestOnly(AboutOrders):
    """A fill sends no event at all: neither its own nor that of the account. REST shows it."""

    fault: Literal["fills_rest_only"]


class EventGap(OnEvent):
    """The events are not sent."""

    fault: Literal["event_gap"]


class StreamSilent(Spec):
    """User streams stay open and say nothing."""

    fault: Literal["stream_silent"]
    account: str | None = None


class StreamDisconnect(OnEvent):
    """User streams are closed with ``code``: when the fault begins, or right after the events it names."""

    fault: Literal["stream_disconnect"]
    code: int = Field(default=1001, ge=1000, le=4999)


class ListenKeyExpired(OnEvent):
    """Listen keys end with listenKeyExpired: when the fault begins, or right after the events it names."""

    fault: Literal["listen_key_expired"]


class FillsSplit(AboutOrders):
    """What would be one fill comes as ``pieces`` of about the same size, at one price and moment."""

    fault: Literal["fills_split"]
    pieces: int = Field(default=2, ge=2, le=100)


class StopVanishes(AboutOrders):
    """An accepted stop is gone ``later_market_s`` of market time later, without an event unless ``event`` is set."""

    fault: Literal["stop_vanishes"]
    later_market_s: Seconds = Decimal(0)
    event: bool = False


class StopChildRejected(AboutOrders):
    """A stop fires and the matching engine refuses its order: ALGO_UPDATE REJECTED with the text of ``code``."""

    fault: Literal["stop_child_rejected"]
    code: int = Field(default=-2019, lt=0)
    message: str = ""


class StopChildExpired(AboutOrders):
    """A stop fires and its market order expires without a fill."""

    fault: Literal["stop_child_expired"]


class StopChildPartlyFilled(AboutOrders):
    """A stop fires, ``ratio`` of its market order is filled and the rest expires."""

    fault: Literal["stop_child_partly_filled"]
    ratio: Ratio = Decimal("0.5")


class PriceGap(OnSymbol):
    """The path jumps by ``percent`` at one moment and goes on from there; it jumps back when the fault ends."""

    fault: Literal["price_gap"]
    percent: Annotated[Decimal, Field(gt=-100, le=1000, allow_inf_nan=False)]


class SymbolHalted(OnSymbol):
    """Nothing trades: the price stands, orders are refused with -1122, the status is BREAK."""

    fault: Literal["symbol_halted"]


class SymbolSettling(OnSymbol):
    """The status is SETTLING: orders that open are refused with -4140, others trade on."""

    fault: Literal["symbol_settling"]


class SymbolDelisted(OnSymbol):
    """The contract stops trading for good: orders expire, positions are settled, -4141."""

    fault: Literal["symbol_delisted"]


class FiltersChanged(OnSymbol):
    """Other filters from now on; what is not given stays."""

    fault: Literal["filters_changed"]
    tick_size: Positive | None = None
    step_size: Positive | None = None
    min_quantity: Positive | None = None
    max_quantity: Positive | None = None
    market_max_quantity: Positive | None = None
    min_notional: Positive | None = None


ALL: tuple[type[Spec], ...] = (
    RequestLost, AnswerLost, LateAnswer, EventsBeforeAnswer, RateLimited, AddressBanned, ServerError, ErrorCode,
    StopRefused, InsufficientMargin, KeyRevoked, ClockDrift, FillsDoubled, FillsReordered, FillsRestOnly, EventGap,
    StreamSilent, StreamDisconnect, ListenKeyExpired, FillsSplit, StopVanishes, StopChildRejected, StopChildExpired,
    StopChildPartlyFilled, PriceGap, SymbolHalted, SymbolSettling, SymbolDelisted, FiltersChanged,
)  # fmt: skip


def name_of(kind: type[Spec]) -> str:
    """The word by which a fault of this class is asked for."""
    return str(get_args(kind.model_fields["fault"].annotation)[0])


WORDS: Mapping[str, type[Spec]] = {name_of(kind): kind for kind in ALL}
