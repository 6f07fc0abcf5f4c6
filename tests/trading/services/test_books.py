"""The books: our fills against the exchange's income, to the last decimal, and alarms that name the rows once."""

from datetime import timedelta

from desk.event_kinds import EventKind
from desk.models import Event
from tests.lockstep import KEY, SYMBOL, Lockstep
from trading.services import ledger

OTHER = "XRPUSDT"


def test_a_deleted_fill_is_named_by_the_books(lockstep: Lockstep) -> None:
    lockstep.open_position()
    lost = lockstep.position().fills.get()
    lost.delete()

    comparison = ledger.compare(lockstep.venue, start=lockstep.now() - timedelta(hours=1), end=lockstep.now())
    ledger.alarm(comparison, lockstep.venue)

    alarm = Event.objects.get(kind=EventKind.LEDGER_DIFFERS)
    assert f"{SYMBOL} trade {lost.trade_id} COMMISSION" in alarm.facts["rows"]


def test_the_books_of_a_finished_trade_agree_to_the_last_decimal(lockstep: Lockstep) -> None:
    lockstep.open_position()
    lockstep.price("10.100")
    lockstep.deliver()

    comparison = ledger.compare(lockstep.venue, start=lockstep.now() - timedelta(hours=1), end=lockstep.now())

    assert comparison.rows == 3  # two commissions and one realised result
    assert comparison.difference == 0
    assert not comparison.discrepancies


def test_trades_by_hand_are_no_difference_of_our_books(lockstep: Lockstep) -> None:
    lockstep.market.trade(OTHER, lockstep.host.clock.now_ms() - 1, "1.100")
    by_hand = {"symbol": OTHER, "side": "BUY", "type": "MARKET", "quantity": "30", "newClientOrderId": "web_1"}
    lockstep.host.execute("place_order", KEY, by_hand)
    lockstep.deliver()

    comparison = ledger.compare(lockstep.venue, start=lockstep.now() - timedelta(hours=1), end=lockstep.now())

    assert not comparison.discrepancies


def test_a_difference_of_the_books_is_told_once(lockstep: Lockstep) -> None:
    """The comparison runs every hour over two days: one lost fill would be told 48 times."""
    lockstep.open_position()
    lockstep.position().fills.get().delete()

    for _ in range(3):
        found = ledger.compare(lockstep.venue, start=lockstep.now() - timedelta(hours=1), end=lockstep.now())
        ledger.alarm(found, lockstep.venue)

    assert Event.objects.filter(kind=EventKind.LEDGER_DIFFERS).count() == 1
