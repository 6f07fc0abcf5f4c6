"""What commissions in other assets were worth: a discount lets them be paid in BNB, and results are told in USDT."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

import structlog
from django.db import transaction
from django.db.models import QuerySet

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
    return sum(_value(asset, venue) for asset in _assets(venue))


def _waiting(venue: Venue) -> QuerySet[Fill]:
    fills = Fill.objects.filter(account=venue.account, commission_usdt__isnull=True, commission__gt=0)
    return fills.exclude(commission_asset=COMMISSION_ASSET)


def _assets(venue: Venue) -> Sequence[str]:
    return sorted(set(_waiting(venue).values_list("commission_asset", flat=True)))


def _value(asset: str, venue: Venue) -> int:
    """Value the oldest fills that paid in ``asset``; none where the exchange has no contract of it."""
    prices: dict[datetime, Decimal | None] = {}
    valued = 0
    for fill in _waiting(venue).filter(commission_asset=asset).order_by("at", "trade_id")[:AT_ONCE]:
        minute = fill.at.replace(second=0, microsecond=0)
        if minute not in prices:
            try:
                prices[minute] = _price(venue.market, asset, minute)
            except OrderRefused as refused:
                log.warning("commission_has_no_price", asset=asset, reason=refused.reason)
                break
        price = prices[minute]
        valued += price is not None and _keep(fill, price)
    return valued


def _price(market: MarketDataPort, asset: str, minute: datetime) -> Decimal | None:
    """USDT for one of ``asset``: the close of that minute's bar, or of the newest before it. Raises ExchangeError."""
    bars = market.klines(f"{asset}{COMMISSION_ASSET}", "1m", end=minute, limit=1)
    return bars[-1].close if bars else None


@transaction.atomic
def _keep(fill: Fill, price: Decimal) -> bool:
    """Write the value and bring the position up to it; False when another process did."""
    value = (fill.commission * price).quantize(CENT_OF_CENT)
    if not Fill.objects.filter(pk=fill.pk, commission_usdt__isnull=True).update(commission_usdt=value):
        return False
    _recount(fill.position_id)
    return True


def _recount(position_id: int) -> None:
    """Bring the commission of the position up to its fills; call it in a transaction."""
    position = Position.objects.select_for_update(no_key=True).get(pk=position_id)
    sums = tally(position.fills.all(), entry_side=position.side.entry_side)
    Position.objects.filter(pk=position_id).update(commission=sums.commission.quantize(CENT_OF_CENT))


def value_if_possible(venue: Venue) -> None:
    """As ``value_commissions``; an exchange that cannot be asked now is asked at the next turn."""
    try:
        value_commissions(venue)
    except ExchangeError as error:
        log.info("commissions_wait_for_a_price", error=str(error))
