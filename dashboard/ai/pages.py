"""The pages of the AI bot."""

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.utils.timezone import now as wall_now
from django.utils.translation import gettext as _

from advisor.selectors import ai_bots, decisions, reviews
from dashboard.ai import decision_list, memory_list, plan_list
from dashboard.ai.context_list import ContextOut, context_now
from dashboard.ai.costs import costs
from dashboard.ai.curve import result_curve
from dashboard.ai.decision_answers import DecisionOut
from dashboard.ai.pairs import watched_symbols
from dashboard.ai.providers import provider_report
from dashboard.ai.record_answers import CostsOut, ProvidersOut, ReviewOut
from dashboard.api.variants import comparisons
from dashboard.pages import page, shown
from dashboard.snapshots import StateType
from desk.models import Bot

LIVE = (
    StateType.TICKERS,
    StateType.PAIRS,
    StateType.BOTS,
    StateType.CIRCUIT,
    StateType.POSITIONS,
    StateType.TRADES,
)
SHOWN_DECISIONS = 100
SHOWN_REVIEWS = 30


@page()
def ai(request: HttpRequest) -> HttpResponse:
    return shown(request, "ai", states=LIVE, data=_ai_data(request.GET), title="AI")


def _ai_data(query: QueryDict) -> dict[str, Any]:
    bots = list(ai_bots())
    bot = next((row for row in bots if str(row.pk) == query.get("bot")), bots[0] if bots else None)
    given = {name: query.get(name, "") for name in query}
    return {
        "bot": bot and {"id": bot.pk, "name": bot.name},
        "bots": [{"id": row.pk, "name": row.name} for row in bots],
        "filters": decision_list.TABLE.chosen(given),
        "timeline": decision_list.part_of_timeline(given, limit=SHOWN_DECISIONS),
        "curve": result_curve(bot) if bot else [],
        "costs": CostsOut(costs(wall_now())).data,
    }


@page()
def decision(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(decisions(), pk=pk)
    title = f"{found.symbol} · {_('Decision')}"
    return shown(request, "ai_decision", data={"decision": DecisionOut(found).data}, title=title)


@page()
def plans(request: HttpRequest) -> HttpResponse:
    return shown(request, "ai_plans", data=plan_list.page_of_plans(request.GET), title=_("Plans"))


@page()
def memory(request: HttpRequest) -> HttpResponse:
    return shown(request, "ai_memory", data=memory_list.page_of_memories(request.GET), title=_("Memory"))


@page()
def reviews_page(request: HttpRequest) -> HttpResponse:
    rows = ReviewOut(reviews()[:SHOWN_REVIEWS], many=True).data
    return shown(request, "ai_reviews", data={"reviews": list(rows)}, title=_("Reviews"))


@page()
def costs_page(request: HttpRequest) -> HttpResponse:
    now = wall_now()
    data = {"costs": CostsOut(costs(now)).data, "report": ProvidersOut(provider_report(now)).data}
    return shown(request, "ai_costs", data=data, title=_("Costs"))


@page()
def context(request: HttpRequest) -> HttpResponse:
    return shown(request, "ai_context", data={"context": ContextOut(context_now()).data}, title=_("Context"))


@page()
def variants(request: HttpRequest) -> HttpResponse:
    bots: list[Bot] = list(ai_bots())
    return shown(request, "ai_variants", data={"comparisons": comparisons(bots)}, title=_("Variants"))


@page()
def prompt(request: HttpRequest) -> HttpResponse:
    data = {"symbols": watched_symbols(), "symbol": request.GET.get("symbol", "").upper()}
    return shown(request, "ai_prompt", data=data, title=_("Prompt"))
