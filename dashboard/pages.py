"""The pages: the live overview and the list of the API."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator

from dashboard import snapshots
from dashboard.market_time import market_time
from dashboard.retelling import in_reader_language
from dashboard.snapshots import StateType
from dashboard.words import words

SHOWN_EVENTS = 60
SHOWN_STATES = (StateType.STATUS, StateType.POSITIONS, StateType.SIGNALS, StateType.TRADES)


@never_cache
@login_required
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """The live page, filled with the present state; the socket carries on from ``seq``."""
    # Read before the rest: what is committed in between comes twice rather than never.
    events = snapshots.newest_events(SHOWN_EVENTS)
    beginning: dict[str, Any] = {
        "seq": events[-1]["id"] if events else 0,
        "events": events,
        "states": in_reader_language(snapshots.read(SHOWN_STATES, market_time())),
        "words": words(),
    }
    return render(request, "dashboard/overview.html", {"beginning": beginning})


@never_cache
@login_required
@require_safe
def api_docs(request: HttpRequest) -> HttpResponse:
    """What the API answers, from its own schema."""
    schema = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return render(request, "dashboard/api_docs.html", {"endpoints": endpoints(schema)})


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
