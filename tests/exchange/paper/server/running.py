"""A paper exchange on a scripted market, served from a thread of the test, and a client that signs."""

import asyncio
import hashlib
import hmac
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx2

from exchange.paper.core.terms import Terms
from exchange.paper.journal import Journal
from exchange.paper.server.app import PaperApp
from exchange.paper.server.host import ClockSetting, open_host
from exchange.paper.server.listen_keys import ListenKeys
from exchange.paper.server.run import listen, serve
from exchange.paper.server.weights import RequestLimits
from tests.exchange.paper.scripted import KEY, SECRET, T0, ScriptedMarket

POINTS = [(0, "100", "1000"), (60_000, "99", "5"), (120_000, "94", "5"), (180_000, "100", "5")]
DEADLINE_S = 5


class Client:
    """Talks REST to one running exchange."""

    def __init__(self, address: str, *, key: str = KEY, secret: str = SECRET) -> None:
        self.http = httpx2.Client(base_url=f"http://{address}", timeout=DEADLINE_S)
        self.ws = f"ws://{address}"
        self.key, self.secret = key, secret

    def get(self, path: str, **query: Any) -> Any:
        return self.http.get(path, params=query)

    def now_ms(self) -> int:
        return self.get("/fapi/v1/time").json()["serverTime"]

    def signed(self, method: str, path: str, **values: Any) -> httpx2.Response:
        """A signed request, parameters in the query."""
        values.setdefault("timestamp", self.now_ms())
        text = urlencode(values)
        url = f"{path}?{text}&signature={self.sign(text)}"
        return self.http.request(method, url, headers={"X-MBX-APIKEY": self.key})

    def done(self, method: str, path: str, **values: Any) -> Any:
        """The answer of a signed request that must succeed."""
        answer = self.signed(method, path, **values)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def sign(self, text: str) -> str:
        return hmac.new(self.secret.encode(), text.encode(), hashlib.sha256).hexdigest()

    def keyed(self, method: str, path: str) -> httpx2.Response:
        return self.http.request(method, path, headers={"X-MBX-APIKEY": self.key})

    def buy(self, quantity: str = "1", **more: Any) -> Any:
        values = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": quantity}
        return self.done("POST", "/fapi/v1/order", **(values | more))

    def stop(self, **more: Any) -> Any:
        values = {
            "algoType": "CONDITIONAL",
            "symbol": "BTCUSDT",
            "side": "SELL",
            "type": "STOP_MARKET",
            "triggerPrice": "95",
            "closePosition": "true",
        }
        return self.done("POST", "/fapi/v1/algoOrder", **(values | more))

    def control(self, path: str, **body: Any) -> Any:
        """The answer of a control request that must succeed."""
        answer = self.http.post(f"/control/{path}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def clock(self, **change: Any) -> Any:
        answer = self.http.post("/control/clock", json=change)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def state(self) -> Any:
        return self.get("/control/state").json()

    def events(self) -> Any:
        return self.get("/control/events").json()["events"]


def wait_for(condition: Any) -> None:
    """Wait until ``condition()`` is true. Fails after the deadline."""
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, "condition never became true"
        time.sleep(0.005)


@contextmanager
def running(
    home: Path,
    *,
    market: ScriptedMarket | None = None,
    speed: str = "1",
    is_held: bool = True,
    listen_keys: ListenKeys | None = None,
    limits: RequestLimits | None = None,
    terms: Terms | None = None,
    **app_options: Any,
) -> Iterator[Client]:
    """Serve until the block ends; the same home resumes."""
    market = market or ScriptedMarket({"BTCUSDT": POINTS, "ETHUSDT": [(0, "50", "1000")]})
    bound = listen("127.0.0.1", 0)
    address = f"127.0.0.1:{bound.getsockname()[1]}"
    ready, loop, stop = threading.Event(), asyncio.new_event_loop(), asyncio.Event()
    host = open_host(
        journal=Journal(home),
        venue=market,
        setting=ClockSetting(start_ms=T0, speed=Decimal(speed), is_held=is_held),
        listen_keys=listen_keys or ListenKeys(),
        terms=terms,
    )
    if not host.engine.has_account(KEY):
        host.open_account(api_key=KEY, api_secret=SECRET, deposit="10000")
    app = PaperApp(host, limits=limits or RequestLimits(), **app_options)
    serving = serve(host, app, bound, stop=stop, on_ready=ready.set)
    thread = threading.Thread(target=loop.run_until_complete, args=(serving,), daemon=True)
    thread.start()
    assert ready.wait(DEADLINE_S)
    client = Client(address)
    try:
        yield client
    finally:
        client.http.close()
        loop.call_soon_threadsafe(stop.set)
        thread.join(DEADLINE_S)
        assert not thread.is_alive()
        loop.close()
        bound.close()
        host.close()
