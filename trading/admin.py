"""Positions, orders and fills in the admin, to be read; only the desk writes them."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from desk.admin import CaseLinked, ReadOnly
from trading import selectors
from trading.models import Execution, Fill, Order, Position, PositionChange


class OrderRows(admin.TabularInline):  # type: ignore[type-arg]
    model = Order
    fields = ("client_order_id", "purpose", "status", "quantity", "trigger_price", "executed_quantity", "average_price")
    readonly_fields = fields
    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class FillRows(admin.TabularInline):  # type: ignore[type-arg]
    model = Fill
    fields = ("trade_id", "side", "price", "quantity", "realized_pnl", "commission", "commission_asset", "at")
    readonly_fields = fields
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Position)
class PositionAdmin(CaseLinked):
    list_display = (
        "symbol",
        "direction",
        "status",
        "protection",
        "quantity",
        "entry_price",
        "stop_price",
        "exit_reason",
        "realized_pnl",
        "filled_at",
        "case_link",
    )
    list_filter = ("status", "exit_reason", "direction", "bot", "account")
    search_fields = ("symbol", "case", "orders__client_order_id")
    date_hierarchy = "created_at"
    inlines = (OrderRows, FillRows)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("orders")

    @admin.display(description=_("protection"))
    def protection(self, position: Position) -> str:
        return selectors.protection_of(position).state.value


@admin.register(Order)
class OrderAdmin(ReadOnly):
    list_display = (
        "client_order_id",
        "symbol",
        "purpose",
        "side",
        "status",
        "quantity",
        "trigger_price",
        "average_price",
        "reason",
        "created_at",
    )
    list_filter = ("status", "purpose", "book", "account")
    search_fields = ("client_order_id", "venue_order_id", "symbol")
    date_hierarchy = "created_at"
    inlines = (FillRows,)


@admin.register(Fill)
class FillAdmin(ReadOnly):
    list_display = ("symbol", "side", "quantity", "price", "realized_pnl", "commission", "order", "at")
    list_filter = ("side", "account")
    list_select_related = ("order",)
    search_fields = ("symbol", "trade_id", "order__client_order_id")
    date_hierarchy = "at"


@admin.register(PositionChange)
class PositionChangeAdmin(ReadOnly):
    list_display = ("position", "kind", "status", "share_pct", "quantity", "author", "refusal_code", "created_at")
    list_filter = ("kind", "status", "author")
    search_fields = ("position__symbol", "key")
    date_hierarchy = "created_at"


@admin.register(Execution)
class ExecutionAdmin(ReadOnly):
    list_display = ("position", "purpose", "style", "quantity", "slices", "started_at", "ended_at", "ending")
    list_filter = ("style", "purpose", "ending")
    search_fields = ("position__symbol",)
    date_hierarchy = "started_at"
