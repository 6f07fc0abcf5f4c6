"""A bot's own limits of size, where they are narrower than its account's."""

from decimal import Decimal
from typing import Any

from risk.limit_settings import RiskSettings
from signals.strategies.base import StrategyConfig


def narrowed(settings: RiskSettings, config: StrategyConfig) -> RiskSettings:
    """``settings`` with each limit that ``config`` has too at the smaller of both; 0 in ``settings`` is no limit."""
    changes: dict[str, Any] = {}
    for name, own in config.own_limits().items():
        limit: int | Decimal = getattr(settings, name)
        changes[name] = min(own, limit) if limit else own
    return settings.model_copy(update=changes) if changes else settings
