"""What each setting of a bot is called, in which unit it is given, and what it does, in the active language."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext_lazy as _

from desk.vocabulary import STYLES, TIERS


class Group(StrEnum):
    """Groups of settings, as the page shows them."""

    SIZE = "size"
    LIMITS = "limits"
    ENTRY = "entry"
    SIGNAL = "signal"
    EXIT = "exit"
    JUDGING = "judging"
    FILTERS = "filters"
    ADVICE = "advice"
    ACCOUNT = "account"
    CHANGES = "changes"
    TOGETHER = "together"
    FRESHNESS = "freshness"
    CONTRACTS = "contracts"
    LOSSES = "losses"
    FAILURES = "failures"
    CRASH = "crash"
    OTHER = "other"


GROUPS: Mapping[Group, Any] = {
    Group.SIZE: _("Size of an entry"),
    Group.LIMITS: _("Limits"),
    Group.ENTRY: _("Entry"),
    Group.SIGNAL: _("Surge"),
    Group.EXIT: _("Exits"),
    Group.JUDGING: _("Judging again"),
    Group.FILTERS: _("Filters"),
    Group.ADVICE: _("Advice"),
    Group.ACCOUNT: _("Limits of the account"),
    Group.CHANGES: _("Adds and part closes"),
    Group.TOGETHER: _("What moves together"),
    Group.FRESHNESS: _("Fresh data"),
    Group.CONTRACTS: _("Contracts"),
    Group.LOSSES: _("Breaker: losses"),
    Group.FAILURES: _("Breaker: failures"),
    Group.CRASH: _("Breaker: fall of the market"),
    Group.OTHER: _("Other"),
}


@dataclass(frozen=True, slots=True)
class SettingWords:
    """``unit`` is empty for switches, words and plain counts."""

    group: Group
    label: Any
    unit: Any = ""
    help: Any = ""


G = Group
_PERCENT, _HOURS = "%", _("h")
WORDS: Mapping[str, SettingWords] = {
    "margin_mode": SettingWords(
        G.SIZE,
        _("Margin by"),
        "",
        _("a fixed sum or a share is refused beyond a limit; a size that is derived is cut to it"),
    ),
    "live_fixed_margin_usdt": SettingWords(G.SIZE, _("Fixed margin"), "USDT", _("put into each entry")),
    "margin_pct": SettingWords(
        G.SIZE, _("Share of the balance"), _PERCENT, _("of the available balance, at least 1 USDT")
    ),
    "kelly_least_trades": SettingWords(
        G.SIZE, _("Kelly, trades at least"), "", _("of this bot, closed; with fewer the share below is used")
    ),
    "kelly_default_pct": SettingWords(G.SIZE, _("Kelly, share until then"), _PERCENT, _("of the available balance")),
    "kelly_max_pct": SettingWords(
        G.SIZE, _("Kelly, share at most"), _PERCENT, _("of the available balance, whatever the record says")
    ),
    "risk_pct": SettingWords(
        G.SIZE, _("Risk of an entry"), _PERCENT, _("of equity, lost at the stop; for sizes by true range")
    ),
    "atr_multiple": SettingWords(
        G.SIZE, _("True ranges to the stop"), "×", _("of 15 min; a stop that lies further counts instead")
    ),
    "target_volatility_pct": SettingWords(
        G.SIZE, _("Volatility aimed at"), _PERCENT, _("a day; a coin that moves twice as much gets half the share")
    ),
    "max_volatility_factor": SettingWords(G.SIZE, _("Calm coins, at most"), "×", _("of the share of the balance")),
    "leverage": SettingWords(
        G.SIZE, _("Leverage"), "×", _("lowered by itself where the stop would lie near liquidation")
    ),
    "max_positions": SettingWords(G.LIMITS, _("Positions at once"), "", _("working entries count")),
    "max_entries_per_day": SettingWords(G.LIMITS, _("Entries a day"), "", _("per UTC day")),
    "daily_loss_limit_usdt": SettingWords(
        G.LIMITS, _("Loss a day"), "USDT", _("no new entry beyond it; 0 for no limit")
    ),
    "daily_loss_includes_fees": SettingWords(G.LIMITS, _("Fees count as loss")),
    "daily_loss_includes_funding": SettingWords(G.LIMITS, _("Funding counts as loss")),
    "stop_loss_cooldown": SettingWords(
        G.LIMITS, _("Rest after a stop"), "", _("a coin that was stopped out is left alone until the UTC day ends")
    ),
    "entry_reference": SettingWords(G.ENTRY, _("Price to start from"), "", _("the present price, or the signal's")),
    "entry_offset_pct": SettingWords(
        G.ENTRY, _("Offset of the limit"), _PERCENT, _("dearer for a short, cheaper for a long")
    ),
    "entry_timeout_minutes": SettingWords(
        G.ENTRY, _("Entry may work for"), _("min"), _("what has filled by then stays a position")
    ),
    "collection_window_seconds": SettingWords(
        G.ENTRY, _("Collecting signals for"), "s", _("then the strongest is entered first")
    ),
    "execution_style": SettingWords(
        G.ENTRY, _("Orders are sent"), "", _("entries and adds; a stop stands from the first fill on")
    ),
    "style_timeout_seconds": SettingWords(
        G.ENTRY, _("A limit gives way after"), "s", _("then the rest goes to the market, within the bound below")
    ),
    "max_slippage_pct": SettingWords(
        G.ENTRY, _("Bound of the price"), _PERCENT, _("worse than at the decision nothing is bought or sold")
    ),
    "twap_slices": SettingWords(G.ENTRY, _("Slices"), "", _("fewer where each would be too small to trade")),
    "twap_seconds": SettingWords(G.ENTRY, _("Slices are spread over"), "s", _("market time from the first order")),
    "slippage_alarm_bps": SettingWords(
        G.ENTRY, _("Slippage alarm"), "bps", _("told when a fill was that much worse than decided; 0 for never")
    ),
    "surge_threshold": SettingWords(
        G.SIGNAL, _("Ratio from"), "×", _("sell volume of the hour over its mean of the day before")
    ),
    "surge_max_multiple": SettingWords(G.SIGNAL, _("Ratio up to"), "×", _("higher ones are taken for broken data")),
    "stop_loss_pct": SettingWords(G.EXIT, _("Stop-loss"), _PERCENT, _("from the entry's limit price")),
    "strong_tp_pct": SettingWords(
        G.EXIT, _("Take-profit, strong"), _PERCENT, _("at the entry, and while the fall lasts")
    ),
    "medium_tp_pct": SettingWords(G.EXIT, _("Take-profit, medium"), _PERCENT, _("when the judgement after 2 h fails")),
    "weak_tp_pct": SettingWords(G.EXIT, _("Take-profit, weak"), _PERCENT, _("when the judgement after 12 h fails")),
    "max_hold_hours": SettingWords(G.EXIT, _("Held at most"), _HOURS, _("then closed at market")),
    "strength_eval_2h_growth": SettingWords(
        G.JUDGING, _("Fall wanted by 2 h"), "", _("a fraction: 0.055 is 5.5 % below the entry")
    ),
    "strength_eval_2h_ratio": SettingWords(
        G.JUDGING, _("Share of closes by 2 h"), "", _("fraction of 5 min closes that must lie beyond")
    ),
    "strength_eval_12h_growth": SettingWords(
        G.JUDGING, _("Fall wanted by 12 h"), "", _("a fraction of the entry price")
    ),
    "strength_eval_12h_ratio": SettingWords(
        G.JUDGING, _("Share of closes by 12 h"), "", _("fraction of 5 min closes that must lie beyond")
    ),
    "consecutive_surge_protection": SettingWords(
        G.JUDGING, _("Spare double surges"), "", _("two surges in a row are not judged weak after 12 h")
    ),
    "mode": SettingWords(G.ADVICE, _("Layers"), "", _("one question for everything, or a plan and steps within it")),
    "pair_choice": SettingWords(G.ADVICE, _("Pairs are"), "", _("which contracts are looked at")),
    "pair_count": SettingWords(G.ADVICE, _("Pairs at most")),
    "pairs": SettingWords(G.ADVICE, _("Named pairs"), "", _("as the exchange spells them, with blanks between")),
    "held_every_seconds": SettingWords(G.ADVICE, _("Held ones every"), "s", _("time between two looks at a position")),
    "scan_every_minutes": SettingWords(G.ADVICE, _("Others every"), _("min"), _("time between two looks at a pair")),
    "parallel_looks": SettingWords(G.ADVICE, _("Looks at a time")),
    "plan_every_minutes": SettingWords(
        G.ADVICE, _("Plans every"), _("min"), _("looked over sooner when the story or the regime changes")
    ),
    "min_confidence": SettingWords(
        G.ADVICE, _("Confidence from"), "", _("a fraction; below it nothing is opened or added")
    ),
    "max_exposure_pct": SettingWords(
        G.LIMITS, _("Exposure at most"), _PERCENT, _("of equity, everything on the account counted")
    ),
    "max_loss_pct": SettingWords(
        G.LIMITS, _("Loss of a trade at most"), _PERCENT, _("of equity, at its stop; a larger entry is made smaller")
    ),
    "default_size_pct": SettingWords(
        G.SIZE, _("Size without a record"), _PERCENT, _("until 20 trades tell half Kelly")
    ),
    "min_stop_atr": SettingWords(G.EXIT, _("Stop from"), "ATR", _("a closer one is refused")),
    "max_stop_atr": SettingWords(G.EXIT, _("Stop up to"), "ATR", _("a farther one is refused")),
    "min_reward_risk": SettingWords(G.EXIT, _("Reward to risk from"), "×"),
    "trailing_stop": SettingWords(
        G.EXIT, _("Stop follows profit"), "", _("half an ATR for each ATR, with or without advice")
    ),
    "cooldown_minutes": SettingWords(
        G.LIMITS, _("Rest after a close"), _("min"), _("before the same coin is entered again")
    ),
    "enable_risk_filters": SettingWords(
        G.FILTERS, _("Filters are used"), "", _("off: every signal within the limits is entered")
    ),
    "filter_missing_data": SettingWords(G.FILTERS, _("Missing data"), "", _("what a filter without data means")),
    "premium_24h_enabled": SettingWords(G.FILTERS, _("24 h change")),
    "premium_24h_drop_threshold": SettingWords(
        G.FILTERS, _("24 h change, at least"), _PERCENT, _("refused when the price fell further")
    ),
    "entry_gain_enabled": SettingWords(G.FILTERS, _("Entry gain")),
    "entry_gain_max_pct": SettingWords(
        G.FILTERS, _("Entry gain, at most"), _PERCENT, _("price at the entry against the signal's")
    ),
    "entry_gain_min_pct": SettingWords(
        G.FILTERS, _("Entry gain, at least"), _PERCENT, _("refused when the price fell further since the signal")
    ),
    "cvd_new_low_enabled": SettingWords(G.FILTERS, _("Volume delta low")),
    "cvd_lookback_hours": SettingWords(
        G.FILTERS, _("Volume delta, looking back"), _HOURS, _("refused when it is the lowest of these")
    ),
    "premium_realtime_enabled": SettingWords(G.FILTERS, _("Premium")),
    "premium_min_threshold": SettingWords(G.FILTERS, _("Premium, at least"), "", _("a fraction of the index price")),
    "basis_enabled": SettingWords(G.FILTERS, _("Basis")),
    "basis_min_pct": SettingWords(G.FILTERS, _("Basis, at least"), _PERCENT, _("last price against the index")),
    "basis_change_24h_enabled": SettingWords(G.FILTERS, _("24 h basis change")),
    "basis_change_24h_min_pct": SettingWords(
        G.FILTERS, _("24 h basis change, at least"), _("points"), _("refused when the basis fell further")
    ),
    "buy_acceleration_enabled": SettingWords(G.FILTERS, _("Buy acceleration")),
    "buy_accel_danger_ranges": SettingWords(
        G.FILTERS, _("Buy acceleration, danger"), "", _("refused inside; both bounds belong to it")
    ),
    "consecutive_buy_ratio_enabled": SettingWords(G.FILTERS, _("Consecutive buying")),
    "consecutive_buy_ratio_hours": SettingWords(
        G.FILTERS, _("Consecutive buying, run"), _HOURS, _("refused when each of them grew that much")
    ),
    "consecutive_buy_ratio_threshold": SettingWords(
        G.FILTERS, _("Consecutive buying, growth"), "×", _("from hour to hour")
    ),
    "buy_sell_ratio_enabled": SettingWords(G.FILTERS, _("Buy/sell growth")),
    "buy_sell_ratio_danger_ranges": SettingWords(
        G.FILTERS, _("Buy/sell growth, danger"), "", _("refused inside; both bounds belong to it")
    ),
    "intraday_buy_ratio_enabled": SettingWords(G.FILTERS, _("Intraday buying")),
    "intraday_buy_ratio_danger_ranges": SettingWords(
        G.FILTERS, _("Intraday buying, danger"), "", _("works together with the buy/sell growth")
    ),
}
CHOICES: Mapping[str, Any] = {
    "single": _("one question"),
    "layered": _("plan and steps"),
    "majors": _("the six majors"),
    "ranked": _("chosen by rank"),
    "listed": _("those named"),
    "fixed": _("fixed sum"),
    "percent": _("share of the balance"),
    "half_kelly": _("half Kelly"),
    "atr_risk": _("risk by true range"),
    "volatility": _("share by volatility"),
    "current": _("present price"),
    "signal": _("price of the signal"),
    "pass": _("lets pass"),
    "reject": _("refuses"),
    "notional": _("quantity × price"),
    "margin": _("margin"),
    **STYLES,
    **TIERS,
}
