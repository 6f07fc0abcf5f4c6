"""Words for the codes that events, signals and orders store, in the active language."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.apps import apps
from django.utils.translation import gettext_lazy as _

Words = Mapping[str, Any]  # code → its word, translated when it is shown

ENVIRONMENTS: Words = {"replay": _("replay"), "paper": _("paper"), "testnet": _("testnet"), "live": _("live")}
SIDES: Words = {"BUY": _("buy"), "SELL": _("sell")}
CHANGES: Words = {"ADD": _("an add"), "REDUCE": _("a part close"), "ADJUST": _("moved exits")}
STYLES: Words = {
    "market": _("at market"),
    "limit": _("by limit"),
    "limit_then_market": _("by limit, then at market"),
    "twap": _("in slices over a time"),
}
ENDINGS: Words = {
    "filled": _("all of it"),
    "sent": _("all orders were sent"),
    "expired": _("its time is over"),
    "stopped": _("called off"),
    "called_off": _("called off by its owner"),
    "refused": _("refused by the exchange"),
}
SWITCH: Words = {"on": _("on"), "off": _("off")}
AUTHORS: Words = {
    "adviser": _("adviser"),
    "breaker": _("breaker"),
    "cli": _("command line"),
    "protection": _("protection"),
    "strategy": _("strategy"),
    "trailing_stop": _("trailing stop"),
}
PROVIDERS: Words = {"rules": _("the rules"), "none": _("nobody")}
INCOME: Words = {
    "REALIZED_PNL": _("realised profit"),
    "COMMISSION": _("commission"),
    "FUNDING_FEE": _("funding"),
    "INSURANCE_CLEAR": _("liquidation fee"),
}
LOOPS: Words = {
    "scan": _("the search for signals"),
    "entries": _("entering on signals"),
    "stream": _("hearing what the exchange tells"),
    "advise": _("asking the adviser"),
}
TROUBLES: Words = {
    **LOOPS,
    "checks_stopped": _("checks"),
    "unprotected": _("stop at the exchange"),
    "blind": _("answers of the exchange"),
}
RUNGS: Words = {
    "base": _("a stop for whatever is open"),
    "retry": _("the same stop again under a new id"),
    "quantity": _("a stop by quantity"),
    "corrected": _("a stop nearer to the price, on the tick of now"),
    "flatten": _("close at market, in pieces"),
    "page": _("call the owner: neither stop nor close goes through"),
}
CHECKS: Words = {"2h": _("2 h"), "12h": _("12 h")}
STRENGTHS: Words = {"strong": _("strong"), "medium": _("medium"), "weak": _("weak"), "unknown": _("unknown")}

FILTERS: Words = {
    "price_change_24h": _("24 h change"),
    "entry_gain": _("entry gain"),
    "cvd_new_low": _("volume delta low"),
    "premium_realtime": _("premium"),
    "basis": _("basis"),
    "basis_change_24h": _("24 h basis change"),
    "buy_acceleration": _("buy acceleration"),
    "consecutive_buy_ratio": _("consecutive buying"),
    "buy_sell_ratio": _("buy/sell growth"),
    "intraday_buy_ratio": _("intraday buying"),
    "entry_gain_min": _("least entry gain"),
}
METRICS: Words = {
    "acceleration": _("acceleration"),
    "basis_change_pct": _("basis change, points"),
    "basis_pct": _("basis %"),
    "buy_sell_ratio": _("buy/sell growth"),
    "change_pct": _("change %"),
    "cvd": _("volume delta"),
    "danger_ranges": _("danger ranges"),
    "earlier_ratio": _("earlier ratio"),
    "first_basis_pct": _("first basis %"),
    "first_close": _("first close"),
    "gain_pct": _("gain %"),
    "hours": _("hourly bars"),
    "index_price": _("index price"),
    "last_basis_pct": _("last basis %"),
    "last_close": _("last close"),
    "last_price": _("last price"),
    "longest_run": _("longest run"),
    "lowest_cvd": _("lowest volume delta"),
    "mark_price": _("mark price"),
    "max_buy_growth": _("highest buy growth"),
    "max_gain_pct": _("at most %"),
    "max_sell_growth": _("highest sell growth"),
    "min_basis_change_pct": _("at least, points"),
    "min_basis_pct": _("at least %"),
    "min_change_pct": _("at least %"),
    "min_gain_pct": _("at least %"),
    "min_growth": _("least growth"),
    "min_premium_ratio": _("at least"),
    "premium_ratio": _("premium"),
    "recent_ratio": _("recent ratio"),
    "run_hours": _("hours allowed"),
}
STANDINGS: Words = {
    "first": _("it came later; this one goes on, and leaves its symbols alone"),
    "copied": _("our own ids, and not in our rows: a restored backup, or a copy at work; nothing new is entered"),
    "left_behind": _("its orders stand from before; nothing new is entered while they do"),
    "later": _("this one came later and stops"),
}
MARGIN_TYPES: Words = {"CROSSED": _("cross"), "ISOLATED": _("isolated")}

REFUSALS: Words = {
    "auto_trade_disabled": _("auto-trade is off"),
    "stale_signal": _("too old"),
    "symbol_held": _("already held"),
    "symbol_unresolved": _("an order of unknown outcome"),
    "max_positions": _("too many positions"),
    "max_entries_per_day": _("too many entries today"),
    "stop_loss_cooldown": _("stopped out today"),
    "daily_loss": _("today's loss is at its limit"),
    "symbol_blocked": _("set aside by the desk"),
    "breaker": _("the breaker has tripped"),
    "symbol_denied": _("on the owner's list of symbols to leave alone"),
    "symbol_not_allowed": _("not on the owner's list of symbols"),
    "symbol_quota": _("too many entries on this symbol today"),
    "contract_status": _("the contract does not trade now"),
    "contract_delisting": _("the contract ends soon"),
    "trading_hours": _("outside the contract's trading hours"),
    "balance_stale": _("the balance was read too long ago"),
    "price_stale": _("the price is too old"),
    "max_leverage": _("leverage over the account's limit"),
    "min_notional": _("below the account's least size"),
    "position_share": _("too large a share of equity"),
    "total_exposure": _("the account carries too much"),
    "free_margin": _("too little margin would stay free"),
    "bot_margin": _("the bot's margin is used up"),
    "cluster_exposure": _("too much moves together"),
    "liquidation_distance": _("too close to liquidation"),
    "max_adds": _("added to often enough"),
    "add_gain": _("not enough profit to add"),
    "add_multiple": _("too large after adding"),
    "max_reduces": _("reduced often enough"),
    "incomplete": _("it does not say what it is to be"),
    "not_open": _("the position is not open"),
    "not_protected": _("no stop stands for it yet"),
    "change_in_work": _("another change is under way"),
    "stale_change": _("asked for too long ago"),
    "loosens_stop": _("it would loosen the stop"),
    "beyond_price": _("the price stands beyond it already"),
    "below_step": _("smaller than the least step"),
    "unfilled": _("nothing was filled"),
    "entry_working": _("its entry is still at work"),
    "not_moved": _("the exits could not be moved in time"),
    "foreign_on_symbol": _("a position or order that is not ours stands on the symbol"),
    "strategy": _("against the strategy"),
    "no_signal": _("no signal by these settings"),
    "below_min_notional": _("below the exchange's minimum"),
    "account_not_ready": _("the account is not ready"),
    "unknown_symbol": _("no longer listed"),
    "already_decided": _("another process decided this signal"),
    "exchange_refused": _("refused by the exchange"),
    "exits_on_wrong_side": _("the tick is too coarse for its stop and take-profit"),
    "stop_beyond_liquidation": _("the stop would lie beyond liquidation"),
    "no_size": _("the size cannot be derived"),
    **{f"filter_{name}": label for name, label in FILTERS.items()},
}

# Error codes of the venue that the desk meets in its work.
VENUE_ERRORS: Words = {
    "-2018": _("balance too small"),
    "-2019": _("margin too small"),
    "-2021": _("the price is already past the trigger"),
    "-2022": _("nothing to reduce"),
    "-4118": _("other orders already reduce the whole position"),
    "-4130": _("such a stop stands already"),
    "-4142": _("the price is already past the trigger"),
    "-4164": _("below the exchange's minimum"),
    "-4509": _("no position to close"),
}

# What leaves the least room for an order's size.
SIZE_BOUNDS: Words = {
    "wanted": _("the size asked for"),
    "free_margin": _("margin that stays free"),
    "position_share": _("share of equity in one position"),
    "total_exposure": _("exposure of the account"),
    "bot_margin": _("margin of the bot"),
    "cluster_exposure": _("exposure of what moves together"),
    "max_quantity": _("largest order of the exchange"),
    "market_max_quantity": _("largest market order of the exchange"),
}

# What asked for an order's size.
SIZINGS: Words = {
    "fixed": _("fixed sum"),
    "percent": _("share of the balance"),
    "half_kelly": _("half Kelly"),
    "atr_risk": _("risk by true range"),
    "volatility": _("share by volatility"),
    "signal": _("what the strategy asks for"),
}

TIERS: Words = {
    "active": _("active"),
    "reduced": _("smaller entries"),
    "close_only": _("close only"),
    "halted": _("halted"),
}
BREAKER_CAUSES: Words = {
    "consecutive_losses": _("losses in a row"),
    "api_failures": _("failures of the exchange"),
    "ai_failures": _("failures of the language model"),
    "daily_loss": _("loss of the day"),
    "weekly_loss": _("loss of the week"),
    "drawdown": _("draw-down from the peak"),
    "equity_average": _("equity below its average"),
    "market_crash": _("crash of the market"),
    "stale_data": _("stale data"),
    "emergency_stop": _("emergency stop"),
}

_CODES: Mapping[str, Words] = {
    "author": AUTHORS,
    "cause": BREAKER_CAUSES,
    "change": CHANGES,
    "check": CHECKS,
    "ending": ENDINGS,
    "environment": ENVIRONMENTS,
    "income_type": INCOME,
    "loop": LOOPS,
    "margin_type": MARGIN_TYPES,
    "provider": PROVIDERS,
    "refusal": REFUSALS,
    "rung": RUNGS,
    "side": SIDES,
    "size_bound": SIZE_BOUNDS,
    "sizing": SIZINGS,
    "standing": STANDINGS,
    "state": SWITCH,
    "strength": STRENGTHS,
    "style": STYLES,
    "tier": TIERS,
    "trouble": TROUBLES,
}

# Facts that are values of a field above this package; its labels are read from Django's registry, not imported.
_FIELDS: Mapping[str, tuple[str, str]] = {
    "direction": ("trading.Position", "direction"),
    "exit_reason": ("trading.Position", "exit_reason"),
    "purpose": ("trading.Order", "purpose"),
    "status": ("trading.Order", "status"),
}


def word(fact: str, code: Any) -> str:
    """The word for ``code`` as a value of ``fact``; what is no code stays as it is."""
    if fact == "hour":
        return _hour(str(code))
    words = _labels(*_FIELDS[fact]) if fact in _FIELDS else _CODES.get(fact, {})
    return str(words.get(str(code), code))


def _labels(model: str, field: str) -> Words:
    return dict(apps.get_model(model)._meta.get_field(field).flatchoices)


def _hour(iso: str) -> str:
    """The UTC hour a scan belongs to."""
    return f"{datetime.fromisoformat(iso).astimezone(UTC):%m-%d %H:%M} UTC"
