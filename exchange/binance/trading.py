"""Account and orders at a venue that speaks the USDS-M protocol."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from exchange.binance import parsing
from exchange.binance.client import BinanceClient
from exchange.binance.income import all_income
from exchange.binance.market import readable
from exchange.binance.parsing import MalformedPayload
from exchange.binance.requests import algo_order_params, order_params
from exchange.errors import ExchangeUnavailable, OrderCode, OrderRefused, OutcomeUnknown
from exchange.types import (
    AccountModes,
    AccountSnapshot,
    AlgoOrderRequest,
    AlgoOrderState,
    IncomeRow,
    MarginType,
    OrderRequest,
    OrderState,
    SymbolConfig,
    VenuePosition,
    VenueTrade,
    to_ms,
)

T = TypeVar("T")

ORDER = "/fapi/v1/order"
ALGO_ORDER = "/fapi/v1/algoOrder"
# -20124: the algo service knows no such id, or it is done with it.
NOT_FOUND = frozenset({OrderCode.NO_SUCH_ORDER, -20124})
MAX_TRADES = 1000


class BinanceTrading:
    """TradingPort over HTTP."""

    def __init__(self, client: BinanceClient) -> None:
        self._client = client

    @property
    def used_weight_1m(self) -> int | None:
        """Request weight of this IP in the running minute, as the venue last said."""
        return self._client.used_weight_1m

    def place_order(self, request: OrderRequest) -> OrderState:
        """Raises NotSent, OrderRefused, OutcomeUnknown, RateLimited, BadCredentials; ValueError before sending."""
        return _accepted(parsing.order_state, self._client.send("POST", ORDER, order_params(request)))

    def place_algo_order(self, request: AlgoOrderRequest) -> AlgoOrderState:
        """Raises as place_order."""
        return _accepted(parsing.algo_order_state, self._client.send("POST", ALGO_ORDER, algo_order_params(request)))

    def cancel_order(self, symbol: str, client_order_id: str) -> OrderState:
        """Raises as place_order; OrderRefused(-2011) when no such order is open."""
        params = {"symbol": symbol, "origClientOrderId": client_order_id}
        return _accepted(parsing.order_state, self._client.send("DELETE", ORDER, params))

    def cancel_algo_order(self, symbol: str, client_order_id: str) -> None:
        """Raises as cancel_order. The algo service takes no symbol."""
        self._client.send("DELETE", ALGO_ORDER, {"clientAlgoId": client_order_id})

    def order(self, symbol: str, client_order_id: str) -> OrderState | None:
        """The order, or None when the venue knows none by that id (perhaps not yet)."""
        return self._found(parsing.order_state, ORDER, {"symbol": symbol, "origClientOrderId": client_order_id})

    def order_by_id(self, symbol: str, order_id: int) -> OrderState | None:
        """As order(), by the venue's id."""
        return self._found(parsing.order_state, ORDER, {"symbol": symbol, "orderId": str(order_id)})

    def algo_order(self, symbol: str, client_order_id: str) -> AlgoOrderState | None:
        """The conditional order, or None when the venue knows none by that id (perhaps not yet)."""
        return self._found(parsing.algo_order_state, ALGO_ORDER, {"clientAlgoId": client_order_id})

    def open_orders(self, symbol: str | None = None) -> Sequence[OrderState]:
        return self._listed(parsing.order_state, "/fapi/v1/openOrders", symbol)

    def open_algo_orders(self, symbol: str | None = None) -> Sequence[AlgoOrderState]:
        return self._listed(parsing.algo_order_state, "/fapi/v1/openAlgoOrders", symbol)

    def positions(self, symbol: str | None = None) -> Sequence[VenuePosition]:
        """Positions that are not zero."""
        rows = self._listed(parsing.position, "/fapi/v3/positionRisk", symbol)
        return [position for position in rows if position.quantity != 0]

    def account(self) -> AccountSnapshot:
        return readable(parsing.account, self._client.get("/fapi/v3/account", signed=True))

    def modes(self) -> AccountModes:
        return readable(parsing.account_modes, self._client.get("/fapi/v1/accountConfig", signed=True))

    def symbol_config(self, symbol: str) -> SymbolConfig:
        configs = self._listed(parsing.symbol_config, "/fapi/v1/symbolConfig", symbol)
        for config in configs:
            if config.symbol == symbol:
                return config
        raise ExchangeUnavailable(f"symbolConfig names no {symbol}")

    def set_leverage(self, symbol: str, leverage: int) -> int:
        """Set and return the leverage in force."""
        params = {"symbol": symbol, "leverage": str(leverage)}
        return _accepted(lambda answer: int(answer["leverage"]), self._client.send("POST", "/fapi/v1/leverage", params))

    def set_margin_type(self, symbol: str, margin_type: MarginType) -> None:
        """Set the margin type; that it is already so is success."""
        try:
            self._client.send("POST", "/fapi/v1/marginType", {"symbol": symbol, "marginType": margin_type.value})
        except OrderRefused as refused:
            if refused.code != OrderCode.NO_MARGIN_CHANGE:
                raise

    def trades(
        self, symbol: str, *, start: datetime | None = None, order_id: int | None = None, from_id: int | None = None
    ) -> Sequence[VenueTrade]:
        """Our fills on a symbol, oldest first; at most 1000, of at most 7 days from ``start`` (default: the last 7).

        ``start`` and ``from_id`` exclude each other (ValueError).
        """
        if start is not None and from_id is not None:
            raise ValueError("userTrades takes start or from_id, not both")
        params = {"symbol": symbol, "limit": str(MAX_TRADES)}
        bounds = {"startTime": to_ms(start) if start else None, "orderId": order_id, "fromId": from_id}
        params |= {name: str(bound) for name, bound in bounds.items() if bound is not None}
        rows = self._client.get("/fapi/v1/userTrades", params, signed=True)
        return sorted(_each(parsing.trade, rows), key=lambda trade: trade.trade_id)

    def income(self, *, start: datetime, end: datetime | None = None, symbol: str | None = None) -> Sequence[IncomeRow]:
        """Every income row of the period, oldest first, over all pages."""

        def page(params: Mapping[str, str]) -> list[IncomeRow]:
            return _each(parsing.income_row, self._client.get("/fapi/v1/income", params, signed=True))

        return all_income(page, start=start, end=end, symbol=symbol)

    def _found(self, parse: Callable[[Any], T], path: str, params: Mapping[str, str]) -> T | None:
        try:
            return readable(parse, self._client.get(path, params, signed=True))
        except OrderRefused as refused:
            if refused.code in NOT_FOUND:
                return None
            raise

    def _listed(self, parse: Callable[[Any], T], path: str, symbol: str | None) -> list[T]:
        return _each(parse, self._client.get(path, {"symbol": symbol} if symbol else {}, signed=True))


def _each(parse: Callable[[Any], T], rows: Any) -> list[T]:
    """Every row, or ExchangeUnavailable: half a list of orders would be a wrong answer."""
    return readable(lambda answer: [parse(row) for row in answer], rows)


def _accepted(parse: Callable[[Any], T], payload: Any) -> T:
    """Parsed answer of a write. Raises OutcomeUnknown for one that cannot be read: something was done."""
    try:
        return parse(payload)
    except (MalformedPayload, LookupError, TypeError, ValueError) as error:
        raise OutcomeUnknown(f"accepted, but the answer is unreadable: {error!r}") from error
