"""From Binance's JSON to our values. Strict for orders, fills and positions: a surprise there is an error, not a guess.

Descriptive enums (contract type, contract status, order type, income type) stay text, whatever they say.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import wraps
from typing import Any, TypeVar

import structlog

from exchange.market_types import BookLevel, FundingRate, OpenInterest, OrderBook, TradingSession
from exchange.types import (
    AccountModes,
    AccountSnapshot,
    AlgoOrderState,
    Contract,
    DayTicker,
    IncomeRow,
    Kline,
    MarginType,
    MarkPrice,
    OrderState,
    PositionSide,
    Side,
    SymbolConfig,
    SymbolRules,
    Ticker,
    VenuePosition,
    VenueStatus,
    VenueTrade,
    from_ms,
)

log = structlog.get_logger(__name__)

Row = Mapping[str, Any]
T = TypeVar("T")


class MalformedPayload(ValueError):
    """A payload lacks a member, or holds one that is not what the reference says."""


def strict(parse: Callable[[Row], T]) -> Callable[[Row], T]:
    """Let ``parse`` read a row as if it were perfect; whatever it trips over becomes MalformedPayload."""

    @wraps(parse)
    def checked(row: Row) -> T:
        try:
            return parse(row)
        except (LookupError, AttributeError, TypeError, ValueError, ArithmeticError) as error:
            raise MalformedPayload(f"{parse.__name__}: {error!r} in {str(row)[:300]}") from error

    return checked


def tolerant(parse: Callable[[Row], T], rows: Iterable[Row]) -> list[T]:
    """The rows that can be read; the others are logged and left out."""
    parsed = []
    for row in rows:
        try:
            parsed.append(parse(row))
        except MalformedPayload as error:
            log.warning("venue_row_skipped", error=str(error))
    return parsed


def decimal(row: Row, name: str) -> Decimal:
    """Exact number from the venue's text. A JSON number has been a float already and is refused."""
    text = row[name]
    if not isinstance(text, str):
        raise TypeError(f"{name} is {text!r}, expected text")
    number = Decimal(text)
    if not number.is_finite():
        raise ValueError(f"{name} is {text!r}")
    return number


def flag(row: Row, name: str) -> bool:
    is_set = row[name]
    if not isinstance(is_set, bool):
        raise TypeError(f"{name} is {is_set!r}, expected true or false")
    return is_set


def moment(row: Row, name: str) -> datetime:
    return from_ms(int(row[name]))


def positive_or_none(row: Row, name: str) -> Decimal | None:
    """Prices that the venue spells 0, or leaves out, when there is none."""
    return (decimal(row, name) or None) if row.get(name) is not None else None


@strict
def order_state(row: Row) -> OrderState:
    """Short (POST, DELETE) or long (GET) order object; the short one has neither ``avgPrice`` nor ``time``."""
    return OrderState(
        symbol=row["symbol"],
        client_order_id=row["clientOrderId"],
        order_id=int(row["orderId"]),
        side=Side(row["side"]),
        position_side=PositionSide(row["positionSide"]),
        order_type=row["type"],
        status=VenueStatus(row["status"]),
        price=decimal(row, "price"),
        quantity=decimal(row, "origQty"),
        executed_quantity=decimal(row, "executedQty"),
        average_price=positive_or_none(row, "avgPrice"),
        reduce_only=flag(row, "reduceOnly"),
        updated_at=moment(row, "updateTime"),
    )


@strict
def algo_order_state(row: Row) -> AlgoOrderState:
    """Algo object as placed, queried or listed; ``actualOrderId`` is absent or empty before the trigger."""
    return AlgoOrderState(
        symbol=row["symbol"],
        client_order_id=row["clientAlgoId"],
        algo_id=int(row["algoId"]),
        side=Side(row["side"]),
        position_side=PositionSide(row["positionSide"]),
        order_type=row["orderType"],
        status=VenueStatus(row["algoStatus"]),
        trigger_price=decimal(row, "triggerPrice"),
        quantity=decimal(row, "quantity"),
        close_position=flag(row, "closePosition"),
        reduce_only=flag(row, "reduceOnly"),
        child_order_id=child_order_id(row.get("actualOrderId")),
        updated_at=moment(row, "updateTime"),
    )


def child_order_id(text: str | None) -> int | None:
    """Order id of a triggered algo order's child; the venue sends it as text, empty before the trigger."""
    return int(text or 0) or None


@strict
def position(row: Row) -> VenuePosition:
    """Row of GET /fapi/v3/positionRisk; a liquidation price of "0" means there is none."""
    return VenuePosition(
        symbol=row["symbol"],
        position_side=PositionSide(row["positionSide"]),
        quantity=decimal(row, "positionAmt"),
        entry_price=decimal(row, "entryPrice"),
        mark_price=decimal(row, "markPrice"),
        unrealized_pnl=decimal(row, "unRealizedProfit"),
        liquidation_price=positive_or_none(row, "liquidationPrice"),
        isolated_margin=decimal(row, "isolatedMargin"),
        initial_margin=decimal(row, "initialMargin"),
        maintenance_margin=decimal(row, "maintMargin"),
        updated_at=moment(row, "updateTime"),
    )


@strict
def account(row: Row) -> AccountSnapshot:
    """GET /fapi/v3/account; in single-asset mode the totals are USDT."""
    return AccountSnapshot(
        wallet_balance=decimal(row, "totalWalletBalance"),
        available_balance=decimal(row, "availableBalance"),
        margin_balance=decimal(row, "totalMarginBalance"),
        unrealized_pnl=decimal(row, "totalUnrealizedProfit"),
        initial_margin=decimal(row, "totalInitialMargin"),
        maintenance_margin=decimal(row, "totalMaintMargin"),
    )


@strict
def account_modes(row: Row) -> AccountModes:
    return AccountModes(
        hedge_mode=flag(row, "dualSidePosition"),
        multi_assets_margin=flag(row, "multiAssetsMargin"),
        can_trade=flag(row, "canTrade"),
    )


@strict
def symbol_config(row: Row) -> SymbolConfig:
    return SymbolConfig(symbol=row["symbol"], margin_type=MarginType(row["marginType"]), leverage=int(row["leverage"]))


@strict
def trade(row: Row) -> VenueTrade:
    """Row of GET /fapi/v1/userTrades."""
    return VenueTrade(
        symbol=row["symbol"],
        trade_id=int(row["id"]),
        order_id=int(row["orderId"]),
        side=Side(row["side"]),
        position_side=PositionSide(row["positionSide"]),
        price=decimal(row, "price"),
        quantity=decimal(row, "qty"),
        realized_pnl=decimal(row, "realizedPnl"),
        commission=decimal(row, "commission"),
        commission_asset=row["commissionAsset"],
        is_maker=flag(row, "maker"),
        at=moment(row, "time"),
    )


@strict
def income_row(row: Row) -> IncomeRow:
    """Row of GET /fapi/v1/income; ``symbol`` and ``tradeId`` are empty where they do not apply."""
    return IncomeRow(
        symbol=row["symbol"] or "",
        income_type=row["incomeType"],
        income=decimal(row, "income"),
        asset=row["asset"],
        transaction_id=int(row["tranId"]),
        trade_id=str(row["tradeId"] or ""),
        at=moment(row, "time"),
    )


@strict
def contract(row: Row) -> Contract:
    """Row of exchangeInfo's ``symbols``."""
    return Contract(
        symbol=row["symbol"],
        contract_type=row["contractType"],
        status=row["status"],
        quote_asset=row["quoteAsset"],
        onboard_at=moment(row, "onboardDate"),
        rules=symbol_rules(row),
        delivery_at=_delivery(row),
        underlying_type=row.get("underlyingType", ""),
    )


# The venue writes a day around Christmas 2100 for "no end", to the second not always the same.
NO_END = datetime(2100, 1, 1, tzinfo=UTC)


def _delivery(row: Row) -> datetime | None:
    if "deliveryDate" not in row:
        return None
    delivery_at = moment(row, "deliveryDate")
    return delivery_at if delivery_at < NO_END else None


@strict
def trading_sessions(row: Row) -> dict[str, list[TradingSession]]:
    """Answer of GET /fapi/v1/tradingSchedule: each market's sessions, about a week back and ahead."""
    return {
        market: [
            TradingSession(start=moment(span, "startTime"), end=moment(span, "endTime"), kind=span["type"])
            for span in schedule["sessions"]
        ]
        for market, schedule in row["marketSchedules"].items()
    }


@strict
def symbol_rules(row: Row) -> SymbolRules:
    """Rules from the filters; unknown filters are ignored, a missing market lot or notional filter limits nothing."""
    filters = {entry["filterType"]: entry for entry in row["filters"]}
    price, lot = filters["PRICE_FILTER"], filters["LOT_SIZE"]
    market_lot = filters.get("MARKET_LOT_SIZE", lot)
    band = filters.get("PERCENT_PRICE", {"multiplierUp": "0", "multiplierDown": "0"})
    return SymbolRules(
        symbol=row["symbol"],
        tick_size=decimal(price, "tickSize"),
        min_price=decimal(price, "minPrice"),
        max_price=decimal(price, "maxPrice"),
        step_size=decimal(lot, "stepSize"),
        min_quantity=decimal(lot, "minQty"),
        max_quantity=decimal(lot, "maxQty"),
        market_step_size=decimal(market_lot, "stepSize"),
        market_max_quantity=decimal(market_lot, "maxQty"),
        min_notional=decimal(filters.get("MIN_NOTIONAL", {"notional": "0"}), "notional"),
        price_up_ratio=decimal(band, "multiplierUp"),
        price_down_ratio=decimal(band, "multiplierDown"),
    )


@strict
def ticker(row: Row) -> Ticker:
    return Ticker(symbol=row["symbol"], last_price=decimal(row, "price"), at=moment(row, "time"))


@strict
def day_ticker(row: Row) -> DayTicker:
    return DayTicker(
        symbol=row["symbol"],
        open_price=decimal(row, "openPrice"),
        last_price=decimal(row, "lastPrice"),
        quote_volume=decimal(row, "quoteVolume"),
        at=moment(row, "closeTime"),
    )


@strict
def mark_price(row: Row) -> MarkPrice:
    """Row of premiumIndex; contracts without funding have an empty rate, read as 0."""
    return MarkPrice(
        symbol=row["symbol"],
        mark_price=decimal(row, "markPrice"),
        index_price=decimal(row, "indexPrice"),
        funding_rate=decimal(row, "lastFundingRate") if row["lastFundingRate"] else Decimal(0),
        next_funding_at=moment(row, "nextFundingTime"),
        at=moment(row, "time"),
    )


def order_book(row: Row, *, symbol: str) -> OrderBook:
    """GET /fapi/v1/depth, which does not repeat the symbol. Raises MalformedPayload."""
    return _order_book({**row, "symbol": symbol})


@strict
def _order_book(row: Row) -> OrderBook:
    return OrderBook(
        symbol=row["symbol"],
        bids=_levels(row["bids"]),
        asks=_levels(row["asks"]),
        update_id=int(row["lastUpdateId"]),
        at=moment(row, "E"),
    )


def _levels(rows: Sequence[Sequence[Any]]) -> tuple[BookLevel, ...]:
    names = ("price", "quantity")
    pairs = [dict(zip(names, row, strict=True)) for row in rows]
    return tuple(BookLevel(decimal(pair, "price"), decimal(pair, "quantity")) for pair in pairs)


@strict
def funding_rate(row: Row) -> FundingRate:
    """Row of GET /fapi/v1/fundingRate; old rows have an empty mark price."""
    return FundingRate(
        symbol=row["symbol"],
        rate=decimal(row, "fundingRate"),
        mark_price=positive_or_none(row, "markPrice") if row.get("markPrice") else None,
        at=moment(row, "fundingTime"),
    )


@strict
def open_interest(row: Row) -> OpenInterest:
    return OpenInterest(symbol=row["symbol"], quantity=decimal(row, "openInterest"), at=moment(row, "time"))


def klines(rows: Sequence[Sequence[Any]]) -> list[Kline]:
    """Rows of GET /fapi/v1/klines. Hot: a market scan reads 25,000 rows, so they have no checks of their own.

    Raises MalformedPayload.
    """
    try:
        return [_kline(row) for row in rows]
    except (LookupError, TypeError, ValueError, ArithmeticError) as error:
        raise MalformedPayload(f"klines: {error!r} in {str(rows)[:300]}") from error


def _kline(row: Sequence[Any]) -> Kline:
    return Kline(
        open_time=from_ms(row[0]),
        open=Decimal(row[1]),
        high=Decimal(row[2]),
        low=Decimal(row[3]),
        close=Decimal(row[4]),
        volume=Decimal(row[5]),
        close_time=from_ms(row[6]),
        quote_volume=Decimal(row[7]),
        trades=row[8],
        taker_buy_volume=Decimal(row[9]),
        taker_buy_quote_volume=Decimal(row[10]),
    )
