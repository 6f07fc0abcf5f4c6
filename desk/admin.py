"""The ground of the desk in the admin: mostly to be read. Keys and secrets are never shown."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from desk.models import Account, Bot, ConfigVersion, Event, Heartbeat, Installation
from desk.narration import sentence
from desk.roles import Role, has_role

admin.site.site_header = _("Duo-Live administration")
admin.site.site_title = "Duo-Live"
admin.site.index_title = _("What the desk has on record")


class ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]
    """Rows that only the desk itself writes."""

    list_per_page = 50
    show_full_result_count = False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return has_role(request.user, Role.VIEWER)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return has_role(request.user, Role.VIEWER)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class CaseLinked(ReadOnly):
    """Rows of a case file or of a position in one, each with links to the events of its case and to its story."""

    @admin.display(description=_("case"), ordering="case")
    def case_link(self, row: Any) -> str | SafeString:
        case = row.case if hasattr(row, "case") else row.position.case
        if case is None:
            return "–"
        events, story = reverse("admin:desk_event_changelist"), reverse("case", args=[case])
        return format_html(
            '<a href="{}?case={}">{}</a> · <a href="{}">{}</a>', events, case, str(case)[:8], story, _("story")
        )


@admin.register(Event)
class EventAdmin(CaseLinked):
    list_display = ("id", "at", "kind", "symbol", "told", "case_link")
    list_filter = ("kind", "bot", "account")
    list_select_related = ("bot",)
    search_fields = ("symbol", "case")
    date_hierarchy = "at"
    ordering = ("-id",)

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """``case`` is where the case links lead."""
        return lookup == "case" or super().lookup_allowed(lookup, value, request)  # type: ignore[arg-type]

    @admin.display(description=_("sentence"))
    def told(self, event: Event) -> str:
        return sentence(event)


@admin.register(Account)
class AccountAdmin(ReadOnly):
    list_display = (
        "name",
        "environment",
        "wallet_balance",
        "available_balance",
        "unrealized_pnl",
        "balances_at",
        "settings_link",
    )
    list_filter = ("environment",)
    exclude = ("api_key", "api_secret")

    @admin.display(description=_("risk settings"))
    def settings_link(self, account: Account) -> SafeString:
        return format_html('<a href="{}">{}</a>', reverse("admin_account_settings", args=[account.pk]), _("change"))


class ConfigVersionRows(admin.TabularInline):  # type: ignore[type-arg]
    model = ConfigVersion
    fields = ("number", "values", "author", "reason", "created_at")
    readonly_fields = fields
    extra = 0
    can_delete = False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return has_role(request.user, Role.VIEWER)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Bot)
class BotAdmin(ReadOnly):
    list_display = ("name", "account", "strategy", "auto_trade", "settings_link")
    list_filter = ("auto_trade", "strategy", "account")
    list_select_related = ("account",)
    inlines = (ConfigVersionRows,)

    @admin.display(description=_("settings"))
    def settings_link(self, bot: Bot) -> SafeString:
        return format_html('<a href="{}">{}</a>', reverse("admin_bot_settings", args=[bot.pk]), _("change"))


@admin.register(Heartbeat)
class HeartbeatAdmin(ReadOnly):
    list_display = ("loop", "beat_at")


@admin.register(Installation)
class InstallationAdmin(ReadOnly):
    list_display = ("nonce", "created_at")
