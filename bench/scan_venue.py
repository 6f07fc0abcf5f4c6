"""A venue that answers a market scan after a set latency and does nothing else: ``python -m bench.scan_venue``.

Arguments: contracts, latency in ms. Prints one JSON line with its port; serves until SIGTERM.
"""

import asyncio
import json
import sys
import time
from urllib.parse import parse_qsl, urlsplit

HEAD_END = b"\r\n\r\n"
HOUR_MS = 3_600_000
BAR = '"100.1","101.2","99.3","100.4","{volume:.3f}",{end},"{volume:.2f}","4321","{bought:.3f}","{bought:.2f}","0"'
HOURLY, SHARE_BOUGHT = 12_345.678, 0.19
SURGES = 100  # one contract in so many was sold twenty times as hard in the hour as on average of its day


class ScanVenue(asyncio.Protocol):
    """One keep-alive connection; requests without a body."""

    symbols: tuple[str, ...] = ()
    latency_s = 0.0
    minute, used = 0, 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport, self._received = transport, b""

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (end := self._received.find(HEAD_END)) >= 0:
            target = self._received.split(b" ", 2)[1].decode()
            self._received = self._received[end + len(HEAD_END) :]
            asyncio.get_running_loop().call_later(self.latency_s, self._transport.write, answer(target))


def answer(target: str) -> bytes:
    """Contracts, bars or the time, with the weight that this address has used."""
    parts = urlsplit(target)
    weight, body = 1, b'{"serverTime":%d}' % (time.time_ns() // 1_000_000)
    if parts.path == "/fapi/v1/klines":
        body = bars(dict(parse_qsl(parts.query)))
    elif parts.path == "/fapi/v1/exchangeInfo":
        body = json.dumps({"symbols": [contract(name) for name in ScanVenue.symbols]}).encode()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json;charset=UTF-8\r\nContent-Length: %d\r\n"
    head += b"X-MBX-USED-WEIGHT-1M: %d\r\n\r\n"
    return head % (len(body), charged(weight)) + body


def charged(weight: int) -> int:
    minute = int(time.time()) // 60
    if minute != ScanVenue.minute:
        ScanVenue.minute, ScanVenue.used = minute, 0
    ScanVenue.used += weight
    return ScanVenue.used


def bars(asked: dict[str, str]) -> bytes:
    is_day = asked["interval"] == "1d"
    length = HOUR_MS * (24 if is_day else 1)
    is_surge = not is_day and int(asked["symbol"].strip("COINUSDT")) % SURGES == 0
    volume = HOURLY * (24 if is_day else 20 if is_surge else 1)
    first = int(asked["startTime"])
    rows = [
        f"[{start},{BAR.format(volume=volume, bought=volume * SHARE_BOUGHT, end=start + length - 1)}]"
        for start in range(first, first + int(asked.get("limit", 1)) * length, length)
    ]
    return f"[{','.join(rows)}]".encode()


def contract(symbol: str) -> dict[str, object]:
    """A row of exchangeInfo."""
    return {
        "symbol": symbol,
        "pair": symbol,
        "contractType": "PERPETUAL",
        "deliveryDate": 4_133_404_800_000,
        "onboardDate": 1_569_398_400_000,
        "status": "TRADING",
        "baseAsset": symbol.removesuffix("USDT"),
        "quoteAsset": "USDT",
        "marginAsset": "USDT",
        "pricePrecision": 2,
        "quantityPrecision": 3,
        "underlyingType": "COIN",
        "filters": [
            {"filterType": "PRICE_FILTER", "minPrice": "0.01", "maxPrice": "100000", "tickSize": "0.01"},
            {"filterType": "LOT_SIZE", "minQty": "0.001", "maxQty": "1000", "stepSize": "0.001"},
            {"filterType": "MARKET_LOT_SIZE", "minQty": "0.001", "maxQty": "1000", "stepSize": "0.001"},
            {"filterType": "MIN_NOTIONAL", "notional": "5"},
        ],
    }


async def serve(count: int, latency_ms: float) -> None:
    ScanVenue.symbols = tuple(f"COIN{number}USDT" for number in range(count))
    ScanVenue.latency_s = latency_ms / 1000
    server = await asyncio.get_running_loop().create_server(ScanVenue, "127.0.0.1", 0, backlog=1024)
    sys.stdout.write(json.dumps({"port": server.sockets[0].getsockname()[1], "symbols": ScanVenue.symbols}) + "\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), float(sys.argv[2])))
