"""What every fault has: when it is in force, how often it strikes, and which orders it is about.

Instants are ISO 8601 texts (UTC where they name no zone) or Unix ms. Seconds may be fractions.
"""

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from exchange.paper.core.kinds import OrderType
from exchange.types import Side, VenueStatus, to_ms

REQUEST_FORM = re.compile(r"(GET|POST|PUT|DELETE) /\S*|(v2/)?[A-Za-z]+(\.[A-Za-z]+)*")
EventKind = Literal[
    "ORDER_TRADE_UPDATE", "TRADE_LITE", "ACCOUNT_UPDATE", "ALGO_UPDATE", "ACCOUNT_CONFIG_UPDATE", "MARGIN_CALL"
]  # fmt: skip
Execution = Literal["NEW", "TRADE", "CANCELED", "EXPIRED", "AMENDMENT", "CALCULATED"]


def read_instant(value: object) -> object:
    """Unix ms of an ISO 8601 text; anything else as it is, for pydantic to judge."""
    if not isinstance(value, str):
        return value
    when = datetime.fromisoformat(value)
    return to_ms(when if when.tzinfo else when.replace(tzinfo=UTC))


def read_names(value: object) -> object:
    """One name counts as a list of one."""
    return (value,) if isinstance(value, str) else value


def require_requests(names: tuple[str, ...]) -> tuple[str, ...]:
    """Names of requests have one of two forms; a slip would otherwise make a fault that never strikes."""
    for name in names:
        if not REQUEST_FORM.fullmatch(name):
            raise ValueError(f"{name!r} is neither METHOD /path nor a method of the WebSocket API")
    return names


Requests = Annotated[tuple[str, ...], BeforeValidator(read_names), AfterValidator(require_requests)]
Events = Annotated[tuple[EventKind, ...], BeforeValidator(read_names)]
Instant = Annotated[int, BeforeValidator(read_instant), Field(ge=0)]
Seconds = Annotated[Decimal, Field(ge=0, allow_inf_nan=False)]
Duration = Annotated[Decimal, Field(gt=0, allow_inf_nan=False)]
Milliseconds = Annotated[int, Field(ge=0, le=600_000)]


class Spec(BaseModel):
    """A fault as it was asked for. It begins at once and lasts until it is removed, unless it says otherwise.

    ``at`` and ``in_market_s`` are market time, ``at_wall`` and ``in_s`` wall time; ``for_market_s`` and ``for_s`` how
    long it lasts, in the clock in which it begins.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    is_standing: ClassVar[bool] = True

    fault: str
    at: Instant | None = None
    at_wall: Instant | None = None
    in_s: Seconds | None = None
    in_market_s: Seconds | None = None
    for_s: Duration | None = None
    for_market_s: Duration | None = None

    @model_validator(mode="after")
    def _one_clock(self) -> Self:
        begins = [name for name in ("at", "at_wall", "in_s", "in_market_s") if getattr(self, name) is not None]
        if len(begins) > 1:
            raise ValueError(f"only one of {', '.join(begins)}")
        lasts = [name for name in ("for_s", "for_market_s") if getattr(self, name) is not None]
        if len(lasts) > 1:
            raise ValueError("only one of for_s, for_market_s")
        begins_in_market = bool({"at", "in_market_s"}.intersection(begins))
        if begins and lasts and begins_in_market != (lasts == ["for_market_s"]):
            raise ValueError(f"{begins[0]} and {lasts[0]} are of different clocks")
        return self


class Counted(Spec):
    """``after`` matches pass unharmed; of those that follow every ``every``-th may strike, with ``probability``.

    Over after ``count`` strikes.
    """

    is_standing: ClassVar[bool] = False

    after: int = Field(default=0, ge=0)
    every: int = Field(default=1, ge=1)
    count: int | None = Field(default=None, ge=1)
    probability: float | None = Field(default=None, ge=0, le=1)


class AboutOrders(Counted):
    """Only what concerns these orders. ``client_id`` is a pattern: ``dl*`` for a prefix, ``dl*-s?`` for a purpose."""

    account: str | None = None
    symbol: str | None = None
    side: Side | None = None
    order_type: OrderType | None = None
    client_id: str | None = None


class OnRequest(AboutOrders):
    """``request``: ``METHOD /path`` or a method of the WebSocket API, one or several; none means any."""

    request: Requests = ()


class OnEvent(AboutOrders):
    """``events`` are kinds of the user stream, ``execution`` and ``status`` the members x and X of an order's event."""

    events: Events = ()
    execution: Execution | None = None
    status: VenueStatus | None = None


class OnSymbol(Spec):
    """What befalls one contract."""

    symbol: str = Field(min_length=1)
