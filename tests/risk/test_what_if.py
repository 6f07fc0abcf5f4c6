"""What-if numbers by hand, and against what the paper exchange then makes of the same orders."""

import random
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from exchange.paper.core.account_answers import position_risk_v3
from exchange.paper.core.book import levels
from exchange.types import PositionSide, SymbolRules
from risk.limit_settings import RiskSettings
from risk.limits_exposure import Book
from risk.liquidation import liquidation_price, tiers_of
from risk.what_if import ProposedEntry, Surroundings, what_if
from tests.exchange.paper.scripted import BRACKETS, Desk
from tests.rules_of_symbols import symbol_rules

D = Decimal
TIERS = tiers_of({"symbol": "BTCUSDT", "brackets": BRACKETS})
OFF = RiskSettings.model_validate({"max_position_pct": 0, "max_exposure_pct": 0, "min_liquidation_pct": 0})
AROUND = Surroundings(settings=OFF, book=Book(equity=D(1000), available=D(800)), tiers=TIERS)
SHORT = ProposedEntry(
    rules=symbol_rules(),
    position_side=PositionSide.SHORT,
    quantity=D(30),
    price=D(10),
    leverage=3,
    stop_price=D("11.8"),
)


def test_the_numbers_of_a_short() -> None:
    found = what_if(SHORT, AROUND, gap_pct=D(10))

    assert (found.notional, found.margin) == (D(300), D(100))
    assert (found.fee, found.exit_fee) == (D("0.15"), D("0.177"))
    assert (found.loss_at_stop, found.loss_at_stop_pct) == (D(54), D("5.4"))
    assert (found.loss_at_gap, found.loss_at_gap_pct) == (D("89.4"), D("8.94"))  # 11.8 × 1.1 = 12.98
    assert found.liquidation_price == D("13.28021248")  # 400 / (30 × 1.004)
    assert (found.bound_by, found.room, found.refusal) == ("free_margin", D(2400), "")


def test_a_long_loses_on_the_other_side() -> None:
    found = what_if(replace(SHORT, position_side=PositionSide.LONG, stop_price=D("8.2")), AROUND, gap_pct=D(10))

    assert (found.loss_at_stop, found.loss_at_gap) == (D(54), D("78.6"))
    assert found.liquidation_price == D("6.69344043")  # 200 / (30 × 0.996)


def test_an_isolated_position_loses_no_more_than_its_margin() -> None:
    assert what_if(SHORT, AROUND, gap_pct=D(50)).loss_at_gap == D(100)


def test_a_limit_that_the_entry_exceeds_is_told_and_the_tightest_is_named() -> None:
    strict = replace(AROUND, settings=OFF.model_copy(update={"max_position_pct": D(5)}))

    found = what_if(SHORT, strict, gap_pct=D(0))

    assert (found.bound_by, found.room) == ("position_share", D(150))
    assert found.refusal == "position_share (10.00 %, limit 5 %)"


def test_what_is_unknown_is_told_as_unknown() -> None:
    found = what_if(SHORT, Surroundings(settings=OFF), gap_pct=D(10))

    assert (found.liquidation_price, found.loss_at_stop_pct, found.bound_by, found.room) == (None, None, "", None)
    assert found.loss_at_stop == D(54)


@pytest.mark.parametrize("leverage", [1, 2])
def test_a_long_without_leverage_is_hardly_ever_liquidated(leverage: int) -> None:
    found = liquidation_price(
        position_side=PositionSide.LONG,
        quantity=D(1),
        entry_price=D(100),
        margin=D(100) / leverage,
        tiers=TIERS,
    )

    assert (found is None) == (leverage == 1)


def made(side: PositionSide, *, quantity: str, leverage: int, price: str | None) -> tuple[Decimal, Desk]:
    """The price seen before, and a desk on which the order has filled: at market, or by a limit that rested."""
    points = [] if price is None else [(1000, price, "1000"), (2000, f"{_beyond(side, price):f}", "1000000")]
    desk = Desk(points, deposit="1000000", turnover="150000000000")
    desk.do("set_leverage", symbol="BTCUSDT", leverage=str(leverage))
    desk.do("set_margin_type", symbol="BTCUSDT", marginType="ISOLATED")
    opens = side.entry_side.value
    quoted = next(iter(levels(desk.engine.state, "BTCUSDT", side.entry_side))).price
    if price is None:
        desk.market_order(opens, quantity)
    else:
        desk.order(side=opens, quantity=quantity, price=price)
        desk.after(3000)
    return D(price) if price else quoted, desk


def _beyond(side: PositionSide, price: str) -> Decimal:
    return D(price) + (1 if side is PositionSide.SHORT else -1)


def venue_rules() -> SymbolRules:
    return symbol_rules("BTCUSDT", tick="0.1", step="0.001", market_max="120")


def figures(desk: Desk) -> dict[str, Any]:
    """The venue's own row of the position, and the commission it took."""
    row = position_risk_v3(desk.engine.state, desk.account, "BTCUSDT")[0]
    return {
        "quantity": abs(D(row["positionAmt"])),
        "price": D(row["entryPrice"]),
        "margin": D(row["isolatedWallet"]),
        "liquidation_price": D(row["liquidationPrice"]) or None,
        "fee": -sum(desk.income("COMMISSION"), D(0)),
    }


def random_orders() -> list[tuple[PositionSide, str, int, str | None]]:
    chance = random.Random(7)
    orders: list[tuple[PositionSide, str, int, str | None]] = []
    for number in range(50):
        side = chance.choice([PositionSide.LONG, PositionSide.SHORT])
        quantity = f"{D(chance.randrange(1_000, 110_000)) / 1000:f}"
        offset = D(chance.randrange(1, 30)) / 10
        price = 100 - offset if side is PositionSide.LONG else 100 + offset
        orders.append((side, quantity, chance.choice([1, 2, 3, 5, 10, 20]), None if number % 2 else f"{price:f}"))
    return orders


@pytest.mark.parametrize(("side", "quantity", "leverage", "limit"), random_orders())
def test_the_paper_exchange_then_does_the_same(
    side: PositionSide, quantity: str, leverage: int, limit: str | None
) -> None:
    price, desk = made(side, quantity=quantity, leverage=leverage, price=limit)
    then = figures(desk)
    entry = ProposedEntry(
        rules=venue_rules(),
        position_side=side,
        quantity=D(quantity),
        price=price,
        leverage=leverage,
        stop_price=D(82) if side is PositionSide.LONG else D(118),
        is_maker=limit is not None,
    )

    before = what_if(entry, AROUND, gap_pct=D(10))

    assert {name: getattr(before, name) for name in ("quantity", "margin", "fee", "liquidation_price")} == {
        name: then[name] for name in ("quantity", "margin", "fee", "liquidation_price")
    }
    assert then["price"] == entry.price
