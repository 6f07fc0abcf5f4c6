"""What commissions in other assets were worth: a discount lets them be paid in BNB, and results are told in USDT."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

import structlog
from django.db import transaction

from exchange.errors import ExchangeError, OrderRefused
from exchange.ports import MarketDataPort
from trading.core.tally import COMMISSION_ASSET, tally
from trading.models import Fill, Position
from trading.services.fills import CENT_OF_CENT
from trading.venue import Venue

log = structlog.get_logger(__name__)

AT_ONCE = 200


def value_commissions(venue: Venue) -> int:
    """Value what was paid in other assets by the minute it was paid in; the number of fills that got one.

    An asset without a contract against USDT stays without value and is told by asset. Raises ExchangeError.
    """
    waiting = _waiting(venue)
    prices: dict[tuple[str, datetime], Decimal | None] = {}
    valued: set[int] = set()
    for fill in waiting:
        minute = fill.at.replace(second=0, microsecond=0)
        key = fill.commission_asset, minute
        if key not in prices:
            prices[key] = _price(venue.market, fill.commission_asset, minute)
        price = prices[key]
        if price is not None and _keep(fill, price):
            valued.add(fill.position_id)
    for position_id in sorted(valued):
        _recount(position_id)
    return sum(1 for fill in waiting if fill.position_id in valued)


def _waiting(venue: Venue) -> Sequence[Fill]:
    fills = Fill.objects.filter(account=venue.account, commission_usdt__isnull=True, commission__gt=0)
    return list(fills.exclude(commission_asset=COMMISSION_ASSET).order_by("at", "trade_id")[:AT_ONCE])


def _price(market: MarketDataPort, asset: str, minute: datetime) -> Decimal | None:
    """USDT for one of ``asset``: the close of that minute's bar, or of the newest before it."""
    try:
        bars = market.klines(f"{asset}{COMMISSION_ASSET}", "1m", end=minute, limit=1)
    except OrderRefused as refused:
        log.warning("commission_has_no_price", asset=asset, reason=refused.reason)
        return None
    return bars[-1].close if bars else None


def _keep(fill: Fill, price: Decimal) -> bool:
    value = (fill.commission * price).quantize(CENT_OF_CENT)
    return Fill.objects.filter(pk=fill.pk, commission_usdt__isnull=True).update(commission_usdt=value) == 1


def _recount(position_id: int) -> None:
    """Bring the commission of the position up to its fills."""
    with transaction.atomic():
        position = Position.objects.select_for_update(no_key=True).get(pk=position_id)
        sums = tally(position.fills.all(), entry_side=position.side.entry_side)
        Position.objects.filter(pk=position_id).update(commission=sums.commission.quantize(CENT_OF_CENT))


def value_if_possible(venue: Venue) -> None:
    """As ``value_commissions``; an exchange that cannot be asked now is asked at the next turn."""
    try:
        value_commissions(venue)
    except ExchangeError as error:
        log.info("commissions_wait_for_a_price", error=str(error))
