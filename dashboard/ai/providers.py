"""How the providers are: who would be asked first, who rests, how long answers take. Wall time."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.db.models import Avg, Count

from advisor.models import ProviderState
from advisor.providers.health import Condition, order_of_asking
from advisor.providers.rules import RULES
from advisor.selectors import decisions

LATENCY_OVER = timedelta(days=1)


class Standing(StrEnum):
    """Whether a provider would be asked now."""

    READY = "ready"
    RESTING = "resting"
    NO_KEY = "no_key"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderHealth:
    """``turn`` counts from 1; None: not asked now. ``mean_latency_ms`` over the last day's answers."""

    name: str
    model: str
    standing: Standing
    turn: int | None
    state: ProviderState
    mean_latency_ms: int | None
    answers: int


def providers(now: datetime) -> Sequence[ProviderHealth]:
    """Every provider that the settings know: in the order of asking, then those that rest, then those without a key."""
    models: Mapping[str, Mapping[str, Any]] = settings.AI_MODELS
    states = {row.name: row for row in ProviderState.objects.all()}
    keyed = [name for name, values in models.items() if values["api_key"]]
    asked = [] if settings.AI_PROVIDER == "rules" else _order(keyed, states, now=now)
    pace = _pace(models, now=now)
    found = [
        _health(
            name,
            str(values["model"]),
            state=states.get(name) or ProviderState(name=name),
            has_key=name in keyed,
            turn=asked.index(name) + 1 if name in asked else None,
            pace=pace.get(name, (None, 0)),
            now=now,
        )
        for name, values in models.items()
    ]
    return sorted(found, key=lambda row: (row.turn or 99, list(Standing).index(row.standing), row.name))


def _order(names: Sequence[str], states: Mapping[str, ProviderState], *, now: datetime) -> list[str]:
    conditions = {name: Condition(row.failures, row.cools_until) for name, row in states.items()}
    return order_of_asking(names, conditions, preferred=settings.AI_PROVIDER, now=now)


def _pace(names: Iterable[str], *, now: datetime) -> dict[str, tuple[int | None, int]]:
    recent = decisions().filter(provider__in=list(names), asked_at__gte=now - LATENCY_OVER).order_by()
    rows = recent.values("provider").annotate(mean=Avg("latency_ms"), answers=Count("pk"))
    return {row["provider"]: (round(row["mean"]), row["answers"]) for row in rows}


def _health(
    name: str,
    model: str,
    *,
    state: ProviderState,
    has_key: bool,
    turn: int | None,
    pace: tuple[int | None, int],
    now: datetime,
) -> ProviderHealth:
    rests = state.cools_until is not None and state.cools_until > now
    standing = Standing.NO_KEY if not has_key else Standing.RESTING if rests else Standing.READY
    return ProviderHealth(
        name=name,
        model=model,
        standing=standing,
        turn=turn,
        state=state,
        mean_latency_ms=pace[0],
        answers=pace[1],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderReport:
    """``rules_decided``: decisions of the last day that no model made."""

    preferred: str
    rules_decided: int
    providers: Sequence[ProviderHealth]


def provider_report(now: datetime) -> ProviderReport:
    by_rules = decisions().filter(provider=RULES, asked_at__gte=now - LATENCY_OVER)
    return ProviderReport(preferred=settings.AI_PROVIDER, rules_decided=by_rules.count(), providers=providers(now))
