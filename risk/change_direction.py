"""Which changes of settings raise risk: those need the step-up password, lowering never waits."""

from collections.abc import Mapping
from typing import Any

# Settings of which less is safer, and settings of which more is. 0 stands for "no limit" where OFF_AT_ZERO says so.
LESS_IS_SAFER = frozenset(
    {
        "leverage",
        "max_positions",
        "max_entries_per_day",
        "live_fixed_margin_usdt",
        "margin_pct",
        "kelly_default_pct",
        "kelly_max_pct",
        "risk_pct",
        "target_volatility_pct",
        "max_volatility_factor",
        "daily_loss_limit_usdt",
        "stop_loss_pct",
        "max_leverage",
        "max_position_pct",
        "max_exposure_pct",
        "max_bot_margin_usdt",
        "max_symbol_entries_per_day",
        "max_adds",
        "max_add_multiple",
        "max_cluster_pct",
    }
)
MORE_IS_SAFER = frozenset(
    {"surge_threshold", "min_free_margin_pct", "min_liquidation_pct", "min_add_gain_pct", "atr_multiple"}
)
OFF_AT_ZERO = frozenset(
    {
        "daily_loss_limit_usdt",
        "max_position_pct",
        "max_exposure_pct",
        "max_bot_margin_usdt",
        "max_symbol_entries_per_day",
        "max_cluster_pct",
    }
)
SAFER_WHEN_ON = frozenset({"stop_loss_cooldown", "enable_risk_filters"})


def raising(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of the changes that raise risk, or of which nobody can tell that they lower it."""
    changed = (name for name in after if after[name] != before.get(name))
    return tuple(name for name in changed if not _lowers(name, before.get(name), after[name]))


def _lowers(name: str, old: Any, new: Any) -> bool:
    if name in SAFER_WHEN_ON:
        return bool(new)
    if old is None or name not in LESS_IS_SAFER | MORE_IS_SAFER:
        return False
    if name in OFF_AT_ZERO and new == 0:
        return False
    if name in OFF_AT_ZERO and old == 0:
        return True
    return bool(new < old) if name in LESS_IS_SAFER else bool(new > old)
