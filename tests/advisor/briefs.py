"""A brief as the desk would write it; nothing here needs Django."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from advisor.prompts.brief import Brief, MemoryContext
from advisor.proposal import Terms, legal_actions

AT = datetime(2026, 3, 1, 12, 0, 5, tzinfo=UTC)
MARKET = (
    {"part": "market", "symbol": "BTCUSDT", "price": "60000", "regime": "trending_up"},
    {"part": "frame", "timeframe": "1m", "rsi": 55.1},
    {"part": "frame", "timeframe": "15m", "rsi": 61.2},
    {"part": "frame", "timeframe": "1h", "rsi": 58.0},
    {"part": "confluence", "score": 50.0},
    {"part": "level", "price": "59000", "strength": 3},
)
MEMORY = MemoryContext(
    statistics={"trades": 12, "win_ratio": "0.5833"},
    relevant=[{"symbol": "BTCUSDT", "text": f"memory {number}"} for number in range(8)],
    failures=[{"symbol": "BTCUSDT", "text": "chased a new high"}],
    lessons=("Better to wait.",),
)


def make_brief(**details: Any) -> Brief:
    """BTCUSDT without a position, all openings legal."""
    terms = Terms(symbol="BTCUSDT", allowed=legal_actions(has_position=False, may_risk=True))
    values: dict[str, Any] = {
        "terms": terms,
        "at": AT,
        "inputs_hash": "a" * 64,
        "market": MARKET,
        "account": {"available": Decimal("1000")},
        "memory": MEMORY,
    }
    return Brief(**values | details)


def held_brief(**details: Any) -> Brief:
    """BTCUSDT with a long position."""
    terms = Terms(symbol="BTCUSDT", allowed=legal_actions(has_position=True, may_risk=True, adds_left=1))
    return make_brief(**{"terms": terms, "position": {"side": "LONG", "entry_price": Decimal("60000")}} | details)
