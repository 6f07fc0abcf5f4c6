"""What the next step of sending a quantity is, by its style and what became of the orders so far. Pure.

Nothing is remembered but the orders: the same question after a restart has the same answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from exchange.rules import floor_to_step
from signals.strategies.execution import ExecutionStyle


@dataclass(frozen=True, slots=True, kw_only=True)
class StylePlan:
    """One quantity and how it is to be sent. ``least`` is what the venue takes at the least, in base asset.

    ``most`` is what it takes in one order at market; 0 is no bound. ``span`` is the time of all slices, or after which
    a limit gives way to the market; times are market time.
    """

    style: ExecutionStyle
    quantity: Decimal
    step: Decimal
    least: Decimal
    started_at: datetime
    deadline: datetime
    span: timedelta
    slices: int = 1
    most: Decimal = Decimal(0)

    def target(self, number: int) -> Decimal:
        """What is to have been sent once slice ``number`` (from 1) is through; the last takes what rounding left."""
        if number >= self.slices:
            return self.quantity
        return floor_to_step(self.quantity * number / self.slices, self.step)

    def slice_at(self, moment: datetime) -> int:
        """Number of the slice whose time ``moment`` is."""
        passed = max(moment - self.started_at, timedelta(0))
        return min(int(passed * self.slices / self.span) + 1, self.slices)


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One order of the plan. ``is_lost``: given up without the venue's word, so that it may fill after all."""

    quantity: Decimal
    executed: Decimal
    is_final: bool
    created_at: datetime
    is_refused: bool = False
    is_lost: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether all of it was filled, so that the market takes more."""
        return self.is_final and not self.is_lost and self.executed >= self.quantity

    @property
    def counted(self) -> Decimal:
        """What no other order may send again."""
        return self.executed if self.is_final and not self.is_lost else self.quantity


class Form(StrEnum):
    """How an order is sent: BOUNDED is a limit at the worst price allowed whose rest is cancelled at once."""

    MARKET = "market"
    LIMIT = "limit"
    BOUNDED = "bounded"


class Ending(StrEnum):
    """Why a plan has ended; what was filled by then stays."""

    FILLED = "filled"
    SENT = "sent"
    EXPIRED = "expired"
    STOPPED = "stopped"
    CALLED_OFF = "called_off"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Send:
    form: Form
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Cancel:
    """The order at work is to be cancelled."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing to do at this time."""


@dataclass(frozen=True, slots=True)
class End:
    reason: Ending


Step = Send | Cancel | Wait | End


def next_step(plan: StylePlan, pieces: Sequence[Piece], *, now: datetime, is_stopped: bool) -> Step:
    """One step, decided from the pieces in the order of their sending; ``is_stopped`` allows no new one."""
    is_working = any(not piece.is_final for piece in pieces)
    is_late = now >= plan.deadline
    if is_stopped or is_late:
        return Cancel() if is_working else End(_ending(plan, pieces, Ending.STOPPED if is_stopped else Ending.EXPIRED))
    if is_working:
        return Cancel() if _gives_way(plan, pieces, now) else Wait()
    if pieces and pieces[-1].is_refused:
        return End(Ending.REFUSED)
    if _rest(plan, pieces) < plan.least:
        return End(_ending(plan, pieces, Ending.SENT))
    return _next_piece(plan, pieces, now)


def _next_piece(plan: StylePlan, pieces: Sequence[Piece], now: datetime) -> Step:
    rest = _rest(plan, pieces)
    match plan.style, len(pieces):
        case ExecutionStyle.TWAP, _:
            return _next_slice(plan, pieces, now)
        case ExecutionStyle.MARKET, _ if not pieces or pieces[-1].is_whole:
            return Send(Form.MARKET, min(rest, plan.most) if plan.most else rest)
        case ((ExecutionStyle.LIMIT | ExecutionStyle.LIMIT_THEN_MARKET), 0):
            return Send(Form.LIMIT, rest)
        case ExecutionStyle.LIMIT_THEN_MARKET, 1:
            return Send(Form.BOUNDED, rest)
        case _:
            return End(_ending(plan, pieces, Ending.SENT))


def _next_slice(plan: StylePlan, pieces: Sequence[Piece], now: datetime) -> Step:
    """One order in the time of each slice; it takes along what earlier ones left unfilled."""
    number = plan.slice_at(now)
    if pieces and plan.slice_at(pieces[-1].created_at) >= number:
        return End(_ending(plan, pieces, Ending.SENT)) if number == plan.slices else Wait()
    due = plan.target(number) - _counted(pieces)
    rest_after = _rest(plan, pieces) - due
    if 0 < rest_after < plan.least:  # nobody would take the last one alone
        due += rest_after
    return Send(Form.BOUNDED, due) if due >= plan.least else Wait()


def _gives_way(plan: StylePlan, pieces: Sequence[Piece], now: datetime) -> bool:
    is_first = plan.style is ExecutionStyle.LIMIT_THEN_MARKET and len(pieces) == 1
    return is_first and now >= plan.started_at + plan.span


def _counted(pieces: Sequence[Piece]) -> Decimal:
    return sum((piece.counted for piece in pieces), Decimal(0))


def _rest(plan: StylePlan, pieces: Sequence[Piece]) -> Decimal:
    return plan.quantity - _counted(pieces)


def _ending(plan: StylePlan, pieces: Sequence[Piece], otherwise: Ending) -> Ending:
    executed = sum((piece.executed for piece in pieces), Decimal(0))
    return Ending.FILLED if executed >= plan.quantity else otherwise


def affordable_slices(*, wanted: int, quantity: Decimal, least: Decimal) -> int:
    """The number of slices, lowered until each is at least what the venue takes."""
    return max(1, min(wanted, int(quantity / least))) if least > 0 else wanted
