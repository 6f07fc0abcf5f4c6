"""What an order by hand, or an entry on a signal, would do; asked before it is made."""

import uuid
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dashboard.api.base import Conflict, DeskApi, missing, refused, required_market_time
from dashboard.api.inputs import Amount, OrderIn
from dashboard.api.parameters import account_of
from dashboard.market import market
from dashboard.what_if_answer import WhatIfOut
from desk.narration import refusal
from desk.phrases import retold
from desk.roles import Role
from signals.selectors import signal_of_case
from signals.strategies.execution import ExecutionStyle
from trading.core.exits import ExitsOnWrongSide
from trading.services.entry_plan import Refused
from trading.services.manual_entry import EntryRefused, ManualEntry, plan_manual_entry
from trading.services.signal_what_if import what_if_of_signal
from trading.services.what_if import GAP_PCT, what_if_of

FIELDS = {"margin": "margin_usdt", "stop_loss_pct": "sl_pct", "take_profit_pct": "tp_pct"}


class GapIn(serializers.Serializer[Any]):
    gap_pct = Amount(default=str(GAP_PCT), min_value=0, max_value=90, help_text="price gap beyond the stop")


class WhatIfIn(OrderIn, GapIn):
    pass


class WhatIfApi(DeskApi):
    """Every number of an order by hand; nothing is written."""

    writes = Role.VIEWER

    @extend_schema(request=WhatIfIn, responses=WhatIfOut)
    def post(self, request: Request) -> Response:
        given = WhatIfIn(data=request.data)
        given.is_valid(raise_exception=True)
        order = given.validated_data
        entry = _entry(request, order)
        account, prices = account_of(order.get("account")), market()
        try:
            plan = plan_manual_entry(entry, prices, account=account)
            found = what_if_of(
                entry, plan, account=account, market=prices, gap_pct=Decimal(order["gap_pct"])
            )  # fmt: skip
        except EntryRefused as error:
            raise _refusal(error) from error
        except ExitsOnWrongSide as error:
            raise refused({"tp_pct": str(error)}) from error
        return Response(WhatIfOut(found).data)


class SignalWhatIfApi(DeskApi):
    """What an entry on the signal of a case would be now, whatever has become of it; nothing is written."""

    @extend_schema(parameters=[GapIn], responses=WhatIfOut)
    def get(self, request: Request, case: uuid.UUID) -> Response:
        given = GapIn(data=request.query_params)
        given.is_valid(raise_exception=True)
        signal = signal_of_case(case)
        if signal is None:
            raise missing(_("signal of this case"))
        gap_pct = Decimal(given.validated_data["gap_pct"])
        try:
            found = what_if_of_signal(signal, market=market(), now=required_market_time().at, gap_pct=gap_pct)
        except Refused as error:
            raise Conflict(refusal(code=error.code, reason=error.reason)) from error
        return Response(WhatIfOut(found).data)


def _refusal(error: EntryRefused) -> Exception:
    why = retold(str(error)) or str(error)
    if not error.field:
        return Conflict(_("the order cannot be taken: {why}").format(why=why))
    return refused({FIELDS.get(error.field, error.field): why})


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
    )
