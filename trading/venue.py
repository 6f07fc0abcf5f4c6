"""One account at the venue, with all a service needs to act on it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

import structlog
from django.utils import timezone

from desk import venue as doors
from desk.models import Account
from exchange.errors import ExchangeError
from exchange.ports import MarketClock, MarketDataPort, QuotedMarketPort, TradingPort
from exchange.types import SymbolRules
from trading.venue_memory import VenueMemory

log = structlog.get_logger(__name__)


class RulesSource(Protocol):
    def __call__(self, symbol: str) -> SymbolRules: ...

    def known(self, symbol: str) -> SymbolRules | None:
        """As last read, however long ago; nothing is asked."""

    def keep_fresh(self) -> None:
        """Read them some time before they are too old, so that no order waits for it. Raises ExchangeError."""


class UnknownSymbol(LookupError):
    """The venue names no such contract."""


class ContractRules:
    """Trading rules by symbol, read anew every hour of wall time and for a symbol not met before."""

    KEPT_FOR = timedelta(hours=1)
    AGAIN_AFTER = timedelta(minutes=1)
    FRESH_FOR = timedelta(minutes=45)

    def __init__(self, market: MarketDataPort) -> None:
        self._market = market
        self._rules: dict[str, SymbolRules] = {}
        self._read_at: datetime | None = None

    def __call__(self, symbol: str) -> SymbolRules:
        """Raises UnknownSymbol."""
        now = timezone.now()
        if symbol not in self._rules or self._read_at is None or now - self._read_at > self.KEPT_FOR:
            self._read(symbol, now)
        try:
            return self._rules[symbol]
        except KeyError as error:
            raise UnknownSymbol(symbol) from error

    def known(self, symbol: str) -> SymbolRules | None:
        return self._rules.get(symbol)

    def keep_fresh(self) -> None:
        now = timezone.now()
        if self._read_at is None or now - self._read_at > self.FRESH_FOR:
            self._rules = {contract.symbol: contract.rules for contract in self._market.contracts()}
            self._read_at = now

    def _read(self, symbol: str, now: datetime) -> None:
        """Old rules of a known symbol are better than none: they stay when the venue cannot be asked."""
        try:
            self._rules = {contract.symbol: contract.rules for contract in self._market.contracts()}
            self._read_at = now
        except ExchangeError as error:
            if symbol not in self._rules:
                raise
            log.warning("contract_rules_not_read", error=str(error))
            self._read_at = now - self.KEPT_FOR + self.AGAIN_AFTER


@dataclass(frozen=True, slots=True, kw_only=True)
class Venue:
    """An account's doors: orders, market data, clock and contract rules."""

    account: Account
    trading: TradingPort
    market: QuotedMarketPort
    clock: MarketClock
    rules: RulesSource
    memory: VenueMemory = field(default_factory=VenueMemory, compare=False, repr=False)

    def now(self) -> datetime:
        """Market time."""
        return self.clock.now()


_rules: dict[int, ContractRules] = {}
_memories: dict[int, VenueMemory] = {}  # by account


def open_venue(account: Account) -> Venue:
    """The venue of ``account`` through this process's connections."""
    market = doors.market_data()
    rules = _rules.setdefault(id(market), ContractRules(market))
    memory = _memories.setdefault(account.pk, VenueMemory())
    trading, clock = doors.trading(account), doors.clock()
    return Venue(account=account, trading=trading, market=market, clock=clock, rules=rules, memory=memory)
