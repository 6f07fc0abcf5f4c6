"""The market with the venue's rules: one contract's filters as exact numbers, and the book the last price implies."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple, Protocol

from exchange.paper.core.market import Market
from exchange.types import Side, SymbolRules


class Venue(Market, Protocol):
    """A market that also knows the venue's rule tables."""

    def exchange_info(self, now_ms: int) -> dict[str, Any]:
        """The answer of GET /fapi/v1/exchangeInfo."""

    def brackets(self, symbol: str) -> Mapping[str, Any]:
        """The symbol's row of GET /fapi/v1/leverageBracket."""


class Quote(NamedTuple):
    """Best prices, USDT: the bid is the last price, the ask one tick above."""

    bid: Decimal
    ask: Decimal

    def taker_price(self, side: Side) -> Decimal:
        """Price at which an order of this side fills at once."""
        return self.ask if side is Side.BUY else self.bid

    def crosses(self, side: Side, limit: Decimal) -> bool:
        """Whether a limit order at this price would fill at once."""
        return limit >= self.ask if side is Side.BUY else limit <= self.bid


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """Rules of one contract from its row of exchangeInfo. Bands are ratios of the mark price, 0 = no bound."""

    rules: SymbolRules
    price_precision: int
    quantity_precision: int
    price_ceiling_ratio: Decimal
    price_floor_ratio: Decimal
    max_open_orders: int
    take_bound: Decimal
    trigger_protect: Decimal
    liquidation_fee: Decimal
    max_amendments: int

    def quote(self, last: Decimal) -> Quote:
        return Quote(last, last + self.rules.tick_size)


def instrument_of(row: Mapping[str, Any]) -> Instrument:
    """Read a row of exchangeInfo; a missing filter means no bound."""
    filters = {entry["filterType"]: entry for entry in row["filters"]}

    def number(filter_type: str, name: str, default: str = "0") -> Decimal:
        return Decimal(str(filters.get(filter_type, {}).get(name, default)))

    rules = SymbolRules(
        symbol=row["symbol"],
        tick_size=number("PRICE_FILTER", "tickSize"),
        min_price=number("PRICE_FILTER", "minPrice"),
        max_price=number("PRICE_FILTER", "maxPrice"),
        step_size=number("LOT_SIZE", "stepSize"),
        min_quantity=number("LOT_SIZE", "minQty"),
        max_quantity=number("LOT_SIZE", "maxQty"),
        market_step_size=number("MARKET_LOT_SIZE", "stepSize"),
        market_max_quantity=number("MARKET_LOT_SIZE", "maxQty"),
        min_notional=number("MIN_NOTIONAL", "notional"),
    )
    return Instrument(
        rules=rules,
        price_precision=int(row["pricePrecision"]),
        quantity_precision=int(row["quantityPrecision"]),
        price_ceiling_ratio=number("PERCENT_PRICE", "multiplierUp"),
        price_floor_ratio=number("PERCENT_PRICE", "multiplierDown"),
        max_open_orders=int(filters.get("MAX_NUM_ORDERS", {}).get("limit", 200)),
        take_bound=Decimal(str(row.get("marketTakeBound", "0.05"))),
        trigger_protect=Decimal(str(row.get("triggerProtect", "0.05"))),
        liquidation_fee=Decimal(str(row.get("liquidationFee", "0.0125"))),
        max_amendments=int(row.get("maxMoveOrderLimit", 10_000)),
    )
