"""``close``: commit the wish to close, then read the row until the desk has carried it out."""

from argparse import Namespace
from typing import Any

from desk.venue import clock
from duolive.cli.desk import require_desk
from duolive.cli.outcome import CommandError
from duolive.cli.output import Output
from duolive.cli.waiting import wait_for
from trading.core.states import ExitReason, PositionStatus
from trading.models import Position
from trading.selectors import open_positions
from trading.services.exit_requests import request_close

AUTHOR = "cli"


def close(options: Namespace, output: Output) -> None:
    """Close the open position on a symbol; with --wait say what came of it."""
    require_desk()
    wanted = positions_on(options.symbol)
    for position in wanted:
        if not request_close(position, reason=ExitReason.MANUAL, author=AUTHOR, now=clock().now()):
            output.note(f"{position.symbol}: was already closing.")
    if options.wait:
        with output.waiting(f"waiting until {options.symbol} is closed"):
            _wait(wanted, timeout=float(options.timeout))
    _report(wanted, output=output)


def positions_on(symbol: str) -> list[Position]:
    """Open positions on ``symbol``, one per account. Raises CommandError, naming those that are open."""
    held = list(open_positions())
    wanted = [position for position in held if position.symbol == symbol]
    if not wanted:
        names = ", ".join(sorted({position.symbol for position in held}))
        raise CommandError(f"{symbol}: no open position. " + (f"Open are: {names}." if names else "None is open."))
    return wanted


def _wait(wanted: list[Position], *, timeout: float) -> None:
    """Read the rows anew until each is closed. Raises CommandError after ``timeout`` wall seconds."""

    def are_closed() -> bool:
        for position in wanted:
            position.refresh_from_db()
        return all(position.is_over for position in wanted)

    if not wait_for(are_closed, seconds=timeout):
        raise CommandError(
            f"{wanted[0].symbol}: not closed within {timeout:g} s. The desk goes on trying; "
            "'python -m duolive status' tells whether it runs."
        )


def _report(wanted: list[Position], *, output: Output) -> None:
    output.result({"positions": [_facts(position) for position in wanted]})
    for position in wanted:
        output.line(f"{position.symbol}: {_sentence(position)}")


def _facts(position: Position) -> dict[str, Any]:
    return {
        "id": position.pk,
        "symbol": position.symbol,
        "status": position.status,
        "exit_reason": position.exit_reason,
        "quantity": position.entered_quantity,
        "entry_price": position.entry_price,
        "exit_price": position.exit_price,
        "result": position.realized_pnl - position.commission if position.is_over else None,
    }


def _sentence(position: Position) -> str:
    if position.status != PositionStatus.CLOSED:
        return "asked to close at market; the desk carries it out."
    if not position.entered_quantity:
        return "the entry was cancelled before anything was filled."
    result = position.realized_pnl - position.commission
    reason = ExitReason(position.exit_reason).label
    price = "" if position.exit_price is None else f" at {position.exit_price:f}"
    return f"closed ({reason}), {position.entered_quantity:f}{price}, result {result:f} USDT after commission."
