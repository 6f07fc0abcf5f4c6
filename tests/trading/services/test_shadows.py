"""Shadows of refused signals: born with the refusal, looked at once an hour, ended with a result and a reason."""

from collections.abc import Sequence
from contextlib import nullcontext
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from duolive.setup.schedule import ticks
from exchange.errors import ExchangeUnavailable
from exchange.types import Kline
from risk import breaker_store
from risk.breaker import stop_at_once
from signals.bot_settings import change_settings
from signals.models import ShadowStatus, ShadowTrade, SignalContext
from tests.factories import make_position
from tests.lockstep import SYMBOL, Lockstep
from trading import tasks
from trading.services.entry import work_signal
from trading.services.shadow_following import NO_DATA, follow_due
from trading.services.shadow_plan import is_followed, plan_shadow

D = Decimal
HOUR, BAR = timedelta(hours=1), timedelta(minutes=5)
TICKER = ("GET", "/fapi/v2/ticker/price")


class Bars:
    """Flat bars at ``price``, except for those that a test sets by their open time."""

    def __init__(self, price: str = "8.500") -> None:
        self.price = D(price)
        self.lows: dict[datetime, Decimal] = {}
        self.highs: dict[datetime, Decimal] = {}
        self.until: datetime | None = None
        self.fails = False
        self.asked: list[tuple[str, str, datetime, datetime]] = []

    def klines(
        self, symbol: str, interval: str, *, start: datetime, end: datetime, limit: int = 500
    ) -> Sequence[Kline]:
        self.asked.append((symbol, interval, start, end))
        if self.fails:
            raise ExchangeUnavailable("no answer")
        at = start.replace(second=0, microsecond=0) - timedelta(minutes=start.minute % 5)
        found = []
        while at <= end and len(found) < limit:
            if at >= start and (self.until is None or at < self.until):
                found.append(self._bar(at))
            at += BAR
        return found

    def _bar(self, at: datetime) -> Kline:
        return Kline(
            open_time=at,
            close_time=at + BAR - timedelta(milliseconds=1),
            open=self.price,
            high=self.highs.get(at, self.price),
            low=self.lows.get(at, self.price),
            close=self.price,
            volume=D(2),
            quote_volume=D(2),
            trades=1,
            taker_buy_volume=D(1),
            taker_buy_quote_volume=D(1),
        )


@pytest.fixture
def bars() -> Bars:
    return Bars()


def refused(lockstep: Lockstep, *, price: str = "7.500", **config: object) -> ShadowTrade:
    """A signal whose price ran away from 7.5 to 8.5, refused by the filter of the entry gain."""
    if config:
        change_settings(lockstep.bot, config, author="tests", now=lockstep.now())
    signal = lockstep.signal(price=price)
    work_signal(signal, lockstep.venue)
    return ShadowTrade.objects.select_related("signal").get(signal=signal)


def fresh(row: ShadowTrade) -> ShadowTrade:
    row.refresh_from_db()
    return row


def test_a_signal_that_a_filter_refused_leaves_the_trade_that_was_planned(lockstep: Lockstep) -> None:
    shadow = refused(lockstep)

    assert (shadow.refused_by, shadow.status, shadow.direction) == ("filter_entry_gain", ShadowStatus.OPEN, "SHORT")
    assert (shadow.reference_price, shadow.price, shadow.entry_price) == (D("8.5"), D("8.5"), D("8.5"))
    assert (shadow.stop_price, shadow.take_profit_price) == (D("10.03"), D("5.695"))
    assert (shadow.leverage, shadow.quantity, shadow.margin) == (3, D("70.5"), D("199.75"))
    assert shadow.config_version == lockstep.bot.config_version
    assert shadow.entered_at == shadow.planned_at == shadow.signal.decided_at


def test_a_signal_that_a_limit_refused_leaves_one_too(lockstep: Lockstep) -> None:
    make_position(lockstep.bot, symbol=SYMBOL)

    shadow = refused(lockstep, price="8.500")

    assert shadow.refused_by == "symbol_held"


@pytest.mark.parametrize(
    ("code", "wanted"),
    [("filter_cvd_new_low", True), ("max_positions", True), ("breaker", True), ("auto_trade_disabled", False),
     ("stale_signal", False), ("foreign_on_symbol", False)],
)  # fmt: skip
def test_only_filters_and_limits_leave_shadows(code: str, wanted: bool) -> None:
    assert is_followed(code) is wanted


def test_an_entered_signal_leaves_none(lockstep: Lockstep) -> None:
    lockstep.enter()

    assert not ShadowTrade.objects.exists()


def test_a_shadow_that_cannot_be_planned_does_not_keep_the_refusal_waiting(lockstep: Lockstep) -> None:
    make_position(lockstep.bot, symbol=SYMBOL)
    lockstep.wire.refuse(*TICKER, code=-1121)
    signal = lockstep.signal()

    work_signal(signal, lockstep.venue)

    signal.refresh_from_db()
    assert signal.reason_code == "symbol_held"
    assert not ShadowTrade.objects.exists()


def test_percent_sizing_takes_the_balance_read_last(lockstep: Lockstep) -> None:
    lockstep.account.available_balance = D(4000)
    lockstep.account.save()

    shadow = refused(lockstep, margin_mode="percent", margin_pct="10")

    assert shadow.quantity == D("141.1")


def test_it_is_looked_at_once_an_hour_with_one_read_for_a_symbol(lockstep: Lockstep, bars: Bars) -> None:
    shadow = refused(lockstep)
    born = shadow.planned_at

    early = follow_due(bars, now=born + timedelta(minutes=59))
    first = follow_due(bars, now=born + HOUR)
    again = follow_due(bars, now=born + HOUR + BAR)

    assert (early, first, again) == (0, 1, 0)
    assert len(bars.asked) == 1
    assert fresh(shadow).due_at == born + 2 * HOUR


def test_even_the_hours_of_the_judgements_need_one_read(lockstep: Lockstep, bars: Bars) -> None:
    shadow = refused(lockstep)

    for hour in range(1, 15):
        follow_due(bars, now=shadow.planned_at + hour * HOUR)

    shadow = fresh(shadow)
    assert len(bars.asked) == 14
    assert (shadow.judged, shadow.strength) == (["12h", "2h"], "weak")
    assert shadow.take_profit_price == D("7.65")


def test_a_late_or_doubled_look_changes_nothing(lockstep: Lockstep, bars: Bars) -> None:
    shadow = refused(lockstep)
    stopped_at = (shadow.planned_at + 3 * HOUR).replace(minute=0, second=0)
    bars.highs[stopped_at] = D("10.5")

    follow_due(bars, now=shadow.planned_at + 30 * HOUR)
    ended = fresh(shadow)
    told = (ended.exit_reason, ended.exit_price, ended.result, ended.ended_at)
    ShadowTrade.objects.update(due_at=shadow.planned_at)
    follow_due(bars, now=shadow.planned_at + 31 * HOUR)

    assert told == ("stop_loss", D("10.031"), D("-108.58871775"), stopped_at)
    assert (fresh(shadow).exit_reason, fresh(shadow).result) == told[:1] + told[2:3]


def test_a_take_profit_is_booked_after_fees(lockstep: Lockstep, bars: Bars) -> None:
    shadow = refused(lockstep)
    bars.lows[(shadow.planned_at + HOUR).replace(minute=30, second=0)] = D("5")

    follow_due(bars, now=shadow.planned_at + 2 * HOUR)

    shadow = fresh(shadow)
    fees = D("70.5") * D("8.5") * D("0.0005") + D("70.5") * D("5.696") * D("0.0005")
    assert (shadow.exit_reason, shadow.exit_price) == ("take_profit", D("5.696"))
    assert shadow.fees == fees
    assert shadow.result == D("70.5") * (D("8.5") - D("5.696")) - fees


def test_a_limit_that_is_never_reached_ends_without_a_result(lockstep: Lockstep, bars: Bars) -> None:
    shadow = refused(lockstep, entry_offset_pct="1")
    assert (shadow.status, shadow.price) == (ShadowStatus.WORKING, D("8.585"))

    follow_due(bars, now=shadow.planned_at + HOUR)

    shadow = fresh(shadow)
    assert (shadow.status, shadow.exit_reason, shadow.result) == (ShadowStatus.ENDED, "entry_unfilled", None)
    assert shadow.ended_at == shadow.entry_deadline


def test_a_limit_that_is_reached_rests_as_a_maker_and_is_judged_from_the_next_bar(
    lockstep: Lockstep, bars: Bars
) -> None:
    shadow = refused(lockstep, entry_offset_pct="1")
    reached = shadow.planned_at.replace(minute=5, second=0)
    bars.highs[reached] = D("8.6")

    follow_due(bars, now=shadow.planned_at + HOUR)

    shadow = fresh(shadow)
    assert (shadow.status, shadow.entry_price, shadow.is_maker) == (ShadowStatus.OPEN, D("8.585"), True)
    assert shadow.entered_at == reached + BAR
    assert shadow.take_profit_price == D("5.752")


def test_a_venue_that_does_not_answer_leaves_it_due(lockstep: Lockstep, bars: Bars) -> None:
    shadow = refused(lockstep)
    bars.fails = True

    follow_due(bars, now=shadow.planned_at + 5 * HOUR)

    assert fresh(shadow).due_at == shadow.planned_at + HOUR
    assert fresh(shadow).status == ShadowStatus.OPEN


def test_a_contract_that_has_no_bars_any_more_is_given_up_a_day_after_its_limit(lockstep: Lockstep, bars: Bars) -> None:
    shadow = refused(lockstep)
    bars.until = shadow.planned_at + 2 * HOUR

    follow_due(bars, now=shadow.planned_at + 72 * HOUR)
    waiting = fresh(shadow).status
    follow_due(bars, now=shadow.planned_at + 97 * HOUR)

    shadow = fresh(shadow)
    assert waiting == ShadowStatus.OPEN
    assert (shadow.status, shadow.exit_reason, shadow.result) == (ShadowStatus.ENDED, NO_DATA, None)


def test_a_desk_that_was_off_for_a_week_makes_up_for_it(lockstep: Lockstep, bars: Bars) -> None:
    shadow = refused(lockstep)

    follow_due(bars, now=shadow.planned_at + 200 * HOUR)

    shadow = fresh(shadow)
    assert (shadow.exit_reason, shadow.exit_price) == ("time_limit", D("8.501"))
    assert shadow.ended_at == shadow.planned_at + 72 * HOUR


def test_another_process_that_was_faster_is_not_overwritten(lockstep: Lockstep, bars: Bars) -> None:
    shadow = refused(lockstep)

    class Racing(Bars):
        def klines(self, *arguments: object, **named: object) -> Sequence[Kline]:
            follow_due(bars, now=shadow.planned_at + 100 * HOUR)
            return super().klines(*arguments, **named)  # type: ignore[arg-type]

    follow_due(Racing(), now=shadow.planned_at + HOUR)

    assert fresh(shadow).exit_reason == "time_limit"


def test_what_is_not_followed_asks_the_exchange_nothing(lockstep: Lockstep) -> None:
    asked = lockstep.wire.count(*TICKER)

    assert plan_shadow(lockstep.signal(), code="auto_trade_disabled", venue=lockstep.venue) is None
    assert lockstep.wire.count(*TICKER) == asked


def test_the_breakers_cut_is_left_out_of_what_would_have_been(lockstep: Lockstep) -> None:
    breaker_store.change(lockstep.account, lambda breaker, _row: stop_at_once(breaker, now=lockstep.now()))

    shadow = refused(lockstep, price="8.500")

    assert (shadow.refused_by, shadow.quantity) == ("breaker", D("70.5"))


def test_a_tick_keeps_what_the_filters_saw_and_follows_what_is_due(
    lockstep: Lockstep, monkeypatch: pytest.MonkeyPatch
) -> None:
    shadow = refused(lockstep)
    monkeypatch.setattr(tasks, "only_one", lambda name, *, seconds: nullcontext(True))
    monkeypatch.setattr(tasks, "market_data", lambda: lockstep.venue.market)
    monkeypatch.setattr(tasks, "clock", lambda: lockstep.venue.clock)
    lockstep.step(3700)

    tasks.follow_shadows()

    assert fresh(shadow).due_at == lockstep.now() + HOUR
    assert SignalContext.objects.get().signal == shadow.signal


def test_a_tick_leaves_the_work_to_who_is_at_it(lockstep: Lockstep, monkeypatch: pytest.MonkeyPatch) -> None:
    shadow = refused(lockstep)
    monkeypatch.setattr(tasks, "only_one", lambda name, *, seconds: nullcontext(False))
    lockstep.step(3700)

    tasks.follow_shadows()

    assert fresh(shadow).due_at == shadow.planned_at + HOUR
    assert not SignalContext.objects.exists()


def test_the_tick_stands_in_the_schedule_and_waits_behind_no_entry(settings: Any) -> None:
    name = "trading.tasks.follow_shadows"

    assert [tick.seconds for speed in (1, 60) for tick in ticks(speed=speed) if tick.task == name] == [60, 10]
    assert settings.CELERY_TASK_ROUTES[name]["queue"] not in ("trading", "scan")
