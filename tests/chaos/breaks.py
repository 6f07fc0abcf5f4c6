"""Guards broken on purpose: each is one named function of the desk, and the rounds that must turn red without it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.patching import Function


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """``target`` is ``module:function``; ``rounds`` are names of the matrix.

    ``also`` are further places where the same guard stands.
    """

    name: str
    target: str
    without: str
    wrap: Callable[[Function], Function]
    rounds: tuple[str, ...]
    also: Mapping[str, Callable[[Function], Function]] = field(default_factory=dict)


def _always(answer: object) -> Callable[[Function], Function]:
    return lambda original: lambda *args, **details: answer


def _unclaimed(original: Function) -> Function:
    """The row is not taken by a conditional update: whoever comes by sends it."""
    return lambda order, venue: True


def _born_unclaimed(original: Function) -> Function:
    """The first legs are committed for anybody to send, and sent all the same."""

    def leg(*args: Any, **details: Any) -> Any:
        from trading.core.states import OrderStatus
        from trading.models import Order

        made = original(*args, **details)
        made.status = OrderStatus.PENDING
        Order.objects.filter(pk=made.pk).update(status=made.status)
        return made

    return leg


def _sent_again(original: Function) -> Function:
    """An unknown outcome is sent again instead of being asked for."""

    def unknown(order: Any, venue: Any, *, reason: str) -> None:
        from trading.core.states import OrderStatus
        from trading.services.advance import advance

        advance(order, OrderStatus.PENDING, reason=reason)

    return unknown


def _target_first(original: Function) -> Function:
    """The take-profit is placed before the stop."""

    def opened(*args: Any) -> Any:
        exits = original(*args)
        if exits is None or exits.take_profit is None:
            return exits
        return exits._replace(stop=exits.take_profit, take_profit=exits.stop)

    return opened


def _not_close_only(original: Function) -> Function:
    """Conditional orders lose the flag that keeps them from opening."""

    def request(order: Any) -> Any:
        from dataclasses import replace

        made = original(order)
        return replace(made, close_position=False, reduce_only=False, quantity=order.position.quantity)

    return request


def _every_trade_new(original: Function) -> Function:
    """A trade that was taken in before is taken in once more."""

    def record(trade: Any, **details: Any) -> bool:
        from dataclasses import replace

        from trading.models import Fill

        known = Fill.objects.filter(symbol=trade.symbol, trade_id=trade.trade_id).exists()
        return bool(original(replace(trade, trade_id=-trade.trade_id) if known else trade, **details))

    return record


BREAKS: Mapping[str, Break] = {
    each.name: each
    for each in (
        Break(
            name="claim",
            target="trading.services.submit:_claim",
            without="the conditional update by which one process alone sends a row",
            wrap=_unclaimed,
            rounds=("stuck_target/none/one-way",),
            also={"trading.services.intents:first_leg": _born_unclaimed},
        ),
        Break(
            name="ask_not_resend",
            target="trading.services.submit:_unknown",
            without="asking for an unknown outcome instead of sending again",
            wrap=_sent_again,
            rounds=("lost/none/one-way",),
        ),
        Break(
            name="resolve",
            target="trading.services.submit:resolve",
            without="finding out what became of an order whose sender died",
            wrap=_always(None),
            rounds=("lost/anyone_after_answer/one-way",),
        ),
        Break(
            name="stop_first",
            target="trading.services.first_exits:_open",
            without="the stop before the take-profit",
            wrap=_target_first,
            rounds=("plain/none/one-way",),
        ),
        Break(
            name="close_only",
            target="trading.services.submit:algo_request",
            without="the close-only flag of conditional orders",
            wrap=_not_close_only,
            rounds=("stuck_target/none/one-way",),
        ),
        Break(
            name="inner_stop",
            target="trading.services.stop_move:_inner_stands",
            without="the inner stop that stands while the base is moved",
            wrap=_always(True),
            rounds=("stuck_stop/none/one-way",),
        ),
        Break(
            name="flatten",
            target="trading.services.climbing:flatten",
            without="closing at market when no stop can be placed",
            wrap=_always(None),
            rounds=("refusals/none/one-way",),
        ),
        Break(
            name="last_resort",
            target="trading.intake:Intake.resort",
            without="protecting while the database takes nothing",
            wrap=_always(None),
            rounds=("desk:database_away/none/one-way",),
        ),
        Break(
            name="check",
            target="trading.services.reconcile:_reconcile_orders",
            without="asking for orders that the exchange no longer lists",
            wrap=_always(None),
            rounds=("stops/none/one-way",),
        ),
        Break(
            name="trade_ids",
            target="trading.services.fills:record_trade",
            without="taking in each trade id once",
            wrap=_every_trade_new,
            rounds=("fills/none/one-way",),
        ),
        Break(
            name="missing_trades",
            target="trading.services.trade_sync:sync_trades",
            without="reading the trades that no event told of",
            wrap=_always(0),
            rounds=("fills/none/one-way",),
        ),
        Break(
            name="cancel",
            target="trading.services.cancelling:_ask_to_cancel",
            without="asking the exchange to cancel",
            wrap=_always(None),
            rounds=("calm/none/one-way",),
        ),
        Break(
            name="unfilled",
            target="trading.services.unfilled_entry:end_if_unfilled",
            without="ending a position whose entry filled nothing",
            wrap=_always(False),
            rounds=("calm/none/one-way",),
        ),
    )
}
