"""The paper exchange's application called in the test's own process, and a request that signs itself."""

import hashlib
import hmac
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from urllib.parse import unquote, urlencode

import orjson

from exchange.paper.core.terms import REALISTIC
from exchange.paper.core.venue import Venue
from exchange.paper.journal import Journal
from exchange.paper.server.app import PaperApp
from exchange.paper.server.host import ClockSetting, open_host
from exchange.paper.server.listen_keys import ListenKeys
from exchange.paper.server.weights import RequestLimits
from tests.exchange.paper.scripted import KEY, SECRET, T0, ScriptedMarket

PATH = [(i * 20_000, str(100 + i * 7 % 11 - 5), "3") for i in range(200)]


class Unlimited(RequestLimits):
    """Counts, and refuses nobody."""

    def check(self, *_args, **_more):
        return

    def use_order(self, *_args, **_more):
        return {}


class InProcess:
    """An application on a scripted market with one account, whose clock is held."""

    def __init__(self, home: Path, *, market: Venue | None = None, start_ms: int = T0 + 600_000) -> None:
        self.market = market or ScriptedMarket(
            {"BTCUSDT": PATH, "ETHUSDT": [(0, "50", "1000")], "牛来USDT": [(0, "2", "9")]}
        )
        self.host = open_host(
            journal=Journal(home),
            venue=self.market,
            setting=ClockSetting(start_ms=start_ms, speed=Decimal(1), is_held=True),
            listen_keys=ListenKeys(),
            terms=REALISTIC,
        )
        self.host.open_account(api_key=KEY, api_secret=SECRET, deposit="10000")
        self.app = PaperApp(self.host, limits=Unlimited())

    def close(self) -> None:
        self.host.close()

    async def ask(
        self, method: str, path: str, *, query: bytes = b"", body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> tuple[int, object]:
        """Status and JSON of the answer."""
        scope = {
            "type": "http",
            "method": method,
            "path": unquote(path),
            "query_string": query,
            "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in (headers or {}).items()],
            "client": ("127.0.0.1", 1),
        }
        sent = []

        async def receive():
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message):
            sent.append(message)

        await self.app(scope, receive, send)
        return sent[0]["status"], orjson.loads(sent[1]["body"])

    async def signed(self, method: str, path: str, values: Mapping[str, str]) -> tuple[int, object]:
        """A request with a good signature and timestamp, whatever else it holds."""
        text = urlencode({**values, "timestamp": values.get("timestamp", str(self.host.engine.now_ms))})
        query = f"{text}&signature={sign(text)}"
        return await self.ask(method, path, query=query.encode(), headers={"X-MBX-APIKEY": KEY})


def sign(text: str) -> str:
    return hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()
