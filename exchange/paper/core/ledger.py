"""The income ledger: balances are the sums of its rows, because nothing else can change them."""

from dataclasses import dataclass, field
from decimal import Decimal

ZERO = Decimal(0)
USDT = "USDT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Income:
    """A row of GET /fapi/v1/income: ``amount`` of ``asset``, signed; ``trade_id`` is empty without a trade."""

    transaction_id: int
    income_type: str
    symbol: str
    amount: Decimal
    trade_id: str
    info: str
    at_ms: int
    asset: str = USDT


@dataclass(slots=True)
class Ledger:
    """Rows in booking order; a balance is the sum of its asset's rows."""

    rows: list[Income] = field(default_factory=list)
    _balances: dict[str, Decimal] = field(default_factory=dict)

    @property
    def wallet_balance(self) -> Decimal:
        """USDT."""
        return self.balance(USDT)

    def balance(self, asset: str) -> Decimal:
        return self._balances.get(asset, ZERO)

    def assets(self) -> list[str]:
        """USDT first, then what was ever held, by name."""
        return [USDT, *sorted(set(self._balances) - {USDT})]

    def book(self, row: Income) -> None:
        """Add a row and move the balance by it; a row of 0 is left out, as the venue does."""
        if row.amount:
            self.rows.append(row)
            self._balances[row.asset] = self.balance(row.asset) + row.amount
