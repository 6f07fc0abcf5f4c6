"""Reading the desk over HTTP. Every answer needs a session or a token."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from dashboard import snapshots
from dashboard.api.parameters import CASE_PARAMETER, HIGHEST_SIGNALS, case_of, limit_of, limit_parameter
from dashboard.market_time import market_time
from dashboard.pulse import pulses
from dashboard.serializers import (
    AutoTradeOut,
    EventOut,
    HealthOut,
    OrderOut,
    PositionDetailOut,
    PositionOut,
    SignalOut,
    StatusOut,
    TradeOut,
)
from dashboard.status import overview
from desk.models import Bot, accounts_of_this_environment
from trading import selectors


class StatusApi(APIView):
    """The one-look answer: balances, protection, switch, next scan."""

    @extend_schema(responses=StatusOut)
    def get(self, request: Request) -> Response:
        return Response(StatusOut(overview(market_time())).data)


class PositionsApi(APIView):
    """Open positions and entries at work, with what protects them."""

    @extend_schema(responses=PositionOut(many=True))
    def get(self, request: Request) -> Response:
        return Response(PositionOut(selectors.open_positions(), many=True).data)


class PositionApi(APIView):
    """One position, open or closed, with its orders and fills."""

    @extend_schema(responses=PositionDetailOut)
    def get(self, request: Request, pk: int) -> Response:
        position = get_object_or_404(selectors.positions(), pk=pk)
        return Response(PositionDetailOut(position).data)


class PositionHistoryApi(APIView):
    """Closed positions, newest first, with their orders and fills."""

    @extend_schema(responses=PositionDetailOut(many=True), parameters=[limit_parameter()])
    def get(self, request: Request) -> Response:
        closed = selectors.closed_positions()[: limit_of(request)]
        return Response(PositionDetailOut(closed, many=True).data)


class OrdersApi(APIView):
    """Orders of both books, newest first."""

    @extend_schema(responses=OrderOut(many=True), parameters=[limit_parameter()])
    def get(self, request: Request) -> Response:
        return Response(OrderOut(selectors.orders()[: limit_of(request)], many=True).data)


class TradesApi(APIView):
    """Round trips, newest first."""

    @extend_schema(responses=TradeOut(many=True), parameters=[limit_parameter()])
    def get(self, request: Request) -> Response:
        return Response(TradeOut(selectors.closed_positions()[: limit_of(request)], many=True).data)


class SignalsApi(APIView):
    """Signals, newest first and strongest first within a scan, with every filter's verdict."""

    @extend_schema(responses=SignalOut(many=True), parameters=[limit_parameter(HIGHEST_SIGNALS)])
    def get(self, request: Request) -> Response:
        limit = limit_of(request, highest=HIGHEST_SIGNALS)
        return Response(SignalOut(snapshots.signals()[:limit], many=True).data)


class AutoTradeApi(APIView):
    """Which bots may enter by themselves."""

    @extend_schema(responses=AutoTradeOut)
    def get(self, request: Request) -> Response:
        bots = list(Bot.objects.filter(account__in=accounts_of_this_environment()).order_by("pk"))
        switch: dict[str, Any] = {"enabled": any(bot.auto_trade for bot in bots), "bots": bots}
        return Response(AutoTradeOut(switch).data)


class LogsApi(APIView):
    """What happened, newest first, one sentence each."""

    @extend_schema(responses=EventOut(many=True), parameters=[limit_parameter(), CASE_PARAMETER])
    def get(self, request: Request) -> Response:
        events = snapshots.events()
        case = case_of(request)
        if case is not None:
            events = events.filter(case=case)
        return Response(EventOut(events[: limit_of(request)], many=True).data)


class HealthApi(APIView):
    """The loops of the other processes and the protection light, in words."""

    @extend_schema(responses=HealthOut)
    def get(self, request: Request) -> Response:
        protection = selectors.worst_protection(list(selectors.open_positions()))
        return Response(HealthOut({"loops": pulses(), "protection": protection}).data)
