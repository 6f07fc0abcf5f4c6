"""The desk against the paper exchange in one process: the test moves time and breaks what it likes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx2

from desk.models import Account, Bot
from exchange.binance.client import BinanceClient, _Call
from exchange.binance.errors_map import exchange_error
from exchange.binance.events import user_event
from exchange.binance.market import BinanceMarketData
from exchange.binance.trading import BinanceTrading
from exchange.clock import VenueClock, wall_now
from exchange.paper.clock import PaperClock
from exchange.paper.journal import Journal
from exchange.paper.server.app import PaperApp
from exchange.paper.server.host import ClockSetting, Host, open_host
from exchange.paper.server.listen_keys import ListenKeys
from exchange.paper.server.requests import Request
from exchange.paper.server.weights import RequestLimits
from exchange.rate_budget import LocalBudget
from exchange.types import UserEvent, from_ms, to_ms
from signals.models import Signal
from tests.factories import make_account, make_bot, make_scan, make_signal
from tests.scripted_market import ScriptedMarket
from trading.models import Order, Position
from trading.services.entry import work_signal
from trading.services.ingest import take_in
from trading.venue import ContractRules, Venue

START = datetime(2024, 11, 23, 17, 1, 5, tzinfo=UTC)
KEY, SECRET = "lockstep-key", "lockstep-secret"
SYMBOL = "DOTUSDT"


@dataclass
class Wire:
    """What happens to the next requests: a queue of tampering functions by method and path, else plain delivery."""

    tampering: list[tuple[str, str, Callable[[Callable[[], httpx2.Response]], httpx2.Response]]] = field(
        default_factory=list
    )
    log: list[tuple[str, str]] = field(default_factory=list)

    def lose_request(self, method: str, path: str) -> None:
        """The next such request never connects."""
        self._next(method, path, lambda send: _raise(httpx2.ConnectError("refused")))

    def lose_answer(self, method: str, path: str) -> None:
        """The next such request is carried out, its answer lost."""

        def tamper(send: Callable[[], httpx2.Response]) -> httpx2.Response:
            send()
            return _raise(httpx2.ReadTimeout("timed out"))

        self._next(method, path, tamper)

    def swallow(self, method: str, path: str) -> None:
        """The next such request times out and was never carried out."""
        self._next(method, path, lambda send: _raise(httpx2.ReadTimeout("timed out")))

    def refuse(self, method: str, path: str, code: int, message: str = "refused by the test") -> None:
        self._next(method, path, lambda send: httpx2.Response(400, json={"code": code, "msg": message}))

    def _next(self, method: str, path: str, tamper: Callable[..., httpx2.Response]) -> None:
        self.tampering.append((method, path, tamper))

    def carry(self, method: str, path: str, send: Callable[[], httpx2.Response]) -> httpx2.Response:
        self.log.append((method, path))
        for place, (wanted_method, wanted_path, tamper) in enumerate(self.tampering):
            if (wanted_method, wanted_path) == (method, path):
                del self.tampering[place]
                return tamper(send)
        return send()

    def count(self, method: str, path: str) -> int:
        return self.log.count((method, path))


def _raise(error: Exception) -> Any:
    raise error


class InProcessClient(BinanceClient):
    """The Binance client with the paper exchange's application where the network would be."""

    def __init__(self, app: PaperApp, wire: Wire, *, clock: VenueClock | None = None) -> None:
        super().__init__(
            "http://paper",
            api_key=KEY,
            api_secret=SECRET,
            clock=clock,
            sleep=lambda seconds: None,
            budget=LocalBudget(),
        )
        self._app, self._wire = app, wire

    def _exchange(self, call: _Call) -> tuple[httpx2.Response, Any]:
        asked_at = wall_now()
        try:
            response = self._wire.carry(call.method, call.path, lambda: self._answer(call))
        except httpx2.RequestError as error:
            raise exchange_error(error, writes=call.writes, now=wall_now()) from error
        return response, self._payload(response, call, asked_at=asked_at)

    def _answer(self, call: _Call) -> httpx2.Response:
        _, _, query = self._url(call).partition("?")
        request = Request(
            method=call.method,
            path=call.path,
            query=query,
            body="",
            headers={"x-mbx-apikey": KEY},
            peer="127.0.0.1",
        )
        answer = self._app._answer(request)
        return httpx2.Response(answer.status, content=answer.payload(), headers=answer.headers)


class Lockstep:
    """A desk with one bot, a scripted market, and hands on time and wire."""

    def __init__(self, home: Path, *, hedge_mode: bool = False, market_max: str = "100000") -> None:
        self.market = ScriptedMarket(to_ms(START) - 3_600_000, market_max=market_max)
        self.market.trade(SYMBOL, to_ms(START) - 1000, "8.500")
        setting = ClockSetting(start_ms=to_ms(START), speed=Decimal(1), is_held=True)
        self.host: Host = open_host(
            journal=Journal(home), venue=self.market, setting=setting, listen_keys=ListenKeys()
        )  # fmt: skip
        self.host.open_account(api_key=KEY, api_secret=SECRET, deposit="10000")
        if hedge_mode:
            self.host.execute("set_position_mode", KEY, {"dualSidePosition": "true"})
        self.wire = Wire()
        app = PaperApp(self.host, limits=RequestLimits())
        self.venue = self._venue(app)
        self._seen = len(self.host.engine.records)

    def _venue(self, app: PaperApp) -> Venue:
        paper = self.host.clock
        clock = SteppedClock(paper)
        client = InProcessClient(app, self.wire, clock=clock)  # type: ignore[arg-type]
        market = BinanceMarketData(client)
        self.account: Account = make_account(
            wallet_balance=Decimal(10000), available_balance=Decimal(10000), balances_at=START
        )
        self.bot: Bot = make_bot(self.account, config={"live_fixed_margin_usdt": "200"})
        return Venue(
            account=self.account,
            trading=BinanceTrading(client),
            market=market,
            clock=clock,
            rules=ContractRules(market),
        )

    def signal(self, symbol: str = SYMBOL, *, price: str = "8.500", **details: Any) -> Signal:
        scan = make_scan(finished_at=self.now() - timedelta(seconds=60))
        return make_signal(self.bot, scan=scan, symbol=symbol, price=Decimal(price), **details)

    def let_entries_rest(self) -> None:
        """Entries of the bot lie one per cent above the market from now on, where they wait."""
        version = self.bot.config_version
        version.values = {**version.values, "entry_offset_pct": "1"}
        version.save()

    def enter(self, **details: Any) -> Position:
        """A signal and the entry it leads to; its events are not yet delivered."""
        entry = work_signal(self.signal(**details), self.venue)
        assert entry is not None, "the signal was refused"
        return self.position()

    def open_position(self) -> Position:
        """An entered, filled and protected short."""
        self.enter()
        self.deliver()
        return self.position()

    def price(self, price: str, *, after: float = 1.0, symbol: str = SYMBOL, quantity: str = "1000000") -> None:
        """Trade at ``price`` some market seconds from now, and let the exchange live through it."""
        self.market.trade(symbol, to_ms(self.now()) + int(after * 1000), price, quantity)
        self.step(after)

    def step(self, seconds: float) -> None:
        """Let market time pass at the exchange; its events wait to be delivered."""
        self.host.change_clock(lambda clock: clock.step(int(seconds * 1000)))

    def events(self) -> Iterator[UserEvent]:
        """Events not yet delivered, in the exchange's order."""
        while self._seen < len(self.host.engine.records):
            record = self.host.engine.records[self._seen]
            self._seen += 1
            event = user_event(record.payload)
            if event is not None:
                yield event

    def deliver(self) -> None:
        """Hand every waiting event to the desk, and those that this causes."""
        for event in self.events():
            take_in(event, self.venue)

    def lose_events(self) -> None:
        """The stream was silent: what waits is never delivered."""
        self._seen = len(self.host.engine.records)

    def now(self) -> datetime:
        return from_ms(self.host.clock.now_ms())

    def position(self) -> Position:
        return Position.objects.select_related("account", "bot").latest("id")

    def orders(self, purpose: str) -> list[Order]:
        return list(Order.objects.filter(purpose=purpose, parent=None).order_by("id"))

    def open_at_exchange(self, symbol: str = SYMBOL) -> Decimal:
        return sum((row.quantity for row in self.venue.trading.positions(symbol)), Decimal(0))

    def stops_at_exchange(self, symbol: str = SYMBOL) -> list[str]:
        """Client ids of the close-only stops that stand at the exchange."""
        return [
            order.client_order_id
            for order in self.venue.trading.open_algo_orders(symbol)
            if order.order_type == "STOP_MARKET"
            and (order.close_position or order.reduce_only or order.position_side != "BOTH")
        ]

    def naked_at_exchange(self) -> bool:
        """By the exchange's own rows: something is open without a stop."""
        return any(not self.stops_at_exchange(row.symbol) for row in self.venue.trading.positions())


class SteppedClock:
    """The paper exchange's clock read directly."""

    def __init__(self, paper: PaperClock) -> None:
        self._paper = paper

    @property
    def speed(self) -> Decimal:
        return Decimal(1)

    def now(self) -> datetime:
        return from_ms(self._paper.now_ms())

    def estimate(self) -> datetime:
        return self.now()

    def refresh(self) -> None:
        return
