"""What the order form starts from: the contracts to choose from and the desk's usual numbers."""

from collections.abc import Sequence
from typing import Any

from django.http import QueryDict

from dashboard.api.inputs import LEVERAGE, STOP_LOSS_PCT, TAKE_PROFIT_PCT
from dashboard.market import market
from exchange.errors import ExchangeError
from exchange.types import PositionSide

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
    }


def _symbols() -> Sequence[str]:
    """USDT perpetuals that trade now; none while the venue does not answer: the field then takes any text."""
    try:
        contracts = market().contracts()
    except ExchangeError:
        return []
    return sorted(row.symbol for row in contracts if row.is_usdt_perpetual and row.is_trading)
