"""Mark and index price, and funding: the next rate, those that were settled, and what deviates from the usual."""

from typing import Any

from exchange.paper.core.funding_rates import INTEREST, FundingTerms, funding_rate
from exchange.paper.server.routing import Access, Call, Handler, Route, Routes, listed_symbol, public
from exchange.paper.server.symbols import each_symbol
from exchange.paper.server.weights import Pool
from exchange.rules import plain

NEWEST = 200  # rows without times


def premium_index(call: Call) -> Any:
    return each_symbol(call, lambda symbol: _premium_row(call, symbol))


def funding_rates(call: Call) -> list[dict[str, Any]]:
    """Settled rates, ascending by time: the first ones from startTime, without times the newest."""
    if not call.host.state.terms.has_funding:
        return []
    symbol, (start, end) = listed_symbol(call), call.parameters.period()
    limit = call.parameters.limit(default=NEWEST if start is None and end is None else 100, maximum=1000)
    names = [symbol] if symbol else call.host.venue.listed(call.now_ms)
    until = call.now_ms if end is None else min(end, call.now_ms)
    due = sorted((at, name) for name in names for at in _settlements(call, name, start, until, limit))
    chosen = due[-limit:] if start is None else due[:limit]
    return [_rate_row(call, name, at) for at, name in chosen]


def funding_info(call: Call) -> list[dict[str, Any]]:
    """Symbols whose interval, cap or floor was changed; the others settle every 8 hours."""
    return [
        {
            "symbol": symbol, "adjustedFundingRateCap": plain(terms.cap),
            "adjustedFundingRateFloor": plain(terms.floor), "fundingIntervalHours": terms.interval_hours,
            "disclaimer": False, "updateTime": terms.changed_ms,
        }
        for symbol, terms in sorted(call.host.state.funding.items())
    ]  # fmt: skip


def _premium_row(call: Call, symbol: str) -> dict[str, Any]:
    state = call.host.state
    index = plain(state.index_price(symbol))
    return {
        "symbol": symbol, "markPrice": plain(state.mark_price(symbol)), "indexPrice": index,
        "estimatedSettlePrice": index, "lastFundingRate": f"{state.funding_rate(symbol):.8f}",
        "interestRate": f"{INTEREST:.8f}", "nextFundingTime": state.funding_terms(symbol).next_ms(call.now_ms),
        "time": call.now_ms,
    }  # fmt: skip


def _settlements(call: Call, symbol: str, start: int | None, until: int, limit: int) -> list[int]:
    """Settlement times of a symbol; without a start the last ``limit``."""
    terms = call.host.state.funding_terms(symbol)
    first = int(call.host.venue.symbol_info(symbol, call.now_ms).get("onboardDate", call.host.venue.first_ms))
    last_ms = terms.last_ms(until)
    begin = last_ms - (limit - 1) * terms.interval_ms if start is None else terms.next_ms(start - 1)
    begin = max(begin, terms.next_ms(max(first, call.host.venue.first_ms)))
    return list(range(begin, min(last_ms, begin + (limit - 1) * terms.interval_ms) + 1, terms.interval_ms))


def _rate_row(call: Call, symbol: str, at_ms: int) -> dict[str, Any]:
    terms, venue = call.host.state.funding_terms(symbol), call.host.venue
    if at_ms <= terms.changed_ms:
        terms = FundingTerms(interval_hours=terms.interval_hours)
    bars = venue.bars(symbol, "1h", at_ms, at_ms, call.now_ms)
    mark = plain(bars[0].open) if bars else ""
    rate = funding_rate(venue, symbol, terms, at_ms=at_ms)
    return {
        "symbol": symbol, "fundingRate": f"{rate:.8f}", "fundingTime": at_ms, "markPrice": mark, "rateType": "Regular",
    }  # fmt: skip


def _pooled(handler: Handler) -> Route:
    return Route(handler=handler, access=Access.PUBLIC, weight=1, pool=Pool.FUNDING)


ROUTES: Routes = {
    ("GET", "/fapi/v1/premiumIndex"): public(premium_index, 1, 10),
    ("GET", "/fapi/v1/fundingRate"): _pooled(funding_rates),
    ("GET", "/fapi/v1/fundingInfo"): _pooled(funding_info),
}
