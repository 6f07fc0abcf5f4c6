"""A paper exchange asked directly, without sockets: every request passes the whole of admission and routing."""

import json
from decimal import Decimal
from urllib.parse import urlencode

from exchange.paper.journal import Journal
from exchange.paper.server.admission import Admission
from exchange.paper.server.app import WS_METHODS, PaperApp
from exchange.paper.server.host import ClockSetting, open_host
from exchange.paper.server.listen_keys import ListenKeys
from exchange.paper.server.requests import Request
from exchange.paper.server.signing import sign
from exchange.paper.server.weights import RequestLimits
from exchange.paper.server.ws_api.conversation import Conversation
from tests.exchange.paper.scripted import KEY, SECRET, T0, ScriptedMarket, limit_buy, stop_sell

PEER = "127.0.0.1"


class ChangedMarket(ScriptedMarket):
    """Contracts whose rows of exchangeInfo are changed: members by name, filters by type."""

    def __init__(self, points, *, row=None, filters=None, **market):
        super().__init__(points, **market)
        self.row, self.filters = row or {}, filters or {}
        self._rows = {}

    def symbol_info(self, symbol, now_ms):
        original = super().symbol_info(symbol, now_ms)
        if symbol not in self._rows:
            kinds = {entry["filterType"]: entry for entry in original["filters"]}
            for kind, changes in self.filters.items():
                kinds[kind] = {"filterType": kind, **kinds.get(kind, {}), **changes}
            self._rows[symbol] = {**original, **self.row, "filters": list(kinds.values())}
        return self._rows[symbol]


class Asking:
    """One account on a market of BTCUSDT at ``price`` and ETHUSDT at 50, its clock held at T0."""

    def __init__(self, home, *, price="100", deposit="10000", paths=None, limits=None, terms=None, **market):
        points = {"BTCUSDT": [(0, price, "1000")], "ETHUSDT": [(0, "50", "1000")]} | (paths or {})
        self.host = open_host(
            journal=Journal(home),
            venue=ChangedMarket(points, **market),
            setting=ClockSetting(start_ms=T0, speed=Decimal(1), is_held=True),
            listen_keys=ListenKeys(),
            terms=terms,
        )
        self.host.open_account(api_key=KEY, api_secret=SECRET, deposit=deposit)
        self.limits = limits or RequestLimits()
        self.app = PaperApp(self.host, limits=self.limits)

    def raw(self, method, path, query="", *, key=KEY):
        """Status and content of an answer to a request as it stands."""
        headers = {"x-mbx-apikey": key} if key else {}
        request = Request(method=method, path=path, query=query, body="", headers=headers, peer=PEER)
        answer = self.app._answer(request)
        return answer.status, json.loads(answer.payload())

    def get(self, path, **values):
        return self.raw("GET", f"/fapi/v1/{path}", urlencode(values))

    def ask(self, method, path, **values):
        """A signed request; ``path`` without its version when that is 1."""
        values.setdefault("timestamp", T0 if self.host.clock.is_held else self.host.clock.now_ms())
        text = urlencode(values)
        return self.raw(
            method, path if path[0] == "/" else f"/fapi/v1/{path}", f"{text}&signature={sign(text, SECRET)}"
        )

    def done(self, method, path, **values):
        status, content = self.ask(method, path, **values)
        assert status == 200, content
        return content

    def order(self, **changes):
        return self.ask("POST", "order", **limit_buy(**changes))

    def market(self, side="BUY", quantity="1", **more):
        values = {"symbol": "BTCUSDT", "side": side, "type": "MARKET", "quantity": quantity}
        return self.ask("POST", "order", **(values | more))

    def algo(self, **changes):
        return self.ask("POST", "algoOrder", **stop_sell(**changes))

    def holding(self, quantity="1"):
        """Itself, with a long position in BTCUSDT."""
        status, content = self.market(quantity=quantity)
        assert status == 200, content
        return self

    def resting(self, **changes):
        """Itself, with an open limit buy, client id "mine"."""
        status, content = self.order(newClientOrderId="mine", **changes)
        assert status == 200, content
        return self

    def amend(self, **changes):
        values = {"symbol": "BTCUSDT", "side": "BUY", "quantity": "1", "price": "98", "origClientOrderId": "mine"}
        return self.ask("PUT", "order", **(values | changes))

    def talk(self, frame):
        """Status and error of an answer of the WebSocket API."""
        conversation = Conversation(Admission(self.host, self.limits), WS_METHODS, peer=PEER, query="")
        answer = json.loads(conversation.answer(frame))
        return answer["status"], answer["error"]

    def control(self, path, **body):
        """A command that only the control interface has."""
        return self.host.execute(path, KEY, body)
