"""Sizes as an entry meets them: each mode, what a strategy asks for, which bound binds, and what data is missing."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from desk.event_kinds import EventKind
from desk.models import Account, Event
from exchange.types import PositionSide, to_ms
from risk.sizing_modes import SizingMode, SizingSettings, TradeRecord
from signals.models import SignalStatus
from signals.strategies.base import Enter, MarginMode, StrategyConfig
from signals.strategies.surge_short import SurgeShort
from tests.factories import make_closed_position
from tests.lockstep import SYMBOL, Lockstep
from tests.trading.services.test_breaker_gate import lose_in_a_row, set_risk
from tests.trading.services.test_entry_limits import refusal_code, set_config
from trading.services.entry import work_signal
from trading.services.entry_sizing import sizing_settings
from trading.services.sizing_facts import trade_record

D = Decimal
QUARTER_MS, HOUR_MS = 900_000, 3_600_000


def entered_quantity(lockstep: Lockstep) -> Decimal:
    """At 8.500 USDT and 3×."""
    quantity: Decimal = lockstep.enter().orders.get(purpose="entry").quantity
    return quantity


def told(lockstep: Lockstep) -> dict[str, Any]:
    facts: dict[str, Any] = Event.objects.get(kind=EventKind.ENTRY_INTENDED).facts
    return facts


def bars(lockstep: Lockstep, interval: str, span_ms: int, *closes: str) -> None:
    """Finished bars up to now, oldest first."""
    now_ms = to_ms(lockstep.now())
    begin = now_ms // span_ms * span_ms - len(closes) * span_ms
    for number, close in enumerate(closes):
        lockstep.market.bar(SYMBOL, interval, begin + number * span_ms, close)


def have_traded(lockstep: Lockstep, *results: str) -> None:
    """Closed trades of the bot, oldest first, yesterday; 1 USDT of each went for commission."""
    for number, result in enumerate(results):
        at = lockstep.now() - timedelta(days=2) + timedelta(minutes=number)
        make_closed_position(
            lockstep.bot,
            symbol=f"OLD{number}USDT",
            created_at=at,
            closed_at=at,
            realized_pnl=D(result) + 1,
            commission=D(1),
        )


def strategy_asks(monkeypatch: pytest.MonkeyPatch, **terms: Any) -> None:
    """The surge strategy decides as ever, but names leverage or margin of its entry."""
    wanted = {"take_profit_ratio": D("0.33"), "stop_loss_ratio": D("0.18"), "position_side": PositionSide.SHORT}
    monkeypatch.setattr(SurgeShort, "decide_entry", lambda self, proposal, view: Enter(**wanted | terms))


def test_the_modes_of_bots_are_the_modes_of_sizing() -> None:
    assert [mode.value for mode in MarginMode] == [mode.value for mode in SizingMode]


def test_settings_of_a_bot_and_of_sizing_have_the_same_names_defaults_and_ranges() -> None:
    of_bots, of_sizing = StrategyConfig.model_fields, SizingSettings.model_fields
    shared = of_sizing.keys() - {"mode", "fixed_margin_usdt"}

    assert shared <= of_bots.keys()
    assert {name: repr(of_bots[name]) for name in shared} == {name: repr(of_sizing[name]) for name in shared}
    assert sizing_settings(StrategyConfig(kelly_max_pct=D(7)), SizingMode.HALF_KELLY).kelly_max_pct == 7


def test_a_bots_record_is_its_closed_trades_after_commission(lockstep: Lockstep) -> None:
    have_traded(lockstep, "30", "-10", "10", "-20", "-30")

    assert trade_record(lockstep.bot) == TradeRecord(
        wins=2, losses=3, average_win=D(20), average_loss=D(20), streak=-2
    )  # fmt: skip


def test_nothing_counts_as_won_and_an_empty_record_as_nothing(lockstep: Lockstep) -> None:
    empty = trade_record(lockstep.bot)
    have_traded(lockstep, "-5", "0", "4")

    assert empty == TradeRecord()
    assert trade_record(lockstep.bot).streak == 2


def test_half_kelly_begins_with_its_default_share(lockstep: Lockstep) -> None:
    set_config(lockstep, margin_mode="half_kelly", kelly_default_pct="1")

    assert entered_quantity(lockstep) == D("35.2")  # 1 % of 10,000, 3×
    assert (told(lockstep)["sizing"], told(lockstep)["bound_by"]) == ("half_kelly", "wanted")


def test_half_kelly_follows_the_record(lockstep: Lockstep) -> None:
    set_config(lockstep, margin_mode="half_kelly", kelly_least_trades=5, kelly_max_pct="100")
    have_traded(lockstep, "-10", "-10", "15", "15", "15")  # p 0.6, b 1.5: Kelly 1/3, half 1/6, streak 1.3

    assert entered_quantity(lockstep) == D("764.7")  # 21.67 % of 10,000, 3×, at 8.5


def test_a_record_without_an_edge_enters_nothing(lockstep: Lockstep) -> None:
    set_config(lockstep, margin_mode="half_kelly", kelly_least_trades=2)
    have_traded(lockstep, "-10", "5")

    assert refusal_code(lockstep) == "no_size"


def test_risk_by_true_range_loses_its_share_of_equity_at_the_stop(lockstep: Lockstep) -> None:
    set_config(lockstep, margin_mode="atr_risk", risk_pct="1", stop_loss_pct="18")
    bars(lockstep, "15m", QUARTER_MS, *(("8.5", "8.6")[number % 2] for number in range(40)))

    position = lockstep.enter()

    quantity = position.orders.get(purpose="entry").quantity
    assert quantity == D("65.3")  # 100 USDT over the stop, 1.53 away: further than two ranges of 0.1
    assert quantity * D("1.53") <= 100


@pytest.mark.parametrize("mode", ["atr_risk", "volatility"])
def test_a_mode_without_its_bars_refuses_and_says_so(lockstep: Lockstep, mode: str) -> None:
    set_config(lockstep, margin_mode=mode)

    assert refusal_code(lockstep) == "no_size"


def test_bars_of_another_time_are_no_bars(lockstep: Lockstep) -> None:
    set_config(lockstep, margin_mode="atr_risk")
    bars(lockstep, "15m", QUARTER_MS, *(("8.5", "8.6")[number % 2] for number in range(40)))
    lockstep.step(31 * 60)
    lockstep.market.trade(SYMBOL, to_ms(lockstep.now()) - 1, "8.500")

    assert refusal_code(lockstep) == "no_size"


def test_volatility_scales_the_share(lockstep: Lockstep) -> None:
    set_config(lockstep, margin_mode="volatility", margin_pct="2", target_volatility_pct="5")
    bars(lockstep, "1h", HOUR_MS, *(("8.4", "8.6")[number % 2] for number in range(100)))

    quantity = entered_quantity(lockstep)

    assert D("30") < quantity < D("31")  # 2 % × 5 / 11.6 of a day; the whole share would be 70.5


def test_bars_that_cannot_be_read_leave_the_signal_waiting(lockstep: Lockstep) -> None:
    set_config(lockstep, margin_mode="volatility")
    for _ in range(3):
        lockstep.wire.swallow("GET", "/fapi/v1/klines")
    signal = lockstep.signal()

    work_signal(signal, lockstep.venue)

    signal.refresh_from_db()
    assert signal.status == SignalStatus.PENDING


@pytest.mark.parametrize(
    ("risk", "bound_by", "margin"),
    [
        ({}, "wanted", "1000"),
        ({"max_position_pct": 3}, "position_share", "300"),
        ({"max_exposure_pct": 12}, "total_exposure", "400"),
        ({"max_bot_margin_usdt": 200}, "bot_margin", "200"),
        ({"min_free_margin_pct": 95}, "free_margin", "500"),
        ({"max_cluster_pct": 6}, "cluster_exposure", "200"),
    ],
)
def test_a_derived_size_is_cut_to_the_smallest_limit_which_the_case_names(
    lockstep: Lockstep, risk: dict[str, Any], bound_by: str, margin: str
) -> None:
    set_config(lockstep, margin_mode="half_kelly", kelly_default_pct="10")
    set_risk(lockstep, **risk)

    position = lockstep.enter()

    assert D(margin) - 1 < position.margin <= D(margin)
    assert told(lockstep)["bound_by"] == bound_by


def test_a_limit_without_room_speaks_for_itself(lockstep: Lockstep) -> None:
    set_config(lockstep, margin_mode="half_kelly")
    set_risk(lockstep, max_bot_margin_usdt="1")

    assert refusal_code(lockstep) == "bot_margin"


def test_a_named_margin_beyond_a_limit_is_refused_and_not_cut(lockstep: Lockstep) -> None:
    set_config(lockstep, margin_mode="percent", margin_pct="10")
    set_risk(lockstep, max_position_pct=3)

    assert refusal_code(lockstep) == "position_share"


def test_the_breaker_takes_its_share_of_a_derived_size_too(lockstep: Lockstep) -> None:
    set_config(lockstep, margin_mode="half_kelly", kelly_default_pct="1", kelly_least_trades=10)
    set_risk(lockstep, consecutive_losses_tier="reduced")
    lose_in_a_row(lockstep, 3)  # streak 0.5, breaker 0.5

    assert entered_quantity(lockstep) == D("8.8")


@pytest.mark.parametrize(("read_last", "code"), [("10000", ""), (None, "balance_stale")])
def test_a_balance_that_cannot_be_read_is_the_one_read_last(
    lockstep: Lockstep, read_last: str | None, code: str
) -> None:
    set_config(lockstep, margin_mode="half_kelly", kelly_default_pct="1")
    Account.objects.update(available_balance=read_last)
    for _ in range(3):
        lockstep.wire.swallow("GET", "/fapi/v3/account")

    assert refusal_code(lockstep) == code


def test_a_strategy_names_leverage_and_margin_of_its_entry(lockstep: Lockstep, monkeypatch: pytest.MonkeyPatch) -> None:
    strategy_asks(monkeypatch, leverage=2, margin_pct=D(1))

    position = lockstep.enter()

    assert (position.leverage, position.orders.get(purpose="entry").quantity) == (2, D("23.5"))
    assert told(lockstep)["sizing"] == "signal"


def test_what_a_strategy_asks_for_is_cut_to_the_limits(lockstep: Lockstep, monkeypatch: pytest.MonkeyPatch) -> None:
    strategy_asks(monkeypatch, margin_pct=D(80))
    set_risk(lockstep, max_position_pct=2)

    position = lockstep.enter()

    assert D(199) < position.margin <= 200
    assert told(lockstep)["bound_by"] == "position_share"


@pytest.mark.parametrize(("asked", "mode", "margin"), [("1", "signal", "100"), ("9", "half_kelly", "200")])
def test_a_strategy_never_gets_more_than_a_mode_that_derives_the_size(
    lockstep: Lockstep, monkeypatch: pytest.MonkeyPatch, asked: str, mode: str, margin: str
) -> None:
    set_config(lockstep, margin_mode="half_kelly")
    strategy_asks(monkeypatch, margin_pct=D(asked))

    position = lockstep.enter()

    assert D(margin) - 1 < position.margin <= D(margin)
    assert told(lockstep)["sizing"] == mode


@pytest.mark.parametrize(("leverage", "code"), [(5, "max_leverage"), (4, "")])
def test_leverage_that_a_strategy_names_meets_the_accounts_limit(
    lockstep: Lockstep, monkeypatch: pytest.MonkeyPatch, leverage: int, code: str
) -> None:
    strategy_asks(monkeypatch, leverage=leverage, stop_loss_ratio=D("0.05"))
    set_risk(lockstep, max_leverage=4)

    assert refusal_code(lockstep) == code
