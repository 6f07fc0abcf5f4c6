"""Orders by hand inside the limits of the contract, of size, and of the age of the balance behind them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from desk.models import Account, Bot
from exchange.errors import ExchangeUnavailable
from exchange.market_types import TradingSession
from exchange.types import Contract, PositionSide
from risk.limits import LimitCode, LimitRefusal
from tests.factories import make_position
from tests.lockstep import SYMBOL, Lockstep
from tests.trading.services.test_breaker_gate import set_risk
from tests.trading.services.test_entry_limits import refusal_code
from trading.models import Position
from trading.services.manual_entry import EntryRefused, ManualEntry, manual_bot, request_entry

D = Decimal
WISH = ManualEntry(
    symbol=SYMBOL,
    position_side=PositionSide.SHORT,
    leverage=3,
    stop_loss_pct=D(18),
    take_profit_pct=D(33),
    author="tests",
    quantity=D(60),
)  # 510 USDT, 170 of margin, of 10,000


def ask(lockstep: Lockstep, wish: ManualEntry = WISH, *, speed: str = "1") -> LimitRefusal | None:
    """The limit in the way, or None where the entry was taken."""
    try:
        request_entry(
            wish, account=lockstep.account, market=lockstep.venue.market, now=lockstep.now(), speed=D(speed)
        )  # fmt: skip
    except EntryRefused as refused:
        return refused.refusal
    return None


def hold(lockstep: Lockstep, bot: Bot, symbol: str = "XRPUSDT") -> Position:
    """A position of 100 USDT at 3×, older than the balance that was read last."""
    return make_position(
        bot,
        symbol=symbol,
        quantity=D(10),
        entry_price=D(10),
        mark_price=D(10),
        created_at=lockstep.now() - timedelta(hours=1),
    )


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ({"max_leverage": 3}, None),
        ({"max_leverage": 2}, "max_leverage (3x, limit 2x)"),
        ({"min_liquidation_pct": 40}, "liquidation_distance (31.33 %, limit 40 %)"),
        ({"min_notional_usdt": 510}, None),
        ({"min_notional_usdt": 511}, "min_notional (510.00 USDT, limit 511 USDT)"),
        ({"max_position_pct": "1.7"}, None),
        ({"max_position_pct": "1.6"}, "position_share (1.70 %, limit 1.6 %)"),
        ({"max_exposure_pct": "6.1"}, None),
        ({"max_exposure_pct": "6"}, "total_exposure (6.10 %, limit 6 %)"),
        ({"min_free_margin_pct": "98.3"}, None),
        ({"min_free_margin_pct": "98.4"}, "free_margin (98.30 %, limit 98.4 %)"),
        ({"max_bot_margin_usdt": 170}, None),
        ({"max_bot_margin_usdt": 169}, "bot_margin (170.00 USDT, limit 169 USDT)"),
        ({"symbol_deny": [SYMBOL]}, "symbol_denied (DOTUSDT, limit -)"),
        ({"symbol_allow": ["XRPUSDT"]}, "symbol_not_allowed (DOTUSDT, limit 1)"),
    ],
)
def test_limits_refuse_with_code_value_and_limit(lockstep: Lockstep, values: dict[str, Any], found: str | None) -> None:
    hold(lockstep, lockstep.bot)
    set_risk(lockstep, **values)

    refused = ask(lockstep)

    assert (str(refused) if refused else None) == found
    assert Position.objects.filter(symbol=SYMBOL).exists() is (found is None)


def test_margin_of_orders_by_hand_adds_up(lockstep: Lockstep) -> None:
    hold(lockstep, manual_bot(lockstep.account))
    set_risk(lockstep, max_bot_margin_usdt=200)

    refused = ask(lockstep)

    assert str(refused) == "bot_margin (203.33 USDT, limit 200 USDT)"


def test_what_moves_together_shares_its_budget(lockstep: Lockstep) -> None:
    hold(lockstep, lockstep.bot)  # no hourly bars: taken as tied
    set_risk(lockstep, max_cluster_pct=6)

    assert str(ask(lockstep)) == "cluster_exposure (6.10 %, limit 6 %)"


def test_entries_that_the_last_balance_does_not_know_yet_are_taken_off(lockstep: Lockstep) -> None:
    Account.objects.update(available_balance=D(200))
    lockstep.step(5)

    first = ask(lockstep)
    lockstep.market.trade("XRPUSDT", lockstep.host.clock.now_ms() - 1, "8.500")
    second = ask(lockstep, replace(WISH, symbol="XRPUSDT"))

    assert (first, str(second)) == (None, "free_margin (-140.00 USDT, limit 0 USDT)")


@pytest.mark.parametrize(
    ("minutes", "speed", "found"),
    [(10, "1", None), (11, "1", LimitCode.BALANCE_STALE), (110, "60", None), (125, "60", LimitCode.BALANCE_STALE)],
)
def test_a_balance_may_be_so_old(lockstep: Lockstep, minutes: int, speed: str, found: LimitCode | None) -> None:
    lockstep.step(minutes * 60)

    refused = ask(lockstep, speed=speed)

    assert (refused.code if refused else None) is found


def test_without_any_balance_nothing_is_entered(lockstep: Lockstep) -> None:
    Account.objects.update(wallet_balance=None)
    set_risk(lockstep, max_balance_age_minutes=0)

    assert str(ask(lockstep)) == "balance_stale (never, limit 0 min)"


class Listing:
    """The contracts as the venue names them, changed by a test; everything else is the venue's."""

    def __init__(self, market: Any, **changes: Any) -> None:
        self._market, self._changes = market, changes
        self.sessions: Mapping[str, Sequence[TradingSession]] | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._market, name)

    def contracts(self) -> Sequence[Contract]:
        return [replace(row, **self._changes) for row in self._market.contracts()]

    def trading_sessions(self) -> Mapping[str, Sequence[TradingSession]]:
        if self.sessions is None:
            raise ExchangeUnavailable("no answer")
        return self.sessions


def listed(lockstep: Lockstep, **changes: Any) -> Listing:
    listing = Listing(lockstep.venue.market, **changes)
    lockstep.venue = replace(lockstep.venue, market=listing)  # type: ignore[arg-type]
    return listing


def both(lockstep: Lockstep) -> tuple[str, str]:
    """What a bot's entry and one by hand are refused with."""
    refused = ask(lockstep)
    return refusal_code(lockstep), refused.code.value if refused else ""


def test_a_contract_that_settles_is_entered_by_nobody(lockstep: Lockstep) -> None:
    listed(lockstep, status="SETTLING")

    assert both(lockstep) == ("contract_status", "contract_status")


@pytest.mark.parametrize(
    ("hours", "found"), [(47, ("contract_delisting", "contract_delisting")), (49, ("symbol_held", ""))]
)
def test_a_contract_whose_end_is_announced_is_left_alone(
    lockstep: Lockstep, hours: int, found: tuple[str, str]
) -> None:
    listed(lockstep, delivery_at=lockstep.now() + timedelta(hours=hours))

    assert both(lockstep) == found


@pytest.mark.parametrize(
    ("begins", "kind", "found"),
    [
        (-60, "REGULAR", ""),
        (-60, "OVERNIGHT", ""),
        (-60, "NO_TRADING", "trading_hours"),
        (60, "REGULAR", "trading_hours"),
    ],
)
def test_a_contract_with_hours_is_entered_within_them(lockstep: Lockstep, begins: int, kind: str, found: str) -> None:
    listing = listed(lockstep, contract_type="TRADIFI_PERPETUAL", underlying_type="COMMODITY")
    start = lockstep.now() + timedelta(minutes=begins)
    listing.sessions = {"COMMODITY": [TradingSession(start=start, end=start + timedelta(hours=8), kind=kind)]}

    assert both(lockstep) == ((found, found) if found else ("symbol_held", ""))


@pytest.mark.parametrize("sessions", [None, {}, {"COMMODITY": []}], ids=["unreadable", "no market", "no session"])
def test_hours_that_are_not_known_are_closed(
    lockstep: Lockstep, sessions: Mapping[str, Sequence[TradingSession]] | None
) -> None:
    listing = listed(lockstep, contract_type="TRADIFI_PERPETUAL", underlying_type="COMMODITY")
    listing.sessions = sessions

    assert both(lockstep) == ("trading_hours", "trading_hours")
