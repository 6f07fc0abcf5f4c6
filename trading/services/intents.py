"""Writing order intents: the committed rows that come before anything is sent."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from desk.models import Installation
from exchange.types import OrderType
from trading.core.client_ids import ClientOrderId
from trading.core.execution_style import Form
from trading.core.states import (
    ENTERING,
    LIVE,
    UNCONFIRMED,
    WORKING,
    Book,
    OrderStatus,
    PositionStatus,
    Purpose,
)
from trading.models import Execution, Order, Position
from trading.services.locking import locked_row
from trading.services.own_orders import fills_are_missing

GOOD_TILL_MARGIN = timedelta(seconds=60)  # market; the venue's own deadline is a net behind ours


def entry(
    position: Position, *, quantity: Decimal, price: Decimal | None, good_till: datetime | None, now: datetime
) -> Order:
    """An entry in one order, at market without a price. Call it in the transaction that makes the position."""
    return Order.objects.create(
        **_common(position, Purpose.ENTRY, attempt=1, now=now),
        book=Book.ORDINARY,
        side=position.side.entry_side.value,
        order_type=(OrderType.MARKET if price is None else OrderType.LIMIT).value,
        quantity=quantity,
        price=price,
        good_till=good_till,
        reference_price=position.decision_price,
    )


def piece(execution: Execution, *, form: Form, quantity: Decimal, after: int, now: datetime) -> Order | None:
    """The next order of ``execution``, when ``after`` orders of it exist: of two processes one writes it.

    None also where the position is not what it was: closing, or for a reduction no longer that large by our rows.
    """
    position, purpose = execution.position, Purpose(execution.purpose)
    opens = purpose in ENTERING
    with transaction.atomic():
        locked = _locked(position)
        if not _takes_piece(execution, locked, quantity) or execution.orders.count() != after:
            return None
        return _create_unless(
            Q(status__in=LIVE),
            position,
            purpose=purpose,
            now=now,
            execution=execution,
            book=Book.ORDINARY,
            side=(position.side.entry_side if opens else position.side.close_side).value,
            order_type=(OrderType.MARKET if form is Form.MARKET else OrderType.LIMIT).value,
            quantity=quantity,
            price={Form.LIMIT: execution.limit, Form.BOUNDED: execution.bound}.get(form),
            is_immediate=form is Form.BOUNDED,
            good_till=execution.deadline + GOOD_TILL_MARGIN if form is Form.LIMIT else None,
            reduce_only=not opens and not position.hedge_mode,
            reference_price=execution.reference_price,
        )


def _takes_piece(execution: Execution, locked: Position, quantity: Decimal) -> bool:
    if not Execution.objects.filter(pk=execution.pk, ended_at__isnull=True, called_off_at__isnull=True).exists():
        return False
    if execution.purpose == Purpose.ENTRY:
        return locked.status in (PositionStatus.PENDING, PositionStatus.OPEN)
    if locked.status != PositionStatus.OPEN:
        return False
    return execution.purpose == Purpose.ADD or (quantity <= locked.quantity and not fills_are_missing(locked))


def stop(position: Position, *, now: datetime, quantity: Decimal | None = None) -> Order | None:
    """The base stop for whatever is open, or for a quantity where the venue does not take that form.

    Another one may stand beside it, of another size or trigger, until this one is confirmed.
    """
    form = Q(quantity__isnull=True) if quantity is None else Q(quantity=quantity)
    equal = Q(status__in=UNCONFIRMED | WORKING, trigger_price=position.stop_price) & form
    return _close_only_algo(
        position,
        purpose=Purpose.STOP,
        order_type=OrderType.STOP_MARKET,
        trigger=position.stop_price,
        quantity=quantity,
        now=now,
        unless=equal | Q(status__in=UNCONFIRMED),
    )


def inner_stop(
    position: Position, *, trigger_price: Decimal, now: datetime, quantity: Decimal | None = None
) -> Order | None:
    """A stop by quantity, of all that is open unless told, beside the base stop while that is moved or replaced."""
    return _close_only_algo(
        position,
        purpose=Purpose.INNER_STOP,
        order_type=OrderType.STOP_MARKET,
        trigger=trigger_price,
        quantity=position.quantity if quantity is None else quantity,
        now=now,
    )


def take_profit(
    position: Position, *, trigger_price: Decimal, now: datetime, quantity: Decimal | None = None
) -> Order | None:
    """The take-profit for whatever is open, or for a quantity where not all that is open is ours."""
    return _close_only_algo(
        position,
        purpose=Purpose.TAKE_PROFIT,
        order_type=OrderType.TAKE_PROFIT_MARKET,
        trigger=trigger_price,
        quantity=quantity,
        now=now,
    )


def first_leg(
    position: Position, *, purpose: Purpose, trigger_price: Decimal, now: datetime, sent_at: datetime
) -> Order:
    """The first stop or take-profit for whatever is open, claimed in the commit that makes it: send it at once.

    Call it with the position's row locked and no other order of its purpose there. ``sent_at`` is wall time.
    """
    order_type = OrderType.STOP_MARKET if purpose is Purpose.STOP else OrderType.TAKE_PROFIT_MARKET
    common = _common(position, purpose, attempt=1, now=now)
    return Order.objects.create(
        **common | {"status": OrderStatus.SUBMITTING},
        sent_at=sent_at,
        book=Book.ALGO,
        side=position.side.close_side.value,
        order_type=order_type.value,
        trigger_price=trigger_price,
        close_position=True,
    )


def close(
    position: Position,
    *,
    quantity: Decimal,
    now: datetime,
    price: Decimal | None = None,
    reference_price: Decimal | None = None,
) -> Order | None:
    """A close-only order for ``quantity``: reduce-only in one-way mode, by position side in hedge mode.

    At market, or with a ``price`` at once or not at all.

    None when another process has closed in the meantime: our rows show less open, or wait for its trades.
    """
    with transaction.atomic():
        locked = _locked(position)
        if locked.quantity < quantity or fills_are_missing(locked):
            return None
        return _create_unless(
            Q(status__in=LIVE),
            position,
            purpose=Purpose.CLOSE,
            now=now,
            book=Book.ORDINARY,
            side=position.side.close_side.value,
            order_type=(OrderType.MARKET if price is None else OrderType.LIMIT).value,
            quantity=quantity,
            price=price,
            is_immediate=price is not None,
            reduce_only=not position.hedge_mode,
            reference_price=reference_price,
        )


def _close_only_algo(
    position: Position,
    *,
    purpose: Purpose,
    order_type: OrderType,
    trigger: Decimal,
    quantity: Decimal | None,
    now: datetime,
    unless: Q | None = None,
) -> Order | None:
    return _create_unless(
        Q(status__in=LIVE) if unless is None else unless,
        position,
        purpose=purpose,
        now=now,
        book=Book.ALGO,
        side=position.side.close_side.value,
        order_type=order_type.value,
        trigger_price=trigger,
        quantity=quantity,
        close_position=quantity is None,
        reduce_only=quantity is not None and not position.hedge_mode,
    )


def _create_unless(
    in_the_way: Q, position: Position, *, purpose: Purpose, now: datetime, **fields: Any
) -> Order | None:
    """None when another process has an order for this purpose ``in_the_way``.

    Decided with the position's row locked; where a lock locks nothing, the constraints decide.
    """
    try:
        with transaction.atomic():
            _locked(position)
            orders = Order.objects.filter(position=position, purpose=purpose, parent__isnull=True)
            if orders.filter(in_the_way).exists():
                return None
            newest = orders.order_by("-attempt").first()
            common = _common(position, purpose, attempt=newest.attempt + 1 if newest else 1, now=now)
            return Order.objects.create(**common, **fields)
    except IntegrityError:
        return None


def _locked(position: Position) -> Position:
    return locked_row(position)


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
