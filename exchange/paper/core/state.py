"""Everything the paper exchange knows, and the two ways in which it grows: numbers handed out and records written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from exchange.paper.core.accounts import Account, SymbolSetting
from exchange.paper.core.disturbances import Disturbances
from exchange.paper.core.funding_rates import HOUR_MS, FundingTerms, funding_rate
from exchange.paper.core.margin import Bracket, brackets_of
from exchange.paper.core.prices import lagging_index, lagging_mark
from exchange.paper.core.refusals import VenueError
from exchange.paper.core.terms import MarkModel, Terms
from exchange.paper.core.venue import Instrument, Quote, Venue, instrument_of
from exchange.rules import plain
from exchange.types import Side

DEFAULT_LEVERAGE = 20
Taken = dict[Decimal, tuple[int, Decimal]]  # by price: when a taker was last there, and the base asset missing then
USUAL_FUNDING = FundingTerms()


class Record(NamedTuple):
    """One change of state, as the venue tells the account. ``seq`` starts at 1 and has no gaps."""

    seq: int
    market_ms: int
    account: str
    kind: str
    payload: Mapping[str, Any]


@dataclass(slots=True)
class Numbers:
    """Ids handed out, each growing by one; the first ones look like the venue's."""

    order: int = 10_000_000_000
    algo: int = 1_000_000_000_000_000
    trade: int = 500_000_000
    transaction: int = 9_000_000_000_000
    queue: int = 0

    def next_queue(self) -> int:
        """Place in the queue of a price; a larger one is served later."""
        self.queue += 1
        return self.queue

    def next_order(self) -> int:
        self.order += 1
        return self.order

    def next_algo(self) -> int:
        self.algo += 1
        return self.algo

    def next_trade(self) -> int:
        self.trade += 1
        return self.trade

    def next_transaction(self) -> int:
        self.transaction += 1
        return self.transaction


@dataclass(slots=True)
class State:
    """The exchange at one market time. ``now_ms`` only grows; funding is settled up to ``funded_ms``."""

    venue: Venue
    now_ms: int
    funded_ms: int
    terms: Terms = field(default_factory=Terms)
    funding: dict[str, FundingTerms] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    records: list[Record] = field(default_factory=list)
    numbers: Numbers = field(default_factory=Numbers)
    disturbances: Disturbances | None = None
    _brackets: dict[str, tuple[Bracket, ...]] = field(default_factory=dict)
    _rates: dict[str, tuple[int, Decimal]] = field(default_factory=dict)
    _marks: dict[str, tuple[int, Decimal]] = field(default_factory=dict)
    depths: dict[str, tuple[int, Decimal]] = field(default_factory=dict)
    taken: dict[tuple[str, Side], Taken] = field(default_factory=dict)
    _instruments: dict[str, tuple[Any, Instrument]] = field(default_factory=dict)

    def emit(self, account: Account, kind: str, members: Mapping[str, Any]) -> None:
        """Write a record whose payload is the venue's event of this kind, now."""
        payload = {"e": kind, "E": self.now_ms, "T": self.now_ms, **members}
        self.records.append(Record(len(self.records) + 1, self.now_ms, account.api_key, kind, payload))
        if self.disturbances is not None:
            self.disturbances.emitted(self, self.records[-1])

    def account(self, api_key: str) -> Account:
        """The account of a key (-2015)."""
        if api_key not in self.accounts:
            raise VenueError(-2015)
        return self.accounts[api_key]

    def require_symbol(self, symbol: str) -> None:
        """Refuse a symbol that was never listed (-1121)."""
        self.instrument(symbol)

    def require_trading(self, symbol: str) -> None:
        """Refuse a symbol that is unknown (-1121), has vanished (-4141) or has not traded yet (-1112)."""
        self.require_symbol(symbol)
        if symbol not in self.venue.listed(self.now_ms):
            raise VenueError(-4141)
        if self.disturbances is not None:
            self.disturbances.check_symbol(self, symbol)
        self.last_price(symbol)

    def instrument(self, symbol: str) -> Instrument:
        try:
            row = self.venue.symbol_info(symbol, self.now_ms)
        except KeyError:
            raise VenueError(-1121) from None
        known = self._instruments.get(symbol)
        if known is None or known[0] is not row["filters"]:
            known = self._instruments[symbol] = (row["filters"], instrument_of(row))
        return known[1]

    def last_price(self, symbol: str) -> Decimal:
        """Price of the newest trade, USDT (-1112 before the first)."""
        try:
            return self.venue.last_price(symbol, self.now_ms)
        except KeyError:
            raise VenueError(-1112) from None

    def index_price(self, symbol: str) -> Decimal:
        last = self.last_price(symbol)
        return last if self.terms.mark is MarkModel.LAST else self._index(symbol, last)

    def mark_price(self, symbol: str) -> Decimal:
        """Price at which positions are valued and liquidated, USDT."""
        if self.terms.mark is MarkModel.LAST:
            return self.last_price(symbol)
        at_ms, mark = self._marks.get(symbol, (-1, Decimal(0)))
        if at_ms != self.now_ms:
            mark = self._lagging_mark(symbol)
            self._marks[symbol] = (self.now_ms, mark)
        return mark

    def funding_terms(self, symbol: str) -> FundingTerms:
        return self.funding.get(symbol, USUAL_FUNDING)

    def funding_rate(self, symbol: str) -> Decimal:
        """Rate of the next settlement as estimated now; 0 where the exchange has no funding."""
        if not self.terms.has_funding:
            return Decimal(0)
        hour = self.now_ms // HOUR_MS
        if self._rates.get(symbol, (-1,))[0] != hour:
            rate = funding_rate(self.venue, symbol, self.funding_terms(symbol), at_ms=self.now_ms)
            self._rates[symbol] = (hour, rate)
        return self._rates[symbol][1]

    def _lagging_mark(self, symbol: str) -> Decimal:
        last, ahead = self.last_price(symbol), self.funding_terms(symbol)
        share = Decimal(ahead.next_ms(self.now_ms) - self.now_ms) / ahead.interval_ms
        return lagging_mark(last=last, index=self._index(symbol, last), carry=self.funding_rate(symbol) * share)

    def _index(self, symbol: str, last: Decimal) -> Decimal:
        return lagging_index(self.venue, symbol, self.now_ms, last=last)

    def set_funding(self, symbol: str, terms: FundingTerms) -> None:
        self.funding[symbol] = terms
        self._rates.pop(symbol, None)
        self._marks.pop(symbol, None)

    def shown(self, symbol: str, price: Decimal) -> Decimal:
        """``price`` with the decimals in which an order of the symbol shows it; the same number."""
        if not self.terms.pads_prices:
            return Decimal(plain(price))
        padded = price.quantize(Decimal(1).scaleb(-self.instrument(symbol).price_precision))
        return padded if padded == price else price

    def quote(self, symbol: str) -> Quote:
        return self.instrument(symbol).quote(self.last_price(symbol))

    def brackets(self, symbol: str) -> tuple[Bracket, ...]:
        if symbol not in self._brackets:
            self._brackets[symbol] = brackets_of(self.venue.brackets(symbol))
        return self._brackets[symbol]

    def setting(self, account: Account, symbol: str) -> SymbolSetting:
        """Leverage and margin type; a symbol never set has the venue's defaults."""
        if symbol in account.settings:
            return account.settings[symbol]
        return SymbolSetting(leverage=min(DEFAULT_LEVERAGE, self.brackets(symbol)[0].initial_leverage))
