"""Keeping what the market did as memories of its symbol: each event once, and no more of them than are of use."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from advisor.memory.market_events import MarketEvent, events_between
from advisor.memory.relevance import MARKET_EVENT, MARKET_KINDS
from advisor.memory.vectors import encode
from advisor.models import Decision, Memory, Outcome
from desk.models import Bot

MOST_KEPT = 30  # of a symbol
FARTHEST_APART = timedelta(hours=6)  # market; what happened while nobody looked is not known to the hour
REST = timedelta(minutes=15)  # market; one of a kind in the time of a candle that they are read from


def remember_market(
    bot: Bot, symbol: str, rows: Sequence[Mapping[str, Any]], *, features: Mapping[str, float], now: datetime
) -> int:
    """Keep what has happened since the last decision on ``symbol``; ``rows`` are the picture of now. How many.

    Call it before the look is on record: until then the same call again keeps nothing twice.
    """
    last = _last_look(bot, symbol)
    if last is None or not timedelta(0) < now - last.at <= FARTHEST_APART:
        return 0
    events = events_between(last.inputs.get("market", ()), rows)
    regime = next((row.get("regime", "") for row in rows if row.get("part") == "market"), "")
    known = {"regime": regime, "vector": encode(features) or None}
    kept = sum(_keep(bot, symbol, event, since=last, known=known, now=now) for event in events)
    if kept:
        _drop_oldest(bot, symbol)
    return kept


def _last_look(bot: Bot, symbol: str) -> Decision | None:
    acted = Decision.objects.filter(bot=bot, symbol=symbol).exclude(outcome=Outcome.SHADOW)
    return acted.only("at", "inputs").order_by("-pk").first()


def _keep(
    bot: Bot, symbol: str, event: MarketEvent, *, since: Decision, known: Mapping[str, Any], now: datetime
) -> bool:
    if _of_market(bot, symbol).filter(kind=event.kind, at__gt=now - REST).exists():
        return False
    _, is_new = Memory.objects.get_or_create(
        bot=bot,
        source=f"{event.kind}:{since.pk}",
        defaults={
            "symbol": symbol,
            "kind": event.kind,
            "content": event.text,
            "relevance": MARKET_EVENT,
            "at": now,
            "faded_on": now.astimezone(UTC).date(),
            **known,
        },
    )
    return is_new


@transaction.atomic
def _drop_oldest(bot: Bot, symbol: str) -> None:
    kept = _of_market(bot, symbol).order_by("-at", "-pk").values_list("pk", flat=True)[:MOST_KEPT]
    _of_market(bot, symbol).exclude(pk__in=list(kept)).delete()


def _of_market(bot: Bot, symbol: str) -> QuerySet[Memory]:
    return Memory.objects.filter(bot=bot, symbol=symbol, kind__in=MARKET_KINDS)
