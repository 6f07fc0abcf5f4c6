"""The contracts of a recorded market: exchangeInfo and leverage brackets as the venue spells them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

INFO_FILE = "rules/exchange_info.json"
BRACKETS_FILE = "rules/leverage_brackets.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulebook:
    """``header`` is exchangeInfo without its symbols; rows and brackets are kept by symbol."""

    header: Mapping[str, Any]
    rows: Mapping[str, Mapping[str, Any]]
    brackets: Mapping[str, Mapping[str, Any]]

    @classmethod
    def load(cls, data_dir: Path) -> "Rulebook":
        info = json.loads((data_dir / INFO_FILE).read_text(encoding="utf-8"))
        brackets = json.loads((data_dir / BRACKETS_FILE).read_text(encoding="utf-8"))
        return cls(
            rows={row["symbol"]: row for row in info.pop("symbols")},
            header=info,
            brackets={row["symbol"]: row for row in brackets},
        )

    def tick_size(self, symbol: str) -> Decimal:
        """PRICE_FILTER.tickSize, USDT."""
        return self._rule(symbol, filter_type="PRICE_FILTER", name="tickSize")

    def step_size(self, symbol: str) -> Decimal:
        """LOT_SIZE.stepSize, base asset."""
        return self._rule(symbol, filter_type="LOT_SIZE", name="stepSize")

    def _rule(self, symbol: str, *, filter_type: str, name: str) -> Decimal:
        filters = self.rows[symbol]["filters"]
        return Decimal(next(row[name] for row in filters if row["filterType"] == filter_type))
