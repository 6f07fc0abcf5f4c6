"""What the closed trades of a bot add up to, one after the other. USDT after commission, market time."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from dashboard.bot_results import closed_results
from desk.models import Bot

POINTS = 400


def result_curve(bot: Bot) -> list[dict[str, Any]]:
    """``{"at", "total"}`` after each closed trade, oldest first; a long record is thinned, its ends stay."""
    total, found = Decimal(0), []
    for closed in closed_results().get(bot.pk, ()):
        total += closed.result
        found.append({"at": closed.at.isoformat(), "total": f"{total:f}"})
    return thinned(found)


def thinned(points: Sequence[dict[str, Any]], most: int = POINTS) -> list[dict[str, Any]]:
    """At most ``most`` points, evenly chosen, the last among them."""
    if len(points) <= most:
        return list(points)
    step = (len(points) - 1) / (most - 1)
    return [points[round(number * step)] for number in range(most)]
