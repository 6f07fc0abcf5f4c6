"""Faults over the control interface: add one or many, see how often each struck, remove one or all."""

import time
from collections.abc import Mapping
from typing import Any, Protocol

from exchange.paper.core.state import State
from exchange.paper.faults.commands import require_known
from exchange.paper.faults.disturbances import faults_of
from exchange.paper.faults.reading import FaultError, Plan, read_plan, written
from exchange.paper.faults.specs import AboutOrders, OnSymbol

NS_PER_MS = 1_000_000


class Controlled(Protocol):
    """The running exchange."""

    @property
    def state(self) -> State: ...

    def execute(self, name: str, api_key: str, values: Mapping[str, str]) -> dict[str, Any]: ...


def list_faults(host: Controlled) -> dict[str, Any]:
    """The seed, and each fault with ``met``, ``struck`` and whether it is ``active``."""
    found = faults_of(host.state)
    if found is None:
        return {"seed": 0, "faults": []}
    return {"seed": found.table.seed, "faults": found.table.rows(host.state.now_ms)}


def add_faults(host: Controlled, text: str | bytes) -> dict[str, Any]:
    """Set what ``text`` (JSON) asks for: all of it, or nothing and FaultError."""
    plan = read_plan(text)
    _require_symbols(host.state, plan)
    if plan.seed is not None:
        host.execute("seed_faults", "", {"seed": str(plan.seed)})
    for spec in plan.specs:
        wall_ms = str(time.time_ns() // NS_PER_MS)
        host.execute("set_fault", "", {"spec": written(spec), "wall_ms": wall_ms})
    return list_faults(host)


def clear_faults(host: Controlled, number: str | None) -> dict[str, Any]:
    """Remove the fault of this number, or all of them. Raises FaultError."""
    if number is not None and not (number.isascii() and number.isdigit()):
        raise FaultError(f"id is the number of a fault, not {number!r}")
    host.execute("clear_faults", "", {} if number is None else {"id": number})
    return list_faults(host)


def _require_symbols(state: State, plan: Plan) -> None:
    for spec in plan.specs:
        if isinstance(spec, OnSymbol | AboutOrders) and spec.symbol is not None:
            require_known(state, spec.symbol)
