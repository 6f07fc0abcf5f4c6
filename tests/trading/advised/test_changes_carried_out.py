"""What the adviser asks of a position, carried out at the paper exchange: added, part closed, tightened."""

from decimal import Decimal
from pathlib import Path

import pytest

from advisor.models import Decision, Outcome
from exchange.types import PositionSide
from tests.trading.advised.advisers import Scripted, holding, opening
from tests.trading.advised.recorded_desk import RecordedDesk
from trading.core.states import PositionStatus
from trading.models import Position

pytestmark = pytest.mark.django_db
ONE = {"pair_choice": "listed", "pairs": "BTCUSDT", "trailing_stop": False}
MINUTES = 240


def opened(home: Path, *, side: int) -> tuple[RecordedDesk, Scripted]:
    adviser = Scripted(opening(side=side, leverage=10, positionSizePercent=1))
    desk = RecordedDesk(home, advisers=[adviser], **ONE)
    desk.round()
    desk.step(15)
    adviser.say = holding
    return desk, adviser


def gain_pct(desk: RecordedDesk) -> Decimal:
    position = Position.objects.get()
    sign = 1 if position.side is PositionSide.LONG else -1
    price = desk.venue.market.ticker("BTCUSDT").last_price
    return sign * (price / position.entry_price - 1) * position.leverage * 100


def wait_for(desk: RecordedDesk, reached) -> None:
    """Let minutes pass until the position's gain is as wanted."""
    for _ in range(MINUTES):
        if reached(gain_pct(desk)):
            return
        desk.step(60)
    raise AssertionError(f"the market never gave it: {gain_pct(desk)}")


def say(desk: RecordedDesk, adviser: Scripted, **fields) -> Decision:
    """A look in which the adviser says ``fields``, then what the processes do about it."""
    adviser.say = lambda symbol, price: fields
    desk.round()
    decision = desk.decisions()[-1]
    adviser.say = holding
    for _ in range(4):
        desk.step(2)
    desk.check()
    desk.round()
    decision.refresh_from_db()
    return decision


def stops(desk: RecordedDesk) -> list[Decimal]:
    standing = desk.venue.trading.open_algo_orders("BTCUSDT")
    return sorted(order.trigger_price for order in standing if order.order_type == "STOP_MARKET")


def test_a_tighter_stop_stands_at_the_venue(tmp_path):
    desk, adviser = opened(tmp_path, side=1)
    position = Position.objects.get()
    desk.step(60)
    wanted = position.stop_price + (position.entry_price - position.stop_price) / 4

    decision = say(desk, adviser, action="ADJUST", params={"stopLossPrice": float(wanted)})

    position.refresh_from_db()
    assert (decision.outcome, decision.reason) == (Outcome.EXECUTED, "")
    assert max(stops(desk)) == position.stop_price >= wanted - 1


def test_a_gaining_position_is_added_to_and_its_stop_follows(tmp_path):
    desk, adviser = opened(tmp_path, side=-1)
    wait_for(desk, lambda gain: gain >= Decimal("1.6"))
    before = Position.objects.get()

    decision = say(desk, adviser, action="ADD", params={"addPercent": 50})

    after = Position.objects.get()
    assert (decision.outcome, decision.reason) == (Outcome.EXECUTED, "")
    assert Decimal("1.4") < after.quantity / before.quantity <= Decimal("1.5")
    assert after.stop_price <= before.stop_price
    assert stops(desk)
    desk.step(60)
    desk.round()
    assert desk.decisions()[-1].facts["held"]["adds"] == 1


def test_a_losing_position_is_made_smaller_and_stays_protected(tmp_path):
    desk, adviser = opened(tmp_path, side=1)
    wait_for(desk, lambda gain: gain <= Decimal("-1"))
    before = Position.objects.get()

    decision = say(desk, adviser, action="REDUCE", params={"reducePercent": 40})

    after = Position.objects.get()
    assert (decision.outcome, decision.reason) == (Outcome.EXECUTED, "")
    assert after.status == PositionStatus.OPEN
    assert Decimal("0.55") < after.quantity / before.quantity < Decimal("0.65")
    assert desk.open_quantity() == after.quantity
    assert stops(desk)
