"""What the check asks and how often: a weight that does not grow with the positions, every order looked at in time."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from desk.models import Heartbeat
from tests.lockstep import KEY, Lockstep
from trading.core.states import OrderStatus
from trading.models import Position
from trading.services import listing, reconcile
from trading.services.listing import Listing, due_for_look, is_heard, note_hearing

SYMBOLS = ("DOTUSDT", "XRPUSDT", "ADAUSDT", "TRXUSDT", "XLMUSDT", "EOSUSDT")
SETTINGS = {"live_fixed_margin_usdt": "200", "max_positions": 10, "max_entries_per_day": 10}
ALGO_ORDERS = ("GET", "/fapi/v1/openAlgoOrders")


@pytest.fixture
def crowd(lockstep: Lockstep, monkeypatch: pytest.MonkeyPatch) -> Lockstep:
    """Six protected shorts, and a check that asks about two of them at a time."""
    monkeypatch.setattr(listing, "SHARE", 2)
    lockstep.bot.config_versions.create(number=2, values=SETTINGS, author="tests")
    for symbol in SYMBOLS:
        lockstep.market.trade(symbol, lockstep.host.clock.now_ms() - 1, "8.500")
        lockstep.enter(symbol=symbol)
        lockstep.deliver()
    lockstep.wire.log.clear()
    return lockstep


def lose_stop(lockstep: Lockstep, symbol: str) -> None:
    """Somebody cancels it by hand, and the stream does not hear of it."""
    stop = Position.objects.get(symbol=symbol).orders.get(purpose="stop")
    lockstep.host.execute("cancel_algo_order", KEY, {"clientAlgoId": stop.client_order_id})
    lockstep.lose_events()


def asked_in_a_check(lockstep: Lockstep) -> int:
    before = lockstep.wire.count(*ALGO_ORDERS)
    reconcile.check(lockstep.venue)
    return lockstep.wire.count(*ALGO_ORDERS) - before


def test_beside_a_stream_that_hears_a_check_asks_about_a_share_of_the_positions(crowd: Lockstep) -> None:
    note_hearing(crowd.account)

    asked = [asked_in_a_check(crowd) for _ in range(3)]

    assert asked == [2, 2, 2]


def test_without_a_stream_every_check_asks_about_every_position(crowd: Lockstep) -> None:
    assert [asked_in_a_check(crowd) for _ in range(2)] == [len(SYMBOLS), len(SYMBOLS)]


def test_a_stream_that_has_stopped_saying_so_does_not_hear(crowd: Lockstep) -> None:
    note_hearing(crowd.account)
    Heartbeat.objects.update(beat_at=timezone.now() - listing.HEARD_WITHIN - timedelta(seconds=1))

    assert not is_heard(crowd.account)
    assert asked_in_a_check(crowd) == len(SYMBOLS)


def test_the_look_after_a_connect_is_at_all_of_them(crowd: Lockstep) -> None:
    note_hearing(crowd.account)

    reconcile.reconcile(crowd.venue)

    looked_at = Position.objects.filter(orders_seen_at__isnull=False)
    assert looked_at.count() == len(SYMBOLS)


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_wherever_a_stop_is_lost_unheard_three_checks_bring_it_back(crowd: Lockstep, symbol: str) -> None:
    note_hearing(crowd.account)
    lose_stop(crowd, symbol)

    for _ in range(3):
        reconcile.check(crowd.venue)

    assert crowd.stops_at_exchange(symbol)


def test_a_position_that_differs_is_asked_about_whosever_turn_it_is(crowd: Lockstep) -> None:
    note_hearing(crowd.account)
    last = Position.objects.get(symbol=SYMBOLS[-1])
    last.orders.filter(purpose="take_profit").update(status=OrderStatus.TRIGGERED)

    assert asked_in_a_check(crowd) == 3


def test_no_position_waits_longer_than_four_checks(crowd: Lockstep, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "SHARE", 1)
    note_hearing(crowd.account)

    for _ in range(listing.ROUNDS):
        reconcile.check(crowd.venue)

    assert not Position.objects.filter(orders_seen_at=None).exists()


def test_more_symbols_than_one_list_weighs_are_asked_for_in_one_list(crowd: Lockstep) -> None:
    positions = list(Position.objects.all())
    whole = Listing(crowd.venue, symbols=listing.ALL_AT_ONCE + 1)

    unlisted = [whole.unlisted(position, list(position.orders.all())) for position in positions]

    assert not any(unlisted)
    assert crowd.wire.count(*ALGO_ORDERS) == 1


def test_few_positions_are_all_due(crowd: Lockstep, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "SHARE", len(SYMBOLS))
    positions = list(Position.objects.all())

    assert due_for_look(positions, is_heard=True) == {position.pk for position in positions}


def test_statements_of_a_check_do_not_grow_with_quiet_positions(crowd: Lockstep) -> None:
    reconcile.check(crowd.venue)

    with CaptureQueriesContext(connection) as statements:
        reconcile.check(crowd.venue)

    assert len(statements) <= 26


def test_quiet_positions_get_their_mark_price_at_every_check(crowd: Lockstep) -> None:
    for symbol in SYMBOLS:
        crowd.price("8.400", symbol=symbol)
    crowd.deliver()

    reconcile.check(crowd.venue)

    assert {f"{position.mark_price:f}".rstrip("0") for position in Position.objects.all()} == {"8.4"}
