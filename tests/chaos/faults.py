"""What the drill lets the exchange do wrong, and to whom. Specs are those of the paper exchange (docs/paper-faults.md).

``{symbol}`` is the case's own contract. A fault of the whole desk strikes every case of its round.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Spec = Mapping[str, Any]
PLACE, PLACE_ALGO = "POST /fapi/v1/order", "POST /fapi/v1/algoOrder"
CANCEL, CANCEL_ALGO = "DELETE /fapi/v1/order", "DELETE /fapi/v1/algoOrder"
ENTRY, STOP, TARGET, CLOSE = "dl*-e*", "dl*-s*", "dl*-t*", "dl*-c*"
ADD, REDUCE, INNER = "dl*-a*", "dl*-r*", "dl*-i*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """``outage`` are wall seconds in which nobody could have done anything; ``locks`` hold the database that long."""

    name: str
    specs: tuple[Spec, ...] = ()
    is_of_desk: bool = False
    window: float = 0.0  # wall seconds until it is over by itself
    outage: float = 0.0
    locks: float = 0.0

    @property
    def loses(self) -> bool:
        """An order may never reach the exchange."""
        return self.name.endswith(("never_arrives", "503_not_executed"))

    @property
    def upsets(self) -> bool:
        """The position itself is struck, so that a change of it may have to be given up."""
        return self.name.startswith(("gap_", "stop_vanishes", "stop_refused", "reduce_refused"))


def _once(word: str, request: str, who: str, **more: Any) -> Spec:
    return {"fault": word, "request": request, "client_id": who, "count": 1, **more}


def _of_symbol(name: str, *specs: Spec, **more: Any) -> Fault:
    return Fault(name=name, specs=tuple({**spec, "symbol": "{symbol}"} for spec in specs), **more)


def _of_desk(name: str, *specs: Spec, **more: Any) -> Fault:
    return Fault(name=name, specs=specs, is_of_desk=True, **more)


def _of_change(name: str, who: str) -> tuple[Fault, ...]:
    """What may happen to the one order of a change."""
    return (
        _of_symbol(f"{name}_answer_lost", _once("answer_lost", PLACE, who)),
        _of_symbol(f"{name}_never_arrives", _once("request_lost", PLACE, who)),
        _of_symbol(f"{name}_503_executed", _once("server_error", PLACE, who, executed=True)),
        _of_symbol(f"{name}_503_not_executed", _once("server_error", PLACE, who, kind="not_executed")),
        _of_symbol(f"{name}_answer_late", _once("late_answer", PLACE, who, ms=3000)),
    )


FAULTS: Mapping[str, Fault] = {
    fault.name: fault
    for fault in (
        Fault(name="none"),
        _of_symbol("entry_answer_lost", _once("answer_lost", PLACE, ENTRY)),
        _of_symbol("entry_never_arrives", _once("request_lost", PLACE, ENTRY)),
        _of_symbol("entry_503_executed", _once("server_error", PLACE, ENTRY, kind="unknown", executed=True)),
        _of_symbol("entry_503_not_executed", _once("server_error", PLACE, ENTRY, kind="not_executed")),
        _of_symbol("entry_timeout_executed", _once("server_error", PLACE, ENTRY, kind="timeout", executed=True)),
        _of_symbol("entry_answer_late", _once("late_answer", PLACE, ENTRY, ms=3000)),
        _of_symbol("entry_arrives_late", _once("late_answer", PLACE, ENTRY, ms=2500, before=True)),
        _of_symbol("events_before_answer", {"fault": "events_before_answer", "ms": 400, "count": 4}),
        _of_symbol("stop_refused_twice", {"fault": "stop_refused", "count": 2}),
        _of_symbol("stop_refused", {"fault": "stop_refused"}),
        _of_symbol("stop_answer_lost", _once("answer_lost", PLACE_ALGO, STOP)),
        _of_symbol("stop_never_arrives", _once("request_lost", PLACE_ALGO, STOP)),
        _of_symbol("stop_503_executed", _once("server_error", PLACE_ALGO, STOP, executed=True)),
        _of_symbol("stop_503_not_executed", _once("server_error", PLACE_ALGO, STOP)),
        _of_symbol("stop_answer_late", _once("late_answer", PLACE_ALGO, STOP, ms=3000)),
        _of_symbol("stop_arrives_late", _once("late_answer", PLACE_ALGO, STOP, ms=2500, before=True)),
        _of_symbol("base_stop_stuck", _once("late_answer", PLACE_ALGO, STOP, ms=7000, before=True)),
        _of_symbol("target_stuck", _once("late_answer", PLACE_ALGO, TARGET, ms=7000, before=True)),
        _of_symbol("target_answer_lost", _once("answer_lost", PLACE_ALGO, TARGET)),
        _of_symbol("stop_vanishes", {"fault": "stop_vanishes", "later_market_s": 1, "count": 1}),
        _of_symbol("stop_vanishes_told", {"fault": "stop_vanishes", "later_market_s": 1, "count": 1, "event": True}),
        _of_symbol("close_answer_lost", _once("answer_lost", PLACE, CLOSE)),
        _of_symbol("close_never_arrives", _once("request_lost", PLACE, CLOSE)),
        _of_symbol("close_503_executed", _once("server_error", PLACE, CLOSE, executed=True)),
        _of_symbol("close_refused", _once("error_code", PLACE, CLOSE, code=-2022)),
        _of_symbol("close_answer_late", _once("late_answer", PLACE, CLOSE, ms=3000)),
        _of_symbol("cancel_answer_lost", {"fault": "answer_lost", "request": [CANCEL, CANCEL_ALGO], "count": 2}),
        _of_symbol("stop_child_rejected", {"fault": "stop_child_rejected", "count": 1}),
        _of_symbol("stop_child_expired", {"fault": "stop_child_expired", "count": 1}),
        _of_symbol("stop_child_partly_filled", {"fault": "stop_child_partly_filled", "count": 1}),
        _of_symbol("fills_split", {"fault": "fills_split", "pieces": 3}),
        _of_symbol("fills_doubled", {"fault": "fills_doubled"}),
        _of_symbol("fills_reordered", {"fault": "fills_reordered", "hold_ms": 1500}),
        _of_symbol("fills_rest_only", {"fault": "fills_rest_only"}),
        _of_symbol("order_events_lost", {"fault": "event_gap", "events": "ORDER_TRADE_UPDATE"}),
        _of_symbol("algo_events_lost", {"fault": "event_gap", "events": "ALGO_UPDATE"}),
        _of_symbol("all_events_lost", {"fault": "event_gap"}),
        _of_symbol(
            "trades_unreadable",
            {"fault": "server_error", "request": "GET /fapi/v1/userTrades", "kind": "not_executed", "count": 4},
        ),
        _of_symbol(
            "orders_unreadable",
            {
                "fault": "server_error",
                "request": ["GET /fapi/v1/order", "GET /fapi/v1/algoOrder"],
                "kind": "internal",
                "count": 4,
            },
        ),
        *_of_change("add", ADD),
        *_of_change("reduce", REDUCE),
        _of_symbol("add_arrives_late", _once("late_answer", PLACE, ADD, ms=2500, before=True)),
        _of_symbol("second_entry_answer_lost", _once("answer_lost", PLACE, ENTRY, after=1)),
        _of_symbol("second_entry_never_arrives", _once("request_lost", PLACE, ENTRY, after=1)),
        _of_symbol("second_entry_503_executed", _once("server_error", PLACE, ENTRY, executed=True, after=1)),
        _of_symbol("second_add_answer_lost", _once("answer_lost", PLACE, ADD, after=1)),
        _of_symbol("second_add_never_arrives", _once("request_lost", PLACE, ADD, after=1)),
        _of_symbol("second_reduce_answer_lost", _once("answer_lost", PLACE, REDUCE, after=1)),
        _of_symbol("gap_over_stop", {"fault": "price_gap", "percent": "{6 against}", "in_s": 2}, window=2.0),
        _of_symbol("reduce_refused", _once("error_code", PLACE, REDUCE, code=-2022)),
        _of_symbol("inner_answer_lost", _once("answer_lost", PLACE_ALGO, INNER)),
        _of_symbol("inner_never_arrives", _once("request_lost", PLACE_ALGO, INNER)),
        _of_symbol("halted", {"fault": "symbol_halted", "for_s": 4}, window=4.0),
        _of_desk("stream_silent", {"fault": "stream_silent", "for_s": 6}, window=6.0),
        _of_desk("stream_disconnect", {"fault": "stream_disconnect", "count": 1}),
        _of_desk("listen_key_expired", {"fault": "listen_key_expired", "count": 1}),
        _of_desk("rate_limited", {"fault": "rate_limited", "retry_after_s": 3, "for_s": 3}, window=3.0, outage=3.0),
        _of_desk("key_revoked", {"fault": "key_revoked", "for_s": 4}, window=4.0, outage=4.0),
        _of_desk("clock_drift", {"fault": "clock_drift", "offset_ms": 3000, "for_s": 6}, window=6.0),
        _of_desk("database_locked", window=3.0, locks=3.0),
        _of_desk("database_away", window=9.0, locks=9.0),
    )
}


def specs_for(fault: Fault, symbol: str, *, is_short: bool = True) -> list[dict[str, Any]]:
    """The fault's specs with the case's contract and direction filled in."""
    words = {"{symbol}": symbol, "{6 against}": "6" if is_short else "-6"}
    return [
        {name: words.get(value, value) if isinstance(value, str) else value for name, value in spec.items()}
        for spec in fault.specs
    ]
