"""The desk's own code under measurement, in a process with the desk's environment: ``python -m bench.desk_process``."""

import itertools
import statistics
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from bench.advice import advise
from bench.child import answer_questions

if TYPE_CHECKING:
    from desk.models import Account, Bot
    from exchange.binance.client import BinanceClient

Words = Mapping[str, Any]
ENTRY_WEIGHT = 60  # at most, of planning and sending one
BOT_HOLDS = 20  # positions of one bot at most
SETTINGS = {
    "max_positions": BOT_HOLDS,
    "max_entries_per_day": 50,
    "collection_window_seconds": 0,
    "enable_risk_filters": False,
    "daily_loss_limit_usdt": "10000",
    "live_fixed_margin_usdt": "300",
    "entry_offset_pct": "-1",  # fills at once
    "leverage": 1,
    "stop_loss_pct": "70",
}


def set_up(words: Words) -> Any:
    """The account, and bots enough for ``positions``."""
    from desk.models import Bot, ConfigVersion
    from duolive.setup.accounts import write_account

    account = write_account(api_key=words["api_key"], api_secret=words["api_secret"])
    for number in range(-(-words["positions"] // BOT_HOLDS)):
        bot = Bot.objects.create(name=f"bot {number}", account=account, strategy="surge_short", auto_trade=True)
        ConfigVersion.objects.create(bot=bot, number=1, values=SETTINGS, author="bench")
    return account.pk


def scan(words: Words) -> Any:
    """Seconds of each of ``hours`` scans of the whole market, from the tick to the stored rows, and the weight of one.

    The first scan of a day fetches the day's bars too and is not among them. More is asked in this minute than a real
    venue would allow; the budget counts as always, with higher limits.
    """
    from django.conf import settings

    from desk.models import Bot
    from desk.shared_budget import SharedBudget
    from exchange.binance.client import BinanceClient
    from exchange.binance.market import BinanceMarketData
    from exchange.rate_budget import VENUE_LIMITS
    from exchange.types import from_ms
    from signals.due_hours import Scanner
    from signals.market_data import BarStore
    from signals.strategies.registry import strategy_of

    strategies, bars = [(bot, strategy_of(bot.config_version)) for bot in Bot.objects.all()[:1]], BarStore()
    roomy = {window: 100 * most for window, most in VENUE_LIMITS.items()}
    budget = SharedBudget(settings.BINANCE_REST_URL, limits=roomy)
    market = BinanceMarketData(BinanceClient(settings.BINANCE_REST_URL, budget=budget))
    seconds, weights = [], []
    for number in range(words["hours"] + 1):
        now = from_ms(words["first_ms"]) + timedelta(hours=number, seconds=5)
        begin = time.perf_counter()
        (run,) = Scanner(
            name="surge_short", strategies=strategies, market=market, bars=bars, now=now, speed=Decimal(1)
        ).scan_due()
        seconds.append(time.perf_counter() - begin)
        if run.failed:
            raise SystemExit(f"{run.failed} of {run.symbols} contracts failed")
        weights.append(run.used_weight)
    return {"seconds": seconds[1:], "weight": min(b - a for a, b in itertools.pairwise(weights) if b > a)}


def enter(words: Words) -> Any:
    """An entry on each of ``symbols``, one after the other, each protected by whoever hears of its fill."""
    from desk.models import Bot
    from trading.models import Position
    from trading.services.entry import work_signal
    from trading.venue import open_venue

    bots = list(Bot.objects.select_related("account").order_by("pk"))
    venue = open_venue(bots[0].account)
    for place, symbol in enumerate(words["symbols"]):
        _wait_for_room(ENTRY_WEIGHT)
        signal = _signal(bots[place // BOT_HOLDS], symbol, venue.now(), number=place)
        entry = work_signal(signal, venue)
        if entry is None:
            signal.refresh_from_db()
            raise SystemExit(f"no entry on {symbol}: {signal.reason or signal.status}")
        _wait(Position.objects.filter(pk=entry.position_id, protected_at__isnull=False).exists)
    return len(words["symbols"])


def _signal(bot: "Bot", symbol: str, now: datetime, *, number: int) -> Any:
    from desk.venue import market_data
    from signals.models import ScanRun, Signal, pack_readings

    hour = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=number)
    scan_run = ScanRun.objects.create(
        strategy="surge_short", hour=hour, finished_at=now, symbols=1, seconds=0, readings_packed=pack_readings({})
    )
    return Signal.objects.create(
        bot=bot,
        scan=scan_run,
        symbol=symbol,
        day=now.date(),
        candle_open=hour,
        surge_ratio=Decimal(20),
        price=market_data().ticker(symbol).last_price,
        sell_volume=Decimal(20000),
        mean_sell_volume=Decimal(1000),
        found_at=now,
    )


def wait_for_stream(words: Words) -> Any:
    """A desk that trades has a stream that hears."""
    from trading.services.listing import is_heard

    _wait(lambda: is_heard(_account()))
    return True


def round_trip_ms(words: Words) -> Any:
    """Median of what the venue takes to accept an order that is written to its journal; the orders are cancelled."""
    from exchange.types import OrderRequest, OrderType, PositionSide, Side
    from trading.venue import open_venue

    symbol, taken, venue = words["symbol"], [], open_venue(_account())
    rules, price = venue.rules(symbol), venue.market.ticker(symbol).last_price
    low = price * Decimal("0.9") // rules.tick_size * rules.tick_size
    quantity = Decimal(50) / low // rules.step_size * rules.step_size
    for number in range(words["count"]):
        request = OrderRequest(
            symbol=symbol,
            side=Side.BUY,
            position_side=PositionSide.BOTH,
            order_type=OrderType.LIMIT,
            quantity=quantity,
            price=low,
            client_order_id=f"round-trip-{number}",
        )
        begin = time.perf_counter()
        venue.trading.place_order(request)
        taken.append((time.perf_counter() - begin) * 1000)
        venue.trading.cancel_order(symbol, request.client_order_id)
    return statistics.median(taken)


def check(words: Words) -> Any:
    """Seconds and weight of each of ``count`` thirty-second checks."""
    from trading.tasks import check_positions

    rows = []
    for _ in range(words["count"]):
        _wait(lambda: time.time() % 60 < 50)  # within one minute of the venue's count
        before, begin = _used_weight(), time.perf_counter()
        check_positions()
        seconds = time.perf_counter() - begin
        rows.append({"seconds": seconds, "weight": _used_weight() - before - 1})
    return rows


def wait_for_room(words: Words) -> Any:
    """Fifty entries use most of a minute's weight: wait for the next one."""
    _wait_for_room(words["weight"])
    return True


def cancel_stops(words: Words) -> Any:
    """Take the stops of ``symbols`` away at the exchange, as if by hand."""
    from trading.venue import open_venue

    venue = open_venue(_account())
    for symbol in words["symbols"]:
        for order in venue.trading.open_algo_orders(symbol):
            if order.order_type == "STOP_MARKET":
                venue.trading.cancel_algo_order(symbol, order.client_order_id)
    return True


def log_in(words: Words) -> Any:
    """The session key of a new user who may see everything."""
    from importlib import import_module

    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.auth.models import User

    user = User.objects.create_superuser("bench")
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return session.session_key


def record(words: Words) -> Any:
    """Write an event; its id and the wall time at which it was committed, ns."""
    from django.utils import timezone

    from desk import events
    from desk.event_kinds import EventKind

    event = events.record(EventKind.SYSTEM_STARTED, at=timezone.now(), environment="replay")
    return [event.pk, time.time_ns()]


def _account() -> "Account":
    from desk.models import Account

    return Account.objects.get()


def _client() -> "BinanceClient":
    from desk.venue import client

    return client(_account())


def _wait_for_room(weight: int) -> None:
    dear = ("/fapi/v1/ticker/24hr", dict[str, str]())  # a weight of 40
    client = _client()
    _wait(lambda: client.fits_at([dear] * (weight // 40)) is None)


def _used_weight() -> int:
    client = _client()
    client.time_reading()
    return client.used_weight_1m or 0


def _wait(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 70
    for _ in itertools.count():
        if condition():
            return
        if time.monotonic() > deadline:
            raise SystemExit("waited 70 s in vain")
        time.sleep(0.005)


def main() -> None:
    import django

    django.setup()
    with suppress(KeyboardInterrupt):
        answer_questions(
            {
                each.__name__: each
                for each in (
                    *(set_up, scan, advise, wait_for_stream, enter, round_trip_ms),
                    *(check, wait_for_room, cancel_stops, log_in, record),
                )
            }
        )


if __name__ == "__main__":
    main()
