"""What the web process asks a venue for: its time, and the public market."""

import json
import math
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.loopback import LoopbackServer, QuietHandler

CONTRACTS = Path(__file__).resolve().parents[2] / "data/rules/exchange_info.json"
PRICES = {
    "DOTUSDT": 8.25,
    "ANKRUSDT": 0.0361,
    "GALAUSDT": 0.0281,
    "BTCUSDT": 97123.4,
    "XRPUSDT": 1.41,
    "1000PEPEUSDT": 0.0203,
}
MINUTES = {"1m": 1, "5m": 5, "15m": 15, "1h": 60, "4h": 240, "1d": 1440}


class VenueTime(LoopbackServer):
    """A server on loopback whose market time runs on from ``at``, at ``speed``."""

    def __init__(self, at: datetime, *, speed: int) -> None:
        self.at = at
        self.since = datetime.now(UTC)
        self.speed = speed
        super().__init__(type("Handler", (_Handler,), {"venue": self}))

    def now(self) -> datetime:
        return self.at + (datetime.now(UTC) - self.since) * self.speed


class _Handler(QuietHandler, BaseHTTPRequestHandler):
    venue: VenueTime

    def do_GET(self) -> None:
        body = json.dumps(public_answer(self.path, self.venue.now())).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Market-Speed", str(self.venue.speed))
        self.end_headers()
        self.wfile.write(body)


def public_answer(address: str, now: datetime) -> Any:
    """The answer to a public question; prices swing around those above."""
    place = urlsplit(address)
    query = {name: values[0] for name, values in parse_qs(place.query).items()}
    match place.path.rpartition("/")[2]:
        case "time":
            return {"serverTime": _ms(now)}
        case "exchangeInfo":
            return json.loads(CONTRACTS.read_text())
        case "klines":
            return _bars(PRICES.get(query["symbol"], 10.0), query["interval"], limit=int(query["limit"]), now=now)
        case _:
            rows = [_ticker(symbol, price, now) for symbol, price in PRICES.items()]
            return next((row for row in rows if row["symbol"] == query.get("symbol")), rows)


def _ticker(symbol: str, price: float, now: datetime) -> dict[str, Any]:
    return {"symbol": symbol, "price": f"{price:.8g}", "time": _ms(now)}


def _bars(price: float, interval: str, *, limit: int, now: datetime) -> list[list[Any]]:
    width = timedelta(minutes=MINUTES[interval])
    last = datetime.fromtimestamp(now.timestamp() // width.total_seconds() * width.total_seconds(), UTC)
    return [_bar(last - width * back, width, price) for back in reversed(range(limit))]


def _bar(opened: datetime, width: timedelta, price: float) -> list[Any]:
    place = opened.timestamp() / 3600
    first, last = (price * (1 + 0.02 * math.sin(place + shift)) for shift in (0.0, width.total_seconds() / 3600))
    prices = [first, max(first, last) * 1.002, min(first, last) * 0.998, last]
    numbers = [f"{number:.6g}" for number in prices]
    end = _ms(opened + width) - 1
    return [_ms(opened), *numbers, "1200", end, "10200", 40, "500", "4250", "0"]


def _ms(when: datetime) -> int:
    return int(when.timestamp() * 1000)
