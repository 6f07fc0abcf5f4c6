"""Words of the venue that the desk itself does not use: every order type, self-trade prevention, price matching."""

from enum import StrEnum


class OrderType(StrEnum):
    """Ordinary (LIMIT, MARKET) and conditional types."""

    LIMIT = "LIMIT"
    MARKET = "MARKET"
    STOP = "STOP"
    STOP_MARKET = "STOP_MARKET"
    TAKE_PROFIT = "TAKE_PROFIT"
    TAKE_PROFIT_MARKET = "TAKE_PROFIT_MARKET"
    TRAILING_STOP_MARKET = "TRAILING_STOP_MARKET"


STOPS = frozenset({OrderType.STOP, OrderType.STOP_MARKET, OrderType.TRAILING_STOP_MARKET})
LIMIT_ALGOS = frozenset({OrderType.STOP, OrderType.TAKE_PROFIT})
CLOSING_ALGOS = frozenset({OrderType.STOP_MARKET, OrderType.TAKE_PROFIT_MARKET})


class TimeInForce(StrEnum):
    """RPI is post-only like GTX; nothing here trades with it alone."""

    GTC = "GTC"
    IOC = "IOC"
    FOK = "FOK"
    GTX = "GTX"
    GTD = "GTD"
    RPI = "RPI"
    GTE_GTC = "GTE_GTC"


class SelfTrade(StrEnum):
    """Who gives way when an order meets another of the same account."""

    NONE = "NONE"
    EXPIRE_TAKER = "EXPIRE_TAKER"
    EXPIRE_MAKER = "EXPIRE_MAKER"
    EXPIRE_BOTH = "EXPIRE_BOTH"


class PriceMatch(StrEnum):
    """A limit price taken from the book when the order arrives: own side QUEUE, other side OPPONENT, best or n-th."""

    NONE = "NONE"
    OPPONENT = "OPPONENT"
    OPPONENT_5 = "OPPONENT_5"
    OPPONENT_10 = "OPPONENT_10"
    OPPONENT_20 = "OPPONENT_20"
    QUEUE = "QUEUE"
    QUEUE_5 = "QUEUE_5"
    QUEUE_10 = "QUEUE_10"
    QUEUE_20 = "QUEUE_20"

    @property
    def is_opponent(self) -> bool:
        return self.value.startswith("OPPONENT")

    @property
    def depth(self) -> int:
        """Which level, 1 for the best."""
        return int(self.value.partition("_")[2] or 1)
