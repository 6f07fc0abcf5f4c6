"""What the filters may look at: a snapshot taken when the entry is decided."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from exchange.types import Kline


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterContext:
    """Prices in USDT; what could not be had is None, or for ``hours`` empty.

    ``hours`` are the last 25 bars of one hour, oldest first; the running hour is the last of them. ``premiums`` are
    the same hours of the premium index, whose prices are fractions of the index.
    """

    symbol: str
    signal_price: Decimal
    entry_price: Decimal | None
    hours: Sequence[Kline] = ()
    premiums: Sequence[Kline] = ()
    mark_price: Decimal | None = None
    index_price: Decimal | None = None
