"""Each bot's results beside its quota. USDT after commission; sums are made in Python."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import Count, Max, Sum
from pydantic import ValidationError
from rest_framework import serializers

from dashboard.fields import DecimalText
from dashboard.market_time import MarketTime
from dashboard.serializers import BotOut
from desk.models import Bot, ConfigVersion, accounts_of_this_environment
from risk.settings_store import risk_settings_of
from signals.bot_settings import settings_of
from signals.strategies.registry import UnknownStrategy
from trading import selectors
from trading.models import Position

ZERO = Decimal(0)
MANUAL = "manual"


@dataclass(frozen=True, slots=True)
class Closed:
    """A finished trade: when, in market time, and what it earned."""

    at: datetime
    result: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class BotResult:
    """``today`` is None while the market's clock cannot be read; a quota of None is not set."""

    bot: Bot
    today: Decimal | None
    total: Decimal
    trades: int
    wins: int
    open_positions: int
    unrealized: Decimal
    margin: Decimal
    max_positions: int | None
    max_margin: Decimal | None
    max_daily_loss: Decimal | None


class BotResultOut(serializers.Serializer[Any]):
    bot = BotOut()
    today = DecimalText(allow_null=True, help_text="closed since 00:00 UTC of the market's day")
    total = DecimalText(help_text="of every closed trade")
    trades = serializers.IntegerField()
    wins = serializers.IntegerField()
    open_positions = serializers.IntegerField()
    unrealized = DecimalText()
    margin = DecimalText(help_text="in open positions")
    max_positions = serializers.IntegerField(allow_null=True)
    max_margin = DecimalText(allow_null=True)
    max_daily_loss = DecimalText(allow_null=True)


def bot_results(market: MarketTime | None) -> Sequence[BotResult]:
    """Every bot of this environment; the one for positions by hand only once it has traded."""
    held, closed = list(selectors.open_positions()), closed_results()
    bots = Bot.objects.filter(account__in=accounts_of_this_environment()).select_related("account").order_by("pk")
    now = market.at if market else None
    rows = [
        _result(bot, [row for row in held if row.bot_id == bot.pk], closed.get(bot.pk, ()), now=now) for bot in bots
    ]
    return [row for row in rows if row.bot.strategy != MANUAL or row.trades or row.open_positions]


def closed_results() -> Mapping[int, Sequence[Closed]]:
    """Results of each bot's closed trades, oldest first; read again only when one was added or corrected."""
    every = selectors.closed_positions().prefetch_related(None).order_by()
    state = every.aggregate(
        Count("pk"), Max("pk"), Max("bot"), Max("closed_at"), Sum("realized_pnl"), Sum("commission")
    )
    return _closed_results(connection.settings_dict["NAME"], tuple(state.values()))


@lru_cache(maxsize=2)
def _closed_results(database: str, state: tuple[Any, ...]) -> Mapping[int, Sequence[Closed]]:
    """``database`` and ``state`` are the key under which the reading is kept."""
    found: dict[int, list[Closed]] = defaultdict(list)
    every = selectors.closed_positions().select_related(None).prefetch_related(None).order_by("closed_at", "pk")
    for bot, closed_at, pnl, commission in every.values_list("bot_id", "closed_at", "realized_pnl", "commission"):
        if closed_at is not None:
            found[bot].append(Closed(closed_at, pnl - commission))
    return found


def _result(bot: Bot, every: Sequence[Position], closed: Sequence[Closed], *, now: datetime | None) -> BotResult:
    held, results = [row for row in every if row.bot_id == bot.pk], [row.result for row in closed]
    return BotResult(
        bot=bot,
        today=None if now is None else sum(_since_midnight(closed, now), ZERO),
        total=sum(results, ZERO),
        trades=len(results),
        wins=sum(result > 0 for result in results),
        open_positions=len(held),
        unrealized=sum((selectors.unrealized_pnl(position) or ZERO for position in held), ZERO),
        margin=sum((position.margin for position in held), ZERO),
        **_quota(bot),
    )


def _since_midnight(closed: Sequence[Closed], now: datetime) -> list[Decimal]:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return [row.result for row in closed if row.at >= midnight]


def _quota(bot: Bot) -> dict[str, Any]:
    """What the settings in force allow the bot; settings that are no longer valid allow nothing to be told."""
    margin = risk_settings_of(bot.account).max_bot_margin_usdt or None
    try:
        config = settings_of(bot)
    except (ValidationError, UnknownStrategy, ConfigVersion.DoesNotExist):
        return {"max_positions": None, "max_margin": margin, "max_daily_loss": None}
    return {
        "max_positions": config.max_positions,
        "max_margin": margin,
        "max_daily_loss": config.daily_loss_limit_usdt or None,
    }
