"""What each risk setting of an account is called, in which unit it is given, and what it does."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from dashboard.setting_words import Group, SettingWords

G = Group
_PERCENT, _USDT, _MINUTES, _HOURS, _DAYS = "%", "USDT", _("min"), _("h"), _("days")
_NO_LIMIT, _OFF = _("0: no limit"), _("0: off")
_TIER, _TIME = _("what the desk may do then"), _("then the breaker eases by itself")

RISK_WORDS: Mapping[str, SettingWords] = {
    "max_leverage": SettingWords(G.ACCOUNT, _("Leverage at most"), "×"),
    "max_position_pct": SettingWords(
        G.ACCOUNT, _("One position at most"), _PERCENT, _("of equity, its margin; 0: no limit")
    ),
    "exposure_basis": SettingWords(G.ACCOUNT, _("Exposure counts"), "", _("for exposure, and for what moves together")),
    "max_exposure_pct": SettingWords(
        G.ACCOUNT, _("Exposure at most"), _PERCENT, _("of equity, everything on the account counted; 0: no limit")
    ),
    "min_free_margin_pct": SettingWords(G.ACCOUNT, _("Margin that stays free"), _PERCENT, _("of equity")),
    "max_bot_margin_usdt": SettingWords(G.ACCOUNT, _("Margin of a bot at most"), _USDT, _NO_LIMIT),
    "min_notional_usdt": SettingWords(G.ACCOUNT, _("Entry at least"), _USDT, _("quantity × price; 0: no limit")),
    "min_liquidation_pct": SettingWords(
        G.ACCOUNT, _("Liquidation at least away"), _PERCENT, _("from the entry; 0: no limit")
    ),
    "max_symbol_entries_per_day": SettingWords(
        G.ACCOUNT, _("Entries a day on one coin"), "", _("per UTC day; 0: no limit")
    ),
    "max_adds": SettingWords(G.CHANGES, _("Adds to a position"), "", _("0: never")),
    "min_add_gain_pct": SettingWords(G.CHANGES, _("Profit before an add"), _PERCENT, _("of its margin")),
    "max_add_multiple": SettingWords(G.CHANGES, _("Size after adds at most"), "×", _("of the first entry")),
    "max_reduces": SettingWords(G.CHANGES, _("Part closes of a position"), "", _("0: never")),
    "adjust_may_loosen": SettingWords(
        G.CHANGES, _("Adviser may loosen a stop"), "", _("off: a stop only moves toward safety")
    ),
    "max_cluster_pct": SettingWords(
        G.TOGETHER,
        _("Exposure of a group at most"),
        _PERCENT,
        _("of equity, coins that move alike; 0: no limit"),
    ),
    "cluster_correlation": SettingWords(
        G.TOGETHER, _("Together from a correlation of"), "", _("of hourly returns; 1: always the same way")
    ),
    "cluster_hours": SettingWords(G.TOGETHER, _("Correlation over"), _HOURS, _("looking back")),
    "max_balance_age_minutes": SettingWords(
        G.FRESHNESS, _("Balance at most this old"), _MINUTES, _("older: no new entry; 0: off")
    ),
    "max_price_age_minutes": SettingWords(
        G.FRESHNESS, _("Price at most this old"), _MINUTES, _("older: no new entry; 0: off")
    ),
    "symbol_allow": SettingWords(G.CONTRACTS, _("Only these contracts"), "", _("with commas between; empty: all")),
    "symbol_deny": SettingWords(G.CONTRACTS, _("Never these contracts"), "", _("with commas between")),
    "delisting_hours": SettingWords(
        G.CONTRACTS, _("No entry before a delisting"), _HOURS, _("so long before its last trade; 0: off")
    ),
    "reduced_size_pct": SettingWords(
        G.LOSSES, _("Smaller entries are"), _PERCENT, _("of the usual size, while the breaker says so")
    ),
    "consecutive_losses": SettingWords(G.LOSSES, _("Losses in a row"), "", _OFF),
    "consecutive_losses_tier": SettingWords(G.LOSSES, _("Losses in a row: then"), "", _TIER),
    "consecutive_losses_minutes": SettingWords(G.LOSSES, _("Losses in a row: for"), _MINUTES, _TIME),
    "daily_loss_pct": SettingWords(G.LOSSES, _("Loss a day"), _PERCENT, _("of the capital at work; 0: off")),
    "daily_loss_usdt": SettingWords(G.LOSSES, _("Loss a day, as a sum"), _USDT, _OFF),
    "daily_loss_tier": SettingWords(G.LOSSES, _("Loss a day: then"), "", _TIER),
    "weekly_loss_pct": SettingWords(G.LOSSES, _("Loss a week"), _PERCENT, _("of the capital at work; 0: off")),
    "weekly_loss_usdt": SettingWords(G.LOSSES, _("Loss a week, as a sum"), _USDT, _OFF),
    "weekly_loss_tier": SettingWords(G.LOSSES, _("Loss a week: then"), "", _TIER),
    "drawdown_pct": SettingWords(
        G.LOSSES, _("Fall below the peak"), _PERCENT, _("ends when a person resets it; 0: off")
    ),
    "drawdown_tier": SettingWords(G.LOSSES, _("Fall below the peak: then"), "", _TIER),
    "equity_average_days": SettingWords(G.LOSSES, _("Equity below its average of"), _DAYS, _OFF),
    "equity_average_tier": SettingWords(G.LOSSES, _("Equity below its average: then"), "", _TIER),
    "api_failures": SettingWords(G.FAILURES, _("Failures of the exchange"), "", _("in a row; 0: off")),
    "api_failures_tier": SettingWords(G.FAILURES, _("Failures of the exchange: then"), "", _TIER),
    "api_failures_minutes": SettingWords(G.FAILURES, _("Failures of the exchange: for"), _MINUTES, _TIME),
    "ai_failures": SettingWords(G.FAILURES, _("Failures of the language model"), "", _("in a row; 0: off")),
    "ai_failures_tier": SettingWords(G.FAILURES, _("Failures of the language model: then"), "", _TIER),
    "ai_failures_minutes": SettingWords(G.FAILURES, _("Failures of the language model: for"), _MINUTES, _TIME),
    "stale_minutes": SettingWords(G.FAILURES, _("Data older than"), _MINUTES, _OFF),
    "stale_tier": SettingWords(G.FAILURES, _("Old data: then"), "", _TIER),
    "crash_pct": SettingWords(G.CRASH, _("Fall of the market"), _PERCENT, _OFF),
    "crash_window_minutes": SettingWords(G.CRASH, _("Fall within"), _MINUTES),
    "crash_symbols": SettingWords(G.CRASH, _("Measured on"), "", _("the mean of these, or BTCUSDT alone")),
    "crash_tier": SettingWords(G.CRASH, _("Fall of the market: then"), "", _TIER),
    "crash_minutes": SettingWords(G.CRASH, _("Fall of the market: for"), _MINUTES, _TIME),
    "crash_flatten": SettingWords(G.CRASH, _("Close everything then"), "", _("at market")),
}
