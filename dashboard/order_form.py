"""What the order form starts from: the contracts to choose from and the desk's usual numbers."""

from collections.abc import Sequence
from typing import Any

from django.http import QueryDict
from pydantic import ValidationError

from dashboard.api.inputs import LEVERAGE, STOP_LOSS_PCT, TAKE_PROFIT_PCT
from dashboard.market import market
from desk.models import Bot, accounts_of_this_environment
from exchange.errors import ExchangeError
from exchange.types import PositionSide
from signals.strategies.base import StrategyConfig
from signals.strategies.registry import config_of

LEVERAGES = (1, 2, 3, 5, 10)
MARGIN = "5"


def order_form(query: QueryDict) -> dict[str, Any]:
    """``symbol`` and ``side`` may stand in the address."""
    side = query.get("side", "").upper()
    return {
        "symbols": _symbols(),
        "symbol": query.get("symbol", "").upper(),
        "side": side if side in (PositionSide.LONG, PositionSide.SHORT) else PositionSide.SHORT.value,
        "leverages": LEVERAGES,
        "leverage": LEVERAGE,
        "margin_usdt": MARGIN,
        "sl_pct": STOP_LOSS_PCT,
        "tp_pct": TAKE_PROFIT_PCT,
        "styles": _styles(),
    }


def _settings() -> StrategyConfig:
    """Of orders by hand; the usual ones before the first of them, and where the stored ones are no longer valid."""
    ours = Bot.objects.filter(account__in=accounts_of_this_environment(), strategy="manual")
    bot = ours.order_by("pk").first()
    if bot is None:
        return StrategyConfig()
    try:
        return config_of(bot.config_version)
    except ValidationError:
        return StrategyConfig()


def _styles() -> dict[str, Any]:
    """How the settings of orders by hand send in more than one order."""
    config = _settings()
    return {
        "twap_slices": config.twap_slices,
        "twap_seconds": config.twap_seconds,
        "style_timeout_seconds": config.style_timeout_seconds,
        "max_slippage_pct": f"{config.max_slippage_pct:f}",
    }


def _symbols() -> Sequence[str]:
    """USDT perpetuals that trade now; none while the venue does not answer: the field then takes any text."""
    try:
        contracts = market().contracts()
    except ExchangeError:
        return []
    return sorted(row.symbol for row in contracts if row.is_usdt_perpetual and row.is_trading)
