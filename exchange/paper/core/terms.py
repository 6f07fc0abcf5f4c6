"""How an exchange behaves where the venue leaves a choice or the reference is unsure; fixed when it opens."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any

from exchange.paper.core.kinds import SelfTrade


class MarkModel(StrEnum):
    """``LAST``: mark and index price are the last price. ``LAGGING``: see ``prices``."""

    LAST = "last"
    LAGGING = "lagging"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The defaults are the plain exchange that scripted tests count on; ``REALISTIC`` is what the server opens with."""

    has_funding: bool = False
    mark: MarkModel = MarkModel.LAST
    algo_self_trade: SelfTrade = SelfTrade.EXPIRE_MAKER  # documents say NONE, answers show EXPIRE_MAKER
    shows_average: bool = False  # avgPrice and cumQuote in the answers of placing and cancelling
    checks_trigger_tick: bool = False  # an off-tick triggerPrice passed on the demo host
    allows_deep_opponent: bool = False  # priceMatch OPPONENT_10 and _20, switched off since 2025-10-23
    gte_needs_position: bool = True  # -4509, known from clients only
    counts_algos_as_orders: bool = False  # whether MAX_NUM_ORDERS counts conditional orders
    liquidates_by_tier: bool = False  # bracket by bracket until the margin suffices, else the whole pool at once
    pads_prices: bool = False  # prices of orders in answers and events have pricePrecision decimals
    depletes_book: bool = False  # what takers took comes back within a minute, else at once

    def as_row(self) -> dict[str, Any]:
        """Plain JSON values, for the journal."""
        return asdict(self)

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> "Terms":
        """Raises ValueError for an unknown name or a value that does not fit it."""
        kinds = {field.name: type(field.default) for field in fields(cls)}
        unknown = set(row) - set(kinds)
        if unknown:
            raise ValueError(f"unknown terms: {', '.join(sorted(unknown))}")
        return cls(**{name: _read(kinds[name], value, name) for name, value in row.items()})


REALISTIC = Terms(
    has_funding=True,
    mark=MarkModel.LAGGING,
    liquidates_by_tier=True,
    depletes_book=True,
    pads_prices=True,
)


def _read(kind: type, value: Any, name: str) -> Any:
    if kind is not bool:
        return kind(value)
    if value not in (True, False, "true", "false"):
        raise ValueError(f"{name} is true or false")
    return value in (True, "true")
