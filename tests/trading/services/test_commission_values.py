"""Commissions paid in BNB: worth what BNB cost in that minute, and part of every result from then on."""

from datetime import timedelta
from decimal import Decimal

import pytest

from exchange.errors import ExchangeUnavailable
from tests.lockstep import Lockstep
from trading import tasks
from trading.models import Fill
from trading.services.commission_values import value_commissions, value_if_possible

KLINES = ("GET", "/fapi/v1/klines")


@pytest.fixture
def paid_in_bnb(lockstep: Lockstep) -> Lockstep:
    """An entry whose fills paid 0.0002 BNB in all, in a minute in which BNB cost 600 USDT."""
    lockstep.open_position()
    Fill.objects.update(commission=Decimal("0.0002"), commission_asset="BNB", commission_usdt=None)
    minute = Fill.objects.first().at.replace(second=0, microsecond=0)
    lockstep.market.trade("BNBUSDT", int(lockstep.now().timestamp() * 1000) - 1000, "600.000")
    for back, price in ((2, "590"), (1, "610"), (0, "600")):
        open_ms = int((minute - timedelta(minutes=back)).timestamp() * 1000)
        lockstep.market.bar("BNBUSDT", "1m", open_ms, price)
    return lockstep


def test_the_price_of_its_minute_makes_its_value(paid_in_bnb: Lockstep) -> None:
    fills = Fill.objects.count()

    assert value_commissions(paid_in_bnb.venue) == fills

    position = paid_in_bnb.position()
    assert position.commission == fills * Decimal("0.12")
    assert {fill.commission for fill in Fill.objects.all()} == {Decimal("0.0002")}  # as the venue booked it


def test_what_has_a_value_is_not_asked_for_again(paid_in_bnb: Lockstep) -> None:
    value_commissions(paid_in_bnb.venue)
    asked = paid_in_bnb.wire.count(*KLINES)

    assert value_commissions(paid_in_bnb.venue) == 0
    assert paid_in_bnb.wire.count(*KLINES) == asked


def test_fills_of_one_minute_need_one_price(paid_in_bnb: Lockstep) -> None:
    first = Fill.objects.first()
    Fill.objects.create(
        account=first.account, position=first.position, order=first.order, symbol=first.symbol, trade_id=-1,
        side=first.side, price=first.price, quantity=Decimal("0.1"), realized_pnl=0, commission=Decimal("0.0001"),
        commission_asset="BNB", is_maker=False, at=first.at,
    )  # fmt: skip

    value_commissions(paid_in_bnb.venue)

    assert paid_in_bnb.wire.count(*KLINES) == 1


def test_an_asset_without_a_contract_stays_without_value(lockstep: Lockstep) -> None:
    lockstep.open_position()
    Fill.objects.update(commission=Decimal("0.0002"), commission_asset="NOPE")

    assert value_commissions(lockstep.venue) == 0
    assert not Fill.objects.filter(commission_usdt__isnull=False).exists()


def test_dollars_need_no_value(lockstep: Lockstep) -> None:
    lockstep.open_position()
    before = lockstep.position().commission

    assert value_commissions(lockstep.venue) == 0
    assert lockstep.position().commission == before > 0


def test_an_exchange_that_cannot_be_asked_is_asked_at_the_next_turn(paid_in_bnb: Lockstep) -> None:
    for _ in range(3):
        paid_in_bnb.wire.swallow(*KLINES)

    with pytest.raises(ExchangeUnavailable):
        value_commissions(paid_in_bnb.venue)
    value_if_possible(paid_in_bnb.venue)

    assert not Fill.objects.filter(commission_usdt__isnull=True).exists()


def test_the_task_that_compares_after_a_close_values_first(
    paid_in_bnb: Lockstep, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "open_venue", lambda account: paid_in_bnb.venue)

    tasks.compare_after_close()

    assert paid_in_bnb.position().commission > 0
    assert not Fill.objects.filter(commission_usdt__isnull=True).exists()
