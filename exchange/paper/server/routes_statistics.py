"""Statistics under /futures/data and the small tables around them.

Only bars are recorded. What they do not hold is derived from them by a fixed rule, plausible and the same each time:
open interest and the positions of others in ``exchange.paper.server.estimates``. What has no basis is an empty list.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from exchange.paper.core.balances import HAIRCUT
from exchange.paper.core.funding_rates import premium
from exchange.paper.core.market import Bar
from exchange.paper.core.refusals import VenueError
from exchange.paper.server import estimates
from exchange.paper.server.routes_bars import CONTRACT_TYPES, SPANS_MS
from exchange.paper.server.routing import Access, Call, Handler, Route, Routes, listed_symbol, public
from exchange.paper.server.symbols import mandatory_symbol
from exchange.paper.server.weights import Pool
from exchange.rules import plain

PERIODS = ("5m", "15m", "30m", "1h", "2h", "4h", "6h", "12h", "1d")
MONTH_MS = 30 * SPANS_MS["1d"]
SESSIONS = ("EQUITY", "KR_EQUITY", "HK_EQUITY", "CN_EQUITY", "COMMODITY", "FX")
ASSETS = ("BTC", "ETH", "BNB", "XRP", "ADA", "DOT", "SOL")
RATIO_GRID, PRICE_GRID = Decimal("0.0001"), Decimal("0.00000001")
CROWDS = {
    "globalLongShortAccountRatio": estimates.EVERYBODY,
    "topLongShortAccountRatio": estimates.LARGE_ACCOUNTS,
    "topLongShortPositionRatio": estimates.LARGE_POSITIONS,
}


def taker_ratio(call: Call) -> list[dict[str, Any]]:
    """What takers bought and sold in each period, base asset."""
    return [
        {
            "buySellRatio": _ratio(bar.taker_buy_volume, bar.volume - bar.taker_buy_volume),
            "buyVol": plain(bar.taker_buy_volume), "sellVol": plain(bar.volume - bar.taker_buy_volume),
            "timestamp": bar.open_ms,
        }
        for bar in _periods(call, mandatory_symbol(call))
        if bar.volume
    ]  # fmt: skip


def open_interest_history(call: Call) -> list[dict[str, Any]]:
    """Estimated open interest at the end of each period, which is its label; base asset and USDT."""
    symbol, venue = mandatory_symbol(call), call.host.venue
    rows = []
    for bar in _periods(call, symbol, by_end=True):
        held = estimates.open_interest(venue, symbol, bar.close_ms + 1)
        rows.append(
            {
                "symbol": symbol, "sumOpenInterest": plain(held), "sumOpenInterestValue": plain(held * bar.close),
                "CMCCirculatingSupply": "0", "timestamp": bar.close_ms + 1,
            }
        )  # fmt: skip
    return rows


def positions_of(crowd: estimates.Crowd) -> Handler:
    """Estimated long and short share of a crowd at the end of each period."""

    def handler(call: Call) -> list[dict[str, Any]]:
        symbol, venue = mandatory_symbol(call), call.host.venue
        rows = []
        for bar in _periods(call, symbol):
            long = estimates.long_share(venue, symbol, bar.close_ms + 1, crowd)
            rows.append(
                {
                    "symbol": symbol, "longShortRatio": _ratio(long, 1 - long), "longAccount": f"{long:f}",
                    "shortAccount": f"{1 - long:f}", "timestamp": bar.open_ms,
                }
            )  # fmt: skip
        return rows

    return handler


def basis(call: Call) -> list[dict[str, Any]]:
    """Price less index of the perpetual at the end of each period, by the premium that funding is made of."""
    pair, venue = mandatory_symbol(call, "pair"), call.host.venue
    if call.parameters.mandatory("contractType") not in CONTRACT_TYPES:
        raise VenueError(-4104)
    if call.parameters.text("contractType") != "PERPETUAL":
        return []
    rows = []
    for bar in _periods(call, pair):
        rate = premium(venue, pair, bar.close_ms + 1)
        index = (bar.close / (1 + rate)).quantize(PRICE_GRID)
        rows.append(
            {
                "indexPrice": plain(index), "contractType": "PERPETUAL", "basisRate": _ratio(bar.close - index, index),
                "futuresPrice": plain(bar.close), "annualizedBasisRate": "", "basis": plain(bar.close - index),
                "pair": pair, "timestamp": bar.open_ms,
            }
        )  # fmt: skip
    return rows


def delivery_prices(call: Call) -> list[Any]:
    """Perpetuals are never delivered."""
    mandatory_symbol(call, "pair")
    return []


def open_interest(call: Call) -> dict[str, Any]:
    """The estimate for the market plus what the accounts of this exchange hold, base asset."""
    symbol = mandatory_symbol(call)
    own = sum((abs(leg.quantity) for a in call.host.state.accounts.values() for leg in a.legs(symbol)), Decimal(0))
    held = estimates.open_interest(call.host.venue, symbol, call.now_ms) + own
    return {"openInterest": plain(held), "symbol": symbol, "time": call.now_ms}


def constituents(call: Call) -> dict[str, Any]:
    """The index is made of the contract's own price."""
    symbol = mandatory_symbol(call)
    only = {"exchange": "binance", "symbol": symbol, "price": plain(call.host.state.index_price(symbol))}
    return {"symbol": symbol, "time": call.now_ms, "constituents": [only | {"weight": "1.00000000"}]}


def index_info(call: Call) -> list[Any]:
    """No composite index is listed."""
    return []


def asset_index(call: Call) -> Any:
    """What other assets count for in multi-assets mode, in USD."""
    asked = call.parameters.text("symbol")
    rows = [row for row in (_asset_row(call, asset) for asset in ASSETS) if row and asked in (None, row["symbol"])]
    if asked is not None and not rows:
        raise VenueError(-1121)
    return rows[0] if asked is not None else rows


def insurance_balance(call: Call) -> Any:
    symbol = listed_symbol(call)
    names = [symbol] if symbol else list(call.host.venue.listed(call.now_ms))
    fund = {"asset": "USDT", "marginBalance": "0", "updateTime": call.now_ms}
    return {"symbols": names, "assets": [fund]} if symbol else [{"symbols": names, "assets": [fund]}]


def adl_risk(call: Call) -> Any:
    symbol = listed_symbol(call)
    names = [symbol] if symbol else call.host.venue.listed(call.now_ms)
    rows = [{"symbol": name, "adlRisk": "low", "updateTime": call.now_ms} for name in names]
    return rows[0] if symbol else rows


def trading_schedule(call: Call) -> dict[str, Any]:
    """Only contracts that trade around the clock are listed, so no market has sessions."""
    return {"updateTime": call.now_ms, "marketSchedules": {market: {"sessions": []} for market in SESSIONS}}


def _periods(call: Call, symbol: str, *, by_end: bool = False) -> Sequence[Bar]:
    """Closed bars of the period asked for, at most those of the last 30 days; start and end of the request are of
    their labels: when a bar opens, or ``by_end`` when it has closed."""
    period = call.parameters.mandatory("period")
    if period not in PERIODS:
        raise VenueError(-1130, "period")
    limit = call.parameters.limit(default=30, maximum=500)
    start, end = call.parameters.period()
    shift = SPANS_MS[period] if by_end else 0
    start = None if start is None else start - shift
    until = (call.now_ms if end is None else min(end, call.now_ms)) - shift
    since = until - (limit + 1) * SPANS_MS[period] if start is None else start
    bars = call.host.venue.bars(symbol, period, max(since, call.now_ms - MONTH_MS), until, call.now_ms)
    closed = [bar for bar in bars if bar.close_ms < call.now_ms]
    return closed[-limit:] if start is None else closed[:limit]


def _ratio(bought: Decimal, sold: Decimal) -> str:
    return plain((bought / sold).quantize(RATIO_GRID)) if sold else "0"


def _asset_row(call: Call, asset: str) -> dict[str, Any] | None:
    """None for an asset whose contract does not trade."""
    try:
        index = call.host.state.index_price(f"{asset}USDT")
    except VenueError:
        return None
    low, high = plain(index * (1 - HAIRCUT)), plain(index * (1 + HAIRCUT))
    buffer = plain(HAIRCUT)
    return {
        "symbol": f"{asset}USD", "time": call.now_ms, "index": plain(index), "bidBuffer": buffer, "askBuffer": buffer,
        "bidRate": low, "askRate": high, "autoExchangeBidBuffer": buffer, "autoExchangeAskBuffer": buffer,
        "autoExchangeBidRate": low, "autoExchangeAskRate": high,
    }  # fmt: skip


def _statistics(handler: Handler) -> Route:
    return Route(handler=handler, access=Access.PUBLIC, weight=1, pool=Pool.STATISTICS)


ROUTES: Routes = {
    ("GET", "/futures/data/takerlongshortRatio"): _statistics(taker_ratio),
    ("GET", "/futures/data/openInterestHist"): _statistics(open_interest_history),
    **{("GET", f"/futures/data/{name}"): _statistics(positions_of(crowd)) for name, crowd in CROWDS.items()},
    ("GET", "/futures/data/basis"): _statistics(basis),
    ("GET", "/futures/data/delivery-price"): _statistics(delivery_prices),
    ("GET", "/fapi/v1/openInterest"): public(open_interest),
    ("GET", "/fapi/v1/constituents"): public(constituents, 2),
    ("GET", "/fapi/v1/indexInfo"): public(index_info),
    ("GET", "/fapi/v1/assetIndex"): public(asset_index, 1, 10),
    ("GET", "/fapi/v1/insuranceBalance"): public(insurance_balance),
    ("GET", "/fapi/v1/symbolAdlRisk"): public(adl_risk),
    ("GET", "/fapi/v1/tradingSchedule"): public(trading_schedule, 5),
}
