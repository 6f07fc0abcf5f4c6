"""The requests of the bench, as bytes."""

import hashlib
import hmac
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

SCAN_BARS = 49


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """Requests to one server. ``clock_ahead_ms`` is market time less wall time, for timestamps."""

    symbols: Sequence[str]
    api_key: str
    api_secret: str
    clock_ahead_ms: int

    def klines(self, number: int) -> bytes:
        """What a scan asks: two days of hours of the next symbol."""
        symbol = quote(self.symbols[number % len(self.symbols)])
        return _request("GET", f"/fapi/v1/klines?symbol={symbol}&interval=1h&limit={SCAN_BARS}")

    def order(self, number: int) -> bytes:
        """A market order that is filled at once, buying and selling in turn."""
        side = "BUY" if number % 2 else "SELL"
        return self.signed("POST", "/fapi/v1/order", symbol="BTCUSDT", side=side, type="MARKET", quantity="0.01")

    def mixed(self, number: int) -> bytes:
        """What a desk sends: mostly bars, some looks at its positions, some orders."""
        if number % 5 == 0:
            return self.order(number // 5)
        if number % 5 == 1:
            return self.signed("GET", "/fapi/v3/positionRisk")
        return self.klines(number)

    def signed(self, method: str, path: str, **values: str) -> bytes:
        timestamp = time.time_ns() // 1_000_000 + self.clock_ahead_ms
        text = urlencode(values | {"timestamp": str(timestamp), "recvWindow": "60000"})
        signature = hmac.new(self.api_secret.encode(), text.encode(), hashlib.sha256).hexdigest()
        return _request(method, f"{path}?{text}&signature={signature}", {"X-MBX-APIKEY": self.api_key})


def _request(method: str, target: str, headers: Mapping[str, str] | None = None) -> bytes:
    lines = [f"{method} {target} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    lines += ["Content-Length: 0"] if method != "GET" else []
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
