"""What the filter lab's page is born with."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from dashboard.api.filter_lab import DAYS, LARGEST, MOST_LARGEST, LabOut, ShadowOut
from dashboard.market_time import market_time
from desk.models import Bot, accounts_of_this_environment
from trading.recorded_lab import recorded_lab, shadows_of

PERIODS = (7, 30, 90)
SHOWN_SHADOWS = 200


def lab_data(query: Mapping[str, str]) -> dict[str, Any]:
    """The lab of the bot, days and size that ``query`` names, as far as it names what there is.

    ``problem`` says why there is no lab: no bot, a strategy without filters, or a market clock that cannot be read.
    """
    ours = Bot.objects.filter(account__in=accounts_of_this_environment())
    bots = list(ours.exclude(strategy="manual").order_by("pk"))
    wanted = {str(bot.pk): bot for bot in bots}.get(query.get("bot", ""))
    bot = wanted or next((bot for bot in bots if bot.strategy == "surge_short"), bots[0] if bots else None)
    days = _one_of(query.get("days"), PERIODS, default=DAYS)
    largest = _one_of(query.get("largest"), range(1, MOST_LARGEST + 1), default=LARGEST)
    chosen = {
        "bots": [{"id": row.pk, "name": row.name} for row in bots],
        "bot": None if bot is None else bot.pk,
        "bot_name": "" if bot is None else bot.name,
        "days": days,
        "periods": PERIODS,
        "largest": largest,
        "sizes": list(range(1, MOST_LARGEST + 1)),
    }
    return {**chosen, **_found(bot, days=days, largest=largest)}


def _one_of(text: str | None, allowed: Any, *, default: int) -> int:
    return next((number for number in allowed if str(number) == text), default)


def _found(bot: Bot | None, *, days: int, largest: int) -> dict[str, Any]:
    nothing: dict[str, Any] = {"lab": None, "shadows": []}
    if bot is None:
        return {**nothing, "problem": "no_bots"}
    reading = market_time()
    if reading is None:
        return {**nothing, "problem": "lab_silent"}
    start = reading.at - timedelta(days=days)
    lab = recorded_lab(bot, start=start, end=reading.at, largest=largest)
    if lab is None:
        return {**nothing, "problem": "lab_no_filters"}
    shadows = shadows_of(bot, start=start, end=reading.at)[:SHOWN_SHADOWS]
    return {"lab": LabOut(lab).data, "shadows": ShadowOut(shadows, many=True).data, "problem": ""}
