"""``add`` and ``reduce``: an open position made larger or smaller by a share of what is open."""

import uuid
from argparse import Namespace

from desk.narration import refusal
from desk.venue import clock
from duolive.cli.closing import positions_on
from duolive.cli.desk import require_desk
from duolive.cli.outcome import CommandError
from duolive.cli.output import Output, shown
from duolive.cli.waiting import wait_for
from signals.strategies.execution import ExecutionStyle
from trading.core.states import UNFINISHED_CHANGE, ChangeKind, ChangeStatus
from trading.models import PositionChange
from trading.services.position_changes import WantedChange, request_change

AUTHOR = "cli"


def add(options: Namespace, output: Output) -> None:
    _resize(options, ChangeKind.ADD, output=output)


def reduce(options: Namespace, output: Output) -> None:
    _resize(options, ChangeKind.REDUCE, output=output)


def _resize(options: Namespace, kind: ChangeKind, *, output: Output) -> None:
    require_desk()
    position = positions_on(options.symbol)[0]
    wanted = WantedChange(
        kind=kind,
        key=uuid.uuid4().hex,
        author=AUTHOR,
        reason=options.reason,
        share_pct=options.share,
        style=ExecutionStyle(options.style) if options.style else None,
    )
    change = request_change(position, wanted, now=clock().now())
    if options.wait:
        with output.waiting(f"waiting until the change of {position.symbol} is through"):
            wait_for(lambda: _is_over(change), seconds=float(options.timeout))
    _raise_if_refused(change)
    output.result(
        {"symbol": position.symbol, "kind": change.kind, "status": change.status, "quantity": change.quantity}
    )
    if change.quantity is None:
        output.line(f"{position.symbol}: asked; the desk carries it out.")
    else:
        output.line(f"{position.symbol}: {kind.label} of {shown(change.quantity)} is done.")


def _is_over(change: PositionChange) -> bool:
    change.refresh_from_db()
    return change.status not in UNFINISHED_CHANGE


def _raise_if_refused(change: PositionChange) -> None:
    if change.status in (ChangeStatus.REFUSED, ChangeStatus.FAILED):
        why = refusal(code=change.refusal_code, reason=change.refusal)
        raise CommandError(f"{change.position.symbol}: {why}.", refusal_code=change.refusal_code)
