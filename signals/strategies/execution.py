"""How an order that opens or closes quantity is sent: its style, chosen per bot or per order."""

from enum import StrEnum


class ExecutionStyle(StrEnum):
    """MARKET at once; LIMIT until its deadline; LIMIT_THEN_MARKET with the rest at market, bounded; TWAP in slices."""

    MARKET = "market"
    LIMIT = "limit"
    LIMIT_THEN_MARKET = "limit_then_market"
    TWAP = "twap"
