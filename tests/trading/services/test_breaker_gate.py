"""The breaker and the limits of size as entries meet them, also when they race and when the desk starts again."""

import threading
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from desk.event_kinds import EventKind
from desk.models import Account, Event
from exchange.types import PositionSide
from risk import breaker_store
from risk.breaker import stop_at_once
from risk.breaker_causes import Cause
from risk.breaker_store import breaker_of, note_ai, note_api, tier_of, version_of
from risk.models import RiskVersion
from risk.states import Tier
from signals.models import Signal
from tests.factories import make_closed_position
from tests.lockstep import SYMBOL, InProcessClient, Lockstep
from tests.trading.services.test_concurrency import at_once
from tests.trading.services.test_entry_limits import refusal_code
from trading.core.states import OrderStatus, PositionStatus
from trading.models import Income, Order, Position
from trading.services.breaker import MOVED, ResetRefused, evaluate_breaker, reset_breaker
from trading.services.breaker_watch import fall_of, watch_breaker
from trading.services.emergency_stop import emergency_stop
from trading.services.entry import work_signal
from trading.services.manual_entry import EntryRefused, ManualEntry, request_entry
from trading.services.reconcile import check
from trading.services.submit import submit
from trading.services.working_entries import work_entries


def set_risk(lockstep: Lockstep, **values: Any) -> None:
    RiskVersion.objects.create(account=lockstep.account, number=1, values=values, author="tests")


def stop(lockstep: Lockstep) -> None:
    breaker_store.change(lockstep.account, lambda breaker, _row: stop_at_once(breaker, now=lockstep.now()))


def lose_in_a_row(lockstep: Lockstep, count: int) -> None:
    for number in range(count):
        at = lockstep.now() - timedelta(minutes=count - number)
        make_closed_position(
            lockstep.bot, symbol=f"LOST{number}USDT", created_at=at, closed_at=at, realized_pnl=Decimal(-1)
        )


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"max_leverage": 2}, "max_leverage"),
        ({"min_liquidation_pct": 40}, "liquidation_distance"),
        ({"min_notional_usdt": 1000}, "min_notional"),
        ({"max_position_pct": 1}, "position_share"),
        ({"max_exposure_pct": 5}, "total_exposure"),
        ({"min_free_margin_pct": 95}, ""),
        ({"max_bot_margin_usdt": 100}, "bot_margin"),
        ({"max_price_age_minutes": 1}, ""),
        ({"symbol_deny": [SYMBOL]}, "symbol_denied"),
        ({"symbol_allow": ["XRPUSDT"]}, "symbol_not_allowed"),
        ({}, ""),
    ],
)
def test_each_limit_refuses_with_its_code_and_sends_nothing(
    lockstep: Lockstep, values: dict[str, Any], code: str
) -> None:
    set_risk(lockstep, **values)

    assert refusal_code(lockstep) == code
    assert lockstep.wire.count("POST", "/fapi/v1/order") == (0 if code else 1)


def test_a_symbol_has_its_quota_of_a_day(lockstep: Lockstep) -> None:
    set_risk(lockstep, max_symbol_entries_per_day=1)
    make_closed_position(lockstep.bot, symbol=SYMBOL, created_at=lockstep.now(), signal=lockstep.signal())

    signal = lockstep.signal(day=lockstep.now().date() + timedelta(days=1))

    assert refusal_code(lockstep, signal) == "symbol_quota"


def test_losses_in_a_row_halve_the_next_entry_where_that_is_chosen(lockstep: Lockstep) -> None:
    set_risk(lockstep, consecutive_losses_tier="reduced")
    lose_in_a_row(lockstep, 3)

    position = lockstep.enter()

    assert tier_of(lockstep.account) is Tier.REDUCED
    assert position.orders.get(purpose="entry").quantity == Decimal("35.2")  # 100 instead of 200 USDT of margin


def test_what_trips_just_before_an_entry_refuses_it(lockstep: Lockstep) -> None:
    lose_in_a_row(lockstep, 3)
    signal = lockstep.signal()

    assert refusal_code(lockstep, signal) == "breaker"
    assert signal.reason == "breaker (close_only consecutive_losses 3, limit 3)"
    assert Event.objects.get(kind=EventKind.BREAKER_TRIPPED).facts["cause"] == "consecutive_losses"


def test_an_entry_that_was_committed_before_the_trip_never_leaves(lockstep: Lockstep) -> None:
    lockstep.wire.lose_request("POST", "/fapi/v1/order")
    entry = work_signal(lockstep.signal(), lockstep.venue)
    assert entry is not None
    stop(lockstep)

    submit(Order.objects.get(pk=entry.pk), lockstep.venue)

    assert Order.objects.get(pk=entry.pk).status == OrderStatus.CANCELED
    assert not lockstep.venue.trading.positions()


def test_a_trip_takes_working_entries_back(lockstep: Lockstep) -> None:
    version = lockstep.bot.config_version
    version.values = {"live_fixed_margin_usdt": "200", "entry_offset_pct": "3"}  # rests above the price
    version.save()
    lockstep.enter()
    for _ in range(5):
        note_api(lockstep.account, is_ok=False)

    evaluate_breaker(lockstep.venue)
    work_entries(lockstep.venue)

    assert tier_of(lockstep.account) is Tier.CLOSE_ONLY
    assert lockstep.position().status == PositionStatus.CLOSED
    assert not lockstep.venue.trading.open_orders(SYMBOL)


def test_an_open_position_is_protected_and_closed_while_halted(lockstep: Lockstep) -> None:
    lockstep.enter()
    stop(lockstep)

    lockstep.deliver()
    protected = len(lockstep.stops_at_exchange())
    lockstep.price("10.100")
    lockstep.deliver()

    assert protected == 1
    assert lockstep.position().exit_reason == "stop_loss"


@pytest.mark.parametrize("tier", [Tier.REDUCED, Tier.CLOSE_ONLY, Tier.HALTED])
def test_a_restart_keeps_every_tier_with_the_time_that_is_left(lockstep: Lockstep, tier: Tier) -> None:
    set_risk(lockstep, api_failures_tier=tier.value)
    for _ in range(5):
        note_api(lockstep.account, is_ok=False)
    evaluate_breaker(lockstep.venue)
    since = lockstep.now()
    lockstep.step(40 * 60)

    breaker_store._adapter.cache_clear()  # nothing but the row is left
    evaluate_breaker(lockstep.venue)

    trip = breaker_of(lockstep.account).trip(Cause.API_FAILURES)
    assert (tier_of(lockstep.account), trip and trip.remaining(lockstep.now())) == (tier, timedelta(minutes=20))
    lockstep.step(20 * 60)
    evaluate_breaker(lockstep.venue)
    assert tier_of(lockstep.account) is Tier.ACTIVE
    assert lockstep.now() - since == timedelta(hours=1)


def test_failures_of_the_model_have_their_own_counter(lockstep: Lockstep) -> None:
    for _ in range(5):
        note_ai(lockstep.account, is_ok=False)
    note_api(lockstep.account, is_ok=True)

    assert [trip.cause for trip in evaluate_breaker(lockstep.venue).trips] == [Cause.AI_FAILURES]


def test_a_failing_check_counts_and_one_that_works_begins_anew(lockstep: Lockstep) -> None:
    for _ in range(4):
        watch_breaker(lockstep.venue, is_ok=False)
    watch_breaker(lockstep.venue, is_ok=True)
    watch_breaker(lockstep.venue, is_ok=False)

    assert breaker_of(lockstep.account).counters.api_failures == 1


def test_the_open_loss_counts(lockstep: Lockstep) -> None:
    set_risk(lockstep, daily_loss_pct="2", max_balance_age_minutes=0)
    check(lockstep.venue)
    evaluate_breaker(lockstep.venue)
    lockstep.open_position()
    lockstep.price("12.000")

    check(lockstep.venue)
    evaluate_breaker(lockstep.venue)

    assert [trip.cause for trip in breaker_of(lockstep.account).trips] == [Cause.DAILY_LOSS]


def test_the_breaker_holds_for_orders_by_hand_too(lockstep: Lockstep) -> None:
    entry = ManualEntry(
        symbol=SYMBOL,
        position_side=PositionSide.SHORT,
        leverage=3,
        stop_loss_pct=Decimal(18),
        take_profit_pct=Decimal(33),
        author="owner",
        margin=Decimal(50),
    )
    stop(lockstep)

    with pytest.raises(EntryRefused, match="breaker"):
        request_entry(entry, account=lockstep.account, market=lockstep.venue.market, now=lockstep.now())

    assert not Position.objects.exists()


def move_money(lockstep: Lockstep, amount: str, *, income_type: str = "TRANSFER") -> None:
    """Money moved in or out: the balance as it was read after it, and the row of the venue's ledger."""
    Income.objects.create(
        account=lockstep.account,
        income_type=income_type,
        transaction_id=Income.objects.count() + 1,
        amount=Decimal(amount),
        asset="USDT",
        at=lockstep.now(),
    )
    lockstep.step(30)
    account = Account.objects.get(pk=lockstep.account.pk)
    account.wallet_balance, account.balances_at = account.wallet_balance + Decimal(amount), lockstep.now()
    account.save()


@pytest.mark.parametrize("income_type", MOVED)
def test_money_moved_is_no_result(lockstep: Lockstep, income_type: str) -> None:
    check(lockstep.venue)
    evaluate_breaker(lockstep.venue)
    lockstep.step(60)

    move_money(lockstep, "-4000", income_type=income_type)
    after_withdrawal = evaluate_breaker(lockstep.venue)
    move_money(lockstep, "9000", income_type=income_type)
    after_deposit = evaluate_breaker(lockstep.venue)

    assert (after_withdrawal.trips, after_deposit.trips) == ((), ())
    assert after_deposit.track is not None
    assert (after_deposit.track.price, after_deposit.track.peak_price) == (1, 1)


def test_a_trip_that_was_told_is_not_told_again(lockstep: Lockstep) -> None:
    lose_in_a_row(lockstep, 3)

    for _ in range(3):
        evaluate_breaker(lockstep.venue)

    assert Event.objects.filter(kind=EventKind.BREAKER_TRIPPED).count() == 1


def test_a_person_resets_what_was_seen_and_nothing_else(lockstep: Lockstep) -> None:
    stop(lockstep)
    seen = version_of(lockstep.account)
    about = {"author": "owner", "reason": "checked the keys", "now": lockstep.now()}

    with pytest.raises(ResetRefused):
        reset_breaker(lockstep.account, seen_version=seen - 1, **about)
    reset_breaker(lockstep.account, seen_version=seen, **about)
    with pytest.raises(ResetRefused):
        reset_breaker(lockstep.account, seen_version=seen + 1, **about)

    assert tier_of(lockstep.account) is Tier.ACTIVE
    assert Event.objects.get(kind=EventKind.BREAKER_RESET).facts["reason"] == "checked the keys"


def test_a_crash_flattens_where_the_owner_wants_it(lockstep: Lockstep) -> None:
    set_risk(lockstep, crash_flatten=True)
    lockstep.open_position()

    evaluate_breaker(lockstep.venue, falls={"BTCUSDT": Decimal("5.1")})

    assert lockstep.position().exit_reason == "breaker_flatten"


def test_a_fall_is_measured_from_the_highest_price_of_the_window(lockstep: Lockstep) -> None:
    start = lockstep.host.clock.now_ms() // 60_000 * 60_000
    for number, close in enumerate(["100", "104", "98.8"]):
        lockstep.market.bar(SYMBOL, "5m", start + number * 60_000, close)
    bars = lockstep.venue.market.klines(SYMBOL, "5m", limit=10)

    lockstep.step(600)

    assert fall_of(lockstep.venue.market.klines(SYMBOL, "5m", limit=10)) == Decimal(5)
    assert fall_of(bars[:0]) is None


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "values",
    [
        {"max_exposure_pct": 9},
        {"max_bot_margin_usdt": 300},
        {"max_exposure_pct": 3, "exposure_basis": "margin"},
        {"min_free_margin_pct": 97, "max_position_pct": 0},
        {"max_cluster_pct": 9, "max_exposure_pct": 0},
    ],
    ids=lambda values: "-".join(values),
)
def test_two_entries_that_race_never_pass_a_limit_of_size_together(
    transactional_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, values: dict[str, Any]
) -> None:
    """One entry of 200 USDT margin and 600 USDT notional on 10,000 USDT fits, two do not."""
    one_at_a_time, answer = threading.RLock(), InProcessClient._exchange

    def locked(self: InProcessClient, call: Any) -> Any:
        with one_at_a_time:
            return answer(self, call)

    monkeypatch.setattr(InProcessClient, "_exchange", locked)
    racing = Lockstep(tmp_path)
    symbols = ["RACE0USDT", "RACE1USDT"]
    for symbol in symbols:
        racing.market.trade(symbol, racing.host.clock.now_ms() - 1, "8.500")
    set_risk(racing, **values)
    signals = [racing.signal(symbol) for symbol in symbols]

    at_once(*(lambda signal=signal: work_signal(signal, racing.venue) for signal in signals))

    assert Order.objects.filter(purpose="entry").count() == 1
    assert racing.wire.count("POST", "/fapi/v1/order") == 1
    assert Signal.objects.filter(status="refused").count() == 1


def test_balances_that_no_check_refreshes_restrict_until_one_does(lockstep: Lockstep) -> None:
    lockstep.step(11 * 60)
    watch_breaker(lockstep.venue, is_ok=False)
    stale = breaker_of(lockstep.account)

    check(lockstep.venue)
    watch_breaker(lockstep.venue, is_ok=True)

    assert [trip.cause for trip in stale.trips] == [Cause.STALE_DATA]
    assert tier_of(lockstep.account) is Tier.ACTIVE


def test_an_emergency_stop_leaves_foreign_positions_alone(lockstep: Lockstep) -> None:
    report = emergency_stop(lockstep.account, author="owner", reason="test", now=lockstep.now())

    assert report.results == ()
    assert tier_of(lockstep.account) is Tier.HALTED
    assert not Position.objects.exists()
    assert not Income.objects.exists()
