"""Patience with refusals: the first few orders of a purpose follow at once, further ones ever later."""

from collections.abc import Collection
from datetime import timedelta
from itertools import takewhile

from django.utils import timezone

from trading.core.states import OrderStatus, Purpose
from trading.models import Order, Position

AT_ONCE = 3  # refusals in a row after which the next try waits
LONGEST = {  # wall; an endless loop would end in a ban, and no purpose is ever given up
    Purpose.STOP: timedelta(seconds=60),
    Purpose.CLOSE: timedelta(seconds=60),
    Purpose.INNER_STOP: timedelta(minutes=10),
    Purpose.TAKE_PROFIT: timedelta(minutes=10),
}


def refusals_in_a_row(position: Position, purpose: Purpose) -> list[Order]:
    """The newest orders of ``purpose`` that were refused or abandoned, one after the other, newest first."""
    orders = Order.objects.filter(position=position, purpose=purpose, parent__isnull=True).order_by("-attempt")
    return list(takewhile(lambda order: order.status == OrderStatus.REJECTED, orders.iterator(chunk_size=20)))


def is_due(position: Position, purpose: Purpose, *, uncounted: Collection[int] = ()) -> bool:
    """Whether another order of ``purpose`` may be tried now: after the third refusal waits of 1, 2, 4, 8 … seconds.

    ``uncounted`` are codes of refusals that ask for no patience.
    """
    refused = [order for order in refusals_in_a_row(position, purpose) if order.reason_code not in uncounted]
    if len(refused) < AT_ONCE:
        return True
    wait = min(timedelta(seconds=2 ** min(len(refused) - AT_ONCE, 12)), LONGEST[purpose])
    return timezone.now() - refused[0].updated_at >= wait
