"""Decisions, memories and spending in the admin, to be read."""

from django.contrib import admin

from advisor.models import (
    ContextReading,
    ContextSource,
    Decision,
    Memory,
    Plan,
    ProviderState,
    Review,
    ShadowTrade,
    Spend,
    SpendWindow,
    Variant,
    Watch,
)
from desk.admin import CaseLinked, ReadOnly


@admin.register(Decision)
class DecisionAdmin(CaseLinked):
    list_display = ("symbol", "at", "action", "confidence", "outcome", "reason", "provider", "cost", "case_link")
    list_filter = ("outcome", "action", "provider", "bot")
    search_fields = ("symbol", "case", "inputs_hash")
    date_hierarchy = "at"


@admin.register(Variant)
class VariantAdmin(ReadOnly):
    list_display = ("name", "bot", "role", "provider", "prompt_version", "language", "author", "reason")
    list_filter = ("role", "bot")


@admin.register(Plan)
class PlanAdmin(ReadOnly):
    list_display = ("symbol", "status", "bias", "direction", "confidence", "looked_at", "expires_at", "provider")
    list_filter = ("status", "bias", "bot")
    search_fields = ("symbol", "thesis")


@admin.register(Watch)
class WatchAdmin(ReadOnly):
    list_display = ("symbol", "bot", "is_held", "is_listed", "due_at", "looked_at", "failures", "last_error")
    list_filter = ("is_held", "is_listed", "bot")


@admin.register(ShadowTrade)
class ShadowTradeAdmin(ReadOnly):
    list_display = ("symbol", "variant", "direction", "opened_at", "exit_reason", "closed_at", "result_ratio")
    list_filter = ("variant", "exit_reason")


@admin.register(ProviderState)
class ProviderStateAdmin(ReadOnly):
    list_display = ("name", "failures", "cools_until", "calls", "failed_calls", "last_error", "last_success_at")


@admin.register(ContextSource)
class ContextSourceAdmin(ReadOnly):
    list_display = ("name", "due_at", "failures", "reads", "failed_reads", "last_error", "last_success_at")


@admin.register(ContextReading)
class ContextReadingAdmin(ReadOnly):
    list_display = ("source", "symbol", "name", "value", "unit", "text", "as_of", "read_at")
    list_filter = ("source",)
    search_fields = ("symbol", "text")


@admin.register(SpendWindow)
class SpendWindowAdmin(ReadOnly):
    list_display = ("period", "start", "committed_micros")
    list_filter = ("period",)


@admin.register(Spend)
class SpendAdmin(ReadOnly):
    list_display = ("reserved_at", "provider", "model", "status", "reserved_micros", "spent_micros", "settled_at")
    list_filter = ("status", "provider")


@admin.register(Memory)
class MemoryAdmin(ReadOnly):
    list_display = ("symbol", "kind", "regime", "content", "relevance", "at")
    list_filter = ("kind", "regime", "bot")
    search_fields = ("symbol", "content")
    exclude = ("vector",)


@admin.register(Review)
class ReviewAdmin(ReadOnly):
    list_display = ("bot", "at", "trigger", "closes", "win_ratio", "provider", "error")
    list_filter = ("bot",)
