"""Parameters that orders of both books share, from request texts to exact values."""

from decimal import Decimal

from exchange.paper.core.accounts import Account
from exchange.paper.core.book import nth_price
from exchange.paper.core.kinds import OrderType, PriceMatch, SelfTrade, TimeInForce
from exchange.paper.core.parameters import Parameters
from exchange.paper.core.refusals import VenueError
from exchange.paper.core.state import State
from exchange.types import PositionSide, Side

MIN_GOOD_TILL_MS = 600_000
MAX_GOOD_TILL_MS = 253_402_300_799_000
DEEP_OPPONENT = frozenset({PriceMatch.OPPONENT_10, PriceMatch.OPPONENT_20})
RESPONSE_TYPES = frozenset({"ACK", "RESULT"})


def read_position_side(parameters: Parameters) -> PositionSide:
    return parameters.choice("positionSide", PositionSide, code=-4060) or PositionSide.BOTH


def read_side(parameters: Parameters) -> Side:
    parameters.mandatory("side")
    side = parameters.choice("side", Side, code=-1117)
    assert side is not None
    return side


def read_reduce_only(account: Account, parameters: Parameters) -> bool:
    """reduceOnly, which hedge mode does not know (-1106)."""
    if account.hedge_mode and parameters.text("reduceOnly") is not None:
        raise VenueError(-1106, "reduceonly")
    return parameters.flag("reduceOnly")


def read_response_type(parameters: Parameters) -> str:
    kind = parameters.text("newOrderRespType") or "ACK"
    if kind not in RESPONSE_TYPES:
        raise VenueError(-1136)
    return kind


def read_good_till(parameters: Parameters, time_in_force: TimeInForce, now_ms: int) -> int:
    """goodTillDate in ms, whole seconds; 0 for all but GTD (-5040)."""
    if time_in_force is not TimeInForce.GTD:
        return 0
    good_till = parameters.mandatory_integer("goodTillDate")
    if not now_ms + MIN_GOOD_TILL_MS < good_till < MAX_GOOD_TILL_MS:
        raise VenueError(-5040)
    return good_till // 1000 * 1000


def read_self_trade(parameters: Parameters, *, default: SelfTrade = SelfTrade.EXPIRE_MAKER) -> SelfTrade:
    return parameters.choice("selfTradePreventionMode", SelfTrade, code=-5039) or default


def read_price_match(state: State, parameters: Parameters, order_type: OrderType) -> PriceMatch:
    """priceMatch of a type that has a limit price; not beside a price."""
    match = parameters.choice("priceMatch", PriceMatch, code=-5037) or PriceMatch.NONE
    if match is PriceMatch.NONE:
        return match
    if order_type not in (OrderType.LIMIT, OrderType.STOP, OrderType.TAKE_PROFIT):
        raise VenueError(-5038)
    if match in DEEP_OPPONENT and not state.terms.allows_deep_opponent:
        raise VenueError(-5037)
    if parameters.text("price") is not None:
        raise VenueError(-1106, "price")
    return match


def matched_price(state: State, symbol: str, side: Side, match: PriceMatch) -> Decimal:
    """The book's price for ``match`` now (-5041)."""
    price = nth_price(state, symbol, side if match.is_opponent else side.opposite, match.depth)
    if price is None:
        raise VenueError(-5041)
    return price
