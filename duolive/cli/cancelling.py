"""``cancel``, ``cancel-all`` and ``cancel-rest``: working entries, and what of an entry or add has not been sent.

What protects a position is never cancelled, only moved.
"""

from argparse import Namespace
from collections.abc import Sequence

from django.db.models import Q

from desk.venue import clock
from duolive.cli.closing import positions_on
from duolive.cli.desk import require_desk
from duolive.cli.outcome import CommandError
from duolive.cli.output import Output, shown
from duolive.cli.waiting import wait_for
from exchange.rules import plain
from trading.core.states import LIVE, OrderStatus, Purpose
from trading.models import Execution, Order
from trading.selectors import orders
from trading.services.calling_off import NothingToCallOff, call_off_rest
from trading.services.executions import executed_of
from trading.services.manual_changes import request_entry_cancel

AUTHOR = "cli"
INSTEAD = {
    Purpose.ADD: "it adds to the position and ends by itself; 'cancel-rest {symbol}' sends no more of it",
    Purpose.REDUCE: "it closes a part of the position and ends by itself",
    Purpose.STOP: "it protects the position: move it with 'sl {symbol} PRICE', or end it all with 'close {symbol}'",
    Purpose.INNER_STOP: "it protects the position while its stop is moved, and goes by itself",
    Purpose.TAKE_PROFIT: "move it with 'tp {symbol} PRICE', or end it all with 'close {symbol}'",
    Purpose.CLOSE: "it closes the position and cannot be called back",
}


def cancel(options: Namespace, output: Output) -> None:
    """Cancel the working entry of a symbol, or the one with an id."""
    require_desk()
    entries = _entries(options.symbol) if options.id is None else [_by_id(options.symbol, options.id)]
    _cancel(entries, options, output)


def cancel_all(options: Namespace, output: Output) -> None:
    require_desk()
    _cancel(_entries(options.symbol), options, output)


def cancel_rest(options: Namespace, output: Output) -> None:
    """Send no more of the entry or add that goes out in several orders; what has filled stays."""
    require_desk()
    position = positions_on(options.symbol)[0]
    try:
        plan = call_off_rest(position, author=AUTHOR, now=clock().now())
    except NothingToCallOff as error:
        raise CommandError(f"{options.symbol}: nothing is left to be sent.") from error
    if options.wait:
        with output.waiting(f"waiting until the rest on {options.symbol} is gone"):
            _wait_for_end(plan, seconds=float(options.timeout))
    filled = executed_of(plan)
    facts = {"symbol": options.symbol, "purpose": plan.purpose, "ending": plan.ending, "executed_quantity": filled}
    output.result(facts)
    outcome = f"{shown(filled)} of {shown(plan.quantity)} filled, and stays." if plan.ended_at else "asked for."
    output.line(f"{options.symbol}: no further order leaves; {outcome}")


def _wait_for_end(plan: Execution, *, seconds: float) -> None:
    def is_over() -> bool:
        plan.refresh_from_db()
        return plan.ended_at is not None

    if not wait_for(is_over, seconds=seconds):
        raise CommandError(
            f"{plan.position.symbol}: an order of it still works after {seconds:g} s. The desk goes on trying."
        )


def _entries(symbol: str) -> list[Order]:
    """Working entries of ``symbol``. Raises CommandError, naming what works elsewhere."""
    working = orders().filter(purpose=Purpose.ENTRY, status__in=LIVE)
    found = list(working.filter(symbol=symbol))
    if not found:
        names = ", ".join(sorted(working.values_list("symbol", flat=True)))
        raise CommandError(
            f"{symbol}: no entry is working. " + (f"Working are: {names}." if names else "None is working.")
        )
    return found


def _by_id(symbol: str, text: str) -> Order:
    """The working entry called ``text``. Raises CommandError for any other order, saying what to do instead."""
    named = Q(client_order_id=text) | Q(venue_order_id=int(text)) if _is_number(text) else Q(client_order_id=text)
    order = orders().filter(named, symbol=symbol, parent__isnull=True).first()
    if order is None:
        raise CommandError(f"{symbol}: no order of ours is called {text}. 'orders {symbol} --all' lists them.")
    if order.purpose != Purpose.ENTRY:
        instead = INSTEAD[Purpose(order.purpose)].format(symbol=symbol)
        raise CommandError(f"{symbol}: {text} is the {Purpose(order.purpose).label}: {instead}.", purpose=order.purpose)
    if order.is_final:
        raise CommandError(f"{symbol}: {text} is {OrderStatus(order.status).label} already.", status=order.status)
    return order


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 19


def _cancel(entries: Sequence[Order], options: Namespace, output: Output) -> None:
    for entry in entries:
        request_entry_cancel(entry.position, author=AUTHOR, now=clock().now())
    if options.wait:
        with output.waiting(f"waiting until the entry on {options.symbol} is gone"):
            _wait(entries, seconds=float(options.timeout))
    rows = [_facts(entry) for entry in entries]
    output.result({"cancelled": rows})
    for entry in entries:
        output.line(f"{entry.symbol}: {_outcome(entry)}")


def _wait(entries: Sequence[Order], *, seconds: float) -> None:
    def are_over() -> bool:
        for entry in entries:
            entry.refresh_from_db()
        return all(entry.is_final for entry in entries)

    if not wait_for(are_over, seconds=seconds):
        raise CommandError(f"{entries[0].symbol}: the entry still works after {seconds:g} s. The desk goes on trying.")


def _outcome(entry: Order) -> str:
    if not entry.is_final:
        return "asked; the desk cancels the entry."
    if entry.executed_quantity:
        return f"entry {OrderStatus(entry.status).label}; {plain(entry.executed_quantity)} was filled and stays."
    return f"entry {OrderStatus(entry.status).label}, nothing was filled."


def _facts(entry: Order) -> dict[str, object]:
    return {
        "client_order_id": entry.client_order_id,
        "symbol": entry.symbol,
        "status": entry.status,
        "executed_quantity": entry.executed_quantity,
    }
