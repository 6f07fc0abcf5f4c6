"""Public market data through the desk: candles, prices, rules of contracts."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from dashboard.api.answers import ContractOut, KlineOut, TickerOut
from dashboard.api.base import DeskApi, missing, refused
from dashboard.api.parameters import limit_of
from dashboard.market import market
from exchange.errors import ExchangeError
from exchange.types import Contract

INTERVALS = ("1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "1d", "1w", "1M")
INTERVAL = "5m"
BARS, MOST_BARS = 300, 1500
BAR_PARAMETERS = [
    OpenApiParameter("interval", OpenApiTypes.STR, enum=INTERVALS, default=INTERVAL),
    OpenApiParameter("limit", OpenApiTypes.INT, description=f"bars, 1 to {MOST_BARS}", default=BARS),
]


class KlinesApi(DeskApi):
    """Bars of one contract, oldest first; the last may still be open."""

    @extend_schema(responses=KlineOut(many=True), parameters=BAR_PARAMETERS)
    def get(self, request: Request, symbol: str) -> Response:
        interval = request.query_params.get("interval", INTERVAL)
        if interval not in INTERVALS:
            raise refused({"interval": _("interval must be one of {choices}").format(choices=", ".join(INTERVALS))})
        limit = limit_of(request, highest=MOST_BARS, default=BARS)
        listed = contract_of(symbol)
        bars = market().klines(listed.symbol, interval, limit=limit)
        return Response(KlineOut(bars, many=True).data)


class TickerApi(DeskApi):
    """The last price of one contract, at most three seconds old, and its change in 24 h."""

    @extend_schema(responses=TickerOut)
    def get(self, request: Request, symbol: str) -> Response:
        ticker = market().tickers().get(symbol)
        if ticker is None:
            raise missing(_("contract {symbol}").format(symbol=symbol))
        return Response(TickerOut(ticker, context=_changes()).data)


class TickersApi(DeskApi):
    """The last price of every contract, at most three seconds old, and its change in 24 h."""

    @extend_schema(responses=TickerOut(many=True))
    def get(self, request: Request) -> Response:
        tickers = sorted(market().tickers().values(), key=lambda ticker: ticker.symbol)
        return Response(TickerOut(tickers, many=True, context=_changes()).data)


def _changes() -> dict[str, Any]:
    """Prices are worth telling where the day's change cannot be read."""
    try:
        return {"changes": market().changes_24h()}
    except ExchangeError:
        return {"changes": {}}


class ExchangeInfoApi(DeskApi):
    """Trading rules of one contract, at most an hour old."""

    @extend_schema(responses=ContractOut)
    def get(self, request: Request, symbol: str) -> Response:
        return Response(ContractOut(contract_of(symbol)).data)


def contract_of(symbol: str) -> Contract:
    """Raises NotFound for what the venue does not list."""
    contract = market().contract(symbol)
    if contract is None:
        raise missing(_("contract {symbol}").format(symbol=symbol))
    return contract
