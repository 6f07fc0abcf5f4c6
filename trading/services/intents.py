"""Writing order intents: the committed rows that come before anything is sent."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction

from desk.models import Installation
from exchange.types import OrderType
from trading.core.client_ids import ClientOrderId
from trading.core.states import Book, OrderStatus, Purpose
from trading.models import Order, Position


def entry(
    position: Position, *, quantity: Decimal, price: Decimal | None, good_till: datetime | None, now: datetime
) -> Order:
    """The one entry of a position, at market without a price. Call it in the transaction that makes the position."""
    return Order.objects.create(
        **_common(position, Purpose.ENTRY, attempt=1, now=now),
        book=Book.ORDINARY,
        side=position.side.entry_side.value,
        order_type=(OrderType.MARKET if price is None else OrderType.LIMIT).value,
        quantity=quantity,
        price=price,
        good_till=good_till,
    )


def stop(position: Position, *, now: datetime, quantity: Decimal | None = None) -> Order | None:
    """The base stop for whatever is open, or for a quantity where the venue does not take that form."""
    return _close_only_algo(
        position, purpose=Purpose.STOP, order_type=OrderType.STOP_MARKET, trigger=position.stop_price,
        quantity=quantity, now=now,
    )  # fmt: skip


def inner_stop(position: Position, *, trigger_price: Decimal, now: datetime) -> Order | None:
    """A stop by quantity beside the base stop, for the time in which the base is moved."""
    return _close_only_algo(
        position,
        purpose=Purpose.INNER_STOP,
        order_type=OrderType.STOP_MARKET,
        trigger=trigger_price,
        quantity=position.quantity,
        now=now,
    )


def take_profit(position: Position, *, trigger_price: Decimal, now: datetime) -> Order | None:
    return _close_only_algo(
        position, purpose=Purpose.TAKE_PROFIT, order_type=OrderType.TAKE_PROFIT_MARKET, trigger=trigger_price,
        quantity=None, now=now,
    )  # fmt: skip


def close(position: Position, *, quantity: Decimal, now: datetime) -> Order | None:
    """A close-only market order for ``quantity``: reduce-only in one-way mode, by position side in hedge mode."""
    return _create_unless_one_lives(
        **_common(position, Purpose.CLOSE, attempt=_next_attempt(position, Purpose.CLOSE), now=now),
        book=Book.ORDINARY,
        side=position.side.close_side.value,
        order_type=OrderType.MARKET.value,
        quantity=quantity,
        reduce_only=not position.hedge_mode,
    )


def _close_only_algo(
    position: Position,
    *,
    purpose: Purpose,
    order_type: OrderType,
    trigger: Decimal,
    quantity: Decimal | None,
    now: datetime,
) -> Order | None:
    return _create_unless_one_lives(
        **_common(position, purpose, attempt=_next_attempt(position, purpose), now=now),
        book=Book.ALGO,
        side=position.side.close_side.value,
        order_type=order_type.value,
        trigger_price=trigger,
        quantity=quantity,
        close_position=quantity is None,
        reduce_only=quantity is not None and not position.hedge_mode,
    )


def _common(position: Position, purpose: Purpose, *, attempt: int, now: datetime) -> dict[str, Any]:
    client_order_id = ClientOrderId(Installation.current().nonce, position.pk, purpose.value, attempt)
    return {
        "account": position.account,
        "position": position,
        "purpose": purpose,
        "attempt": attempt,
        "client_order_id": str(client_order_id),
        "symbol": position.symbol,
        "status": OrderStatus.PENDING,
        "created_at": now,
    }


def _next_attempt(position: Position, purpose: Purpose) -> int:
    newest = Order.objects.filter(position=position, purpose=purpose, parent__isnull=True).order_by("-attempt").first()
    return newest.attempt + 1 if newest else 1


def _create_unless_one_lives(**fields: Any) -> Order | None:
    """None when another process has an order for this purpose alive: the constraint decides, not a look before."""
    try:
        with transaction.atomic():
            return Order.objects.create(**fields)
    except IntegrityError:
        return None
