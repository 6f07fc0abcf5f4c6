"""Addresses under /api/v1/, without trailing slashes."""

from django.urls import path

from dashboard.api import adoptions, change_sets, configuration, market, orders, record, risk, views, what_if

app_name = "api"
urlpatterns = [
    path("status", views.StatusApi.as_view(), name="status"),
    path("positions", views.PositionsApi.as_view(), name="positions"),
    path("positions/history", views.PositionHistoryApi.as_view(), name="position_history"),
    path("positions/<int:pk>", views.PositionApi.as_view(), name="position"),
    path("positions/<int:pk>/take-profit", orders.TakeProfitApi.as_view(), name="take_profit"),
    path("positions/<int:pk>/stop", orders.StopApi.as_view(), name="stop"),
    path("positions/<int:pk>/cancel-entry", orders.CancelEntryApi.as_view(), name="cancel_entry"),
    path("orders", views.OrdersApi.as_view(), name="orders"),
    path("order", orders.OrderApi.as_view(), name="order"),
    path("what-if", what_if.WhatIfApi.as_view(), name="what_if"),
    path("close/<str:symbol>", orders.CloseApi.as_view(), name="close"),
    path("adopt/<str:symbol>", adoptions.AdoptApi.as_view(), name="adopt"),
    path("adoptions", adoptions.AdoptionsApi.as_view(), name="adoptions"),
    path("trades", views.TradesApi.as_view(), name="trades"),
    path("signals", views.SignalsApi.as_view(), name="signals"),
    path("cases/<uuid:case>", record.CaseApi.as_view(), name="case"),
    path("why/<str:symbol>", record.WhyApi.as_view(), name="why"),
    path("config", configuration.ConfigApi.as_view(), name="config"),
    path("config/versions", configuration.ConfigVersionsApi.as_view(), name="config_versions"),
    path("config/versions/<int:number>", change_sets.ChangeSetApi.as_view(), name="change_set"),
    path("config/rollback", change_sets.RollbackApi.as_view(), name="config_rollback"),
    path("auto-trade", configuration.AutoTradeApi.as_view(), name="auto_trade"),
    path("risk", risk.RiskApi.as_view(), name="risk"),
    path("circuit", risk.CircuitApi.as_view(), name="circuit"),
    path("circuit/reset", risk.CircuitResetApi.as_view(), name="circuit_reset"),
    path("emergency-stop", risk.EmergencyStopApi.as_view(), name="emergency_stop"),
    path("start", risk.StartApi.as_view(), name="start"),
    path("stop", risk.StopApi.as_view(), name="stop_trading"),
    path("klines/<str:symbol>", market.KlinesApi.as_view(), name="klines"),
    path("ticker/<str:symbol>", market.TickerApi.as_view(), name="ticker"),
    path("tickers", market.TickersApi.as_view(), name="tickers"),
    path("exchange-info/<str:symbol>", market.ExchangeInfoApi.as_view(), name="exchange_info"),
    path("accounts", record.AccountsApi.as_view(), name="accounts"),
    path("bots", record.BotsApi.as_view(), name="bots"),
    path("daily-pnl", record.DailyPnlApi.as_view(), name="daily_pnl"),
    path("snapshots", record.SnapshotsApi.as_view(), name="snapshots"),
    path("protection", record.ProtectionApi.as_view(), name="protection"),
    path("audit", record.AuditApi.as_view(), name="audit"),
    path("logs", views.LogsApi.as_view(), name="logs"),
    path("health", views.HealthApi.as_view(), name="health"),
]
