"""Entries on bad days: what appears late is found, what was switched off is not sent, one signal stops no other."""

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import httpx2
import pytest
from django.db import connection

from desk.models import Bot
from signals.models import SignalStatus
from tests.lockstep import SYMBOL, Lockstep, SteppedClock
from trading import tasks
from trading.core.states import PositionStatus
from trading.models import Order, Position
from trading.services import reconcile
from trading.services.entry import work_signal
from trading.services.working_entries import work_entries

PLACE = ("POST", "/fapi/v1/order")
ASK = ("GET", "/fapi/v1/order")


def give_up(lockstep: Lockstep) -> Position:
    """An entry of lost answer whose window ends without the exchange knowing it: the row is closed unfilled."""
    lockstep.enter()
    lockstep.lose_events()
    Order.objects.update(sent_at=lockstep.orders("entry")[0].sent_at - timedelta(seconds=61))
    lockstep.wire.refuse(*ASK, -2013, "Order does not exist.")
    work_entries(lockstep.venue)
    return lockstep.position()


def test_an_entry_given_up_that_filled_after_all_is_found_without_the_stream(lockstep: Lockstep) -> None:
    lockstep.wire.lose_answer(*PLACE)
    given_up = give_up(lockstep).status

    for _ in range(3):
        reconcile.reconcile(lockstep.venue)

    assert given_up == PositionStatus.CLOSED
    assert lockstep.position().status == PositionStatus.OPEN
    assert not lockstep.naked_at_exchange()


def test_an_entry_given_up_that_rests_after_all_is_cancelled(lockstep: Lockstep) -> None:
    version = lockstep.bot.config_version
    version.values = {"live_fixed_margin_usdt": "200", "entry_offset_pct": "1"}
    version.save()
    lockstep.wire.lose_answer(*PLACE)
    give_up(lockstep)

    for _ in range(3):
        reconcile.reconcile(lockstep.venue)

    assert lockstep.venue.trading.open_orders(SYMBOL) == []


def test_an_entry_not_yet_sent_is_not_sent_once_auto_trade_is_off(lockstep: Lockstep) -> None:
    lockstep.wire.lose_request(*PLACE)
    lockstep.enter()
    Bot.objects.update(auto_trade=False)
    Order.objects.update(updated_at=lockstep.orders("entry")[0].updated_at - timedelta(seconds=2))

    work_entries(lockstep.venue)

    assert lockstep.open_at_exchange() == 0
    assert lockstep.wire.count(*PLACE) == 1  # the one that was lost


def test_auto_trade_switched_off_while_an_entry_is_prepared_stops_it(lockstep: Lockstep) -> None:
    def switched_off(send: object) -> httpx2.Response:
        Bot.objects.update(auto_trade=False)
        return send()

    lockstep.wire._next("POST", "/fapi/v1/leverage", switched_off)
    signal = lockstep.signal()

    work_signal(signal, lockstep.venue)

    assert lockstep.wire.count(*PLACE) == 0


def test_a_contract_whose_ticks_are_too_coarse_for_its_exits_is_refused(lockstep: Lockstep) -> None:
    """Stop and entry round to the same tick; the signals behind this one wait for it to be decided."""
    lockstep.market.trade("PENNYUSDT", lockstep.host.clock.now_ms() - 1, "0.002")
    signal = lockstep.signal("PENNYUSDT", price="0.002")

    work_signal(signal, lockstep.venue)

    signal.refresh_from_db()
    assert signal.status == SignalStatus.REFUSED


def test_a_stop_beyond_the_liquidation_at_any_leverage_means_no_entry(lockstep: Lockstep) -> None:
    version = lockstep.bot.config_version
    version.values = {"live_fixed_margin_usdt": "200", "stop_loss_pct": "85"}
    version.save()
    signal = lockstep.signal()

    work_signal(signal, lockstep.venue)

    signal.refresh_from_db()
    assert signal.status == SignalStatus.REFUSED


def test_a_bot_with_settings_that_are_not_valid_does_not_stop_the_others(
    lockstep: Lockstep, monkeypatch: pytest.MonkeyPatch
) -> None:
    sick = lockstep.bot
    well = Bot.objects.create(name="well", account=sick.account, strategy=sick.strategy, auto_trade=True)
    well.config_versions.create(number=1, values=sick.config_version.values, author="tests")
    version = sick.config_version
    version.values = {"max_positions": 999}
    version.save()
    lockstep.signal("SICKUSDT")
    lockstep.bot = well
    lockstep.signal()
    monkeypatch.setattr(tasks, "clock", lambda: lockstep.venue.clock)
    monkeypatch.setattr(tasks, "open_venue", lambda account: lockstep.venue)

    tasks._enter()

    assert lockstep.position().bot == well


class WatchedClock(SteppedClock):
    """Notes whether market time, which may be read over the network, was asked for inside a transaction."""

    asked_in_transaction = False

    def now(self) -> datetime:
        WatchedClock.asked_in_transaction |= connection.in_atomic_block
        return super().now()


@pytest.mark.django_db(transaction=True)
def test_the_venue_is_never_asked_for_its_time_inside_a_transaction(transactional_db: None, tmp_path: Path) -> None:
    """The clock re-reads by HTTP, with timeouts of seconds, while every writer of the database waits."""
    lockstep = Lockstep(tmp_path)
    object.__setattr__(lockstep.venue, "clock", WatchedClock(lockstep.host.clock))
    WatchedClock.asked_in_transaction = False

    lockstep.open_position()
    lockstep.price("10.100")
    lockstep.deliver()

    assert lockstep.position().quantity == Decimal(0)
    assert not WatchedClock.asked_in_transaction
