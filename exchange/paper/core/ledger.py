"""The income ledger: the wallet balance is the sum of its rows, because nothing else can change it."""

from dataclasses import dataclass, field
from decimal import Decimal

ZERO = Decimal(0)
MAKER_FEE_RATIO = Decimal("0.0002")
TAKER_FEE_RATIO = Decimal("0.0005")


@dataclass(frozen=True, slots=True, kw_only=True)
class Income:
    """A row of GET /fapi/v1/income: ``amount`` in USDT, signed; ``trade_id`` and ``info`` empty without a trade."""

    transaction_id: int
    income_type: str
    symbol: str
    amount: Decimal
    trade_id: str
    info: str
    at_ms: int


@dataclass(slots=True)
class Ledger:
    """Rows in booking order; ``wallet_balance`` is their sum in USDT."""

    rows: list[Income] = field(default_factory=list)
    _balance: Decimal = ZERO

    @property
    def wallet_balance(self) -> Decimal:
        return self._balance

    def book(self, row: Income) -> None:
        """Add a row and move the balance by it; a row of 0 is left out, as the venue does."""
        if row.amount:
            self.rows.append(row)
            self._balance += row.amount
