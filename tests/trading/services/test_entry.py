"""Entries: which signals are acted on: serialized, inside every limit, on a contract that is ready for it."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import httpx2
import pytest

from desk.models import Bot
from signals.models import Signal, SignalStatus
from tests.factories import make_position
from tests.lockstep import SYMBOL, Lockstep
from trading import tasks
from trading.core.states import ExitReason, PositionStatus
from trading.models import Position
from trading.services.entry import due_signals, work_signal

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


def test_a_signal_that_grew_old_between_plan_and_commit_is_no_reason_to_enter(lockstep: Lockstep) -> None:
    """A laptop that was shut meanwhile."""
    signal = lockstep.signal()

    def sleep(send: Callable[[], httpx2.Response]) -> httpx2.Response:
        lockstep.step(16 * 60)
        return send()

    lockstep.wire._next("GET", "/fapi/v1/depth", sleep)  # the book is the last that is asked

    work_signal(signal, lockstep.venue)

    assert refusal_of(signal) == (SignalStatus.REFUSED, "stale_signal")
    assert lockstep.wire.count(*PLACE) == 0
    assert not Position.objects.exists()


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

    position, [entry] = lockstep.position(), lockstep.orders("entry")
    assert (entry.status, entry.reason) == ("CANCELED", "DOTUSDT: -4028: Leverage 3 is not valid")
    assert (position.status, position.exit_reason) == (PositionStatus.CLOSED, ExitReason.ENTRY_UNFILLED)
    assert lockstep.wire.count(*PLACE) == 0


def test_an_exchange_that_cannot_be_asked_leaves_the_signal_pending(lockstep: Lockstep) -> None:
    for _ in range(3):  # a read is repeated twice
        lockstep.wire.swallow("GET", "/fapi/v3/positionRisk")
    signal = lockstep.signal()

    work_signal(signal, lockstep.venue)

    assert refusal_of(signal)[0] == SignalStatus.PENDING
    assert not Position.objects.exists()


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
