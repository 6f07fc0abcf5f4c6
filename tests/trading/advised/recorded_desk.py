"""The AI futures bot on the recorded market, everything in one process: the test moves time and says who advises."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from advisor.budget import Caps
from advisor.models import Decision
from advisor.providers.prices import Price, PriceList
from advisor.session import Panel
from exchange.binance.events import user_event
from exchange.binance.market import BinanceMarketData
from exchange.binance.trading import BinanceTrading
from exchange.paper.core.terms import REALISTIC
from exchange.paper.feeds.replay import ReplayMarket
from exchange.paper.journal import Journal
from exchange.paper.server.app import PaperApp
from exchange.paper.server.host import ClockSetting, open_host
from exchange.paper.server.listen_keys import ListenKeys
from exchange.paper.server.weights import RequestLimits
from exchange.types import UserEvent, from_ms, to_ms
from signals.indicators.frames import FrameCache
from tests.factories import make_account, make_bot
from tests.lockstep import KEY, SECRET, InProcessClient, SteppedClock, Wire
from trading.advised.look import Desk
from trading.advised.rounds import Choice, work_round
from trading.models import Position
from trading.services import reconcile
from trading.services.breaker_watch import watch_breaker
from trading.services.entry import due_signals, refuse_too_old, work_signal
from trading.services.ingest import take_in
from trading.services.position_changes import unfinished_changes, work_change
from trading.services.tending import tend
from trading.venue import ContractRules, Venue

DATA = Path(__file__).parents[3] / "data"
START = datetime(2024, 11, 23, 17, 0, 30, tzinfo=UTC)
FREE = PriceList({"": Price(Decimal(0), Decimal(0))})
CAPS = Caps(hour=Decimal(1), day=Decimal(5), month=Decimal(50))


@cache
def recorded_market() -> ReplayMarket:
    return ReplayMarket.load(DATA)


class Boundless:
    """A rate budget for hours of market time within seconds of the wall's."""

    def admit(self, cost: Any) -> None: ...

    def fits_at(self, cost: Any) -> None: ...

    def correct(self, used_weight: int, *, asked_at: Any = None) -> None: ...

    def stop_until(self, until: datetime) -> None: ...


class RecordedDesk:
    """One account with one AI bot; ``step`` lets market time pass and does what the processes would do meanwhile."""

    def __init__(self, home: Path, *, advisers: Any = (), start: datetime = START, **config: Any) -> None:
        setting = ClockSetting(start_ms=to_ms(start), speed=Decimal(1), is_held=True)
        self.host = open_host(
            journal=Journal(home),
            venue=recorded_market(),
            setting=setting,
            listen_keys=ListenKeys(),
            terms=REALISTIC,
        )
        self.host.open_account(api_key=KEY, api_secret=SECRET, deposit="10000")
        limits = RequestLimits()
        limits._limits = dict.fromkeys(limits._limits, 10**9)
        clock = SteppedClock(self.host.clock)
        client = InProcessClient(PaperApp(self.host, limits=limits), Wire(), clock=clock)  # type: ignore[arg-type]
        client._budget = Boundless()
        market = BinanceMarketData(client)
        self.account = make_account(wallet_balance=Decimal(10000), available_balance=Decimal(10000))
        self.bot = make_bot(self.account, strategy="ai_futures", config=config)
        self.venue = Venue(
            account=self.account,
            trading=BinanceTrading(client),
            market=market,
            clock=clock,
            rules=ContractRules(market),
        )
        panel = Panel(advisers=advisers, prices=FREE, caps=CAPS)
        self.desk = Desk(venue=self.venue, detail=market, panel=panel, strategic=panel, cache=FrameCache())
        self.choice = Choice(monotonic=lambda: self.host.clock.now_ms() / 1000)
        self._seen = len(self.host.engine.records)

    def now(self) -> datetime:
        return from_ms(self.host.clock.now_ms())

    def round(self, *, parallel: int = 1) -> int:
        return work_round(self.bot, self.desk, self.choice, parallel=parallel)

    def step(self, seconds: float) -> None:
        """Time passes at the exchange; then signals, changes, fills and the check have their turn."""
        self.host.change_clock(lambda clock: clock.step(int(seconds * 1000)))
        self.deliver()
        self.enter()
        self.change()
        self.deliver()

    def change(self) -> None:
        """Carry out what was asked of positions, as the worker does each second."""
        for row in unfinished_changes(self.account):
            work_change(row, self.venue)
            self.deliver()

    def open_quantity(self, symbol: str = "BTCUSDT") -> Decimal:
        """What is open at the exchange, in base asset, unsigned."""
        return sum((abs(row.quantity) for row in self.venue.trading.positions(symbol)), Decimal(0))

    def live(self, duration: timedelta, *, every: float = 30) -> None:
        """Rounds, entries and checks at their usual times."""
        end = self.now() + duration
        while self.now() < end:
            self.round()
            self.step(every)
            self.check()

    def enter(self) -> None:
        now = self.now()
        refuse_too_old(self.bot, now=now, speed=Decimal(1))
        for signal in due_signals(self.bot, now=now):
            entry = work_signal(signal, self.venue)
            if entry is not None:
                self.deliver()
                tend(Position.objects.get(pk=entry.position_id), self.venue)

    def check(self) -> None:
        """As the worker does it: reconcile, then the breaker, which also opens again here."""
        reconcile.check(self.venue)
        watch_breaker(self.venue, is_ok=True)
        self.deliver()

    def events(self) -> Iterator[UserEvent]:
        while self._seen < len(self.host.engine.records):
            record = self.host.engine.records[self._seen]
            self._seen += 1
            event = user_event(record.payload)
            if event is not None:
                yield event

    def deliver(self) -> None:
        for event in self.events():
            take_in(event, self.venue)

    def decisions(self) -> list[Decision]:
        return list(Decision.objects.filter(bot=self.bot).order_by("pk"))
