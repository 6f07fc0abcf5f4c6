"""All addresses: the dashboard's, the chat's and the admin's."""

from django.contrib import admin
from django.urls import include, path

from dashboard import settings_admin

urlpatterns = [
    path("admin/settings/bot/<int:pk>/", admin.site.admin_view(settings_admin.bot_settings), name="admin_bot_settings"),
    path(
        "admin/settings/account/<int:pk>/",
        admin.site.admin_view(settings_admin.account_settings),
        name="admin_account_settings",
    ),
    path("admin/", admin.site.urls),
    path("telegram/", include("notifications.urls")),
    path("", include("dashboard.urls")),
]
