"""Closed trades for tests; nothing here needs Django."""

import itertools
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from advisor.memory.trades import ClosedTrade

_numbers = itertools.count(1)
CLOSED = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def trade(pnl: str = "1", **details: Any) -> ClosedTrade:
    """A long on BTCUSDT, opened an hour before it was closed."""
    closed = details.pop("closed_at", CLOSED)
    values: dict[str, Any] = {
        "trade_id": str(next(_numbers)),
        "symbol": "BTCUSDT",
        "is_long": True,
        "regime": "trending_up",
        "opened_at": closed - timedelta(hours=1),
        "closed_at": closed,
        "pnl": Decimal(pnl),
        "pnl_percent": Decimal(pnl),
        "exit_reason": "take_profit",
    }
    return ClosedTrade(**values | details)
