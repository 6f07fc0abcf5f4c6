"""Another installation on the same account, with a database of its own: the later one stands back and says so."""

from datetime import timedelta

import pytest

from desk import lease
from desk.event_kinds import EventKind
from desk.models import Event, Installation
from exchange.errors import ExchangeUnavailable
from notifications.told import URGENT
from signals.models import SignalStatus
from tests.lockstep import KEY, SYMBOL, Lockstep
from tests.trading.services.conftest import OTHER
from trading import selectors, tasks
from trading.core.rivals import Standing
from trading.services import reconcile
from trading.services.entry import work_signal
from trading.services.surroundings import look_around

THEIRS = ("ADAUSDT", "BNBUSDT", "ETCUSDT", "LTCUSDT", "SOLUSDT")


def rival_trades(lockstep: Lockstep, number: int = 1) -> None:
    nonce = "0bad00" if Installation.current().nonce != "0bad00" else "0bad01"
    order = {"symbol": OTHER, "side": "BUY", "type": "MARKET", "quantity": "30"}
    lockstep.host.execute("place_order", KEY, order | {"newClientOrderId": f"dl{nonce}-{number}-e1"})
    lockstep.lose_events()


def rival_waits(lockstep: Lockstep) -> None:
    order = {"symbol": OTHER, "side": "BUY", "type": "LIMIT", "quantity": "30", "price": "0.9", "timeInForce": "GTC"}
    lockstep.host.execute("place_order", KEY, order | {"newClientOrderId": "dl0bad00-1-e1"})
    lockstep.lose_events()


def reasons() -> list[str]:
    return [block.reason for block in selectors.blocks(SYMBOL) if block.symbol == ""]


def test_alone_on_the_account_nothing_is_blocked(started: Lockstep) -> None:
    started.open_position()

    assert look_around(started.venue) is Standing.ALONE
    assert reasons() == []


def test_a_trade_of_another_installation_since_our_start_makes_us_the_later_one(started: Lockstep) -> None:
    rival_trades(started)
    signal = started.signal()

    found = look_around(started.venue)
    work_signal(signal, started.venue)

    signal.refresh_from_db()
    assert (found, reasons()) == (Standing.LATER, ["rival_at_work"])
    assert (signal.status, signal.reason_code) == (SignalStatus.REFUSED, "symbol_blocked")
    assert "rival_at_work" in signal.reason
    told = Event.objects.get(kind=EventKind.RIVAL_FOUND)
    assert (told.facts["standing"], told.kind in URGENT) == ("later", True)


def test_another_installation_is_seen_beside_a_stranger_who_trades_five_other_contracts(started: Lockstep) -> None:
    """The other one's symbol was traded before all of theirs, and by it after them."""
    hand = {"side": "BUY", "type": "MARKET", "quantity": "30"}
    for number, symbol in enumerate([OTHER, *THEIRS]):
        started.market.trade(symbol, started.host.clock.now_ms() - 1, "1.100")
        started.host.execute("place_order", KEY, hand | {"symbol": symbol, "newClientOrderId": f"web_{number}"})
        started.step(1)

    rival_trades(started)

    assert look_around(started.venue) is Standing.LATER


def test_orders_left_from_before_our_start_keep_us_from_entering_only_while_they_stand(lockstep: Lockstep) -> None:
    lockstep.market.trade(OTHER, lockstep.host.clock.now_ms() - 1, "1.100")
    rival_waits(lockstep)
    lockstep.step(60)
    lease.note_start(now=lockstep.now())

    found, during = look_around(lockstep.venue), reasons()
    lockstep.host.execute("cancel_order", KEY, {"symbol": OTHER, "origClientOrderId": "dl0bad00-1-e1"})

    assert (found, during) == (Standing.LEFT_BEHIND, ["rival_orders"])
    assert (look_around(lockstep.venue), reasons()) == (Standing.ALONE, [])


def test_who_was_at_work_before_goes_on_and_is_told_once(started: Lockstep) -> None:
    started.open_position()
    started.step(5)
    rival_trades(started)

    found = [look_around(started.venue) for _ in range(3)]

    assert found == [Standing.FIRST] * 3
    assert reasons() == []
    assert Event.objects.filter(kind=EventKind.RIVAL_FOUND).count() == 1


def test_orders_of_the_other_installation_are_never_touched(started: Lockstep) -> None:
    rival_waits(started)

    reconcile.reconcile(started.venue)

    assert [order.client_order_id for order in started.venue.trading.open_orders()] == ["dl0bad00-1-e1"]


@pytest.mark.parametrize("holds", [False, True], ids=["flat", "holding"])
def test_the_later_one_ends_its_processes_unless_it_has_something_to_protect(
    started: Lockstep, monkeypatch: pytest.MonkeyPatch, *, holds: bool
) -> None:
    rival_trades(started)
    if holds:
        started.step(5)
        started.open_position()
    given: list[str] = []
    monkeypatch.setattr(tasks, "open_venue", lambda account: started.venue)
    monkeypatch.setattr(tasks, "give_way", given.append)

    tasks.look_around()

    assert bool(given) is not holds
    assert all("another Duo-Live works on this account" in reason for reason in given)


def test_a_look_that_fails_blocks_nothing_and_lifts_nothing(started: Lockstep) -> None:
    rival_trades(started)
    look_around(started.venue)
    for _ in range(9):
        started.wire.lose_request("GET", "/fapi/v1/openOrders")

    with pytest.raises(ExchangeUnavailable):
        look_around(started.venue)

    assert reasons() == ["rival_at_work"]


def test_a_database_without_a_noted_start_takes_every_trade_as_newer(lockstep: Lockstep) -> None:
    assert lockstep.now() - lease.started_at() > timedelta(days=365)
