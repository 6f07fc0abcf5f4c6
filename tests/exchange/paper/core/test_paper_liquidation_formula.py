"""A pool is liquidated at the first tick where the formula written here says that its margin is used up."""

from decimal import Decimal

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from exchange.paper.core.terms import Terms
from tests.exchange.paper.scripted import Desk

TICK = Decimal("0.1")
TIERS = [(Decimal(50_000), Decimal("0.004"), Decimal(0)), (Decimal(10**9), Decimal("0.01"), Decimal(300))]
QUIET = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])


def maintenance(notional):
    """Rate of the tier that the notional falls in, less what makes the tiers meet."""
    for cap, rate, deduction in TIERS:
        if notional <= cap:
            return notional * rate - deduction
    raise AssertionError("beyond the last tier")


def is_used_up(price, *, wallet, legs, other=Decimal(0)):
    """``legs`` are (signed quantity, entry); ``other`` is margin less maintenance of the other symbols."""
    margin = wallet + other + sum(quantity * (price - entry) for quantity, entry in legs)
    return margin <= sum(maintenance(abs(quantity) * price) for quantity, _ in legs)


def first_tick(direction, **pool):
    """The first tick from 100 on in a direction where the pool is used up; None when there is none to 0 or 200."""
    price = Decimal(100)
    while TICK < price < 200:
        price += direction * TICK
        if is_used_up(price, **pool):
            return price
    return None


def walked(prices, *, build, terms):
    """A desk that ``build`` has put into a position, after a market that trades at these prices, a second each."""
    points = [((number + 1) * 1000, f"{price:f}", "0.001") for number, price in enumerate(prices)]
    desk = Desk(points, terms=terms, deposit="20000", turnover="150000000000")
    build(desk)
    desk.after(len(prices) * 1000)
    return desk


def pool_of(desk, leg, *, is_isolated):
    if is_isolated:
        return {"wallet": leg.isolated_wallet, "legs": [(leg.quantity, leg.entry_price)]}
    account = desk.account
    eth = [held for held in account.held() if held.symbol == "ETHUSDT"]
    other = sum((h.quantity * (50 - h.entry_price) - maintenance(abs(h.quantity) * 50) for h in eth), Decimal(0))
    legs = [(held.quantity, held.entry_price) for held in account.held() if held.symbol == "BTCUSDT"]
    return {"wallet": account.ledger.wallet_balance - account.isolated_wallets(), "legs": legs, "other": other}


@QUIET
@given(
    side=st.sampled_from(["BUY", "SELL"]),
    quantity=st.integers(200, 1200),
    leverage=st.sampled_from(["10", "20"]),
    is_isolated=st.booleans(),
    by_tier=st.booleans(),
    eth=st.sampled_from(["", "BUY", "SELL"]),
)
def test_liquidation_begins_at_the_tick_of_the_formula(side, quantity, leverage, is_isolated, by_tier, eth):
    def build(desk):
        desk.do("set_leverage", symbol="BTCUSDT", leverage=leverage)
        if is_isolated:
            desk.do("set_margin_type", symbol="BTCUSDT", marginType="ISOLATED")
        if eth:
            desk.do("place_order", symbol="ETHUSDT", side=eth, type="MARKET", quantity="40")
        for part in range(0, quantity, 100):
            desk.market_order(side, str(min(100, quantity - part)))

    terms = Terms(liquidates_by_tier=by_tier)
    opened = walked([], build=build, terms=terms)
    pool = pool_of(opened, opened.position(), is_isolated=is_isolated)
    direction = -1 if side == "BUY" else 1
    assume(not is_used_up(Decimal(100), **pool))
    at = first_tick(direction, **pool)
    assume(at is not None)

    before = walked([at - direction * TICK], build=build, terms=terms)
    reached = walked([at - direction * TICK, at], build=build, terms=terms)

    assert before.position().quantity == opened.position().quantity
    assert abs(reached.position().quantity) < abs(opened.position().quantity)
    assert reached.wallet >= 0


@QUIET
@given(long=st.integers(100, 900), short=st.integers(100, 900))
def test_a_hedged_pair_is_liquidated_by_both_legs_together(long, short):
    def build(desk):
        desk.do("set_position_mode", dualSidePosition="true")
        for side, position_side, quantity in (("BUY", "LONG", long), ("SELL", "SHORT", short)):
            for part in range(0, quantity, 100):
                desk.market_order(side, str(min(100, quantity - part)), positionSide=position_side)

    opened = walked([], build=build, terms=None)
    pool = pool_of(opened, None, is_isolated=False)
    direction = -1 if long > short else 1
    at = first_tick(direction, **pool)
    assume(at is not None)

    before = walked([at - direction * TICK], build=build, terms=None)
    reached = walked([at - direction * TICK, at], build=build, terms=None)

    assert len(list(before.account.held())) == 2
    assert not list(reached.account.held())
    assert reached.wallet >= 0
