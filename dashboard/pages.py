"""The pages. Each is born with its data and asks for it again, as JSON, at its own address."""

import uuid
from collections.abc import Callable, Collection, Mapping
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator

from dashboard.api.configuration import config_answer
from dashboard.api.market import INTERVALS
from dashboard.beginning import beginning
from dashboard.case_serializers import CaseOut, WhyOut
from dashboard.equity import equity_curve
from dashboard.lab_data import lab_data
from dashboard.order_form import order_form
from dashboard.risk_data import risk_data
from dashboard.serializers import TradeOut
from dashboard.signal_table import page_of_signals
from dashboard.snapshots import StateType
from dashboard.trade_table import csv_lines, page_of_trades
from dashboard.why import why
from desk.models import Bot, accounts_of_this_environment
from desk.roles import Role, has_role
from trading import selectors
from trading.case_file import UnknownCase, case_file

View = Callable[..., HttpResponseBase]
JSON = "application/json"
OVERVIEW = (StateType.POSITIONS, StateType.SIGNALS, StateType.TRADES, StateType.BOTS)
CASES_OF_A_SYMBOL = 20
TRADES_ON_A_CHART = 50


def page(role: Role = Role.VIEWER) -> Callable[[View], View]:
    """A page for people of that role, to be read only and never kept by a browser; others get 403."""

    def bound(view: View) -> View:
        @wraps(view)
        def looked_at(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponseBase:
            if not has_role(request.user, role):
                raise PermissionDenied
            return view(request, *arguments, **named)

        answering = never_cache(login_required(require_safe(looked_at)))
        # The role can be read off a view, as the API's classes show theirs.
        setattr(answering, "role", role)  # noqa: B010 - functions declare no attributes
        return answering

    return bound


def shown(
    request: HttpRequest,
    template: str,
    *,
    states: Collection[StateType] = (),
    data: Mapping[str, Any] | None = None,
    title: str = "",
) -> HttpResponse:
    """The page, or only its data for the page's own script."""
    if request.headers.get("Accept") == JSON:
        return JsonResponse(data or {})
    born_with = beginning(states, page=data, user=request.user)
    context = {"beginning": born_with, "may": born_with["may"], "title": title}
    return render(request, f"dashboard/{template}.html", context)


@page()
def overview(request: HttpRequest) -> HttpResponse:
    return shown(request, "overview", states=OVERVIEW, data={"equity": equity_curve()})


@page()
def positions(request: HttpRequest) -> HttpResponse:
    return shown(request, "positions", states=(StateType.POSITIONS, StateType.ORDERS), title=_("Positions"))


@page()
def trades(request: HttpRequest) -> HttpResponse:
    return shown(request, "trades", data=page_of_trades(request.GET), title=_("Trades"))


@page()
def trades_csv(request: HttpRequest) -> StreamingHttpResponse:
    answer = StreamingHttpResponse(csv_lines(request.GET), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="trades.csv"'
    return answer


@page()
def signals(request: HttpRequest) -> HttpResponse:
    return shown(request, "signals", data=page_of_signals(request.GET), title=_("Signals"))


@page()
def case(request: HttpRequest, case: uuid.UUID) -> HttpResponse:
    try:
        found = case_file(case)
    except UnknownCase:
        raise Http404 from None
    return shown(request, "case", data={"case": CaseOut(found).data}, title=f"{found.symbol} · {_('Case')}")


@page()
def why_page(request: HttpRequest, symbol: str) -> HttpResponse:
    found = why(symbol.upper(), limit=CASES_OF_A_SYMBOL)
    return shown(request, "why", data=WhyOut(found).data, title=f"{found.symbol} · {_('Why')}")


@page()
def settings_page(request: HttpRequest) -> HttpResponse:
    bots = list(Bot.objects.filter(account__in=accounts_of_this_environment()).order_by("pk"))
    wanted = request.GET.get("bot", "")
    surge = next((bot for bot in bots if bot.strategy == "surge_short"), bots[0] if bots else None)
    bot = next((bot for bot in bots if str(bot.pk) == wanted), surge)
    data = {"config": config_answer(bot) if bot else None, "bots": [{"id": row.pk, "name": row.name} for row in bots]}
    return shown(request, "settings", data=data, title=_("Settings"))


@page()
def filter_lab(request: HttpRequest) -> HttpResponse:
    return shown(request, "filter_lab", data=lab_data(request.GET), title=_("Filter lab"))


@page()
def risk_page(request: HttpRequest) -> HttpResponse:
    return shown(request, "risk", data=risk_data(request.GET), title=_("Risk"))


@page()
def chart(request: HttpRequest, symbol: str) -> HttpResponse:
    symbol = symbol.upper()
    closed = selectors.closed_positions().filter(symbol=symbol)[:TRADES_ON_A_CHART]
    data = {"symbol": symbol, "intervals": INTERVALS, "trades": list(TradeOut(closed, many=True).data)}
    return shown(request, "chart", states=(StateType.POSITIONS,), data=data, title=f"{symbol} · {_('Chart')}")


@page(Role.TRADER)
def order(request: HttpRequest) -> HttpResponse:
    return shown(request, "order", states=(StateType.POSITIONS,), data=order_form(request.GET), title=_("Order"))


@page()
def api_docs(request: HttpRequest) -> HttpResponse:
    """What the API answers, from its own schema."""
    schema = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    born_with = beginning((), user=request.user)
    context = {"beginning": born_with, "may": born_with["may"], "endpoints": endpoints(schema), "title": "API"}
    return render(request, "dashboard/api_docs.html", context)


def endpoints(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """One row per path and method."""
    return [
        {
            "method": method.upper(),
            "path": path,
            "description": operation.get("description", ""),
            "parameters": [row for row in operation.get("parameters", []) if row["in"] == "query"],
        }
        for path, operations in schema["paths"].items()
        for method, operation in operations.items()
    ]
