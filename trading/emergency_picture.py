"""What the process last knew of its positions, and what an event says is open: all that is left without a database."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from desk.models import Account
from exchange.types import AlgoUpdate, OrderUpdate, PositionSide, Side, UserEvent, VenueStatus
from trading.core.client_ids import ClientOrderId, parse
from trading.core.emergency_ids import CauseKind
from trading.core.states import ENTERING, Purpose
from trading.models import Position
from trading.services.tending import unfinished

ENDED = frozenset({VenueStatus.CANCELED, VenueStatus.EXPIRED, VenueStatus.REJECTED})
STOPS = frozenset({Purpose.STOP.value, Purpose.INNER_STOP.value})


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """One unfinished position. ``quantity`` open in base asset, ``stop_price`` in USDT."""

    symbol: str
    direction: PositionSide
    position_side: PositionSide
    quantity: Decimal
    stop_price: Decimal
    is_shared: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """Something open that needs a stop. ``position_side`` is BOTH in one-way mode; ``number`` is the venue's."""

    symbol: str
    position_id: int
    direction: PositionSide
    position_side: PositionSide
    quantity: Decimal  # base asset, of ours
    reference_price: Decimal  # USDT; a stop is reckoned from it where none is known
    cause: CauseKind
    number: int


class Picture:
    """Positions by their id, refreshed while the database answers."""

    def __init__(self) -> None:
        self._known: Mapping[int, Known] = {}

    def refresh(self, account: Account) -> None:
        """Raises django.db.Error; what was known stays."""
        self._known = {position.pk: _known(position) for position in unfinished(account)}

    def note(self, position: Position) -> None:
        self._known = {**self._known, position.pk: _known(position)}

    def get(self, position_id: int) -> Known | None:
        return self._known.get(position_id)


def _known(position: Position) -> Known:
    return Known(
        symbol=position.symbol,
        direction=position.side,
        position_side=position.position_side,
        quantity=position.quantity,
        stop_price=position.stop_price,
        is_shared=position.is_shared,
    )


def exposure_of(event: UserEvent, *, nonce: str, picture: Picture) -> Exposure | None:
    """What ``event`` leaves without a stop unless somebody places one: a filled entry of ours, a stop that ended."""
    if isinstance(event, OrderUpdate):
        return _of_fill(event, nonce=nonce, picture=picture)
    if isinstance(event, AlgoUpdate):
        return _of_ended_stop(event, nonce=nonce, picture=picture)
    return None


def _ours(client_order_id: str, *, nonce: str) -> ClientOrderId | None:
    parts = parse(client_order_id)
    return parts if parts is not None and parts.nonce == nonce else None


def _of_fill(event: OrderUpdate, *, nonce: str, picture: Picture) -> Exposure | None:
    """A later slice or an add leaves open what was open before it too: at most that and its own fills."""
    order, trade = event.order, event.trade
    parts = _ours(order.client_order_id, nonce=nonce)
    if trade is None or parts is None or parts.purpose not in ENTERING:
        return None
    known = None if parts.is_first_entry else picture.get(parts.position_id)
    return Exposure(
        symbol=order.symbol,
        position_id=parts.position_id,
        direction=PositionSide.LONG if order.side is Side.BUY else PositionSide.SHORT,
        position_side=order.position_side,
        quantity=order.executed_quantity + (known.quantity if known else Decimal(0)),
        reference_price=order.price or trade.price,
        cause=CauseKind.TRADE,
        number=trade.trade_id,
    )


def _of_ended_stop(event: AlgoUpdate, *, nonce: str, picture: Picture) -> Exposure | None:
    order = event.order
    parts = _ours(order.client_order_id, nonce=nonce)
    if parts is None or parts.purpose not in STOPS or order.status not in ENDED:
        return None
    known = picture.get(parts.position_id)
    if known is None or not known.quantity:
        return None
    return Exposure(
        symbol=order.symbol,
        position_id=parts.position_id,
        direction=known.direction,
        position_side=known.position_side,
        quantity=known.quantity,
        reference_price=order.trigger_price,
        cause=CauseKind.ENDED_STOP,
        number=order.algo_id,
    )
