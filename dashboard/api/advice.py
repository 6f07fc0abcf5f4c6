"""The AI bot over HTTP: decisions, plans, memories, reviews, costs, providers, pairs."""

from collections.abc import Sequence
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.timezone import now as wall_now
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from advisor.selectors import decisions, plans, reviews
from dashboard.ai import decision_list, memory_list, plan_list
from dashboard.ai.costs import costs
from dashboard.ai.decision_answers import DecisionOut, DecisionsOut
from dashboard.ai.pairs import PairOut, pairs
from dashboard.ai.plan_list import StrategicPlanOut
from dashboard.ai.providers import provider_report
from dashboard.ai.record_answers import CostsOut, MemoriesOut, ProvidersOut, ReviewOut
from dashboard.api.base import DeskApi, refused
from dashboard.api.parameters import limit_of, limit_parameter
from dashboard.tables import Filter

MOST_ROWS = 500
MOST_SKIPPED = 10_000_000


def filter_parameters(filters: Sequence[Filter[Any]]) -> list[OpenApiParameter]:
    """The filters as the schema tells them, with their closed lists."""
    return [
        OpenApiParameter(each.name, OpenApiTypes.INT if each.name == "bot" else OpenApiTypes.STR, enum=each.choices)
        if each.choices
        else OpenApiParameter(each.name, OpenApiTypes.INT if each.name == "bot" else OpenApiTypes.STR)
        for each in filters
    ]


def filters_of(request: Request, filters: Sequence[Filter[Any]]) -> dict[str, str]:
    """What the address asks for. Raises ValidationError for a code that is none."""
    given = {each.name: request.query_params.get(each.name, "").strip() for each in filters}
    for each in filters:
        if given[each.name] and not each.accepts(given[each.name]):
            choices = ", ".join(each.choices)
            raise refused({each.name: _("{name} must be one of {choices}").format(name=each.name, choices=choices)})
    if given.get("bot"):
        number_of(request, "bot")
    return given


def number_of(request: Request, name: str, default: int | None = None) -> int | None:
    """A whole number from 0, or ``default`` where there is none. Raises ValidationError."""
    text = request.query_params.get(name)
    if text is None:
        return default
    if text.isascii() and text.isdecimal() and len(text) < 19:
        return int(text)
    raise refused({name: _("{name} must be a whole number from 0").format(name=name)})


OFFSET = OpenApiParameter("offset", OpenApiTypes.INT, description="rows to leave out first", default=0)
CURSOR = OpenApiParameter("cursor", OpenApiTypes.INT, description="only decisions older than this id")


class DecisionsApi(DeskApi):
    """Decisions of the adviser, newest first, by cursor."""

    @extend_schema(
        operation_id="decisions_list",
        responses=DecisionsOut,
        parameters=[*filter_parameters(decision_list.TABLE.filters), CURSOR, OFFSET, limit_parameter(MOST_ROWS)],
    )
    def get(self, request: Request) -> Response:
        part = decision_list.part_of_timeline(
            filters_of(request, decision_list.TABLE.filters),
            limit=limit_of(request, highest=MOST_ROWS),
            cursor=number_of(request, "cursor"),
            offset=min(number_of(request, "offset") or 0, MOST_SKIPPED),
        )
        return Response(part)


class DecisionApi(DeskApi):
    """One decision whole: inputs, prompt, answer, bounds, verdicts, orders, result, time, tokens and cost."""

    @extend_schema(responses=DecisionOut)
    def get(self, request: Request, pk: int) -> Response:
        return Response(DecisionOut(get_object_or_404(decisions(), pk=pk)).data)


class PlansApi(DeskApi):
    """Strategic views of the layered mode, newest first."""

    @extend_schema(
        responses=StrategicPlanOut(many=True),
        parameters=[*filter_parameters(plan_list.TABLE.filters), limit_parameter()],
    )
    def get(self, request: Request) -> Response:
        given = filters_of(request, plan_list.TABLE.filters)
        found = plan_list.TABLE.narrowed(plans(), given).order_by("-pk")
        return Response(StrategicPlanOut(found[: limit_of(request)], many=True).data)


class MemoriesApi(DeskApi):
    """What is remembered, the weightiest first; ``text`` searches in it."""

    @extend_schema(
        responses=MemoriesOut,
        parameters=[*filter_parameters(memory_list.TABLE.filters), OFFSET, limit_parameter(MOST_ROWS)],
    )
    def get(self, request: Request) -> Response:
        part = memory_list.part_of_memories(
            filters_of(request, memory_list.TABLE.filters),
            limit=limit_of(request, highest=MOST_ROWS),
            offset=min(number_of(request, "offset") or 0, MOST_SKIPPED),
        )
        return Response(MemoriesOut(part).data)


class ReviewsApi(DeskApi):
    """Looks back over closed trades, newest first."""

    @extend_schema(responses=ReviewOut(many=True), parameters=[limit_parameter()])
    def get(self, request: Request) -> Response:
        return Response(ReviewOut(reviews()[: limit_of(request)], many=True).data)


class CostsApi(DeskApi):
    """Money for models: the running hour, day and month with their caps, each model, each day."""

    @extend_schema(responses=CostsOut)
    def get(self, request: Request) -> Response:
        return Response(CostsOut(costs(wall_now())).data)


class ProvidersApi(DeskApi):
    """How the providers of models are."""

    @extend_schema(responses=ProvidersOut)
    def get(self, request: Request) -> Response:
        return Response(ProvidersOut(provider_report(wall_now())).data)


class PairsApi(DeskApi):
    """The contracts that the AI bot looks at, each with its last decision."""

    @extend_schema(responses=PairOut(many=True))
    def get(self, request: Request) -> Response:
        return Response(PairOut(pairs(), many=True).data)
