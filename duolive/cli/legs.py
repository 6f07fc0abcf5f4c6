"""``tp`` and ``sl``: where a position's take-profit and stop shall stand."""

from argparse import Namespace
from collections.abc import Callable
from decimal import Decimal

from desk.venue import clock, market_data
from duolive.cli.closing import positions_on
from duolive.cli.desk import require_desk
from duolive.cli.outcome import CommandError
from duolive.cli.output import Output, shown
from duolive.cli.waiting import wait_for
from exchange.types import SymbolRules
from trading.core.states import AT_VENUE
from trading.models import Order, Position
from trading.selectors import Protection, protection_of
from trading.services.manual_changes import ExitRefused, request_stop, request_take_profit
from trading.venue import ContractRules

AUTHOR = "cli"

Leg = Callable[[Protection], Order | None]
Change = Callable[..., Decimal]


def tp(options: Namespace, output: Output) -> None:
    _move(options, request_take_profit, leg=lambda known: known.take_profit, name="take-profit", output=output)


def sl(options: Namespace, output: Output) -> None:
    _move(options, request_stop, leg=lambda known: known.stop, name="stop", output=output)


def _move(options: Namespace, change: Change, *, leg: Leg, name: str, output: Output) -> None:
    require_desk()
    position = positions_on(options.symbol)[0]
    rules = ContractRules(market_data())(options.symbol)
    trigger = _wanted(change, position, options.price, rules)
    if options.wait:
        with output.waiting(f"waiting until the {name} stands at {shown(trigger)}"):
            _wait(position, trigger, leg, name=name, seconds=float(options.timeout), tick=rules.tick_size)
    output.result({"symbol": position.symbol, "leg": name, "price": trigger, "stands": bool(options.wait)})
    done = "stands at" if options.wait else "asked for at"
    output.line(f"{position.symbol}: {name} {done} {shown(trigger)}.")


def _wanted(change: Change, position: Position, price: Decimal, rules: SymbolRules) -> Decimal:
    try:
        return change(position, price=price, rules=rules, author=AUTHOR, now=clock().now())
    except ExitRefused as error:
        raise CommandError(f"{position.symbol}: {error}") from error


def _wait(position: Position, trigger: Decimal, leg: Leg, *, name: str, seconds: float, tick: Decimal) -> None:
    """Until the leg stands, at most a tick away: a take-profit is kept as a share of the entry price."""

    def stands() -> bool:
        position.refresh_from_db()
        if position.is_over:
            raise CommandError(f"{position.symbol}: is closed by now ({position.exit_reason}).")
        order = leg(protection_of(position))
        return (
            order is not None
            and order.status in AT_VENUE
            and order.trigger_price is not None
            and abs(order.trigger_price - trigger) <= tick
        )

    if not wait_for(stands, seconds=seconds):
        raise CommandError(
            f"{position.symbol}: the {name} does not stand there after {seconds:g} s. The desk goes on trying; "
            "'positions' shows what protects it meanwhile."
        )
