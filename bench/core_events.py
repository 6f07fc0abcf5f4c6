"""How many events the core alone makes in a second: records of the user stream and rows of the ledger."""

import time
from pathlib import Path

from bench.venue import DATA, LEAD_MS
from exchange.paper.core.engine import Engine
from exchange.paper.core.terms import REALISTIC
from exchange.paper.feeds.replay import ReplayMarket

KEY = "bench"
STEP_MS = 5


def measure(seconds: float, *, data: Path = DATA) -> float:
    """Events per second of market orders, resting orders and cancels, while market time passes."""
    market = ReplayMarket.load(data)
    engine = Engine(market, start_ms=market.first_ms + LEAD_MS, terms=REALISTIC)
    engine.execute("open_account", KEY, {"api_key": KEY, "api_secret": "bench", "deposit": "1000000"})
    ledger = engine.account(KEY).ledger.rows
    begin, known = time.perf_counter(), len(engine.records) + len(ledger)
    number = 0
    while time.perf_counter() - begin < seconds:
        number += 1
        engine.advance(engine.now_ms + STEP_MS)
        _round(engine, number)
    return (len(engine.records) + len(ledger) - known) / (time.perf_counter() - begin)


def _round(engine: Engine, number: int) -> None:
    """Out and in at market, and an order that rests for a moment."""
    order = {"symbol": "BTCUSDT", "quantity": "0.01"}
    for side in ("BUY", "SELL"):
        engine.execute("place_order", KEY, order | {"side": side, "type": "MARKET"})
    price = f"{engine.state.last_price('BTCUSDT') * 99 // 100:.1f}"
    resting = {"side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "price": price, "newClientOrderId": f"b{number}"}
    engine.execute("place_order", KEY, order | resting)
    engine.execute("cancel_order", KEY, {"symbol": "BTCUSDT", "origClientOrderId": f"b{number}"})
