"""Breakers and risk settings in the admin, to be read: they are changed where ranges and passwords are asked for."""

from django.contrib import admin

from desk.admin import ReadOnly
from risk.models import BreakerState, RiskVersion


@admin.register(BreakerState)
class BreakerStateAdmin(ReadOnly):
    list_display = ("account", "tier", "version", "updated_at")
    list_filter = ("tier",)


@admin.register(RiskVersion)
class RiskVersionAdmin(ReadOnly):
    list_display = ("account", "number", "author", "reason", "created_at")
    list_filter = ("account",)
