"""Which changes of settings raise risk: those need the step-up password, lowering never waits."""

from collections.abc import Mapping
from typing import Any

from risk.states import RANKS

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
        "entry_gain_max_pct",
        "consecutive_buy_ratio_hours",
        "consecutive_buy_ratio_threshold",
        "max_leverage",
        "max_position_pct",
        "max_exposure_pct",
        "max_bot_margin_usdt",
        "max_symbol_entries_per_day",
        "max_adds",
        "max_add_multiple",
        "max_cluster_pct",
        "max_reduces",
        "cluster_correlation",
        "max_balance_age_minutes",
        "max_price_age_minutes",
        "reduced_size_pct",
        "consecutive_losses",
        "api_failures",
        "ai_failures",
        "daily_loss_pct",
        "daily_loss_usdt",
        "weekly_loss_pct",
        "weekly_loss_usdt",
        "drawdown_pct",
        "crash_pct",
        "stale_minutes",
        "max_slippage_pct",
    }
)
MORE_IS_SAFER = frozenset(
    {
        "surge_threshold",
        "premium_24h_drop_threshold",
        "entry_gain_min_pct",
        "premium_min_threshold",
        "basis_min_pct",
        "basis_change_24h_min_pct",
        "min_free_margin_pct",
        "min_liquidation_pct",
        "min_add_gain_pct",
        "min_notional_usdt",
        "delisting_hours",
        "consecutive_losses_minutes",
        "api_failures_minutes",
        "ai_failures_minutes",
        "crash_minutes",
        "atr_multiple",
    }
)
OFF_AT_ZERO = frozenset(
    {
        "daily_loss_limit_usdt",
        "max_position_pct",
        "max_exposure_pct",
        "max_bot_margin_usdt",
        "max_symbol_entries_per_day",
        "max_cluster_pct",
        "max_balance_age_minutes",
        "max_price_age_minutes",
        "consecutive_losses",
        "api_failures",
        "ai_failures",
        "daily_loss_pct",
        "daily_loss_usdt",
        "weekly_loss_pct",
        "weekly_loss_usdt",
        "drawdown_pct",
        "crash_pct",
        "stale_minutes",
    }
)
SAFER_WHEN_ON = frozenset(
    {
        "stop_loss_cooldown",
        "crash_flatten",
        "enable_risk_filters",
        "premium_24h_enabled",
        "entry_gain_enabled",
        "cvd_new_low_enabled",
        "premium_realtime_enabled",
        "basis_enabled",
        "basis_change_24h_enabled",
        "buy_acceleration_enabled",
        "consecutive_buy_ratio_enabled",
        "buy_sell_ratio_enabled",
        "intraday_buy_ratio_enabled",
    }
)
TIERS = frozenset(
    {
        "consecutive_losses_tier",
        "api_failures_tier",
        "ai_failures_tier",
        "daily_loss_tier",
        "weekly_loss_tier",
        "drawdown_tier",
        "equity_average_tier",
        "crash_tier",
        "stale_tier",
    }
)
SAFER_WHEN_OFF = frozenset({"adjust_may_loosen"})


def raising(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of the changes that raise risk, or of which nobody can tell that they lower it."""
    changed = (name for name in after if after[name] != before.get(name))
    return tuple(name for name in changed if not _lowers(name, before.get(name), after[name]))


def _lowers(name: str, old: Any, new: Any) -> bool:
    if name in SAFER_WHEN_ON:
        return bool(new)
    if name == "filter_missing_data":
        return bool(new == "reject")
    if name in TIERS:
        return old is not None and RANKS[new] > RANKS[old]
    if name == "symbol_deny":
        return old is not None and set(new) >= set(old)
    if name == "symbol_allow":
        return old is not None and bool(new) and (not old or set(new) <= set(old))
    if name in SAFER_WHEN_OFF:
        return not new
    if old is None or name not in LESS_IS_SAFER | MORE_IS_SAFER:
        return False
    if name in OFF_AT_ZERO and new == 0:
        return False
    if name in OFF_AT_ZERO and old == 0:
        return True
    return bool(new < old) if name in LESS_IS_SAFER else bool(new > old)
