"""What happens now and then: liquidations of this exchange's accounts, and contracts that come, change and go."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from exchange.paper.core.forced import FORCED_PREFIXES
from exchange.paper.core.state import Record
from exchange.paper.server.market_streams.names import Topic
from exchange.paper.server.market_streams.reading import USDS_M, Message, Producer, Reading
from exchange.paper.server.routes_market import exchange_info

SECOND_MS = 1000


class ForceOrders(Producer):
    """Liquidations, of each symbol at most the last one in a second."""

    def __init__(self, topic: Topic, reading: Reading) -> None:
        self._symbol = topic.symbol
        self._seen = len(reading.host.engine.records)
        self._waiting: dict[str, Mapping[str, Any]] = {}
        self._told_ms: dict[str, int] = {}

    def messages(self, reading: Reading) -> Iterator[Message]:
        new = reading.host.engine.records[self._seen :]
        self._seen += len(new)
        self._waiting |= {order["s"]: order for order in map(_liquidated, new) if order and self._is_mine(order)}
        for symbol, order in list(self._waiting.items()):
            if reading.now_ms - self._told_ms.get(symbol, 0) >= SECOND_MS:
                self._told_ms[symbol] = reading.now_ms
                del self._waiting[symbol]
                yield _liquidation(reading, order)

    def _is_mine(self, order: Mapping[str, Any]) -> bool:
        return self._symbol in ("", order["s"])


class ContractChanges(Producer):
    """Contracts whose status, dates or brackets are not what they were."""

    def __init__(self, topic: Topic, reading: Reading) -> None:
        self._known = {row["symbol"]: _facts(row) for row in _contracts(reading)}
        self._brackets = {symbol: _brackets(reading, symbol) for symbol in self._known}

    def messages(self, reading: Reading) -> Iterator[Message]:
        for row in _contracts(reading):
            symbol, facts = row["symbol"], _facts(row)
            brackets = _brackets(reading, symbol)
            is_other = brackets != self._brackets.get(symbol)
            if is_other or facts != self._known.get(symbol):
                self._known[symbol], self._brackets[symbol] = facts, brackets
                head = {"e": "contractInfo", "E": reading.now_ms, "s": symbol, **facts}
                yield head | ({"bks": _spelled(brackets)} if is_other else {}) | {"st": USDS_M}


def _liquidated(record: Record) -> Mapping[str, Any] | None:
    """The order of the exchange that a record tells of, when it closes a position for lack of margin."""
    order: Mapping[str, Any] = record.payload.get("o", {})
    is_one = order.get("x") == "CALCULATED" and order["c"].startswith(FORCED_PREFIXES["LIQUIDATION"])
    return order if is_one else None


def _liquidation(reading: Reading, order: Mapping[str, Any]) -> Message:
    """As the venue shows one: an IOC limit order at the price it got."""
    row = {
        "s": order["s"], "S": order["S"], "o": "LIMIT", "f": "IOC", "q": order["q"], "p": order["L"],
        "ap": order["ap"], "X": order["X"], "l": order["l"], "z": order["z"], "T": order["T"],
    }  # fmt: skip
    return {"e": "forceOrder", "E": reading.now_ms, "o": row, "ps": order["s"], "st": USDS_M}


def _contracts(reading: Reading) -> Sequence[Mapping[str, Any]]:
    rows: Sequence[Mapping[str, Any]] = reading.ask(exchange_info)["symbols"]
    return rows


def _facts(row: Mapping[str, Any]) -> dict[str, Any]:
    names = {"ct": "contractType", "dt": "deliveryDate", "ot": "onboardDate", "cs": "status"}
    return {letter: row[name] for letter, name in names.items() if name in row}


def _brackets(reading: Reading, symbol: str) -> Sequence[Mapping[str, Any]]:
    """The symbol's rows of leverageBracket; none where the venue has no brackets for it."""
    try:
        rows: Sequence[Mapping[str, Any]] = reading.host.venue.brackets(symbol)["brackets"]
    except KeyError:
        return ()
    return rows


def _spelled(brackets: Sequence[Mapping[str, Any]]) -> list[Message]:
    """``mi`` and ``ma`` are the leverages a bracket covers: down to one above what the next allows."""
    return [
        {
            "bs": row["bracket"], "bnf": row["notionalFloor"], "bnc": row["notionalCap"],
            "mmr": row["maintMarginRatio"], "cf": row["cum"],
            "mi": following["initialLeverage"] + 1 if following else 1, "ma": row["initialLeverage"],
        }
        for row, following in pairwise([*brackets, None])
        if row is not None
    ]  # fmt: skip
