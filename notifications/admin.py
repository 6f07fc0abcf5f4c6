"""Deliveries in the admin: to read, and to send failed ones again."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from notifications.models import Delivery
from notifications.services import send_again


@admin.register(Delivery)
class DeliveryAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # takes no argument at run time
    list_display = ["event", "channel", "status", "attempts", "next_attempt_at", "sent_at", "last_error"]
    list_filter = ["status", "channel"]
    list_select_related = ["event"]
    actions = ["send_failed_again"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Delivery | None = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Delivery | None = None) -> list[str]:
        return [field.name for field in Delivery._meta.fields]

    @admin.action(description=_("Send failed ones again"), permissions=["change"])
    def send_failed_again(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        again = send_again(list(queryset.values_list("pk", flat=True)), now=timezone.now())
        self.message_user(request, _("%(count)d will be sent again.") % {"count": again})
