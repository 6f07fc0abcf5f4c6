"""Changes of open positions: asked for here, carried out by the processes that hold the keys."""

import hashlib
import uuid
from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dashboard.api.base import DeskApi, required_market_time
from dashboard.api.inputs import STYLES, Amount, PasswordIn
from dashboard.api.orders import IDEMPOTENCY, request_key
from dashboard.api.password import HEADER_PARAMETER, require_trading_password
from dashboard.change_answers import ChangeWhatIfOut, PositionChangeOut
from dashboard.market import market
from desk.roles import Role
from signals.strategies.execution import ExecutionStyle
from trading import selectors
from trading.core.states import ChangeKind, ChangeStatus
from trading.services.change_what_if import what_if_of_change
from trading.services.position_changes import WantedChange, request_change


class PositionChangeIn(PasswordIn):
    """ADD and REDUCE need ``share_pct``; ADJUST a stop, a take-profit or both."""

    kind = serializers.ChoiceField(ChangeKind.values)
    share_pct = Amount(required=False, allow_null=True, help_text="of the quantity that is open, above 0, at most 100")
    stop_price = Amount(required=False, allow_null=True)
    take_profit_price = Amount(required=False, allow_null=True)
    style = serializers.ChoiceField(  # type: ignore[assignment]  # also an attribute of serializers
        STYLES, required=False, allow_null=True, help_text="null: as the bot is set"
    )
    reason = serializers.CharField(required=False, allow_blank=True, max_length=300)


class ChangesApi(DeskApi):
    """What was asked to be changed of a position, newest first; ask for a change."""

    writes = Role.TRADER

    @extend_schema(responses={200: PositionChangeOut(many=True)})
    def get(self, request: Request, pk: int) -> Response:
        position = get_object_or_404(selectors.positions(), pk=pk)
        return Response(PositionChangeOut(position.changes.prefetch_related("execution__orders"), many=True).data)

    @extend_schema(
        request=PositionChangeIn,
        responses={202: PositionChangeOut, 409: PositionChangeOut},
        parameters=[IDEMPOTENCY, HEADER_PARAMETER],
    )
    def post(self, request: Request, pk: int) -> Response:
        require_trading_password(request)
        given = PositionChangeIn(data=request.data)
        given.is_valid(raise_exception=True)
        position = get_object_or_404(selectors.positions(), pk=pk)
        wanted = _wanted(request, given.validated_data, pk=pk)
        change = request_change(position, wanted, now=required_market_time().at)
        code = 409 if change.status == ChangeStatus.REFUSED else 202
        return Response(PositionChangeOut(change).data, status=code)


class ChangeWhatIfApi(DeskApi):
    """What a change of a position would do, and what stands in its way; nothing is written."""

    writes = Role.VIEWER

    @extend_schema(request=PositionChangeIn, responses=ChangeWhatIfOut)
    def post(self, request: Request, pk: int) -> Response:
        given = PositionChangeIn(data=request.data)
        given.is_valid(raise_exception=True)
        position = get_object_or_404(selectors.positions(), pk=pk)
        wanted = _wanted(request, given.validated_data, pk=pk)
        found = what_if_of_change(position, wanted, market=market(), now=required_market_time().at)
        return Response(ChangeWhatIfOut(found).data)


def _wanted(request: Request, asked: dict[str, Any], *, pk: int) -> WantedChange:
    key, style = request_key(request) or uuid.uuid4().hex, asked.get("style")
    return WantedChange(
        kind=ChangeKind(asked["kind"]),
        key=hashlib.sha256(f"{pk}:{key}".encode()).hexdigest(),
        author=request.user.get_username(),
        reason=asked.get("reason", ""),
        share_pct=asked.get("share_pct"),
        stop_price=asked.get("stop_price"),
        take_profit_price=asked.get("take_profit_price"),
        style=ExecutionStyle(style) if style else None,
    )
