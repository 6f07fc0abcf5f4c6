"""Challengers that add, reduce and adjust: their imagined trades do the same, and the gates count them."""

from decimal import Decimal

import pytest

from advisor.comparison import compare
from advisor.models import Decision, ShadowTrade
from tests.trading.advised.advisers import Scripted, holding, opening
from tests.trading.advised.recorded_desk import RecordedDesk
from tests.trading.advised.test_layers_and_shadows import ONE, variants
from trading.advised.imagined import BOTH_FEES
from trading.advised.shadowing import imagined_of, simulate

pytestmark = pytest.mark.django_db
LOOKS = 240


def shadowed(home, *, side):
    """A desk whose champion and model challenger have opened in imagination; the challenger's trade besides."""
    adviser = Scripted(opening(side=side, leverage=10, positionSizePercent=1))
    desk = RecordedDesk(home, advisers=[adviser], scan_every_minutes=1, trailing_stop=False, **ONE)
    _champion, _rules, challenger = variants(desk)
    desk.round()
    adviser.say = holding
    return desk, adviser, challenger


def trade_of(challenger):
    return ShadowTrade.objects.get(variant=challenger)


def wait_for(desk, challenger, reached):
    """Let minutes pass until the imagined trade's gain on its margin is as wanted; the price then, 1 at a look."""
    trade = trade_of(challenger)
    sign = 1 if trade.direction == "LONG" else -1
    for _ in range(LOOKS):
        price = desk.venue.market.ticker("BTCUSDT").last_price
        if reached(sign * (price / trade.entry_price - 1) * 1000):
            return
        desk.step(60)
    raise AssertionError("the market never gave it")


def say(desk, adviser, challenger, **fields):
    """What the challenger is made to say; its decision and its trade after it."""
    adviser.say = lambda symbol, price: fields
    desk.round()
    adviser.say = holding
    decision = Decision.objects.filter(variant=challenger).order_by("-pk").first()
    return decision, trade_of(challenger)


def test_an_add_weighs_the_average_and_brings_the_stop_closer(tmp_path):
    desk, adviser, challenger = shadowed(tmp_path, side=-1)
    wait_for(desk, challenger, lambda gain: gain > Decimal("1.6"))
    before = trade_of(challenger)

    decision, after = say(desk, adviser, challenger, action="ADD", params={"addPercent": 50})

    price = Decimal(decision.facts["price"])
    assert decision.facts["held"]["adds"] == 0
    assert (after.adds, after.quantity) == (1, Decimal("1.5"))
    assert abs(after.entry_price - (before.entry_price + price / 2) / Decimal("1.5")) < Decimal("1e-6")
    assert abs(after.entered_notional - before.entry_price - price / 2) < Decimal("1e-6")
    assert after.stop_price <= before.stop_price
    desk.step(60)
    held, _ = say(desk, adviser, challenger, action="HOLD")
    seen = held.facts["held"]
    assert seen["adds"] == 1
    assert abs(Decimal(seen["quantity"]) / Decimal(seen["first_quantity"]) - Decimal("1.5")) < Decimal("1e-6")


def test_a_reduce_realises_its_share_and_the_close_the_rest(tmp_path):
    desk, adviser, challenger = shadowed(tmp_path, side=1)
    wait_for(desk, challenger, lambda gain: gain < -1)
    first = trade_of(challenger).entry_price

    decision, after = say(desk, adviser, challenger, action="REDUCE", params={"reducePercent": 40})
    part_price = Decimal(decision.facts["price"])
    desk.step(60)
    closing, closed = say(desk, adviser, challenger, action="CLOSE")

    assert (after.reduces, after.quantity, after.entry_price) == (1, Decimal("0.6"), first)
    end_price = Decimal(closing.facts["price"])
    gross = (part_price - first) * Decimal("0.4") + (end_price - first) * Decimal("0.6")
    assert abs(closed.result_ratio - (gross / first - BOTH_FEES)) < Decimal("1e-9")
    assert compare(desk.bot)[2].trades == 1


def test_an_adjust_moves_both_exits_and_no_stop_outward(tmp_path):
    desk, adviser, challenger = shadowed(tmp_path, side=1)
    desk.step(60)
    before = trade_of(challenger)
    closer = before.stop_price + (before.entry_price - before.stop_price) / 4
    target = before.take_profit_price + 100

    _, after = say(
        desk,
        adviser,
        challenger,
        action="ADJUST",
        params={"stopLossPrice": float(closer), "takeProfitPrice": float(target)},
    )
    desk.step(60)
    refused, still = say(desk, adviser, challenger, action="ADJUST", params={"stopLossPrice": float(before.stop_price)})

    assert abs(after.stop_price - closer) < Decimal("1e-6")
    assert abs(after.take_profit_price - target) < Decimal("1e-6")
    assert refused.asked_action == "ADJUST"
    assert still.stop_price == after.stop_price


def test_a_decision_that_the_trades_own_counts_forbid_changes_nothing(tmp_path):
    desk, adviser, challenger = shadowed(tmp_path, side=-1)
    wait_for(desk, challenger, lambda gain: gain > Decimal("1.6"))
    decision, once = say(desk, adviser, challenger, action="ADD", params={"addPercent": 50})

    for _ in range(4):
        simulate(decision, now=desk.now())

    after = trade_of(challenger)
    assert once.adds == 1
    assert after.adds == 2
    assert after.quantity <= Decimal("2.5")


def test_a_trade_from_before_changes_were_counted_is_one_unit(tmp_path):
    desk, _adviser, challenger = shadowed(tmp_path, side=1)
    trade = trade_of(challenger)

    assert trade.entered_notional is None
    assert imagined_of(trade).entered == trade.entry_price
    assert desk.now() >= trade.opened_at
