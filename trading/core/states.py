"""States of orders and positions, and the only ways between them."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from exchange.types import VenueStatus


class OrderStatus(TextChoices):
    """PENDING is committed and not yet sent; SUBMITTING claimed for sending; UNKNOWN sent with no answer."""

    PENDING = "PENDING", _("pending")
    SUBMITTING = "SUBMITTING", _("being sent")
    UNKNOWN = "UNKNOWN", _("outcome unknown")
    NEW = "NEW", _("working")
    PARTIALLY_FILLED = "PARTIALLY_FILLED", _("partly filled")
    TRIGGERING = "TRIGGERING", _("triggering")
    TRIGGERED = "TRIGGERED", _("triggered")
    FILLED = "FILLED", _("filled")
    FINISHED = "FINISHED", _("finished")
    CANCELED = "CANCELED", _("cancelled")
    EXPIRED = "EXPIRED", _("expired")
    REJECTED = "REJECTED", _("refused")


S = OrderStatus

UNSENT = frozenset({S.PENDING, S.SUBMITTING})
UNRESOLVED = frozenset({S.SUBMITTING, S.UNKNOWN})
UNCONFIRMED = UNSENT | UNRESOLVED
WORKING = frozenset({S.NEW, S.PARTIALLY_FILLED})
FIRING = frozenset({S.TRIGGERING, S.TRIGGERED})
AT_VENUE = WORKING | FIRING
LIVE = UNSENT | {S.UNKNOWN} | AT_VENUE
FINAL = frozenset({S.FILLED, S.FINISHED, S.CANCELED, S.EXPIRED, S.REJECTED})

_ENDS = frozenset({S.FILLED, S.CANCELED, S.EXPIRED})
_ALGO = frozenset({S.TRIGGERING, S.TRIGGERED, S.FINISHED})
_ANSWERS = frozenset({S.NEW, S.PARTIALLY_FILLED, S.REJECTED}) | _ENDS | _ALGO

NEXT: dict[OrderStatus, frozenset[OrderStatus]] = {
    S.PENDING: frozenset({S.SUBMITTING, S.CANCELED}),
    S.SUBMITTING: frozenset({S.PENDING, S.UNKNOWN}) | _ANSWERS,
    S.UNKNOWN: _ANSWERS,
    S.NEW: frozenset({S.PARTIALLY_FILLED, S.REJECTED}) | _ENDS | _ALGO,
    S.PARTIALLY_FILLED: _ENDS,
    S.TRIGGERING: frozenset({S.TRIGGERED, S.FINISHED, S.REJECTED, S.EXPIRED, S.CANCELED}),
    S.TRIGGERED: frozenset({S.FINISHED, S.REJECTED, S.EXPIRED, S.CANCELED}),
    S.FILLED: frozenset(),
    S.FINISHED: frozenset(),
    S.CANCELED: frozenset(),
    S.EXPIRED: frozenset(),
    S.REJECTED: _ANSWERS - {S.REJECTED},  # an order given up as never arrived may still appear
}


def is_transition(start: OrderStatus, end: OrderStatus) -> bool:
    return end in NEXT[start]


def from_venue(status: VenueStatus) -> OrderStatus:
    """Our word for a state the venue reports."""
    if status is VenueStatus.EXPIRED_IN_MATCH:
        return S.EXPIRED
    return OrderStatus(status.value)


class Book(TextChoices):
    """Which of the venue's two books an order stands in."""

    ORDINARY = "ordinary", _("ordinary")
    ALGO = "algo", _("conditional")


class Purpose(TextChoices):
    """Why an order exists."""

    ENTRY = "entry", _("entry")
    ADD = "add", _("add")
    REDUCE = "reduce", _("reduce")
    STOP = "stop", _("stop")
    INNER_STOP = "inner_stop", _("inner stop")
    TAKE_PROFIT = "take_profit", _("take-profit")
    CLOSE = "close", _("close")


ENTERING = frozenset({Purpose.ENTRY, Purpose.ADD})  # what opens quantity, and is sent once
SIZING = ENTERING | {Purpose.REDUCE}


class ChangeKind(TextChoices):
    """What is done to an open position on purpose; closing the whole is none of these."""

    ADD = "ADD", _("add")
    REDUCE = "REDUCE", _("reduce")
    ADJUST = "ADJUST", _("move its exits")


class ChangeStatus(TextChoices):
    """ASKED is written down; WORKING has been decided, its orders are at work or its exits being moved."""

    ASKED = "asked", _("asked for")
    WORKING = "working", _("working")
    DONE = "done", _("done")
    REFUSED = "refused", _("refused")
    FAILED = "failed", _("failed")


UNFINISHED_CHANGE = frozenset({ChangeStatus.ASKED, ChangeStatus.WORKING})


class PositionStatus(TextChoices):
    """A position is born PENDING with its entry intent and counts against the limits from then."""

    PENDING = "pending", _("entering")
    OPEN = "open", _("open")
    CLOSING = "closing", _("closing")
    CLOSED = "closed", _("closed")


class ExitReason(TextChoices):
    """Closed list of the ways a position ends."""

    TAKE_PROFIT = "take_profit", _("take-profit")
    STOP_LOSS = "stop_loss", _("stop-loss")
    TRAILING_STOP = "trailing_stop", _("trailing stop")
    TIME_LIMIT = "time_limit", _("time limit")
    STRATEGY_EXIT = "strategy_exit", _("strategy")
    AI_CLOSE = "ai_close", _("adviser")
    MANUAL = "manual", _("by hand")
    BREAKER_FLATTEN = "breaker_flatten", _("breaker")
    UNPROTECTED_FLATTEN = "unprotected_flatten", _("no stop could be placed")
    LIQUIDATION = "liquidation", _("liquidation")
    ADL = "adl", _("auto-deleveraging")
    DELISTED = "delisted", _("delisted")
    EXTERNAL = "external", _("closed outside the desk")
    RECONCILE = "reconcile", _("found closed")
    ENTRY_UNFILLED = "entry_unfilled", _("entry not filled")


EXIT_OF_PURPOSE = {
    Purpose.STOP: ExitReason.STOP_LOSS,
    Purpose.INNER_STOP: ExitReason.STOP_LOSS,
    Purpose.TAKE_PROFIT: ExitReason.TAKE_PROFIT,
}

_EXIT_OF_CLIENT_ID = {
    "autoclose-": ExitReason.LIQUIDATION,
    "adl_autoclose": ExitReason.ADL,
    "settlement_autoclose-": ExitReason.DELISTED,
}


def exit_of_client_id(client_order_id: str) -> ExitReason:
    """Why an order that is not ours closed a position: the venue marks its own forced orders by their client ids."""
    for beginning, reason in _EXIT_OF_CLIENT_ID.items():
        if client_order_id.startswith(beginning):
            return reason
    return ExitReason.EXTERNAL
