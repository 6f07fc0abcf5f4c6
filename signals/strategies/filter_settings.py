"""Settings of the signal filters, as the strategies that use them offer them to their owner."""

from decimal import Decimal
from typing import Any

from signals.strategies.base import StrategyConfig


class FilterSettings(StrategyConfig):
    """Which filters run, in their fixed order, and with which bounds. Percentages are plain numbers."""

    enable_risk_filters: bool = True
    entry_gain_enabled: bool = True
    entry_gain_max_pct: Decimal = Decimal("9.04")
    entry_gain_min_pct: Decimal = Decimal("-3.0")

    def filters(self) -> dict[str, dict[str, Any]]:
        """Name and parameters of each filter that is on, in the order they run."""
        if not (self.enable_risk_filters and self.entry_gain_enabled):
            return {}
        return {"entry_gain": {"max_gain_pct": self.entry_gain_max_pct, "min_gain_pct": self.entry_gain_min_pct}}
