"""What the AI bot saw of the market at its last look: the story of one contract, the key levels of all."""

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from dashboard.ai.market_reading import MarketReadingOut, readings
from dashboard.ai.pairs import watched_symbols
from dashboard.api.base import DeskApi, missing


class NarrativeApi(DeskApi):
    """What the price of a contract was doing at the last look, its regime and its key levels."""

    @extend_schema(responses=MarketReadingOut)
    def get(self, request: Request, symbol: str) -> Response:
        found = readings([symbol.upper()])
        if not found:
            raise missing(_("decision on {symbol}").format(symbol=symbol.upper()))
        return Response(MarketReadingOut(found[0]).data)


class KeyLevelsApi(DeskApi):
    """The same of every contract that the bot looks at; ``symbol`` leaves one."""

    @extend_schema(
        operation_id="key_levels_list",
        responses=MarketReadingOut(many=True),
        parameters=[OpenApiParameter("symbol", description="of this contract only")],
    )
    def get(self, request: Request) -> Response:
        symbol = request.query_params.get("symbol", "").strip().upper()
        return Response(MarketReadingOut(readings([symbol] if symbol else watched_symbols()), many=True).data)
