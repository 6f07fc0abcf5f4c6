"""What a fault is about: requests, orders and events told apart by the fields of its spec."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import orjson

from exchange.paper.core.orders import AlgoOrder, Order
from exchange.paper.core.state import Record
from exchange.paper.faults.specs import AboutOrders, OnEvent, OnRequest

CLIENT_IDS = ("newClientOrderId", "clientAlgoId", "origClientOrderId")
ORDER_EVENTS = frozenset({"ORDER_TRADE_UPDATE", "ALGO_UPDATE", "TRADE_LITE"})
FILL_EXECUTIONS = frozenset({"TRADE", "CALCULATED"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The order that a request or event is about, as far as it says; empty where it does not."""

    account: str = ""
    symbol: str = ""
    side: str = ""
    order_type: str = ""
    client_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request before anybody looked at it. ``name`` is ``METHOD /path`` or a method of the WebSocket API.

    ``orders`` has the parameters of each order of a batch, else those of the request itself; ``is_private`` means that
    it comes with a key that has to be good.
    """

    name: str
    account: str
    orders: Sequence[Mapping[str, str]]
    is_private: bool = False

    def subjects(self) -> Iterator[Subject]:
        for values in self.orders:
            yield Subject(
                account=self.account,
                symbol=values.get("symbol", ""),
                side=values.get("side", ""),
                order_type=values.get("type", ""),
                client_id=next((values[name] for name in CLIENT_IDS if values.get(name)), ""),
            )


def asked(*, name: str, account: str, values: Mapping[str, str], is_private: bool = False) -> Asked:
    """A request with its parameters; one whose batch cannot be read counts as one without orders of its own."""
    try:
        batch = orjson.loads(values.get("batchOrders") or "null")
    except orjson.JSONDecodeError:
        batch = None
    rows = [row for row in batch if isinstance(row, dict)] if isinstance(batch, list) else []
    orders = [{str(key): str(value) for key, value in row.items()} for row in rows]
    return Asked(name=name, account=account, orders=orders or [values], is_private=is_private)


def is_about(spec: AboutOrders, subject: Subject) -> bool:
    if spec.client_id is not None and not fnmatchcase(subject.client_id, spec.client_id):
        return False
    wanted = (spec.account, spec.symbol, spec.side, spec.order_type)
    found = (subject.account, subject.symbol, subject.side, subject.order_type)
    return all(want is None or want == have for want, have in zip(wanted, found, strict=True))


def asks_for(spec: OnRequest, request: Asked) -> bool:
    """Whether a request is one of those that a fault is about."""
    if spec.request and request.name not in spec.request:
        return False
    return any(is_about(spec, subject) for subject in request.subjects())


def tells_of(spec: OnEvent, record: Record) -> bool:
    """Whether an event is one of those that a fault is about."""
    if spec.events and record.kind not in spec.events:
        return False
    order = record.payload.get("o", {})
    if spec.execution is not None and order.get("x") != spec.execution:
        return False
    if spec.status is not None and order.get("X") != spec.status:
        return False
    return any(is_about(spec, subject) for subject in event_subjects(record))


def event_subjects(record: Record) -> Iterator[Subject]:
    """The orders or positions an event is about; at least its account."""
    row = record.payload if record.kind == "TRADE_LITE" else record.payload.get("o")
    if record.kind in ORDER_EVENTS and row:
        client_id = row.get("c") or row.get("caid") or ""
        order_type = row.get("ot") or row.get("o", "")
        yield _subject(record, symbol=row["s"], side=row["S"], order_type=order_type, client_id=client_id)
        return
    symbols = [position["s"] for position in record.payload.get("a", {}).get("P", ())]
    for symbol in symbols or [record.payload.get("ac", {}).get("s", "")]:
        yield _subject(record, symbol=symbol)


def order_subject(account: str, order: Order | AlgoOrder) -> Subject:
    """Of a conditional order's child the type is that of its parent."""
    parent = order.algo if isinstance(order, Order) else None
    client_id = order.client_algo_id if isinstance(order, AlgoOrder) else order.client_order_id
    return Subject(
        account=account,
        symbol=order.symbol,
        side=order.side,
        order_type=parent.order_type if parent else order.order_type,
        client_id=client_id,
    )


def is_fill(record: Record) -> bool:
    return record.kind == "ORDER_TRADE_UPDATE" and record.payload["o"]["x"] in FILL_EXECUTIONS


def _subject(record: Record, **members: Any) -> Subject:
    return Subject(account=record.account, **members)
