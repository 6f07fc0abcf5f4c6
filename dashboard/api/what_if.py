"""What an order by hand would do, asked before it is made."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dashboard.api.base import Conflict, DeskApi, refused
from dashboard.api.inputs import Amount, OrderIn
from dashboard.api.parameters import account_of
from dashboard.market import market
from dashboard.serializers import DecimalText
from desk.roles import Role
from desk.vocabulary import word
from risk.what_if import WhatIf
from trading.core.exits import ExitsOnWrongSide
from trading.services.manual_entry import EntryRefused, ManualEntry, plan_manual_entry
from trading.services.what_if import GAP_PCT, what_if_of

FIELDS = {"margin": "margin_usdt", "stop_loss_pct": "sl_pct", "take_profit_pct": "tp_pct"}


class WhatIfIn(OrderIn):
    gap_pct = Amount(default=str(GAP_PCT), min_value=0, max_value=90, help_text="price gap beyond the stop")


class WhatIfOut(serializers.Serializer[Any]):
    """USDT and base asset; percentages are of equity, null while no balance was read. Losses are before fees."""

    quantity = DecimalText()
    notional = DecimalText()
    margin = DecimalText()
    leverage = serializers.IntegerField()
    fee = DecimalText(help_text="of the entry")
    exit_fee = DecimalText(help_text="at the stop")
    liquidation_price = DecimalText(allow_null=True, help_text="by the recorded brackets; null where there are none")
    stop_price = DecimalText()
    loss_at_stop = DecimalText()
    loss_at_stop_pct = DecimalText(allow_null=True)
    gap_pct = DecimalText()
    loss_at_gap = DecimalText(help_text="at most the margin")
    loss_at_gap_pct = DecimalText(allow_null=True)
    bound_by = serializers.CharField(help_text="the limit that leaves the least room")
    bound_by_label = serializers.SerializerMethodField()
    room = DecimalText(allow_null=True, help_text="notional that this limit leaves")
    refusal = serializers.CharField(help_text="the limit that the order would exceed, empty for none")

    def get_bound_by_label(self, found: WhatIf) -> str:
        return word("size_bound", found.bound_by)


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
            plan = plan_manual_entry(entry, prices)
            found = what_if_of(
                entry, plan, account=account, market=prices, gap_pct=Decimal(order["gap_pct"])
            )  # fmt: skip
        except EntryRefused as error:
            raise _refusal(error) from error
        except ExitsOnWrongSide as error:
            raise refused({"tp_pct": str(error)}) from error
        return Response(WhatIfOut(found).data)


def _refusal(error: EntryRefused) -> Exception:
    if not error.field:
        return Conflict(_("the order cannot be taken: {why}").format(why=error))
    return refused({FIELDS.get(error.field, error.field): str(error)})


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
    )
