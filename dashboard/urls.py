"""Addresses of the web entrance."""

from django.contrib.auth import views as auth_views
from django.urls import include, path

from dashboard import health, pages, scraping
from dashboard.ai import pages as ai_pages
from dashboard.api.schema import SchemaApi

urlpatterns = [
    path("", pages.overview, name="overview"),
    path("positions", pages.positions, name="positions"),
    path("trades", pages.trades, name="trades"),
    path("trades.csv", pages.trades_csv, name="trades_csv"),
    path("signals", pages.signals, name="signals"),
    path("filter-lab", pages.filter_lab, name="filter_lab"),
    path("risk", pages.risk_page, name="risk"),
    path("settings", pages.settings_page, name="settings"),
    path("order", pages.order, name="order"),
    path("chart/<str:symbol>", pages.chart, name="chart"),
    path("case/<uuid:case>", pages.case, name="case"),
    path("why/<str:symbol>", pages.why_page, name="why"),
    path("ai", ai_pages.ai, name="ai"),
    path("ai/decision/<int:pk>", ai_pages.decision, name="ai_decision"),
    path("ai/plans", ai_pages.plans, name="ai_plans"),
    path("ai/memory", ai_pages.memory, name="ai_memory"),
    path("ai/reviews", ai_pages.reviews_page, name="ai_reviews"),
    path("ai/costs", ai_pages.costs_page, name="ai_costs"),
    path("ai/prompt", ai_pages.prompt, name="ai_prompt"),
    path("ai/context", ai_pages.context, name="ai_context"),
    path("ai/variants", ai_pages.variants, name="ai_variants"),
    path("login", auth_views.LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("logout", auth_views.LogoutView.as_view(), name="logout"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("api/v1/", include("dashboard.api.urls")),
    path("api/schema/", SchemaApi.as_view(), name="schema"),
    path("api/docs/", pages.api_docs, name="api_docs"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", scraping.metrics, name="metrics"),
]
