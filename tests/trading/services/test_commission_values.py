"""Commissions paid in BNB: worth what BNB cost in that minute, and part of every result from then on."""

from datetime import timedelta
from decimal import Decimal

import pytest

from exchange.errors import ExchangeUnavailable
from tests.factories import make_position
from tests.lockstep import Lockstep
from trading import tasks
from trading.models import Fill, Position
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


def priceless(fills: int, at_trade: int) -> None:
    """Older fills that paid in an asset which no contract prices."""
    first = Fill.objects.first()
    for number in range(fills):
        Fill.objects.create(
            account=first.account,
            position=first.position,
            symbol=first.symbol,
            trade_id=at_trade + number,
            order=first.order,
            side=first.side,
            price=first.price,
            quantity=Decimal("0.1"),
            realized_pnl=Decimal(0),
            commission=Decimal("0.5"),
            commission_asset="NOWHERE",
            commission_usdt=None,
            is_maker=False,
            at=first.at - timedelta(minutes=5),
        )


def test_only_fills_that_got_a_value_are_counted(paid_in_bnb: Lockstep) -> None:
    payable = Fill.objects.count()
    priceless(1, 900_000)

    assert value_commissions(paid_in_bnb.venue) == payable


def test_fills_that_nobody_prices_keep_no_others_from_their_value(
    paid_in_bnb: Lockstep, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trading.services.commission_values.AT_ONCE", 3)
    payable = Fill.objects.count()
    priceless(3, 900_000)

    worth = sum(value_commissions(paid_in_bnb.venue) for _ in range(3))

    assert worth == payable
    assert not Fill.objects.filter(commission_asset="BNB", commission_usdt=None).exists()


def test_a_minute_without_a_bar_takes_the_newest_before_it(paid_in_bnb: Lockstep) -> None:
    Fill.objects.update(at=Fill.objects.first().at + timedelta(minutes=30))

    value_commissions(paid_in_bnb.venue)

    assert paid_in_bnb.position().commission == Fill.objects.count() * Decimal("0.12")


def test_two_workers_at_once_value_a_fill_once(paid_in_bnb: Lockstep, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second comes while the first waits for its price, and has it from another book."""
    klines = paid_in_bnb.venue.market.klines

    def meanwhile(*args: object, **details: object) -> object:
        monkeypatch.setattr(paid_in_bnb.venue.market, "klines", klines)
        Fill.objects.update(commission_usdt=Decimal("0.5"))
        return klines(*args, **details)

    monkeypatch.setattr(paid_in_bnb.venue.market, "klines", meanwhile)

    assert value_commissions(paid_in_bnb.venue) == 0
    assert {fill.commission_usdt for fill in Fill.objects.all()} == {Decimal("0.5")}


def test_an_exchange_that_fails_in_the_middle_leaves_no_position_uncounted(
    paid_in_bnb: Lockstep, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What has its value is not looked at again, so that its position must have it by then."""
    klines = paid_in_bnb.venue.market.klines
    other = make_position(paid_in_bnb.bot, symbol="SOLUSDT", status="open")
    priceless(1, 900_000)
    later = Fill.objects.first().at + timedelta(minutes=9)
    Fill.objects.filter(trade_id=900_000).update(position=other, commission_asset="BNB", at=later)

    def once(*args: object, **details: object) -> object:
        monkeypatch.setattr(paid_in_bnb.venue.market, "klines", unreachable)
        return klines(*args, **details)

    monkeypatch.setattr(paid_in_bnb.venue.market, "klines", once)
    value_if_possible(paid_in_bnb.venue)
    monkeypatch.setattr(paid_in_bnb.venue.market, "klines", klines)
    value_if_possible(paid_in_bnb.venue)

    first = Position.objects.get(symbol="DOTUSDT")
    other.refresh_from_db()
    assert (first.commission, other.commission) == (Decimal("0.12"), Decimal(300))


def unreachable(*_args: object, **_details: object) -> None:
    raise ExchangeUnavailable("no way there")
