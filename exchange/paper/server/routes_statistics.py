"""Statistics under /futures/data and the small tables around them. What the recording cannot tell is an empty list."""

from decimal import Decimal
from typing import Any

from exchange.paper.core.balances import HAIRCUT
from exchange.paper.core.refusals import VenueError
from exchange.paper.server.routes_bars import SPANS_MS
from exchange.paper.server.routing import Access, Call, Handler, Route, Routes, listed_symbol, public
from exchange.paper.server.symbols import mandatory_symbol
from exchange.paper.server.weights import Pool
from exchange.rules import plain

PERIODS = ("5m", "15m", "30m", "1h", "2h", "4h", "6h", "12h", "1d")
MONTH_MS = 30 * SPANS_MS["1d"]
SESSIONS = ("EQUITY", "KR_EQUITY", "HK_EQUITY", "CN_EQUITY", "COMMODITY", "FX")
ASSETS = ("BTC", "ETH", "BNB", "XRP", "ADA", "DOT", "SOL")
RATIO_GRID = Decimal("0.0001")


def taker_ratio(call: Call) -> list[dict[str, Any]]:
    """What takers bought and sold in each period, base asset."""
    symbol, period = mandatory_symbol(call), _period(call)
    limit = call.parameters.limit(default=30, maximum=500)
    start, end = call.parameters.period()
    until = call.now_ms if end is None else min(end, call.now_ms)
    since = until - (limit + 1) * SPANS_MS[period] if start is None else start
    bars = call.host.venue.bars(symbol, period, max(since, call.now_ms - MONTH_MS), until, call.now_ms)
    closed = [bar for bar in bars if bar.close_ms < call.now_ms and bar.volume]
    return [
        {
            "buySellRatio": _ratio(bar.taker_buy_volume, bar.volume - bar.taker_buy_volume),
            "buyVol": plain(bar.taker_buy_volume), "sellVol": plain(bar.volume - bar.taker_buy_volume),
            "timestamp": bar.open_ms,
        }
        for bar in (closed[-limit:] if start is None else closed[:limit])
    ]  # fmt: skip


def unknown_by_symbol(call: Call) -> list[Any]:
    """Open interest and positions of others are not recorded."""
    mandatory_symbol(call)
    _period(call)
    return []


def unknown_by_pair(call: Call) -> list[Any]:
    mandatory_symbol(call, "pair")
    return []


def open_interest(call: Call) -> dict[str, Any]:
    """What the accounts of this exchange hold, base asset; the open interest of the time is not recorded."""
    symbol = mandatory_symbol(call)
    held = sum((abs(leg.quantity) for a in call.host.state.accounts.values() for leg in a.legs(symbol)), Decimal(0))
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


def _period(call: Call) -> str:
    period = call.parameters.mandatory("period")
    if period not in PERIODS:
        raise VenueError(-1130, "period")
    return period


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


UNKNOWN_BY_SYMBOL = (
    "openInterestHist",
    "globalLongShortAccountRatio",
    "topLongShortAccountRatio",
    "topLongShortPositionRatio",
)
ROUTES: Routes = {
    ("GET", "/futures/data/takerlongshortRatio"): _statistics(taker_ratio),
    **{("GET", f"/futures/data/{name}"): _statistics(unknown_by_symbol) for name in UNKNOWN_BY_SYMBOL},
    ("GET", "/futures/data/basis"): _statistics(unknown_by_pair),
    ("GET", "/futures/data/delivery-price"): _statistics(unknown_by_pair),
    ("GET", "/fapi/v1/openInterest"): public(open_interest),
    ("GET", "/fapi/v1/constituents"): public(constituents, 2),
    ("GET", "/fapi/v1/indexInfo"): public(index_info),
    ("GET", "/fapi/v1/assetIndex"): public(asset_index, 1, 10),
    ("GET", "/fapi/v1/insuranceBalance"): public(insurance_balance),
    ("GET", "/fapi/v1/symbolAdlRisk"): public(adl_risk),
    ("GET", "/fapi/v1/tradingSchedule"): public(trading_schedule, 5),
}
