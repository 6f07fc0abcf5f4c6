"""What the filters may look at: a snapshot taken when the entry is decided."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterContext:
    """Prices in USDT; ``entry_price`` is None when no price could be had."""

    symbol: str
    signal_price: Decimal
    entry_price: Decimal | None
