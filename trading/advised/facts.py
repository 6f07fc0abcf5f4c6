"""What the gates look at, and how it is kept with a decision so that the same can be judged again. Pure.

Prices and money in USDT, quantities in base asset, percentages plain numbers. Everything that is needed is in here:
nothing else, and no clock, has a say in what an answer leads to.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from typing import Any, Self

ZERO = Decimal(0)


class _Kept:
    """A frozen row of numbers, words and further rows, to JSON and back digit for digit."""

    def as_json(self) -> dict[str, Any]:
        return {item.name: _plain(getattr(self, item.name)) for item in fields(self)}  # type: ignore[arg-type]

    @classmethod
    def of_json(cls, values: Mapping[str, Any]) -> Self:
        """Names that today's code does not know are left out; those that were not known then have their defaults."""
        known = {item.name: item.type for item in fields(cls)}  # type: ignore[arg-type]
        return cls(**{name: _read(known[name], value) for name, value in values.items() if name in known})


def _plain(value: Any) -> Any:
    if isinstance(value, _Kept):
        return value.as_json()
    return f"{value:f}" if isinstance(value, Decimal) else list(value) if isinstance(value, tuple) else value


def _read(kind: Any, value: Any) -> Any:
    if value is None:
        return None
    if "Decimal" in str(kind):
        return Decimal(value)
    if "tuple" in str(kind):
        return tuple(value)
    row = _ROWS.get(str(getattr(kind, "__name__", kind)).removesuffix(" | None").rpartition(".")[2])
    return row.of_json(value) if row else value


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits(_Kept):
    """The narrower of the bot's and the account's settings. Multiples are of the average true range."""

    max_leverage: int
    max_size_pct: Decimal
    max_exposure_pct: Decimal
    exposure_basis: str
    max_positions: int
    max_entries_per_day: int
    daily_loss: Decimal
    max_loss_pct: Decimal
    default_size_pct: Decimal
    min_stop_atr: Decimal
    max_stop_atr: Decimal
    min_reward_risk: Decimal
    trailing_stop: bool
    cooldown_minutes: int
    max_adds: int
    min_add_gain_pct: Decimal
    max_add_multiple: Decimal
    max_reduces: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Record(_Kept):
    """The bot's closed trades. ``average_loss`` is unsigned; ``streak`` counts wins in a row, losses negative."""

    wins: int = 0
    losses: int = 0
    average_win: Decimal = ZERO
    average_loss: Decimal = ZERO
    streak: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Account(_Kept):
    """``carried`` is the exposure of everything on the account by the basis in force, entries at work included."""

    equity: Decimal
    available: Decimal
    carried: Decimal
    positions: int
    entries_today: int
    result_today: Decimal = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class Held(_Kept):
    """The bot's open position there. ``atr`` and ``first_stop`` are of its entry, ``gain_pct`` of the margin.

    ``is_changing``: a change of it is under way, and a second one has to wait.
    """

    position: int
    is_long: bool
    quantity: Decimal
    first_quantity: Decimal
    entry_price: Decimal
    stop_price: Decimal
    first_stop: Decimal
    atr: Decimal
    leverage: int
    gain_pct: Decimal
    take_profit_price: Decimal | None = None
    adds: int = 0
    reduces: int = 0
    is_changing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFacts(_Kept):
    """The plan in force: a step without one of its direction, or far from its zone, is not taken."""

    plan: int
    status: str
    direction: str = ""
    zone_low: Decimal | None = None
    zone_high: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts(_Kept):
    """``cooldown_left`` in minutes of market time; ``missing`` names what keeps new risk away.

    ``is_layered``: a step needs a plan.
    """

    symbol: str
    price: Decimal | None
    atr: Decimal | None
    limits: Limits
    account: Account
    record: Record = field(default_factory=Record)
    held: Held | None = None
    plan: PlanFacts | None = None
    is_layered: bool = False
    missing: tuple[str, ...] = ()
    cooldown_left: Decimal = ZERO
    regime: str = ""


_ROWS: Mapping[str, type[_Kept]] = {row.__name__: row for row in (Limits, Record, Account, Held, PlanFacts)}
