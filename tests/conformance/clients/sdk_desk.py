"""A client made with the exchange's official Python SDK, and what its checks share."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from binance_common.configuration import (
    ConfigurationRestAPI,
    ConfigurationWebSocketAPI,
    ConfigurationWebSocketStreams,
)
from binance_common.errors import BadRequestError
from binance_sdk_derivatives_trading_usds_futures.derivatives_trading_usds_futures import DerivativesTradingUsdsFutures
from reporting import Paper, same, until

BTC, ETH, ADA = "BTCUSDT", "ETHUSDT", "ADAUSDT"
TICKS = {BTC: Decimal("0.1"), ETH: Decimal("0.01"), ADA: Decimal("0.0001")}
FRAME_S, FIRE_S = 30, 80
# What the exchange sends and this version of the SDK does not name.
NEWER_MEMBERS = frozenset(
    {"futuresType", "maxMoveOrderLimit", "lastUpdateId", "breakEvenPrice", "activatePrice", "callbackRate", "priceRate"}
)


# doc: connect
def connect(paper: Paper) -> DerivativesTradingUsdsFutures:
    """A client of the paper exchange: three base addresses differ from one of Binance."""
    return DerivativesTradingUsdsFutures(
        config_rest_api=ConfigurationRestAPI(
            api_key=paper.api_key, api_secret=paper.api_secret, base_path=paper.rest, timeout=10_000
        ),
        config_ws_streams=ConfigurationWebSocketStreams(stream_url=paper.ws),
        config_ws_api=ConfigurationWebSocketAPI(
            api_key=paper.api_key, api_secret=paper.api_secret, stream_url=f"{paper.ws}/ws-fapi/v1"
        ),
    )


# doc: end


class Complaints(logging.Handler):
    """What the SDK logs when an answer does not fit its model; it then hands the answer out untyped."""

    def __init__(self) -> None:
        super().__init__(level=logging.WARNING)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(record.getMessage())


class Frames:
    """Frames of one stream as the SDK's models."""

    def __init__(self) -> None:
        self.seen: list[Any] = []

    def __call__(self, frame: Any) -> None:
        self.seen.append(frame)

    async def first(self, what: str, fits: Callable[[Any], Any] = bool, *, within_s: float = FRAME_S) -> Any:
        """The first frame that fits."""
        return await until(
            lambda: next((row for row in map(inner, self.seen) if fits(row)), None), within_s=within_s, what=what
        )


def inner(frame: Any) -> Any:
    return getattr(frame, "actual_instance", frame)


@dataclass
class Desk:
    """The client, what it complained about, and the calls that check both."""

    sdk: DerivativesTradingUsdsFutures
    complaints: Complaints = field(default_factory=Complaints)

    def typed(self, name: str, **parameters: Any) -> Any:
        """The answer of a REST call by its name in the SDK, which must have fitted the SDK's model."""
        self.complaints.texts.clear()
        answer = getattr(self.sdk.rest_api, name)(**parameters).data()
        same(self.complaints.texts, [], f"{name}: complaints of the SDK")
        self.require_named(answer, name)
        return answer

    def require_named(self, answer: Any, name: str) -> None:
        """AssertionError for a member that the model does not name: it would be lost on a typed client."""
        if isinstance(answer, list):
            for row in answer:
                self.require_named(row, name)
        elif hasattr(answer, "actual_instance"):
            self.require_named(answer.actual_instance, name)
        elif hasattr(answer, "model_fields_set"):
            unknown = set(getattr(answer, "additional_properties", None) or ()) - NEWER_MEMBERS
            same(unknown, set(), f"{name}: members unknown to the SDK")
            for member in answer.model_fields_set - {"additional_properties"}:
                self.require_named(getattr(answer, member), f"{name}.{member}")

    def rows(self, name: str, **parameters: Any) -> list[Any]:
        """The answer of a call whose model is a list, as the SDK's row models."""
        answer = self.typed(name, **parameters)
        return list(getattr(answer, "actual_instance", answer) or [])

    def last(self, symbol: str) -> Decimal:
        return Decimal(self.typed("symbol_price_ticker_v2", symbol=symbol).actual_instance.price)

    def away(self, symbol: str, ratio: str) -> Decimal:
        """A price on the tick, ``ratio`` times the last one."""
        return (self.last(symbol) * Decimal(ratio) // TICKS[symbol]) * TICKS[symbol]

    def held(self, symbol: str) -> Decimal:
        rows = self.rows("position_information_v3", symbol=symbol)
        return sum((Decimal(row.position_amt) for row in rows), Decimal())

    def order(self, symbol: str, side: str, **more: Any) -> Any:
        return self.typed("new_order", symbol=symbol, side=side, **more)

    def stop(self, **more: Any) -> Any:
        wanted = {"algo_type": "CONDITIONAL", "symbol": BTC, "side": "SELL", "type": "STOP_MARKET"}
        return self.typed("new_algo_order", **(wanted | more))

    async def listen(self) -> tuple[Frames, Any]:
        """The account's user-data stream, open."""
        self.complaints.texts.clear()
        listen_key = self.typed("start_user_data_stream").listen_key
        same(self.typed("keepalive_user_data_stream").listen_key, listen_key, "extended key")
        await self.sdk.websocket_streams.create_connection()
        frames, stream = Frames(), await self.sdk.websocket_streams.user_data(listen_key)
        stream.on("message", frames)
        return frames, stream

    def flatten(self, symbol: str) -> None:
        self.typed("cancel_all_open_orders", symbol=symbol)
        self.typed("cancel_all_algo_open_orders", symbol=symbol)
        quantity = self.held(symbol)
        if quantity:
            side = "SELL" if quantity > 0 else "BUY"
            self.order(symbol, side, type="MARKET", quantity=abs(quantity), reduce_only="true")

    def refused(self, name: str, code: int, *, kind: type[Exception] = BadRequestError, **parameters: Any) -> None:
        """The call must raise ``kind`` with the venue's ``code``."""
        try:
            answer = getattr(self.sdk.rest_api, name)(**parameters).data()
        except kind as error:
            same(error.status_code, code, f"{name}: {error}")
            return
        raise AssertionError(f"{name} not refused with {code}, but answered {answer!r}")
