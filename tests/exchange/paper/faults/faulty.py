"""Shorthand for exchanges with faults: over HTTP, and in the test's own process."""

import json
from typing import Any

from websockets.sync.client import ClientConnection

from tests.exchange.paper.scripted import Desk
from tests.exchange.paper.server.running import DEADLINE_S, Client

WALL_MS = 1_800_000_000_000


class FaultyDesk(Desk):
    """A desk on an in-process exchange whose faults are set as the control interface does it."""

    def fault(self, word: str, **fields: Any) -> dict[str, Any]:
        spec = json.dumps({"fault": word} | fields)
        return self.do("set_fault", spec=spec, wall_ms=str(WALL_MS))

    def struck(self) -> list[int]:
        return [row["struck"] for row in self.engine.state.disturbances.table.rows(self.engine.now_ms)]

    def statuses(self) -> list[str]:
        """Each ALGO_UPDATE's status, oldest first."""
        return [payload["o"]["X"] for payload in self.events("ALGO_UPDATE")]

    def sent(self) -> list[str]:
        """Records that streams get to see, as EVENT:status."""
        unusual = self.engine.state.disturbances.unusual
        names = zip(self.engine.records, self.kinds(), strict=True)
        return [name for record, name in names if record.seq not in unusual or unusual[record.seq].times]


def set_fault(exchange: Client, word: str, **fields: Any) -> int:
    """Set a fault and return its number."""
    return exchange.control("faults", fault=word, **fields)["faults"][-1]["id"]


def faults(exchange: Client) -> list[Any]:
    return exchange.get("/control/faults").json()["faults"]


def struck(exchange: Client) -> list[int]:
    return [row["struck"] for row in faults(exchange)]


def order_ids(exchange: Client) -> list[str]:
    """Client ids of every order the exchange ever accepted."""
    account = exchange.state()["accounts"][exchange.key]
    return [order["client_order_id"] for order in account["orders"]]


def market_buy(**changes: Any) -> dict[str, Any]:
    return {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "1"} | changes


def closing_stop(**changes: Any) -> dict[str, Any]:
    values = {"algoType": "CONDITIONAL", "symbol": "BTCUSDT", "side": "SELL", "type": "STOP_MARKET"}
    return values | {"triggerPrice": "95", "closePosition": "true"} | changes


def listen_key(exchange: Client) -> str:
    return exchange.keyed("POST", "/fapi/v1/listenKey").json()["listenKey"]


def settled(socket: ClientConnection) -> ClientConnection:
    """Wait until the connection is served: the exchange has answered a command on it."""
    socket.send(json.dumps({"method": "LIST_SUBSCRIPTIONS", "id": "ready"}))
    assert json.loads(socket.recv(DEADLINE_S))["id"] == "ready"
    return socket


def frames(socket: ClientConnection, count: int) -> list[Any]:
    return [json.loads(socket.recv(DEADLINE_S)) for _ in range(count)]


def heard(socket: ClientConnection) -> list[Any]:
    """What has come by the time the exchange answers a command; whatever follows an order came before."""
    socket.send(json.dumps({"method": "LIST_SUBSCRIPTIONS", "id": "end"}))
    found = []
    while (frame := json.loads(socket.recv(DEADLINE_S))).get("id") != "end":
        found.append(frame)
    return found


def executions(found: list[Any]) -> list[str]:
    """ORDER_TRADE_UPDATEs as execution:status, other events by their kind."""
    return [f"{f['o']['x']}:{f['o']['X']}" if f["e"] == "ORDER_TRADE_UPDATE" else f["e"] for f in found]
