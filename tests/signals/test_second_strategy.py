"""A second strategy is one class and one line of settings: found, entered, protected and closed by the same engine."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from signals import tasks
from signals.market_data import BarStore
from signals.models import Signal
from signals.strategies.registry import UnknownStrategy, strategy_of
from tests.factories import make_bot
from tests.lockstep import START, SYMBOL, Lockstep
from tests.signals.range_market import RangeMarket, bar, contract
from trading.core.states import ExitReason, PositionStatus
from trading.services import reconcile
from trading.services.entry import due_signals, work_signal

HOUR_OPEN = START.replace(hour=16, minute=0, second=0)


@pytest.fixture
def lockstep(db: None, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Lockstep:
    """A desk whose settings name one strategy more, and a market hour in which DOT rose by 3 %."""
    settings.STRATEGIES = settings.STRATEGIES | {"risers": "tests.signals.tiny_strategy.Risers"}
    desk = Lockstep(tmp_path)
    desk.bot = make_bot(desk.account, strategy="risers", config={"live_fixed_margin_usdt": "200"})
    market = RangeMarket(now=desk.now(), listed=[contract(SYMBOL)])
    market.put(SYMBOL, "1h", replace(bar(HOUR_OPEN, sold=10, price="8.500"), open=Decimal("8.25")))
    monkeypatch.setattr(tasks, "market_data", lambda: market)
    monkeypatch.setattr(tasks, "clock", lambda: desk.venue.clock)
    monkeypatch.setattr(tasks, "_bars", BarStore())
    return desk


def test_a_strategy_named_in_settings_trades_like_the_first_one(lockstep: Lockstep) -> None:
    tasks.scan_strategy("risers", [lockstep.bot], now=lockstep.now())
    lockstep.step(60)
    for signal in due_signals(lockstep.bot, now=lockstep.now()):
        work_signal(signal, lockstep.venue)
    lockstep.price("8.499")
    lockstep.deliver()

    position = lockstep.position()
    assert Signal.objects.get().symbol == SYMBOL
    assert (position.direction, position.status) == ("LONG", PositionStatus.OPEN)
    assert lockstep.open_at_exchange() == position.quantity > 0
    assert not lockstep.naked_at_exchange()

    lockstep.step(timedelta(hours=1, seconds=1).total_seconds())
    reconcile.check(lockstep.venue)
    lockstep.deliver()
    reconcile.check(lockstep.venue)

    position = lockstep.position()
    assert (position.status, position.exit_reason) == (PositionStatus.CLOSED, ExitReason.STRATEGY_EXIT)
    assert lockstep.open_at_exchange() == 0


def test_without_its_line_in_settings_a_bot_of_that_strategy_says_what_there_is(
    lockstep: Lockstep, settings: Any
) -> None:

    settings.STRATEGIES = {"surge_short": settings.STRATEGIES["surge_short"]}

    with pytest.raises(UnknownStrategy, match="there are: surge_short"):
        strategy_of(lockstep.bot.config_version)
