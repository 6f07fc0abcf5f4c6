"""What the venue says of a contract, for the limits of the contract itself."""

from collections.abc import Sequence

import structlog

from exchange.errors import ExchangeError
from exchange.ports import MarketDataPort
from exchange.types import Contract
from risk.limits_contract import TRADFI, ContractState, Session
from trading.venue import UnknownSymbol

log = structlog.get_logger(__name__)


def contract_state(symbol: str, market: MarketDataPort) -> ContractState:
    """Status, announced end and trading hours of ``symbol``. Raises UnknownSymbol, ExchangeError.

    Hours are asked for contracts that keep some alone, weight 5; what cannot be read is not known.
    """
    contract = next((row for row in market.contracts() if row.symbol == symbol), None)
    if contract is None:
        raise UnknownSymbol(symbol)
    return ContractState(
        symbol=symbol,
        status=contract.status,
        contract_type=contract.contract_type,
        delivery_at=contract.delivery_at,
        sessions=_sessions(contract, market) if contract.contract_type == TRADFI else None,
    )


def _sessions(contract: Contract, market: MarketDataPort) -> Sequence[Session] | None:
    try:
        found = market.trading_sessions().get(contract.underlying_type)
    except ExchangeError as error:
        log.warning("trading_hours_unreadable", symbol=contract.symbol, error=str(error))
        return None
    return None if found is None else [Session(start=row.start, end=row.end) for row in found if row.is_open]
