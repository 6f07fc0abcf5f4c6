"""All addresses: the dashboard's, the chat's and the admin's."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("telegram/", include("notifications.urls")),
    path("", include("dashboard.urls")),
]
