"""Words for sources of context: kinds, freshness, readings that are known by name, and what fails."""

from django.utils.translation import gettext_lazy as _

from desk.vocabulary import Words

KINDS: Words = {
    "venue": _("statistics of the venue"),
    "json": _("JSON feed"),
    "rss": _("headlines"),
    "webhook": _("webhook"),
}
# What the presets call themselves and measure in; what an owner wrote of his own sources stays as it is.
LABELS: Words = {
    "statistics of the venue": _("statistics of the venue"),
    "fear and greed index, 0 fear to 100 greed": _("fear and greed index, 0 fear to 100 greed"),
    "broad dollar index": _("broad dollar index"),
    "yield of ten-year US bonds": _("yield of ten-year US bonds"),
    "coins sent to and from exchanges": _("coins sent to and from exchanges"),
    "net flow to exchanges": _("net flow to exchanges"),
    "whales' deposits to exchanges": _("whales' deposits to exchanges"),
    "price at OKX": _("price at OKX"),
    "price at Bybit": _("price at Bybit"),
}
UNITS: Words = {
    "contracts": _("contracts"),
    "of 100": _("of 100"),
    "index": _("index points"),
    "USD a day": _("USD a day"),
}
FRESHNESS: Words = {
    "fresh": _("fresh"),
    "stale": _("too old"),
    "later": _("of another time"),
    "missing": _("nothing yet"),
    "no_room": _("no room left"),
}
READINGS: Words = {
    "value": _("value"),
    "text": _("text"),
    "spread_percent": _("distance to our mark price"),
    "open_interest": _("open interest"),
    "open_interest_change_1h": _("open interest in 1 h"),
    "open_interest_change_24h": _("open interest in 24 h"),
    "top_accounts_long": _("top traders long, by account"),
    "top_positions_long": _("top traders long, by position"),
    "taker_buy_sell_1h": _("takers bought to sold, 1 h"),
    "funding_7d": _("funding of 7 days"),
    "inflow": _("inflow"),
    "outflow": _("outflow"),
}
FAILURES: Words = {
    "timeout": _("no answer in time"),
    "unreachable": _("not to be reached"),
    "connection_lost": _("connection lost"),
    "not_sendable": _("cannot be sent"),
    "not_public": _("not a public address"),
    "redirected": _("sends elsewhere"),
    "compressed": _("a compressed answer"),
    "too_large": _("too large an answer"),
    "rate_limited": _("asked to wait"),
    "unreadable": _("an unreadable answer"),
    "nothing_there": _("nothing there"),
    "not_a_number": _("not a number"),
    "no_time": _("not a time"),
    "no_key": _("a key is not set"),
    "venue": _("the venue does not answer"),
}


def failure_told(error: str) -> str:
    """Why a source could not be read, with its details as they are."""
    code, _colon, detail = error.partition(": ")
    code, _space, about = code.partition(" ")
    known = FAILURES.get(code) or code.replace("http_", "HTTP ")
    return " ".join(part for part in (f"{known}: {detail}" if detail else str(known), about) if part)
