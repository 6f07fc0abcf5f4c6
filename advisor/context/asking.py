"""Asking sources once: what each said, contract by contract, and what failed. Keeps nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings

from advisor.context.catalogue import key_named
from advisor.context.errors import SourceFailed
from advisor.context.fetching import Ask, fetch_all
from advisor.context.headlines import headlines
from advisor.context.json_feed import json_readings
from advisor.context.readings import Reading
from advisor.context.sources import FetchedSource, JsonSource, RssSource, Source, VenueSource
from advisor.context.venue_statistics import venue_readings
from advisor.providers.port import Deadline
from desk.venue import clock, market_statistics
from exchange.clock import wall_now
from exchange.errors import ExchangeError

SECONDS = 8.0  # wall, for all addresses together


@dataclass(slots=True)
class Answered:
    """What one source said. ``failures`` by symbol; a source may fail for one contract and speak of another."""

    readings: dict[str, list[Reading]] = field(default_factory=dict)
    failures: dict[str, SourceFailed] = field(default_factory=dict)

    @property
    def is_silent(self) -> bool:
        """Nothing at all could be read."""
        return not self.readings

    @property
    def error(self) -> str:
        """The first failure in words that may be kept; empty without any."""
        for symbol, failed in self.failures.items():
            return f"{failed} ({symbol})" if symbol else str(failed)
        return ""

    @property
    def retry_after(self) -> timedelta | None:
        return max((failed.retry_after for failed in self.failures.values() if failed.retry_after), default=None)


def ask_sources(
    sources: Sequence[Source], symbols: tuple[str, ...], *, seconds: float = SECONDS
) -> Mapping[str, Answered]:
    """Ask all of ``sources`` at once about ``symbols``; never raises for what a source does."""
    answered = {source.name: Answered() for source in sources}
    for source in sources:
        if isinstance(source, VenueSource):
            _ask_venue(answered[source.name], symbols, Deadline.within(seconds))
    fetched = [source for source in sources if isinstance(source, JsonSource | RssSource)]
    _fetch(fetched, symbols, answered, seconds=seconds)
    return answered


def _ask_venue(answered: Answered, symbols: tuple[str, ...], deadline: Deadline) -> None:
    for symbol in symbols:
        if not deadline.seconds_left:
            answered.failures[symbol] = SourceFailed("timeout")
            return
        try:
            market = market_statistics()
            answered.readings[symbol] = venue_readings(symbol, market, now=clock().now(), deadline=deadline)
        except SourceFailed as failed:
            answered.failures[symbol] = failed
            if failed.code == "rate_limited":
                return
        except ExchangeError as error:  # without its clock nothing of the venue can be dated
            answered.failures[symbol] = SourceFailed("venue", type(error).__name__)
            return


def _fetch(
    sources: Sequence[FetchedSource], symbols: tuple[str, ...], answered: Mapping[str, Answered], *, seconds: float
) -> None:
    asked: list[tuple[FetchedSource, str, Ask]] = []
    for source in sources:
        for symbol, address in source.addresses(symbols):
            try:
                asked.append((source, symbol, _ask(source, address)))
            except SourceFailed as failed:
                answered[source.name].failures[symbol] = failed
    bodies = fetch_all([ask for _, _, ask in asked], seconds=seconds)
    prices = _MarkPrices()
    for (source, symbol, _), body in zip(asked, bodies, strict=True):
        try:
            readings = _read(source, symbol, body, prices.of(symbol) if _is_spread(source) else None)
        except SourceFailed as failed:
            answered[source.name].failures[symbol] = failed
        else:
            answered[source.name].readings[symbol] = readings


def _ask(source: FetchedSource, address: str) -> Ask:
    """Raises SourceFailed for a key that is not set."""
    return Ask(
        url=address,
        headers={**source.headers, **{name: key_named(key) for name, key in source.secret_headers.items()}},
        query={name: key_named(key) for name, key in source.secret_query.items()},
        is_private=source.private,
        proxy=settings.AI_CONTEXT_PROXY,
    )


def _read(source: FetchedSource, symbol: str, body: bytes | SourceFailed, mark_price: Decimal | None) -> list[Reading]:
    """Raises SourceFailed."""
    read_at: datetime = wall_now()
    if isinstance(body, SourceFailed):
        raise body
    if isinstance(source, JsonSource):
        return json_readings(body, source, symbol=symbol, read_at=read_at, mark_price=mark_price)
    return headlines(body, source, symbol=symbol, read_at=read_at)


def _is_spread(source: FetchedSource) -> bool:
    return isinstance(source, JsonSource) and source.spread


class _MarkPrices:
    """Ours, USDT, each asked for once; after a failure no other is asked for."""

    def __init__(self) -> None:
        self._known: dict[str, Decimal] = {}
        self._is_away = False

    def of(self, symbol: str) -> Decimal | None:
        """None where the venue does not tell it."""
        if symbol not in self._known and not self._is_away:
            try:
                self._known[symbol] = market_statistics().mark_price(symbol).mark_price
            except ExchangeError:
                self._is_away = True
        return self._known.get(symbol)
