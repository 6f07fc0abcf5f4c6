"""A venue of the present whose trades the test makes as it goes, served over loopback: an upstream to mirror."""

import asyncio
import threading
import time
from contextlib import contextmanager
from decimal import Decimal

from exchange.paper.core.market import Bar, PricePoint
from exchange.paper.feeds.intervals import HOUR_MS, INTERVALS, opens
from exchange.paper.journal import Journal
from exchange.paper.server.app import PaperApp
from exchange.paper.server.host import ClockSetting, open_host
from exchange.paper.server.listen_keys import ListenKeys
from exchange.paper.server.run import listen, serve
from exchange.paper.server.weights import RequestLimits
from tests.exchange.paper.scripted import BRACKETS, symbol_row

D = Decimal
DEADLINE_S = 10


def now_ms():
    return time.time_ns() // 1_000_000


def wait_for(condition, *, seconds=DEADLINE_S):
    """Wait until ``condition()`` is true and return it. Fails after the deadline."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "condition never became true"
        time.sleep(0.02)
    return found


class LiveMarket:
    """Every symbol begins three hours ago at its price, with 1000 traded in each hour."""

    def __init__(self, **prices):
        begin = now_ms() // HOUR_MS * HOUR_MS - 3 * HOUR_MS
        self.first_ms, self.last_ms = begin, begin + 10**10
        self.rows = {symbol: symbol_row(symbol) for symbol in prices}
        self.points = {
            symbol: [PricePoint(begin + hour * HOUR_MS, D(price), D(1000)) for hour in range(3)]
            for symbol, price in prices.items()
        }

    def trade(self, symbol, price, quantity="5"):
        self.points[symbol].append(PricePoint(now_ms() + 60, D(price), D(quantity)))

    def listed(self, now_ms):
        return sorted(symbol for symbol, row in self.rows.items() if row["status"] == "TRADING")

    def symbol_info(self, symbol, now_ms):
        return self.rows[symbol]

    def exchange_info(self, now_ms):
        return {"timezone": "UTC", "serverTime": now_ms, "symbols": list(self.rows.values())}

    def brackets(self, symbol):
        return {"symbol": symbol, "brackets": BRACKETS}

    def last_price(self, symbol, now_ms):
        return [point.price for point in self.points[symbol] if point.at_ms <= now_ms][-1]

    def path(self, symbol, after_ms, until_ms):
        return iter([point for point in self.points[symbol] if after_ms < point.at_ms <= until_ms])

    def bars(self, symbol, interval, start_ms, end_ms, now_ms):
        rule = INTERVALS[interval]
        first, last = max(start_ms, self.first_ms), min(end_ms, now_ms)
        return [self._bar(symbol, at, rule.following(at) - 1, now_ms) for at in opens(rule, first, last)]

    def _bar(self, symbol, open_ms, close_ms, now_ms):
        before = [p.price for p in self.points[symbol] if p.at_ms <= open_ms][-1]
        within = list(self.path(symbol, open_ms - 1, min(close_ms, now_ms)))
        prices, volume = [before, *(p.price for p in within)], sum((p.quantity for p in within), D(0))
        turnover = sum((p.quantity * p.price for p in within), D(0))
        return Bar(
            open_ms, before, max(prices), min(prices), prices[-1], volume, close_ms, turnover, len(within), D(0), D(0)
        )


@contextmanager
def serving(market, home, *, port=0, limits=None):
    """Serve until the block ends; the block gets the address, which ``port`` can ask for again."""
    bound = listen("127.0.0.1", port)
    ready, loop, stop = threading.Event(), asyncio.new_event_loop(), asyncio.Event()
    setting = ClockSetting(start_ms=now_ms(), speed=D(1), is_held=False, is_wall=True)
    host = open_host(journal=Journal(home), venue=market, setting=setting, listen_keys=ListenKeys())
    app = PaperApp(host, limits=limits or RequestLimits())
    running = serve(host, app, bound, stop=stop, on_ready=ready.set)
    thread = threading.Thread(target=loop.run_until_complete, args=(running,), daemon=True)
    thread.start()
    assert ready.wait(DEADLINE_S)
    try:
        yield f"127.0.0.1:{bound.getsockname()[1]}"
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(DEADLINE_S)
        assert not thread.is_alive()
        loop.close()
        bound.close()
        host.close()
