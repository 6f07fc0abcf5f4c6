"""Addresses under /api/v1/, without trailing slashes."""

from django.urls import path

from dashboard.api import views

app_name = "api"
urlpatterns = [
    path("status", views.StatusApi.as_view(), name="status"),
    path("positions", views.PositionsApi.as_view(), name="positions"),
    path("positions/history", views.PositionHistoryApi.as_view(), name="position_history"),
    path("positions/<int:pk>", views.PositionApi.as_view(), name="position"),
    path("orders", views.OrdersApi.as_view(), name="orders"),
    path("trades", views.TradesApi.as_view(), name="trades"),
    path("signals", views.SignalsApi.as_view(), name="signals"),
    path("auto-trade", views.AutoTradeApi.as_view(), name="auto_trade"),
    path("logs", views.LogsApi.as_view(), name="logs"),
    path("health", views.HealthApi.as_view(), name="health"),
]
