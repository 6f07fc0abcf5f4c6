"""Entries: serialized, inside every limit, one order whatever happens on the wire."""

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import httpx2
import pytest
from django.db import connection
from django.utils import timezone

from desk.event_kinds import EventKind
from desk.models import Bot, Event
from exchange.types import OrderRequest, OrderState
from signals.models import Signal, SignalStatus
from tests.factories import make_position
from tests.lockstep import SYMBOL, Lockstep, SteppedClock
from trading import tasks
from trading.core.states import ExitReason, OrderStatus, PositionStatus
from trading.models import Order, Position
from trading.services import reconcile
from trading.services.entry import due_signals, work_signal
from trading.services.tending import tend
from trading.services.working_entries import work_entries

PLACE = ("POST", "/fapi/v1/order")
ASK = ("GET", "/fapi/v1/order")


def refusal_of(signal: Signal) -> tuple[str, str]:
    signal.refresh_from_db()
    return signal.status, signal.reason_code


def test_signals_wait_for_their_window_and_then_come_strongest_first(lockstep: Lockstep) -> None:
    weak = lockstep.signal("AUSDT", surge_ratio=Decimal("10.5"))
    strong = lockstep.signal("BUSDT", surge_ratio=Decimal("22"))

    early = due_signals(lockstep.bot, now=weak.found_at + timedelta(seconds=59))
    late = due_signals(lockstep.bot, now=weak.found_at + timedelta(seconds=60))

    assert early == []
    assert [signal.pk for signal in late] == [strong.pk, weak.pk]


def test_a_switched_off_bot_refuses_with_its_reason(lockstep: Lockstep) -> None:
    Bot.objects.update(auto_trade=False)
    signal = lockstep.signal()

    work_signal(signal, lockstep.venue)

    assert refusal_of(signal) == (SignalStatus.REFUSED, "auto_trade_disabled")
    assert lockstep.wire.count(*PLACE) == 0


def test_an_old_signal_is_no_reason_to_enter(lockstep: Lockstep) -> None:
    signal = lockstep.signal()
    lockstep.step(16 * 60)

    work_signal(signal, lockstep.venue)

    assert refusal_of(signal) == (SignalStatus.REFUSED, "stale_signal")


def test_a_price_that_ran_away_is_refused_by_the_filter_with_its_verdict_kept(lockstep: Lockstep) -> None:
    signal = lockstep.signal(price="7.500")

    work_signal(signal, lockstep.venue)

    assert refusal_of(signal) == (SignalStatus.REFUSED, "filter_entry_gain")
    assert signal.verdicts.get().metrics["gain_pct"] == "13.3333"


def test_an_accepted_signal_keeps_its_verdicts_too(lockstep: Lockstep) -> None:
    signal = lockstep.signal()

    work_signal(signal, lockstep.venue)

    assert [verdict.outcome for verdict in signal.verdicts.all()] == ["pass", "pass"]


def test_a_second_signal_on_a_held_symbol_is_refused(lockstep: Lockstep) -> None:
    lockstep.open_position()
    again = lockstep.signal(day=lockstep.now().date() + timedelta(days=1))

    work_signal(again, lockstep.venue)

    assert refusal_of(again) == (SignalStatus.REFUSED, "symbol_held")


@pytest.mark.parametrize(("held", "expected"), [(5, SignalStatus.ENTERED), (6, SignalStatus.REFUSED)])
def test_positions_are_limited(lockstep: Lockstep, held: int, expected: str) -> None:
    for number in range(held):
        make_position(lockstep.bot, symbol=f"HELD{number}USDT", created_at=lockstep.now() - timedelta(days=2))
    signal = lockstep.signal()

    work_signal(signal, lockstep.venue)

    assert refusal_of(signal)[0] == expected


def test_entries_of_a_day_are_limited_and_unfilled_ones_do_not_count(lockstep: Lockstep) -> None:
    over = {"status": "closed", "quantity": 0, "closed_at": lockstep.now(), "created_at": lockstep.now()}
    traded = [lockstep.signal(f"T{number}USDT", status="entered", decided_at=lockstep.now()) for number in range(2)]
    make_position(lockstep.bot, signal=traded[0], exit_reason="stop_loss", **over)
    unfilled = make_position(lockstep.bot, signal=traded[1], exit_reason="entry_unfilled", **over)
    second = lockstep.signal()
    work_signal(second, lockstep.venue)
    Position.objects.filter(pk=unfilled.pk).update(exit_reason="take_profit")
    third = lockstep.signal("OTHERUSDT")

    work_signal(third, lockstep.venue)

    assert refusal_of(second)[0] == SignalStatus.ENTERED
    assert refusal_of(third) == (SignalStatus.REFUSED, "max_entries_per_day")


def test_a_foreign_position_on_the_symbol_is_left_alone_and_entered_upon_never(lockstep: Lockstep) -> None:
    by_hand = {"symbol": SYMBOL, "side": "BUY", "type": "MARKET", "quantity": "3", "newClientOrderId": "web_1"}
    lockstep.host.execute("place_order", "lockstep-key", by_hand)
    signal = lockstep.signal()

    work_signal(signal, lockstep.venue)

    assert refusal_of(signal) == (SignalStatus.REFUSED, "foreign_on_symbol")
    assert lockstep.open_at_exchange() == 3


def test_too_small_an_order_is_refused_with_the_number(lockstep: Lockstep) -> None:
    version = lockstep.bot.config_version
    version.values = {"live_fixed_margin_usdt": "1"}
    version.save()
    signal = lockstep.signal()

    work_signal(signal, lockstep.venue)

    assert refusal_of(signal) == (SignalStatus.REFUSED, "below_min_notional")
    assert "below the minimum of 5 USDT" in signal.reason


def test_isolated_margin_and_leverage_are_set_and_read_back_before_the_entry(lockstep: Lockstep) -> None:
    lockstep.enter()

    config = lockstep.venue.trading.symbol_config(SYMBOL)
    assert (config.margin_type, config.leverage) == ("ISOLATED", 3)
    sent = [path for method, path in lockstep.wire.log if method == "POST"]
    assert sent == ["/fapi/v1/marginType", "/fapi/v1/leverage", "/fapi/v1/order"]


def test_leverage_that_does_not_take_means_no_entry(lockstep: Lockstep) -> None:
    lockstep.wire.refuse("POST", "/fapi/v1/leverage", -4028, "Leverage 3 is not valid")
    signal = lockstep.signal()

    work_signal(signal, lockstep.venue)

    assert refusal_of(signal) == (SignalStatus.REFUSED, "account_not_ready")
    assert lockstep.wire.count(*PLACE) == 0


def test_an_exchange_that_cannot_be_asked_leaves_the_signal_pending(lockstep: Lockstep) -> None:
    for _ in range(3):  # a read is repeated twice
        lockstep.wire.swallow("GET", "/fapi/v3/positionRisk")
    signal = lockstep.signal()

    work_signal(signal, lockstep.venue)

    assert refusal_of(signal)[0] == SignalStatus.PENDING
    assert not Position.objects.exists()


def test_the_same_signal_worked_twice_is_one_order(lockstep: Lockstep) -> None:
    signal = lockstep.signal()
    again = Signal.objects.get(pk=signal.pk)

    work_signal(signal, lockstep.venue)
    work_signal(again, lockstep.venue)

    assert Order.objects.filter(purpose="entry").count() == 1
    assert lockstep.wire.count(*PLACE) == 1


def test_a_lost_answer_is_asked_for_and_never_sent_again(lockstep: Lockstep) -> None:
    lockstep.wire.lose_answer(*PLACE)
    lockstep.enter()
    lockstep.lose_events()
    unknown = lockstep.orders("entry")[0].status

    work_entries(lockstep.venue)  # asks for the order
    work_entries(lockstep.venue)  # and then for its fills
    lockstep.deliver()

    assert unknown == OrderStatus.UNKNOWN
    assert lockstep.wire.count(*PLACE) == 1
    assert lockstep.position().status == PositionStatus.OPEN
    assert not lockstep.naked_at_exchange()


def test_an_entry_that_never_connected_is_sent_on_its_next_turn(lockstep: Lockstep) -> None:
    lockstep.wire.lose_request(*PLACE)
    lockstep.enter()
    entry = lockstep.orders("entry")[0]
    waiting = entry.status
    Order.objects.update(updated_at=entry.updated_at - timedelta(seconds=2))

    work_entries(lockstep.venue)
    lockstep.deliver()

    assert waiting == OrderStatus.PENDING
    assert lockstep.position().status == PositionStatus.OPEN


def test_an_entry_that_never_arrived_is_given_up_after_its_window_and_blocks_its_symbol_until_then(
    lockstep: Lockstep,
) -> None:
    lockstep.wire.swallow(*PLACE)
    lockstep.enter()
    work_entries(lockstep.venue)
    within = lockstep.orders("entry")[0]
    other = lockstep.signal(day=lockstep.now().date() + timedelta(days=1))
    work_signal(other, lockstep.venue)
    Order.objects.update(sent_at=within.sent_at - timedelta(seconds=61))

    work_entries(lockstep.venue)

    position = lockstep.position()
    assert within.status == OrderStatus.UNKNOWN
    assert refusal_of(other)[0] == SignalStatus.REFUSED
    assert (position.status, position.exit_reason) == (PositionStatus.CLOSED, ExitReason.ENTRY_UNFILLED)


def test_an_order_given_up_that_appears_after_all_is_protected(lockstep: Lockstep) -> None:
    lockstep.wire.lose_answer(*PLACE)
    position = lockstep.enter()
    Order.objects.update(status=OrderStatus.REJECTED)
    Position.objects.update(
        status=PositionStatus.CLOSED, exit_reason=ExitReason.ENTRY_UNFILLED, closed_at=lockstep.now()
    )

    lockstep.deliver()

    position.refresh_from_db()
    assert position.status == PositionStatus.OPEN
    assert not lockstep.naked_at_exchange()
    assert Event.objects.filter(kind=EventKind.REPAIRED).exists()


def test_an_entry_that_the_exchange_refuses_ends_unfilled(lockstep: Lockstep) -> None:
    lockstep.wire.refuse(*PLACE, -2019, "Margin is insufficient.")
    lockstep.enter()

    work_entries(lockstep.venue)
    tend(lockstep.position(), lockstep.venue)

    assert lockstep.position().exit_reason == ExitReason.ENTRY_UNFILLED
    assert lockstep.orders("entry")[0].reason_code == -2019


def resting_entry(lockstep: Lockstep) -> Position:
    """An entry whose price ran below it before it arrived."""
    signal = lockstep.signal()
    version = lockstep.bot.config_version
    version.values = {"live_fixed_margin_usdt": "200", "entry_offset_pct": "1"}
    version.save()
    work_signal(signal, lockstep.venue)
    return lockstep.position()


def test_an_entry_that_rests_too_long_is_cancelled_and_leaves_no_position(lockstep: Lockstep) -> None:
    resting_entry(lockstep)
    lockstep.step(599)
    work_entries(lockstep.venue)
    before = lockstep.orders("entry")[0].status

    lockstep.step(2)
    work_entries(lockstep.venue)

    position = lockstep.position()
    assert before == OrderStatus.NEW
    assert (position.status, position.exit_reason) == (PositionStatus.CLOSED, ExitReason.ENTRY_UNFILLED)
    assert lockstep.venue.trading.open_orders() == []


def test_a_part_that_filled_before_the_timeout_is_kept_and_protected(lockstep: Lockstep) -> None:
    resting_entry(lockstep)
    lockstep.price("8.585", quantity="20")
    lockstep.deliver()
    early = lockstep.naked_at_exchange()
    lockstep.step(601)

    work_entries(lockstep.venue)

    position = lockstep.position()
    assert not early
    assert (position.status, position.quantity) == (PositionStatus.OPEN, Decimal(20))
    assert lockstep.orders("entry")[0].status == OrderStatus.CANCELED
    assert lockstep.open_at_exchange() == -20
    assert not lockstep.naked_at_exchange()


def test_a_silent_stream_hides_no_fill(lockstep: Lockstep) -> None:
    resting_entry(lockstep)
    lockstep.price("8.600")
    lockstep.lose_events()

    work_entries(lockstep.venue)

    assert lockstep.position().quantity == -lockstep.open_at_exchange()
    assert not lockstep.naked_at_exchange()


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


def test_a_late_fill_on_a_symbol_that_is_held_by_now_joins_what_holds_it(lockstep: Lockstep) -> None:
    version = lockstep.bot.config_version
    version.values = {"live_fixed_margin_usdt": "200", "entry_offset_pct": "1"}
    version.save()
    lockstep.wire.lose_answer(*PLACE)
    late = give_up(lockstep)
    holder = lockstep.enter(day=lockstep.now().date() + timedelta(days=1))

    lockstep.price("8.600")
    lockstep.deliver()

    late.refresh_from_db()
    holder.refresh_from_db()
    assert (late.status, holder.status) == (PositionStatus.CLOSED, PositionStatus.OPEN)
    assert holder.quantity == -lockstep.open_at_exchange()
    assert not lockstep.naked_at_exchange()


def test_an_entry_given_up_that_rests_unheard_is_cancelled_by_the_check(lockstep: Lockstep) -> None:
    version = lockstep.bot.config_version
    version.values = {"live_fixed_margin_usdt": "200", "entry_offset_pct": "1"}
    version.save()
    lockstep.wire.lose_answer(*PLACE)
    give_up(lockstep)
    Order.objects.update(sent_at=timezone.now() - timedelta(seconds=61))

    reconcile.check(lockstep.venue)

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

    went_well = [tasks._enter(bot) for bot in tasks._bots()]

    assert went_well == [False, True]  # and so the pulse of entries stops
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


def test_an_entry_that_left_late_is_given_a_deadline_that_the_exchange_takes(lockstep: Lockstep) -> None:
    """The exchange wants more than 600 s from its own now (-5040); the row may have waited for minutes."""
    lockstep.wire.lose_request(*PLACE)
    lockstep.enter()
    lockstep.step(120)
    Order.objects.update(updated_at=timezone.now() - timedelta(seconds=10))

    work_entries(lockstep.venue)
    lockstep.deliver()

    assert lockstep.orders("entry")[0].status == OrderStatus.FILLED
    assert lockstep.position().status == PositionStatus.OPEN


def test_at_the_speed_of_a_replay_the_deadline_covers_the_way_to_the_exchange(
    lockstep: Lockstep, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At 2880 times real speed a minute of market time is 21 ms: what a commit takes."""
    monkeypatch.setattr(SteppedClock, "speed", Decimal(2880))
    send = lockstep.venue.trading.place_order

    def send_slowly(request: OrderRequest) -> OrderState:
        lockstep.step(0.2 * 2880)
        return send(request)

    monkeypatch.setattr(lockstep.venue.trading, "place_order", send_slowly)

    lockstep.enter()

    assert lockstep.orders("entry")[0].status != OrderStatus.REJECTED


def test_a_signal_of_a_bot_whose_settings_are_not_valid_ends_as_too_old(
    lockstep: Lockstep, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = lockstep.bot.config_version
    version.values = {"max_positions": 999}
    version.save()
    signal = lockstep.signal()
    monkeypatch.setattr(tasks, "clock", lambda: lockstep.venue.clock)
    monkeypatch.setattr(tasks, "open_venue", lambda account: lockstep.venue)
    tasks._enter(lockstep.bot)
    signal.refresh_from_db()
    early = signal.status
    lockstep.step(timedelta(minutes=16).total_seconds())

    tasks._enter(lockstep.bot)

    signal.refresh_from_db()
    assert early == SignalStatus.PENDING
    assert (signal.status, signal.reason_code) == (SignalStatus.REFUSED, "stale_signal")


def test_each_sending_of_an_order_is_on_record_before_its_answer(lockstep: Lockstep) -> None:
    lockstep.wire.lose_request(*PLACE)
    lockstep.enter()
    Order.objects.update(updated_at=timezone.now() - timedelta(seconds=10))
    work_entries(lockstep.venue)
    entry = lockstep.orders("entry")[0]

    told = list(Event.objects.filter(facts__client_order_id=entry.client_order_id).order_by("id"))

    assert [event.kind for event in told] == ["entry_intended", "order_sent", "order_sent", "order_accepted"]
    assert all(event.facts["waited_ms"] >= 0 for event in told[1:3])
    assert told[3].facts["latency_ms"] >= 0
    assert entry.committed_at is not None
    assert entry.sent_at is not None
    assert entry.committed_at <= entry.sent_at <= entry.answered_at
