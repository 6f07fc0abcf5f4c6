"""Facts and answers for the gates; nothing here needs a database."""

from decimal import Decimal
from typing import Any

from advisor.answer import ALL_ACTIONS, Action, AnswerParams, ModelAnswer
from advisor.clamps import Bounds
from advisor.proposal import Terms
from trading.advised.facts import Account, Facts, Held, Limits, PlanFacts, Record

SYMBOL = "BTCUSDT"
TERMS = Terms(symbol=SYMBOL, allowed=ALL_ACTIONS, bounds=Bounds())


def limits(**changes: Any) -> Limits:
    values: dict[str, Any] = {
        "max_leverage": 10,
        "max_size_pct": Decimal(10),
        "max_exposure_pct": Decimal(30),
        "exposure_basis": "notional",
        "max_positions": 5,
        "max_entries_per_day": 20,
        "daily_loss": Decimal(50),
        "max_loss_pct": Decimal(1),
        "default_size_pct": Decimal(10),
        "min_stop_atr": Decimal("0.5"),
        "max_stop_atr": Decimal(3),
        "min_reward_risk": Decimal("1.5"),
        "trailing_stop": True,
        "cooldown_minutes": 30,
        "max_adds": 2,
        "min_add_gain_pct": Decimal("1.5"),
        "max_add_multiple": Decimal("2.5"),
        "max_reduces": 3,
    }
    return Limits(**values | changes)


def account(**changes: Any) -> Account:
    values: dict[str, Any] = {
        "equity": Decimal(1000),
        "available": Decimal(1000),
        "carried": Decimal(0),
        "positions": 0,
        "entries_today": 0,
    }
    return Account(**values | changes)


def held(**changes: Any) -> Held:
    """A long of 1 at 100, its stop at 96.5 (1.75 ATR of 2), its first size still."""
    values: dict[str, Any] = {
        "position": 7,
        "is_long": True,
        "quantity": Decimal(1),
        "first_quantity": Decimal(1),
        "entry_price": Decimal(100),
        "stop_price": Decimal("96.5"),
        "first_stop": Decimal("96.5"),
        "atr": Decimal(2),
        "leverage": 3,
        "gain_pct": Decimal(0),
        "take_profit_price": Decimal(107),
    }
    return Held(**values | changes)


def facts(**changes: Any) -> Facts:
    """A price of 100 with an ATR of 2, nothing held."""
    values: dict[str, Any] = {
        "symbol": SYMBOL,
        "price": Decimal(100),
        "atr": Decimal(2),
        "limits": limits(),
        "account": account(),
        "record": Record(),
    }
    return Facts(**values | changes)


def plan(**changes: Any) -> PlanFacts:
    values: dict[str, Any] = {
        "plan": 3,
        "status": "pending",
        "direction": "LONG",
        "zone_low": Decimal(99),
        "zone_high": Decimal(101),
    }
    return PlanFacts(**values | changes)


def answer(action: Action, **params: Any) -> ModelAnswer:
    """An answer as it comes out of the clamps."""
    numbers = {name: Decimal(str(value)) for name, value in params.items()}
    return ModelAnswer(
        action=action,
        symbol=SYMBOL,
        confidence=Decimal("0.8"),
        reasoning="because",
        params=AnswerParams(**numbers) if numbers else None,
    )


def opening(action: Action = Action.LONG, **changes: Any) -> ModelAnswer:
    """A long with 1.75 ATR of risk and twice the reward."""
    params: dict[str, Any] = {
        "position_size_percent": 2,
        "leverage": 3,
        "stop_loss_price": "96.5",
        "take_profit_price": 107,
    }
    return answer(action, **params | changes)
