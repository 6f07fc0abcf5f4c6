"""Following the upstream: streams for prices, polling where they are silent, rules, turnovers and funding by REST."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

import structlog

from exchange.paper.core.funding_rates import FundingTerms
from exchange.paper.core.refusals import VenueError
from exchange.paper.feeds.intervals import HOUR_MS
from exchange.paper.feeds.mirror.intake import MirrorFeed, Source
from exchange.paper.feeds.mirror.polling import Poller
from exchange.paper.feeds.mirror.stream import Stream
from exchange.paper.feeds.mirror.upstream import Upstream, UpstreamDown
from exchange.paper.journal import JournalError
from exchange.paper.server.host import Host

log = structlog.get_logger(__name__)

RULES_EVERY_S = 600.0
AGAIN_S = 5.0
FUNDING_EVERY_S = 60.0
LOOK_EVERY_S = 0.5


class Follower:
    """Keeps a mirror's feed and its host up to date with the upstream until it is cancelled."""

    def __init__(self, host: Host, feed: MirrorFeed, upstream: Upstream) -> None:
        self._host = host
        self._feed = feed
        self.upstream = upstream
        self._rates: dict[str, str] = {}
        self._intervals: dict[str, Mapping[str, Any]] = {}
        self._prepared: dict[str, int] = {}
        self._funded_s = 0.0
        self._stream = Stream(feed, upstream, rates=self._rates)
        feed.details = self._details
        self._poller = Poller(feed, upstream, stream=self._stream)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            for work in (self._stream.run, self._poller.run, self._keep_rules, self._keep_active, self._watch):
                group.create_task(_going(work))

    async def prepare(self, symbol: str) -> None:
        """Know what a first order on ``symbol`` depends on besides the price: turnover and funding of this hour."""
        hour_ms = time.time_ns() // 1_000_000 // HOUR_MS * HOUR_MS
        if self._feed.market.live_row(symbol) is None:
            return
        try:
            await self._poller.begin(symbol)
            if self._prepared.get(symbol) == hour_ms:
                return
            bars = await self.upstream.json("/fapi/v1/klines", symbol=symbol, interval="1h", limit=2)
            premium = await self.upstream.json("/fapi/v1/premiumIndex", symbol=symbol)
        except UpstreamDown as error:
            log.warning("mirror_symbol_not_prepared", symbol=symbol, error=str(error))
            return
        closed = [bar for bar in bars if bar[0] < hour_ms]
        if closed:
            self._feed.see_hour(symbol, closed[-1])
        self._rates[symbol] = str(premium.get("lastFundingRate", ""))
        self._fund(symbol)
        self._prepared[symbol] = hour_ms

    async def _keep_rules(self) -> None:
        while True:
            try:
                self._feed.market.show(await self.upstream.json("/fapi/v1/exchangeInfo"))
                rows = await self.upstream.json("/fapi/v1/fundingInfo")
                self._intervals = {row["symbol"]: row for row in rows}
            except UpstreamDown as error:
                log.info("mirror_rules_not_renewed", error=str(error))
                await asyncio.sleep(AGAIN_S)
            else:
                await asyncio.sleep(RULES_EVERY_S)

    async def _keep_active(self) -> None:
        """Turnover by the hour and funding by the minute, of symbols that accounts depend on."""
        while True:
            if self._feed.source is not Source.LOST:
                active = sorted(self._feed.active)
                for symbol in active:
                    await self.prepare(symbol)
                if time.monotonic() - self._funded_s > FUNDING_EVERY_S:
                    self._funded_s = time.monotonic()
                    for symbol in active:
                        self._fund(symbol)
            await asyncio.sleep(LOOK_EVERY_S)

    async def _watch(self) -> None:
        """Say when the source changes."""
        before: Source | None = None
        while True:
            source = self._feed.source
            if source is not before:
                say = log.warning if source is Source.LOST else log.info
                say("mirror_source", source=source.value, upstream=self.upstream.rest_url, last_error=self._last_error)
                before = source
            await asyncio.sleep(LOOK_EVERY_S)

    def _details(self) -> Mapping[str, Any]:
        return {
            "rest": self.upstream.rest_url,
            "ws": self.upstream.ws_url,
            "used_weight_1m": self.upstream.used_weight,
            "last_error": self._last_error,
        }

    @property
    def _last_error(self) -> str:
        return self._poller.last_error or self._stream.last_error

    def _fund(self, symbol: str) -> None:
        """Let the exchange settle at the upstream's rate; a command, so that the journal knows it."""
        values = _funding_values(symbol, self._rates.get(symbol, ""), self._intervals.get(symbol, {}))
        if values is None or not _differs(values, self._host.state.funding.get(symbol)):
            return
        try:
            self._host.execute("set_funding", "", values)
        except VenueError as error:
            log.warning("mirror_funding_not_set", symbol=symbol, error=str(error))


async def _going(work: Callable[[], Awaitable[None]]) -> None:
    """One part of the following, for ever: what nobody foresaw of the upstream is logged, and it begins anew."""
    while True:
        try:
            await work()
        except JournalError:
            raise
        except Exception:
            log.exception("mirror_follower_failed")
        await asyncio.sleep(AGAIN_S)


def _funding_values(symbol: str, rate: str, row: Mapping[str, Any]) -> dict[str, str] | None:
    """Parameters of ``set_funding``; None for a contract without funding."""
    try:
        Decimal(rate)
    except InvalidOperation:
        return None
    usual = FundingTerms()
    return {
        "symbol": symbol,
        "intervalHours": str(row.get("fundingIntervalHours", usual.interval_hours)),
        "rate": rate,
        "cap": str(row.get("adjustedFundingRateCap", usual.cap)),
        "floor": str(row.get("adjustedFundingRateFloor", usual.floor)),
    }


def _differs(values: Mapping[str, str], terms: FundingTerms | None) -> bool:
    known = None if terms is None else (terms.interval_hours, terms.rate)
    return known != (int(values["intervalHours"]), Decimal(values["rate"]))
