"""A client of the WebSocket API that signs as the venue's documents say."""

import json
from contextlib import contextmanager

from websockets.sync.client import connect

from tests.exchange.paper.server.running import DEADLINE_S

ORDER = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "1", "price": "99"}


class ApiClient:
    """``signer`` turns a text into a signature; by default HMAC with the exchange's first secret."""

    def __init__(self, socket, exchange, *, signer=None, key=None):
        self.socket, self.exchange = socket, exchange
        self.signer = signer or exchange.sign
        self.key = key or exchange.key

    def send(self, method, request_id=1, **params):
        self.socket.send(json.dumps({"id": request_id, "method": method, "params": params}))

    def receive(self):
        return json.loads(self.socket.recv(DEADLINE_S))

    def ask(self, method, request_id=1, **params):
        self.send(method, request_id, **params)
        return self.receive()

    def say(self, text):
        """Send a raw frame and return its answer."""
        self.socket.send(text)
        return self.receive()

    def sealed(self, **params):
        """The parameters with key, time and signature."""
        params = {"apiKey": self.key} | params
        if "timestamp" not in params:
            params["timestamp"] = self.exchange.now_ms()
        text = "&".join(f"{name}={_spelled(params[name])}" for name in sorted(params))
        return params | {"signature": self.signer(text)}

    def signed(self, method, request_id=1, **params):
        return self.ask(method, request_id, **self.sealed(**params))

    def done(self, method, **params):
        """The result of a signed request that must succeed."""
        answer = self.signed(method, **params)
        assert answer["status"] == 200, answer
        return answer["result"]


@contextmanager
def api(exchange, query="", **options):
    with connect(f"{exchange.ws}/ws-fapi/v1{query}") as socket:
        yield ApiClient(socket, exchange, **options)


def _spelled(value):
    return json.dumps(value, separators=(",", ":")) if isinstance(value, bool | list | dict) else value
