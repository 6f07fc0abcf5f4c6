"""Commands of the engine that set, time, count and remove faults: journaled like any other, so a restart knows them."""

from typing import Any

import orjson

from exchange.paper.core.parameters import Parameters
from exchange.paper.core.state import State
from exchange.paper.faults.disturbances import FaultDisturbances, faults_of
from exchange.paper.faults.market import DisturbedVenue, undisturbed
from exchange.paper.faults.reading import FaultError, read_spec
from exchange.paper.faults.specs import OnSymbol
from exchange.paper.faults.table import fault_row
from exchange.paper.faults.timing import window_of


def set_fault(state: State, parameters: Parameters) -> dict[str, Any]:
    """``spec`` (JSON) from now on, ``wall_ms`` being the Unix ms of now. Raises FaultError."""
    spec = read_spec(orjson.loads(parameters.mandatory("spec")))
    window = window_of(spec, market_ms=state.now_ms, wall_ms=parameters.mandatory_integer("wall_ms"))
    if isinstance(spec, OnSymbol):
        require_known(state, spec.symbol)
    found = _own(state)
    if isinstance(spec, OnSymbol) and not isinstance(state.venue, DisturbedVenue):
        state.venue = DisturbedVenue(state.venue, found.table)
    return fault_row(found.table.add(spec, window, market_ms=state.now_ms), state.now_ms)


def seed_faults(state: State, parameters: Parameters) -> dict[str, Any]:
    """``seed`` of all chances from now on."""
    seed = parameters.mandatory_integer("seed")
    _own(state).table.seed = seed
    return {"seed": seed}


def clear_faults(state: State, parameters: Parameters) -> dict[str, Any]:
    """Remove the fault of number ``id``, or all. Raises FaultError for a number that is not set."""
    found, number = faults_of(state), parameters.integer("id")
    if found is None:
        if number is not None:
            raise FaultError(f"no fault number {number}; set: none")
        return {"removed": []}
    removed = list(found.table.faults) if number is None else [found.table.get(number).number]
    for each in removed:
        found.table.remove(each, market_ms=state.now_ms)
        found.vanishings.forget(each)
    if not found.table.faults and not found.table.past:
        state.disturbances, state.venue = None, undisturbed(state.venue)
    return {"removed": removed}


def wake_fault(state: State, parameters: Parameters) -> dict[str, Any]:
    """The wall time at which fault ``id`` begins has come."""
    return _timed(state, parameters, is_over=False)


def end_fault(state: State, parameters: Parameters) -> dict[str, Any]:
    """The wall time at which fault ``id`` ends has come."""
    return _timed(state, parameters, is_over=True)


def meet_fault(state: State, parameters: Parameters) -> dict[str, Any]:
    """Something that fault ``id`` is about has come: ``strikes`` says whether it is spoiled."""
    table = _own(state).table
    return {"strikes": table.strikes(table.get(parameters.mandatory_integer("id")))}


def _timed(state: State, parameters: Parameters, *, is_over: bool) -> dict[str, Any]:
    table, number = _own(state).table, parameters.mandatory_integer("id")
    if is_over:
        table.end(number, market_ms=state.now_ms)
    else:
        table.wake(number, market_ms=state.now_ms)
    return fault_row(table.get(number), state.now_ms)


def _own(state: State) -> FaultDisturbances:
    """The faults of the exchange, made when there were none."""
    found = faults_of(state)
    if found is None:
        found = FaultDisturbances()
        state.disturbances = found
    return found


def require_known(state: State, symbol: str) -> None:
    """Raises FaultError for a symbol that was never listed."""
    try:
        state.venue.symbol_info(symbol, state.now_ms)
    except KeyError:
        raise FaultError(f"no symbol {symbol}") from None
