"""Scans and signals in the admin, to be read."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from desk.admin import CaseLinked, ReadOnly
from signals.models import FilterVerdict, ScanRun, ShadowTrade, Signal

SHOWN_READINGS = 20


@admin.register(ScanRun)
class ScanRunAdmin(ReadOnly):
    list_display = ("hour", "strategy", "symbols", "failed", "seconds", "used_weight", "finished_at")
    list_filter = ("strategy",)
    date_hierarchy = "hour"
    exclude = ("readings_packed",)
    readonly_fields = ("highest",)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("readings_packed")

    @admin.display(description=_("highest ratios"))
    def highest(self, run: ScanRun) -> str:
        known = [(float(numbers["ratio"]), symbol) for symbol, numbers in run.readings.items() if "ratio" in numbers]
        return ", ".join(f"{symbol} {ratio:.2f}" for ratio, symbol in sorted(known, reverse=True)[:SHOWN_READINGS])


class VerdictRows(admin.TabularInline):  # type: ignore[type-arg]
    model = FilterVerdict
    fields = ("position", "name", "outcome", "reason", "metrics")
    readonly_fields = fields
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Signal)
class SignalAdmin(CaseLinked):
    list_display = ("symbol", "candle_open", "surge_ratio", "price", "status", "reason", "bot", "case_link")
    list_filter = ("status", "reason_code", "bot")
    list_select_related = ("bot",)
    search_fields = ("symbol", "case")
    date_hierarchy = "found_at"
    inlines = (VerdictRows,)


@admin.register(ShadowTrade)
class ShadowTradeAdmin(ReadOnly):
    list_display = (
        "signal",
        "refused_by",
        "status",
        "entry_price",
        "exit_price",
        "exit_reason",
        "result",
        "planned_at",
    )
    list_filter = ("status", "refused_by", "exit_reason")
    list_select_related = ("signal",)
    search_fields = ("signal__symbol",)
    date_hierarchy = "planned_at"
