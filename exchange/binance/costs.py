"""What each request costs at the venue, and how urgent it is (USDS-M API, weights and order counts)."""

from collections.abc import Mapping

from exchange.rate_budget import Cost, Urgency

Params = Mapping[str, str]

DEFAULT_WEIGHT = 1
WEIGHTS: Mapping[tuple[str, str], int] = {
    ("POST", "/fapi/v1/order"): 0,
    ("POST", "/fapi/v1/algoOrder"): 0,
    ("GET", "/fapi/v3/account"): 5,
    ("GET", "/fapi/v3/positionRisk"): 5,
    ("GET", "/fapi/v1/accountConfig"): 5,
    ("GET", "/fapi/v1/symbolConfig"): 5,
    ("GET", "/fapi/v1/userTrades"): 5,
    ("GET", "/fapi/v1/income"): 30,
    ("GET", "/fapi/v1/tradingSchedule"): 5,
    # Counted by the venue in pools of their own, beside the weight of the address.
    ("GET", "/fapi/v1/fundingRate"): 0,
    ("GET", "/fapi/v1/fundingInfo"): 0,
    ("GET", "/futures/data/globalLongShortAccountRatio"): 0,
}
WEIGHTS_WITHOUT_SYMBOL: Mapping[tuple[str, str], int] = {
    ("GET", "/fapi/v1/openOrders"): 40,
    ("GET", "/fapi/v1/openAlgoOrders"): 40,
    ("GET", "/fapi/v1/premiumIndex"): 10,
    ("GET", "/fapi/v2/ticker/price"): 2,
    ("GET", "/fapi/v1/ticker/24hr"): 40,
}
KLINE_WEIGHTS = ((99, 1), (499, 2), (1000, 5))  # bars up to which, weight
MOST_KLINES_WEIGHT = 10
DEFAULT_KLINES = 500
DEPTH_WEIGHTS = ((50, 2), (100, 5), (500, 10))  # levels up to which, weight
MOST_DEPTH_WEIGHT = 20
DEFAULT_DEPTH = 500
ORDER_PATHS = frozenset({"/fapi/v1/order", "/fapi/v1/algoOrder"})
# Counted by the venue in a pool of their own; one each here, so that they are the first that a busy minute leaves out.
SPARE_PATHS = frozenset(
    {
        "/futures/data/openInterestHist",
        "/futures/data/topLongShortAccountRatio",
        "/futures/data/topLongShortPositionRatio",
        "/futures/data/takerlongshortRatio",
    }
)
LIFELINES = frozenset({"/fapi/v1/time", "/fapi/v1/listenKey"})
KLINE_PATHS = frozenset({"/fapi/v1/klines", "/fapi/v1/premiumIndexKlines"})
# Asked about one symbol: where no stream tells of a fill these do, and its stop waits for them; what is open there is
# read before it is closed. No entry is planned by them, and nothing of others is looked at.
WATCHED_PATHS = frozenset({"/fapi/v1/order", "/fapi/v1/userTrades", "/fapi/v3/positionRisk"})


def cost_of(method: str, path: str, params: Params, *, is_signed: bool, account: str) -> Cost:
    """The cost of one request; ``account`` is any name that all users of one API key share."""
    orders = 1 if method == "POST" and path in ORDER_PATHS else 0
    urgency = _urgency(method, path, params, is_signed=is_signed)
    return Cost(urgency=urgency, weight=weight_of(method, path, params), orders=orders, account=account)


def weight_of(method: str, path: str, params: Params) -> int:
    if path in KLINE_PATHS:
        bars = int(params.get("limit", DEFAULT_KLINES))
        return next((weight for most, weight in KLINE_WEIGHTS if bars <= most), MOST_KLINES_WEIGHT)
    if path == "/fapi/v1/depth":
        levels = int(params.get("limit", DEFAULT_DEPTH))
        return next((weight for most, weight in DEPTH_WEIGHTS if levels <= most), MOST_DEPTH_WEIGHT)
    key = (method, path)
    if key in WEIGHTS_WITHOUT_SYMBOL and "symbol" not in params:
        return WEIGHTS_WITHOUT_SYMBOL[key]
    return WEIGHTS.get(key, DEFAULT_WEIGHT)


def _urgency(method: str, path: str, params: Params, *, is_signed: bool) -> Urgency:
    if path in LIFELINES or method == "DELETE" or path == "/fapi/v1/algoOrder":
        return Urgency.PROTECT
    if method == "POST":
        return Urgency.PROTECT if _closes(params) else Urgency.ENTER
    if path in WATCHED_PATHS and "symbol" in params:
        return Urgency.WATCH
    if path in SPARE_PATHS:
        return Urgency.SPARE
    return Urgency.TEND if is_signed else Urgency.SCAN


def _closes(params: Params) -> bool:
    """In hedge mode the two sides say it, where reduceOnly is refused."""
    opposite = {"LONG": "SELL", "SHORT": "BUY"}.get(params.get("positionSide", ""))
    return params.get("reduceOnly") == "true" or (opposite is not None and params.get("side") == opposite)
