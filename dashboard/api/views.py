"""Reading the desk over HTTP. Every answer needs a session or a token."""

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from dashboard import snapshots
from dashboard.api.base import DeskApi
from dashboard.api.parameters import (
    CASE_PARAMETER,
    DAYS_PARAMETER,
    HIGHEST_SIGNALS,
    ONLY_BOT_PARAMETER,
    bot_of,
    case_of,
    limit_of,
    limit_parameter,
    since,
)
from dashboard.market_time import market_time
from dashboard.pulse import pulses
from dashboard.retelling import signal_in_reader_language
from dashboard.serializers import (
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
from signals.selectors import found_by_scans
from trading import selectors


class StatusApi(DeskApi):
    """The one-look answer: balances, protection, switch, next scan."""

    @extend_schema(responses=StatusOut)
    def get(self, request: Request) -> Response:
        return Response(StatusOut(overview(market_time())).data)


class PositionsApi(DeskApi):
    """Open positions and entries at work, with what protects them."""

    @extend_schema(responses=PositionOut(many=True))
    def get(self, request: Request) -> Response:
        return Response(PositionOut(selectors.with_changes(selectors.open_positions()), many=True).data)


class PositionApi(DeskApi):
    """One position, open or closed, with its orders and fills."""

    @extend_schema(responses=PositionDetailOut)
    def get(self, request: Request, pk: int) -> Response:
        position = get_object_or_404(selectors.positions(), pk=pk)
        return Response(PositionDetailOut(position).data)


class PositionHistoryApi(DeskApi):
    """Closed positions, newest first, with their orders and fills."""

    @extend_schema(responses=PositionDetailOut(many=True), parameters=[limit_parameter()])
    def get(self, request: Request) -> Response:
        closed = selectors.with_changes(selectors.closed_positions())[: limit_of(request)]
        return Response(PositionDetailOut(closed, many=True).data)


class OrdersApi(DeskApi):
    """Orders of both books, newest first."""

    @extend_schema(responses=OrderOut(many=True), parameters=[limit_parameter()])
    def get(self, request: Request) -> Response:
        return Response(OrderOut(selectors.orders()[: limit_of(request)], many=True).data)


class TradesApi(DeskApi):
    """Round trips, newest first."""

    @extend_schema(responses=TradeOut(many=True), parameters=[limit_parameter(), DAYS_PARAMETER, ONLY_BOT_PARAMETER])
    def get(self, request: Request) -> Response:
        trades, beginning = selectors.closed_positions(), since(request)
        if "bot" in request.query_params:
            trades = trades.filter(bot=bot_of(request))
        if beginning is not None:
            trades = trades.filter(closed_at__gte=beginning)
        return Response(TradeOut(trades[: limit_of(request)], many=True).data)


class SignalsApi(DeskApi):
    """Signals of scans, newest first and strongest first within one, with every filter's verdict."""

    @extend_schema(responses=SignalOut(many=True), parameters=[limit_parameter(HIGHEST_SIGNALS)])
    def get(self, request: Request) -> Response:
        limit = limit_of(request, highest=HIGHEST_SIGNALS)
        rows = SignalOut(found_by_scans()[:limit], many=True).data
        return Response([signal_in_reader_language(row) for row in rows])


class LogsApi(DeskApi):
    """What happened, newest first, one sentence each."""

    @extend_schema(responses=EventOut(many=True), parameters=[limit_parameter(), CASE_PARAMETER])
    def get(self, request: Request) -> Response:
        events = snapshots.events()
        case = case_of(request)
        if case is not None:
            events = events.filter(case=case)
        return Response(EventOut(events[: limit_of(request)], many=True).data)


class HealthApi(DeskApi):
    """The loops of the other processes and the protection light, in words."""

    @extend_schema(responses=HealthOut)
    def get(self, request: Request) -> Response:
        protection = selectors.worst_protection(list(selectors.open_positions()))
        return Response(HealthOut({"loops": pulses(), "protection": protection, "blocked": selectors.blocks()}).data)
