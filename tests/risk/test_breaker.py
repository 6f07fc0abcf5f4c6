"""The breaker: every cause at, below and above its threshold; what ends a trip; and what no input may do."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from risk.breaker import Breaker, count_ai, count_api, evaluate, reset, stop_at_once
from risk.breaker_causes import Cause, ClosedTrade, Readings
from risk.breaker_equity import Flow
from risk.breaker_settings import BreakerSettings
from risk.states import RANKS, Intention, Tier, is_allowed

NOON = datetime(2024, 11, 20, 12, tzinfo=UTC)  # a Wednesday
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
OFF = dict.fromkeys(
    (
        "consecutive_losses",
        "api_failures",
        "ai_failures",
        "daily_loss_pct",
        "weekly_loss_pct",
        "drawdown_pct",
        "crash_pct",
        "stale_minutes",
    ),
    0,
)


def settings(**values: Any) -> BreakerSettings:
    return BreakerSettings.model_validate(OFF | values)


def at(now: datetime, equity: str | None = None, **readings: Any) -> Readings:
    return Readings(now=now, equity=None if equity is None else Decimal(equity), **readings)


def lived(chosen: BreakerSettings, *looks: Readings, breaker: Breaker | None = None) -> Breaker:
    """The breaker after all looks, one after the other."""
    state = breaker or Breaker()
    for look in looks:
        state = evaluate(state, look, chosen)
    return state


def causes(breaker: Breaker) -> set[Cause]:
    return {trip.cause for trip in breaker.trips}


def lost(count: int, *, last: datetime = NOON) -> list[ClosedTrade]:
    return [ClosedTrade(at=last - number * MINUTE, result=Decimal(-1)) for number in range(count)]


@pytest.mark.parametrize(("count", "tripped"), [(2, False), (3, True), (4, True)])
def test_losses_in_a_row(count: int, *, tripped: bool) -> None:
    breaker = lived(settings(consecutive_losses=3), at(NOON, trades=lost(count)))

    assert (Cause.CONSECUTIVE_LOSSES in causes(breaker)) is tripped


def test_a_trade_that_ends_even_is_no_loss() -> None:
    trades = [*lost(2), ClosedTrade(at=NOON - HOUR, result=Decimal(0)), *lost(5, last=NOON - DAY)]

    assert not lived(settings(consecutive_losses=3), at(NOON, trades=trades)).trips


@pytest.mark.parametrize(
    ("results", "tripped"), [((-1, -1, 0, -1), False), ((-1, -1, -1), True), ((-1, 0, -1, -1, -1), True)]
)
def test_a_row_of_losses_is_broken_by_what_is_none(results: tuple[int, ...], *, tripped: bool) -> None:
    last = NOON - MINUTE * len(results)
    trades = [ClosedTrade(at=last + MINUTE * number, result=Decimal(pnl)) for number, pnl in enumerate(results)]

    breaker = lived(settings(consecutive_losses=3), at(NOON, trades=trades[::-1]))

    assert (Cause.CONSECUTIVE_LOSSES in causes(breaker)) is tripped


@pytest.mark.parametrize(("count", "tripped"), [(4, False), (5, True), (6, True)])
def test_failures_of_the_exchange_and_of_the_model_have_their_own_counters(count: int, *, tripped: bool) -> None:
    chosen = settings(api_failures=5, ai_failures=5)
    by_api = by_ai = Breaker()
    for _ in range(count):
        by_api, by_ai = count_api(by_api, is_ok=False), count_ai(by_ai, is_ok=False)

    assert causes(evaluate(by_api, at(NOON), chosen)) == ({Cause.API_FAILURES} if tripped else set())
    assert causes(evaluate(by_ai, at(NOON), chosen)) == ({Cause.AI_FAILURES} if tripped else set())
    assert not evaluate(count_api(by_api, is_ok=True), at(NOON), chosen).trips


@pytest.mark.parametrize(("equity", "tripped"), [("950.01", False), ("950", True), ("949.99", True)])
@pytest.mark.parametrize("limit", [{"daily_loss_pct": 5}, {"daily_loss_usdt": 50}])
def test_the_loss_of_a_day(limit: dict[str, int], equity: str, *, tripped: bool) -> None:
    breaker = lived(settings(**limit), at(NOON, "1000"), at(NOON + MINUTE, equity))

    assert (breaker.tier is Tier.CLOSE_ONLY) is tripped


@pytest.mark.parametrize(("equity", "tripped"), [("900.01", False), ("900", True), ("899.99", True)])
@pytest.mark.parametrize("limit", [{"weekly_loss_pct": 10}, {"weekly_loss_usdt": 100}])
def test_the_loss_of_a_week(limit: dict[str, int], equity: str, *, tripped: bool) -> None:
    breaker = lived(settings(**limit), at(NOON, "1000"), at(NOON + DAY, "960"), at(NOON + 2 * DAY, equity))

    assert causes(breaker) == ({Cause.WEEKLY_LOSS} if tripped else set())


@pytest.mark.parametrize(("equity", "tripped"), [("960.01", False), ("960", True), ("959.99", True)])
def test_the_draw_down_from_the_peak_halts_until_a_person_resets_it(equity: str, *, tripped: bool) -> None:
    chosen = settings(drawdown_pct=20)

    breaker = lived(chosen, at(NOON, "1000"), at(NOON + HOUR, "1200"), at(NOON + DAY, equity))
    later = lived(chosen, at(NOON + 30 * DAY, "1199"), breaker=breaker)

    assert (breaker.tier is Tier.HALTED) is (later.tier is Tier.HALTED) is tripped


@pytest.mark.parametrize(("equity", "tripped"), [("100.1", False), ("100", False), ("99.9", True)])
def test_equity_below_its_average_until_it_is_above_again(equity: str, *, tripped: bool) -> None:
    chosen = settings(equity_average_days=3)
    days = [at(NOON + number * DAY, value) for number, value in enumerate(["100", "90", "110", "100"])]

    breaker = lived(chosen, *days, at(NOON + 3 * DAY + HOUR, equity))
    back = lived(chosen, at(NOON + 3 * DAY + 2 * HOUR, "101"), breaker=breaker)

    assert causes(breaker) == ({Cause.EQUITY_AVERAGE} if tripped else set())
    assert not back.trips


def test_an_average_of_too_few_days_says_nothing() -> None:
    chosen = settings(equity_average_days=3)

    assert not lived(chosen, at(NOON, "100"), at(NOON + DAY, "50"), at(NOON + 2 * DAY, "20")).trips


@pytest.mark.parametrize(
    ("falls", "tripped"),
    [
        ({"BTCUSDT": "5"}, False),
        ({"BTCUSDT": "5.01"}, True),
        ({"BTCUSDT": "0", "ETHUSDT": "10.1"}, True),
        ({"BTCUSDT": "0", "ETHUSDT": "10"}, False),
        ({"BTCUSDT": "5.01", "ETHUSDT": "-9"}, True),
        ({}, False),
    ],
)
def test_a_crash_of_bitcoin_or_of_the_basket(falls: dict[str, str], *, tripped: bool) -> None:
    read = {symbol: Decimal(fall) for symbol, fall in falls.items()}

    assert bool(lived(settings(crash_pct=5), at(NOON, falls=read)).trips) is tripped


@pytest.mark.parametrize(("age", "tripped"), [(9, False), (10, False), (11, True)])
def test_stale_data_restricts_while_it_is_stale(age: int, *, tripped: bool) -> None:
    chosen = settings(stale_minutes=10)

    breaker = lived(chosen, at(NOON, ages={"balances": age * MINUTE}))
    unread = lived(chosen, at(NOON + HOUR), breaker=breaker)
    fresh = lived(chosen, at(NOON + HOUR, ages={"balances": MINUTE}), breaker=breaker)

    assert (causes(breaker), causes(unread), causes(fresh)) == (
        ({Cause.STALE_DATA} if tripped else set()),
        ({Cause.STALE_DATA} if tripped else set()),
        set(),
    )


def test_a_cool_down_ends_by_market_time_and_its_count_begins_anew() -> None:
    chosen = settings(consecutive_losses=3, consecutive_losses_minutes=60)
    trades = lost(3)

    tripped = lived(chosen, at(NOON, trades=trades))
    waiting = lived(chosen, at(NOON + HOUR - MINUTE, trades=trades), breaker=tripped)
    over = lived(chosen, at(NOON + HOUR, trades=trades), breaker=waiting)

    assert (tripped.tier, waiting.tier, over.tier) == (Tier.CLOSE_ONLY, Tier.CLOSE_ONLY, Tier.ACTIVE)
    assert not lived(chosen, at(NOON + 2 * HOUR, trades=trades), breaker=over).trips


def test_another_loss_begins_the_cool_down_anew() -> None:
    chosen = settings(consecutive_losses=3)

    tripped = lived(chosen, at(NOON, trades=lost(3)), at(NOON + HOUR / 2, trades=lost(4, last=NOON + HOUR / 2)))

    assert tripped.trips[0].until == NOON + HOUR / 2 + HOUR


def test_the_loss_of_a_day_holds_until_midnight_utc_and_the_losses_in_a_row_over_it() -> None:
    chosen = settings(daily_loss_pct=5, consecutive_losses=3, consecutive_losses_minutes=60)
    late = NOON.replace(hour=23, minute=50)

    evening = lived(chosen, at(late - HOUR, "1000"), at(late, "940", trades=lost(3, last=late)))
    midnight = lived(chosen, at(late + 10 * MINUTE, "940", trades=lost(3, last=late)), breaker=evening)
    later = lived(chosen, at(late + HOUR, "940", trades=lost(3, last=late)), breaker=midnight)

    assert causes(evening) == {Cause.DAILY_LOSS, Cause.CONSECUTIVE_LOSSES}
    assert causes(midnight) == {Cause.CONSECUTIVE_LOSSES}
    assert not later.trips


def test_a_new_day_begins_where_the_old_one_ended() -> None:
    chosen, late = settings(daily_loss_pct=5), NOON.replace(hour=23, minute=59)

    over_midnight = lived(chosen, at(late, "1000"), at(late + 2 * MINUTE, "949"))
    after_a_gap = lived(chosen, at(late, "1000"), at(late + 9 * HOUR, "949"))

    assert causes(over_midnight) == {Cause.DAILY_LOSS}
    assert not after_a_gap.trips


def test_a_day_that_was_not_seen_to_end_is_not_judged_on() -> None:
    tripped = lived(settings(daily_loss_pct=5), at(NOON, "1000"), at(NOON + HOUR, "900"))

    assert not lived(settings(daily_loss_pct=5), at(NOON + DAY), breaker=tripped).trips


def test_a_clock_that_goes_back_leaves_what_was_left_of_a_cool_down() -> None:
    chosen, trades = settings(consecutive_losses=3), lost(3)
    tripped = lived(chosen, at(NOON, trades=trades), at(NOON + HOUR / 2, trades=trades))

    back = lived(chosen, at(NOON - 5 * HOUR, trades=trades), breaker=tripped)

    assert back.trips[0].remaining(NOON - 5 * HOUR) == HOUR / 2


def test_a_clock_that_goes_back_makes_no_new_day() -> None:
    chosen = settings(daily_loss_pct=5)
    tripped = lived(chosen, at(NOON, "1000"), at(NOON + HOUR, "940"))

    back = lived(chosen, at(NOON - 2 * DAY, "940"), breaker=tripped)

    assert back.trips == tripped.trips


def test_a_deposit_hides_no_loss() -> None:
    chosen = settings(daily_loss_pct=5)
    deposit = Flow(at=NOON + MINUTE, amount=Decimal(10000))

    breaker = lived(chosen, at(NOON, "1000"), at(NOON + HOUR, "10940", flows=[deposit]))
    earlier = lived(chosen, at(NOON, "1000"), at(NOON + MINUTE, "940"), at(NOON + HOUR, "10940", flows=[deposit]))

    assert causes(earlier) == {Cause.DAILY_LOSS}
    assert breaker.track is not None
    assert breaker.track.day.loss(Decimal(10940)) == 60


def test_a_withdrawal_causes_none() -> None:
    chosen = settings(daily_loss_pct=5, daily_loss_usdt=50, drawdown_pct=10)
    withdrawal = Flow(at=NOON + MINUTE, amount=Decimal(-900))

    breaker = lived(chosen, at(NOON, "1000"), at(NOON + HOUR, "100", flows=[withdrawal]))

    assert not breaker.trips


def test_a_loss_of_what_was_left_after_a_withdrawal_counts_in_full() -> None:
    withdrawal = Flow(at=NOON + MINUTE, amount=Decimal(-900))

    breaker = lived(
        settings(daily_loss_pct=5),
        at(NOON, "1000"),
        at(NOON + HOUR, "100", flows=[withdrawal]),
        at(NOON + DAY / 3, "95"),
    )

    assert causes(breaker) == {Cause.DAILY_LOSS}


def test_a_deposit_that_is_told_late_was_no_peak() -> None:
    chosen = settings(drawdown_pct=20)
    deposit = Flow(at=NOON + MINUTE, amount=Decimal(1000))

    breaker = lived(chosen, at(NOON, "1000"), at(NOON + HOUR, "2000"), at(NOON + 2 * HOUR, "2000", flows=[deposit]))

    assert not breaker.trips
    assert breaker.track is not None
    assert (breaker.track.price, breaker.track.peak_price) == (1, 1)


def test_money_that_came_before_the_first_reading_is_in_it() -> None:
    deposit = Flow(at=NOON - HOUR, amount=Decimal(1000))

    breaker = lived(settings(daily_loss_pct=5), at(NOON, "1000"), at(NOON + HOUR, "1000", flows=[deposit]))

    assert breaker.track is not None
    assert (breaker.track.price, breaker.trips) == (1, ())


def test_an_account_that_was_emptied_begins_anew() -> None:
    gone, back = Flow(at=NOON + MINUTE, amount=Decimal(-1000)), Flow(at=NOON + HOUR, amount=Decimal(50))

    looks = [at(NOON, "1000"), at(NOON + MINUTE, "0", flows=[gone]), at(NOON + HOUR, "50", flows=[back])]
    breaker = lived(settings(daily_loss_pct=5), *looks)

    assert breaker.track is not None
    assert (breaker.track.price, breaker.trips) == (1, ())


def test_an_emergency_stop_holds_until_a_person_resets_it() -> None:
    chosen = settings()
    stopped = stop_at_once(Breaker(), now=NOON)

    later = lived(chosen, at(NOON + 365 * DAY), breaker=stopped)

    assert later.tier is Tier.HALTED
    assert reset(later, now=NOON + 365 * DAY).tier is Tier.ACTIVE


def test_a_reset_takes_the_losses_as_they_are() -> None:
    chosen = settings(daily_loss_pct=5, weekly_loss_pct=5, drawdown_pct=5, consecutive_losses=3, api_failures=1)
    trades = lost(3)
    failing = count_api(Breaker(), is_ok=False)
    tripped = lived(chosen, at(NOON, "1000"), at(NOON + MINUTE, "900", trades=trades), breaker=failing)

    again = lived(chosen, at(NOON + 2 * MINUTE, "900", trades=trades), breaker=reset(tripped, now=NOON + MINUTE))
    worse = lived(chosen, at(NOON + 3 * MINUTE, "850", trades=trades), breaker=again)

    assert len(tripped.trips) == 5
    assert not again.trips
    assert Cause.DAILY_LOSS in causes(worse)


LOOKS = st.builds(
    Readings,
    now=st.integers(0, 40 * 24 * 60).map(lambda minutes: NOON + minutes * MINUTE),
    equity=st.one_of(st.none(), st.integers(0, 3000).map(Decimal)),
    flows=st.lists(
        st.builds(
            Flow,
            at=st.integers(0, 40 * 24 * 60).map(lambda minutes: NOON + minutes * MINUTE),
            amount=st.integers(-2000, 2000).map(Decimal),
        ),
        max_size=2,
    ),
    trades=st.integers(0, 6).map(lost),
    falls=st.dictionaries(st.sampled_from(["BTCUSDT", "ETHUSDT"]), st.integers(-10, 20).map(Decimal), max_size=2),
    ages=st.dictionaries(st.just("balances"), st.integers(0, 60).map(lambda minutes: minutes * MINUTE), max_size=1),
)


@given(st.lists(LOOKS, max_size=12))
def test_no_reading_of_anything_lifts_what_a_person_must_reset(looks: list[Readings]) -> None:
    """While a tier is active no sequence of inputs allows what raises exposure."""
    state = stop_at_once(Breaker(), now=NOON)

    for look in looks:
        state = evaluate(count_ai(count_api(state, is_ok=True), is_ok=True), look, BreakerSettings())
        assert not any(is_allowed(intention, state.tier) for intention in (Intention.ENTER, Intention.ADD))
        assert all(
            is_allowed(intention, state.tier) for intention in (Intention.CLOSE, Intention.REDUCE, Intention.PROTECT)
        )


@given(st.lists(LOOKS, min_size=1, max_size=12))
def test_a_cool_down_is_never_lifted_before_its_time(looks: list[Readings]) -> None:
    chosen = BreakerSettings(api_failures=1, api_failures_minutes=60)
    state = lived(chosen, at(NOON), breaker=count_api(Breaker(), is_ok=False))

    for look in sorted(looks, key=lambda look: look.now):
        before = state.trip(Cause.API_FAILURES)
        state = evaluate(state, look, chosen)
        if before is not None and before.until is not None and look.now < before.until:
            assert RANKS[state.tier] >= RANKS[Tier.CLOSE_ONLY]
            assert state.trip(Cause.API_FAILURES) is not None


@given(st.lists(LOOKS, max_size=8), LOOKS)
def test_a_restart_changes_nothing(looks: list[Readings], after: Readings) -> None:
    adapter = TypeAdapter(Breaker)
    state = lived(BreakerSettings(), *looks)

    restarted = adapter.validate_json(adapter.dump_json(state))

    assert restarted == state
    assert evaluate(restarted, after, BreakerSettings()) == evaluate(state, after, BreakerSettings())


@given(st.lists(st.integers(-500, 500).map(Decimal).filter(bool), max_size=8))
def test_money_moved_in_and_out_is_never_a_result(amounts: list[Decimal]) -> None:
    chosen = BreakerSettings(daily_loss_pct=Decimal("0.001"), drawdown_pct=Decimal("0.001"))
    equity, state = Decimal(10000), lived(chosen, at(NOON, "10000"))

    for number, amount in enumerate(amounts, start=1):
        now = NOON + number * MINUTE
        equity += amount
        look = replace(at(now, str(equity)), flows=[Flow(at=now, amount=amount)])
        state = evaluate(state, look, chosen)

    assert not state.trips
