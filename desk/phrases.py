"""Sentences that rows keep in English, with the numbers in them, told again in the active language."""

import re
import string
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext, gettext_noop

from desk.vocabulary import word

# Written where the decision is made (risk, signals, trading).
PHRASES: Sequence[str] = (
    gettext_noop("{reason}; missing data is set to reject"),
    gettext_noop("price rose {gain} %, over {limit} %"),
    gettext_noop("price moved {gain} %, under {limit} %"),
    gettext_noop("price changed {change} % in {hours} h, under {limit} %"),
    gettext_noop("basis {basis} %, under {limit} %"),
    gettext_noop("basis changed {change} points in {hours} h, under {limit}"),
    gettext_noop("premium {premium} of the index, under {limit}"),
    gettext_noop("volume delta {delta} is the lowest of {hours} h"),
    gettext_noop("buys grew more than {growth} times in each of {run} hours, limit {limit}"),
    gettext_noop("{number} is in the danger range {range}"),
    gettext_noop("{low} to {high}"),
    gettext_noop("no price at entry"),
    gettext_noop("no price at the signal"),
    gettext_noop("no price 24 hours ago"),
    gettext_noop("no mark and index price"),
    gettext_noop("no last and index price"),
    gettext_noop("no hourly bars"),
    gettext_noop("no hours of that time"),
    gettext_noop("{hours} hourly bars, {needed} are needed"),
    gettext_noop("half Kelly is 0: the record has no edge"),
    gettext_noop("no average true range"),
    gettext_noop("no volatility"),
    gettext_noop("the signal carries no terms of advice"),
    gettext_noop("no price"),
    gettext_noop("the price {price} has left the room between stop and take-profit"),
    gettext_noop("the stop lies {multiple} ATR from the price, not {low} to {high}"),
    gettext_noop("reward to risk {ratio}, at least {limit}"),
    gettext_noop("auto-trade is off"),
    gettext_noop("the signal is {minutes} minutes old"),
    gettext_noop("{refusal} ({number}, limit {limit})"),
    gettext_noop("a position or order that is not ours stands on the symbol"),
    gettext_noop("another entry on this symbol came first"),
    gettext_noop("another process decided this signal"),
    gettext_noop("the exchange no longer lists {symbol}"),
    gettext_noop("{symbol}: notional {notional} USDT is below the minimum of {minimum} USDT"),
    gettext_noop("the account may not trade"),
    gettext_noop("the account is in multi-assets mode; isolated margin needs single-asset mode"),
    gettext_noop("{symbol} stands at {margin_type} {leverage}x, not ISOLATED {wanted}x"),
    gettext_noop("no data"),
    gettext_noop("no order of the plan would be large enough"),
    gettext_noop(
        "the limit {price} lies {distance} % from the last price {last_price}; for an order in steps at most {most} %"
    ),
    gettext_noop("the limit {price} lies beyond {bound}, the worst the exchange takes at the last price {last_price}"),
    gettext_noop("the last price {last_price} has passed the stop {stop}"),
    gettext_noop("{share} of {count} closes beyond {growth}"),
    gettext_noop("never arrived at the exchange"),
    gettext_noop("stop"),
    gettext_noop("take-profit"),
    gettext_noop("entry cancelled"),
    gettext_noop("rest cancelled"),
    gettext_noop("called off before it was sent"),
    gettext_noop("at market, and not sent while its price was known"),
    gettext_noop("called off before anything was filled"),
    gettext_noop("a late fill"),
    gettext_noop("nothing is open at the exchange, and no trade tells why"),
    gettext_noop("it is open at the exchange again"),
    gettext_noop("the stop at {old} lay too near to liquidation at {liquidation}, wanted at {price}"),
    gettext_noop("an order without a position was cancelled"),
    gettext_noop("an exit with our id that our rows do not know"),
    gettext_noop("{purpose} order is {status}"),
    gettext_noop("{purpose} order that left while the database was away"),
    gettext_noop("a position of {quantity}"),
    gettext_noop("{symbol} trade {trade_id} {income_type}: ours {ours}, theirs {theirs} ({row_state})"),
    gettext_noop("{symbol} income {trade_id} {income_type}: ours {ours}, theirs {theirs} ({row_state})"),
    gettext_noop("missing here"),
    gettext_noop("missing there"),
    gettext_noop("differing"),
    gettext_noop("{symbol} trade {trade_id} {income_type}: ours {ours}, theirs {theirs}"),
)

# Names of parts without a space.
_WORD = {"refusal", "purpose", "status", "symbol", "trade_id", "income_type", "margin_type", "low", "high"}


def retold(text: str) -> str | None:
    """``text`` in the active language, or None when it is none of the known phrases."""
    for phrase, pattern in _patterns():
        found = pattern.fullmatch(text)
        if found:
            return gettext(phrase).format(**{name: _part(name, part) for name, part in found.groupdict().items()})
    return None


def _part(name: str, text: str) -> str:
    """A part may be a phrase itself, or a code."""
    return retold(text) or word(name, text)


@lru_cache(maxsize=1)
def _patterns() -> Sequence[tuple[str, re.Pattern[str]]]:
    return [(phrase, re.compile(_expression(phrase))) for phrase in PHRASES]


def _expression(phrase: str) -> str:
    parts: list[Any] = list(string.Formatter().parse(phrase))
    return "".join(re.escape(literal) + (_group(name) if name else "") for literal, name, _spec, _conversion in parts)


def _group(name: str) -> str:
    return rf"(?P<{name}>{r'[^ ]+?' if name in _WORD else '.+?'})"
