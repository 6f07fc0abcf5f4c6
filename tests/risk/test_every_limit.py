"""Every limit of the closed list, on the permitted side of its threshold, at it, and beyond: no code is left out.

A limit that knows only yes and no has no middle; a count refuses at its limit, a size only beyond it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from risk.limit_settings import RiskSettings
from risk.limits import EntryLimits, Holdings, LimitCode, LimitRefusal, refusal
from risk.limits_changes import Changes, add_refusal, reduce_refusal
from risk.limits_contract import TRADFI, ContractState, Session, contract_refusal
from risk.limits_exposure import Book, Carried, Stake, exposure_refusal
from risk.limits_freshness import DataClass, freshness_refusal
from risk.states import Intention, Tier, is_allowed

D = Decimal
NOON = datetime(2024, 11, 23, 12, tzinfo=UTC)
FREE = Holdings(symbol_held=False, symbol_unresolved=False, positions=0, entries_today=0)
LIMITS = EntryLimits(
    max_positions=6, max_entries_per_day=2, daily_loss=D(50), stop_loss_cooldown=True, symbol_quota=3
)  # fmt: skip
OFF = {"max_position_pct": 0, "max_exposure_pct": 0, "min_liquidation_pct": 0, "max_leverage": 125}
STAKE = Stake(symbol="DOTUSDT", margin=D(100), leverage=3, cluster=frozenset({"XRPUSDT"}))
CARRIED = Carried(symbol="XRPUSDT", notional=D(300), margin=D(100), is_of_bot=True)
BOOK = Book(equity=D(1000), available=D(900), carried=(CARRIED,))
DOT = ContractState(symbol="DOTUSDT")
CHANGES = Changes(initial_quantity=D(10), quantity=D(10), gain_pct=D(2))

Ask = Callable[[Any], LimitRefusal | None]


@dataclass(frozen=True)
class Threshold:
    """``allowed`` and ``refused`` are values that ``ask`` is tried with; the threshold itself is in one of them."""

    ask: Ask
    allowed: tuple[Any, ...]
    refused: tuple[Any, ...]


def held(**facts: Any) -> LimitRefusal | None:
    return refusal(replace(FREE, **facts), LIMITS)


def sized(stake: Stake = STAKE, book: Book = BOOK, **settings: Any) -> LimitRefusal | None:
    return exposure_refusal(stake, book, RiskSettings.model_validate(OFF | settings))


def listed(**facts: Any) -> LimitRefusal | None:
    return contract_refusal(replace(DOT, **facts), RiskSettings(), now=NOON)


def aged(data: DataClass, age: timedelta | None) -> LimitRefusal | None:
    settings = RiskSettings(max_balance_age_minutes=10, max_price_age_minutes=10)
    return freshness_refusal({data: age}, settings)


def changed(*, share: int = 50, **facts: Any) -> LimitRefusal | None:
    return add_refusal(replace(CHANGES, **facts), RiskSettings(), add_pct=D(share))


def owned(**lists: Any) -> LimitRefusal | None:
    return contract_refusal(DOT, RiskSettings.model_validate(lists), now=NOON)


def tripped(tier: Tier) -> LimitRefusal | None:
    return None if is_allowed(Intention.ENTER, tier) else LimitRefusal(LimitCode.BREAKER, tier.value, "-")


MINUTES, SECOND = timedelta(minutes=10), timedelta(seconds=1)
TABLE: Mapping[LimitCode, Threshold] = {
    LimitCode.SYMBOL_HELD: Threshold(lambda is_so: held(symbol_held=is_so), (False,), (True,)),
    LimitCode.SYMBOL_UNRESOLVED: Threshold(lambda is_so: held(symbol_unresolved=is_so), (False,), (True,)),
    LimitCode.MAX_POSITIONS: Threshold(lambda count: held(positions=count), (0, 5), (6, 7)),
    LimitCode.MAX_ENTRIES_PER_DAY: Threshold(lambda count: held(entries_today=count), (0, 1), (2, 3)),
    LimitCode.STOP_LOSS_COOLDOWN: Threshold(lambda is_so: held(stopped_out_today=is_so), (False,), (True,)),
    LimitCode.DAILY_LOSS: Threshold(
        lambda result: held(result_today=D(result)), ("1", "0", "-49.99"), ("-50", "-50.01")
    ),
    LimitCode.BREAKER: Threshold(tripped, (Tier.ACTIVE, Tier.REDUCED), (Tier.CLOSE_ONLY, Tier.HALTED)),
    LimitCode.SYMBOL_BLOCKED: Threshold(lambda why: listed(blocked_by=why), ("",), ("foreign_position",)),
    LimitCode.SYMBOL_DENIED: Threshold(lambda names: owned(symbol_deny=names), ((), ("XRPUSDT",)), (("DOTUSDT",),)),
    LimitCode.SYMBOL_NOT_ALLOWED: Threshold(
        lambda names: owned(symbol_allow=names), ((), ("DOTUSDT",)), (("XRPUSDT",),)
    ),
    LimitCode.SYMBOL_QUOTA: Threshold(lambda count: held(symbol_entries_today=count), (0, 2), (3, 4)),
    LimitCode.CONTRACT_STATUS: Threshold(lambda status: listed(status=status), ("TRADING",), ("SETTLING", "CLOSE", "")),
    LimitCode.CONTRACT_DELISTING: Threshold(
        lambda left: listed(delivery_at=None if left is None else NOON + left),
        (None, timedelta(hours=48, seconds=1), timedelta(hours=48)),
        (timedelta(hours=48) - SECOND, timedelta(0), -SECOND),
    ),
    LimitCode.TRADING_HOURS: Threshold(
        lambda begins: listed(
            contract_type=TRADFI, sessions=[Session(start=NOON + begins, end=NOON + begins + MINUTES)]
        ),
        (timedelta(0), -MINUTES + SECOND),
        (SECOND, -MINUTES),
    ),
    LimitCode.BALANCE_STALE: Threshold(
        lambda age: aged(DataClass.BALANCE, age), (timedelta(0), MINUTES), (MINUTES + SECOND, None)
    ),
    LimitCode.PRICE_STALE: Threshold(
        lambda age: aged(DataClass.PRICE, age), (timedelta(0), MINUTES), (MINUTES + SECOND, None)
    ),
    LimitCode.MAX_LEVERAGE: Threshold(
        lambda times: sized(replace(STAKE, leverage=times), max_leverage=10), (9, 10), (11,)
    ),
    LimitCode.MIN_NOTIONAL: Threshold(lambda least: sized(min_notional_usdt=least), (0, "299.99", 300), ("300.01",)),
    LimitCode.POSITION_SHARE: Threshold(lambda most: sized(max_position_pct=most), (0, "10.01", 10), ("9.99",)),
    LimitCode.TOTAL_EXPOSURE: Threshold(lambda most: sized(max_exposure_pct=most), (0, "60.01", 60), ("59.99",)),
    LimitCode.FREE_MARGIN: Threshold(lambda least: sized(min_free_margin_pct=least), (0, "79.99", 80), ("80.01",)),
    LimitCode.BOT_MARGIN: Threshold(lambda most: sized(max_bot_margin_usdt=most), (0, "200.01", 200), ("199.99",)),
    LimitCode.CLUSTER_EXPOSURE: Threshold(lambda most: sized(max_cluster_pct=most), (0, "60.01", 60), ("59.99",)),
    LimitCode.LIQUIDATION_DISTANCE: Threshold(
        lambda least: sized(replace(STAKE, leverage=4), min_liquidation_pct=least), (0, "22.99", 23), ("23.01",)
    ),
    LimitCode.MAX_ADDS: Threshold(lambda count: changed(adds=count), (0, 1), (2, 3)),
    LimitCode.ADD_GAIN: Threshold(lambda gain: changed(gain_pct=D(gain)), ("1.51", "1.5"), ("1.49", "0", "-1")),
    LimitCode.ADD_MULTIPLE: Threshold(lambda share: changed(share=share), (149, 150), (151,)),
    LimitCode.MAX_REDUCES: Threshold(
        lambda count: reduce_refusal(replace(CHANGES, reduces=count), RiskSettings()), (0, 2), (3, 4)
    ),
}
ALLOWED = [(code, value) for code, threshold in TABLE.items() for value in threshold.allowed]
REFUSED = [(code, value) for code, threshold in TABLE.items() for value in threshold.refused]


def test_no_limit_is_left_out() -> None:
    assert set(TABLE) == set(LimitCode)


@pytest.mark.parametrize(("code", "value"), ALLOWED)
def test_up_to_its_threshold_a_limit_is_silent(code: LimitCode, value: Any) -> None:
    assert TABLE[code].ask(value) is None


@pytest.mark.parametrize(("code", "value"), REFUSED)
def test_beyond_it_the_limit_speaks_with_value_and_threshold(code: LimitCode, value: Any) -> None:
    found = TABLE[code].ask(value)

    assert found is not None
    assert found.code is code
    assert found.limit
