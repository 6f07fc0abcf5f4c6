"""Words for the codes that the adviser's rows store, in the active language."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from advisor.memory.relevance import ALL_SYMBOLS
from desk.phrases import retold
from desk.vocabulary import REFUSALS, Words

ACTIONS: Words = {
    "LONG": _("open long"),
    "SHORT": _("open short"),
    "ADD": _("add"),
    "REDUCE": _("reduce"),
    "ADJUST": _("move exits"),
    "CLOSE": _("close position"),
    "HOLD": _("hold"),
}
REGIMES: Words = {
    "trending_up": _("rising trend"),
    "trending_down": _("falling trend"),
    "ranging": _("ranging"),
    "volatile": _("volatile"),
    "quiet": _("quiet"),
    "unknown": _("unknown"),
}
RUNGS: Words = {
    "full": _("in full"),
    "skip_idle": _("only what is held"),
    "short": _("short prompts"),
    "cheap": _("cheapest model"),
    "rules": _("rules, no model"),
}
# Why a decision is a hold that was not asked for.
REASONS: Words = {
    "confidence_below_minimum": _("confidence below the minimum"),
    "params_missing": _("no numbers for the entry"),
    "stop_loss_missing": _("no stop named"),
    "take_profit_missing": _("no take-profit named"),
    "size_missing": _("no size named"),
    "leverage_missing": _("no leverage named"),
    "exits_on_wrong_side": _("stop and take-profit on the wrong sides"),
    "nothing_to_adjust": _("nothing to move"),
    "too_long": _("the answer is too long"),
    "no_object": _("no decision in the answer"),
    "truncated": _("the answer breaks off"),
    "invalid_json": _("the answer cannot be read"),
    "outside_schema": _("the answer is not of the agreed form"),
    "wrong_symbol": _("an answer about another contract"),
    "action_not_allowed": _("an action that is not open now"),
}
CLAMPS: Words = {
    "size_capped": _("size capped"),
    "leverage_floored": _("leverage rounded down"),
    "add_percent_default": _("share to add: the desk's own"),
    "add_percent_clamped": _("share to add bounded"),
    "reduce_percent_default": _("share to take off: the desk's own"),
    "reduce_percent_clamped": _("share to take off bounded"),
}
REPAIRS: Words = {
    "thinking_removed": _("thinking aloud cut off"),
    "text_around_removed": _("text around the answer cut off"),
    "nulls_dropped": _("empty numbers left out"),
    "empty_params_dropped": _("empty list of numbers left out"),
}
PARAMS: Words = {
    "positionSizePercent": _("size, % of the balance"),
    "leverage": _("leverage"),
    "stopLossPrice": _("stop"),
    "takeProfitPrice": _("take-profit"),
    "orderType": _("type"),
    "addPercent": _("added, % of the position"),
    "reducePercent": _("taken off, % of the position"),
}
FAILURES: Words = {
    "timeout": _("no answer in time"),
    "deadline": _("no time left"),
    "no_money": _("no money left"),
    "rate_limited": _("asked to wait"),
    "unreadable": _("an unreadable answer"),
    "refused": _("refused to answer"),
    "empty": _("an empty answer"),
    "unreachable": _("not to be reached"),
    "connection_lost": _("connection lost"),
    "not_sendable": _("cannot be sent"),
    "not_the_protocol": _("not the provider's protocol"),
    "http_401": _("the key is refused"),
    "http_402": _("the provider's account is empty"),
    "http_403": _("not allowed with this key"),
    "http_404": _("no such model"),
    "http_500": _("the provider has failed"),
    "http_502": _("the provider has failed"),
    "http_503": _("the provider is overloaded"),
    "http_529": _("the provider is overloaded"),
}
PROVIDERS: Words = {"rules": _("rules"), "none": _("nobody")}
TRIGGERS: Words = {"closes": _("fifty closes"), "daily": _("a day has passed")}
GROUPINGS: Words = {"symbol": _("By contract"), "regime": _("By regime"), "operation": _("By way of working")}
OPERATIONS: Words = {
    "plain": _("neither added nor reduced"),
    "added": _("added"),
    "reduced": _("reduced"),
    "added_and_reduced": _("added and reduced"),
}
# What a model was shown, by block.
BLOCKS: Words = {
    "market": _("Market"),
    "account": _("Account"),
    "position": _("Position"),
    "operations": _("Work on the position"),
    "other_positions": _("Other positions"),
    "streak": _("Streak"),
}


def reason_told(reason: str) -> str:
    """``reason`` as stored, a code that details may follow, as a sentence."""
    code, _colon, detail = reason.partition(": ")
    word = REASONS.get(code) or REFUSALS.get(code)
    if word is None:
        return retold(reason) or reason
    return f"{word}: {detail}" if detail else str(word)


def failure_told(error: str) -> str:
    """Why a provider gave no answer; its own details are kept as they are."""
    code, _colon, detail = error.partition(": ")
    word = FAILURES.get(code) or REASONS.get(code)
    if word is None:
        return error
    return f"{word}: {reason_told(detail)}" if detail else str(word)


def group_told(grouping: str, name: str) -> str:
    """One group of a review: a contract as it is, a regime or way of working by its word."""
    words: Mapping[str, Any] = {"regime": REGIMES, "operation": OPERATIONS}.get(grouping, {})
    return str(words.get(name, name))


def symbol_told(symbol: str) -> str:
    return str(_("every contract")) if symbol == ALL_SYMBOLS else symbol
