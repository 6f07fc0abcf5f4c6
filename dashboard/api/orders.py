"""Trading by hand: intents are committed here and carried out by the processes that hold the keys."""

import hashlib
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from dashboard.api.answers import ClosingOut, OrderPlacedOut, TriggerOut
from dashboard.api.base import Conflict, DeskApi, missing, refused, required_market_time
from dashboard.api.inputs import OrderIn, PasswordIn, PriceIn
from dashboard.api.limits import LimitReached, LimitReachedOut
from dashboard.api.market import contract_of
from dashboard.api.parameters import account_of
from dashboard.api.password import HEADER_PARAMETER, require_trading_password
from dashboard.change_answers import SendingOut
from dashboard.market import market
from dashboard.serializers import PositionOut
from desk.models import Account
from desk.phrases import retold
from desk.roles import Role
from exchange.types import SymbolRules
from signals.strategies.execution import ExecutionStyle
from trading import selectors
from trading.core.exits import ExitsOnWrongSide
from trading.core.states import ExitReason, PositionStatus, Purpose
from trading.models import Position
from trading.services.calling_off import NothingToCallOff, call_off_rest
from trading.services.exit_requests import request_close
from trading.services.manual_changes import ExitRefused, request_entry_cancel, request_stop, request_take_profit
from trading.services.manual_entry import EntryRefused, ManualEntry, ManualPlan, plan_manual_entry, request_entry

IDEMPOTENCY = OpenApiParameter(
    "Idempotency-Key",
    location=OpenApiParameter.HEADER,
    description="a repeated request with the same key is the same order, 1 to 200 characters",
)
FIELDS = {
    "margin": "margin_usdt",
    "stop_loss_pct": "sl_pct",
    "take_profit_pct": "tp_pct",
}  # words of the service that the API spells otherwise
LONGEST_KEY = 200


class OrderApi(DeskApi):
    """Open a position by hand, at market or by limit; protected and told like any other."""

    writes = Role.TRADER

    @extend_schema(
        request=OrderIn,
        responses={200: OrderPlacedOut, 201: OrderPlacedOut, 409: LimitReachedOut},
        parameters=[IDEMPOTENCY, HEADER_PARAMETER],
    )
    def post(self, request: Request) -> Response:
        given = OrderIn(data=request.data)
        given.is_valid(raise_exception=True)
        order = given.validated_data
        account = account_of(order.get("account"))
        entry = _entry(request, order)
        if order["dry_run"]:
            plan = _asked(lambda: plan_manual_entry(entry, market(), account=account))
            return Response(_placed(plan=plan, position=None))
        require_trading_password(request)
        return _open(entry, account=account)


def _entry(request: Request, order: dict[str, Any]) -> ManualEntry:
    return ManualEntry(
        symbol=order["symbol"],
        position_side=order["position_side"],
        leverage=order["leverage"],
        stop_loss_pct=Decimal(order["sl_pct"]),
        take_profit_pct=Decimal(order["tp_pct"]),
        author=request.user.get_username(),
        price=order.get("price"),
        margin=order.get("margin_usdt"),
        quantity=order.get("quantity"),
        style=ExecutionStyle(order["style"]) if order.get("style") else None,
        request_key=request_key(request),
    )


def request_key(request: Request) -> str | None:
    """One person's keys never meet another's."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not 1 <= len(key) <= LONGEST_KEY:
        raise refused({"Idempotency-Key": _("must have 1 to {longest} characters").format(longest=LONGEST_KEY)})
    return hashlib.sha256(f"{request.user.pk}:{key}".encode()).hexdigest()


def _asked(ask: Callable[[], Any]) -> Any:
    """What the service answers; its refusals as errors of the request."""
    try:
        return ask()
    except EntryRefused as error:
        if error.refusal is not None:
            raise LimitReached(error.refusal) from error
        if not error.field:
            raise Conflict(str(error)) from error
        raise refused({FIELDS.get(error.field, error.field): retold(str(error)) or str(error)}) from error
    except ExitsOnWrongSide as error:
        raise refused({"tp_pct": str(error)}) from error


def _open(entry: ManualEntry, *, account: Account) -> Response:
    known = Position.objects.filter(request_key=entry.request_key).first() if entry.request_key else None
    if known is not None:
        return _again(known, entry)
    plan = _asked(lambda: plan_manual_entry(entry, market(), account=account))
    now = required_market_time()
    position = _asked(
        lambda: request_entry(entry, account=account, market=market(), now=now.at, speed=now.speed)
    )  # fmt: skip
    return Response(_placed(plan=plan, position=position), status=201)


def _again(known: Position, entry: ManualEntry) -> Response:
    if (known.symbol, known.direction) != (entry.symbol, entry.position_side.value):
        raise Conflict(_("this Idempotency-Key belongs to another order"))
    return Response(_placed(plan=None, position=known))


def _placed(*, plan: ManualPlan | None, position: Position | None) -> Any:
    answer = {"dry_run": position is None, "plan": plan, "position": position}
    return OrderPlacedOut(answer).data


class CloseApi(DeskApi):
    """Close what is open on a symbol at market; a working entry is cancelled."""

    writes = Role.TRADER

    @extend_schema(request=PasswordIn, responses={202: ClosingOut}, parameters=[HEADER_PARAMETER])
    def post(self, request: Request, symbol: str) -> Response:
        require_trading_password(request)
        held = list(selectors.open_positions().filter(symbol=symbol.upper()))
        if not held:
            raise missing(_("open position on {symbol}").format(symbol=symbol.upper()))
        now, author = required_market_time().at, request.user.get_username()
        marked = [request_close(row, reason=ExitReason.MANUAL, author=author, now=now) for row in held]
        if not any(marked):
            raise Conflict(_("{symbol} is closing already").format(symbol=symbol.upper()))
        return Response(ClosingOut({"positions": held}).data, status=202)


class TakeProfitApi(DeskApi):
    """Move the take-profit of an open position to a price."""

    writes = Role.TRADER

    @extend_schema(request=PriceIn, responses={202: TriggerOut}, parameters=[HEADER_PARAMETER])
    def post(self, request: Request, pk: int) -> Response:
        return _moved(request, pk, request_take_profit)


class StopApi(DeskApi):
    """Move the stop of an open position to a price, without a moment that has none."""

    writes = Role.TRADER

    @extend_schema(request=PriceIn, responses={202: TriggerOut}, parameters=[HEADER_PARAMETER])
    def post(self, request: Request, pk: int) -> Response:
        return _moved(request, pk, request_stop)


class CancelEntryApi(DeskApi):
    """Cancel a working entry; what has filled stays a position."""

    writes = Role.TRADER

    @extend_schema(request=PasswordIn, responses={202: PositionOut}, parameters=[HEADER_PARAMETER])
    def post(self, request: Request, pk: int) -> Response:
        require_trading_password(request)
        position = get_object_or_404(selectors.positions(), pk=pk)
        if position.status != PositionStatus.PENDING and not _has_working_entry(position):
            raise Conflict(_("{symbol} has no working entry").format(symbol=position.symbol))
        request_entry_cancel(position, author=request.user.get_username(), now=required_market_time().at)
        position.refresh_from_db()
        return Response(PositionOut(position).data, status=202)


class CancelRestApi(DeskApi):
    """Send no more of an entry or add that goes out in several orders; what has filled stays a position."""

    writes = Role.TRADER

    @extend_schema(request=PasswordIn, responses={202: SendingOut}, parameters=[HEADER_PARAMETER])
    def post(self, request: Request, pk: int) -> Response:
        require_trading_password(request)
        position = get_object_or_404(selectors.positions(), pk=pk)
        try:
            plan = call_off_rest(position, author=request.user.get_username(), now=required_market_time().at)
        except NothingToCallOff as error:
            raise Conflict(_("of {symbol} nothing is left to be sent").format(symbol=position.symbol)) from error
        return Response(SendingOut(plan).data, status=202)


def _has_working_entry(position: Position) -> bool:
    return any(order.purpose == Purpose.ENTRY and not order.is_final for order in position.orders.all())


def _moved(request: Request, pk: int, change: Callable[..., Decimal]) -> Response:
    require_trading_password(request)
    given = PriceIn(data=request.data)
    given.is_valid(raise_exception=True)
    position = get_object_or_404(selectors.positions(), pk=pk)
    try:
        trigger = change(
            position,
            price=given.validated_data["price"],
            rules=_rules(position.symbol),
            author=request.user.get_username(),
            now=required_market_time().at,
        )
    except ExitRefused as error:
        raise Conflict(str(error)) from error
    return Response(TriggerOut({"trigger_price": trigger, "position": position}).data, status=202)


def _rules(symbol: str) -> SymbolRules:
    return contract_of(symbol).rules
