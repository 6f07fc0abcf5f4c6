"""A position's place on the protection ladder: read from its refused stops, told as events, read again by pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from desk import events
from desk.event_kinds import EventKind
from desk.models import Event
from desk.money import round_significant
from exchange.errors import OrderCode
from trading.core.ladder import Ladder, Refusal, Rung, corrected_trigger, next_rung
from trading.core.states import ExitReason, Purpose
from trading.models import Order, Position
from trading.services.exit_requests import request_close
from trading.services.legs import tell_leg
from trading.services.patience import refusals_in_a_row
from trading.services.submit import was_abandoned
from trading.venue import Venue

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class RungTaken:
    """One step up: when (market time), to which rung, and the venue's word that led there."""

    rung: Rung
    at: datetime
    reason: str
    trigger_price: str


def ladder() -> Ladder:
    """The ladder of this desk's settings."""
    return Ladder(
        retries=settings.LADDER_RETRIES,
        by_quantity=settings.LADDER_BY_QUANTITY,
        corrections=settings.LADDER_CORRECTIONS,
        correction_ratio=Decimal(settings.LADDER_CORRECTION_PCT) / 100,
        deadline=timedelta(seconds=settings.PROTECTION_DEADLINE_SECONDS),
        page_again=timedelta(seconds=settings.LADDER_PAGE_AGAIN_SECONDS),
    )


def rung_of(position: Position) -> Rung:
    """What is to be tried next, by the stops that were refused since the last one stood."""
    refused = refusals_in_a_row(position, Purpose.STOP)[::-1]
    return next_rung(map(_meaning, refused), trying=_trying(position, refused), ladder=ladder())


def _meaning(stop: Order) -> Refusal:
    if was_abandoned(stop):
        return Refusal.UNHEARD
    if stop.reason_code == OrderCode.NO_POSITION:
        return Refusal.UNSEEN
    return Refusal.FORM if stop.reason_code == OrderCode.CLOSE_POSITION_EXISTS else Refusal.PLAIN


def _trying(position: Position, refused: Sequence[Order]) -> timedelta:
    """Wall time for which a stop has been asked for in vain: a process that was dead is given the whole deadline."""
    asked = [stop.committed_at for stop in refused[:1] if stop.committed_at is not None]
    if position.naked_since is None or not asked:
        return timedelta(0)
    return timezone.now() - max(position.naked_since, *asked)


def correct_trigger(position: Position, venue: Venue) -> None:
    """Bring the wanted stop nearer to the price and on the tick of now; it only tightens, and never an older wish."""
    price = position.mark_price or position.entry_price
    if price is None:
        return
    nearer = corrected_trigger(
        stop_price=position.stop_price,
        price=price,
        ratio=ladder().correction_ratio,
        position_side=position.side,
        rules=venue.rules(position.symbol),
    )
    unmoved = Position.objects.filter(pk=position.pk, stop_price=position.stop_price)
    unmoved.update(stop_price=round_significant(nearer))
    position.refresh_from_db()


def tell_rung(position: Position, rung: Rung, refused: Order, *, now: datetime) -> None:
    """Record a step up the ladder in the position's case."""
    log.warning("ladder_climbed", symbol=position.symbol, rung=rung.value, reason=refused.reason)
    tell_leg(
        position,
        EventKind.LADDER_CLIMBED,
        now=now,
        price=position.stop_price,
        order=refused,
        rung=rung.value,
        reason=refused.reason,
        code=refused.reason_code,
    )


def rungs_taken(position: Position) -> Sequence[RungTaken]:
    """Every step of the position's life up the ladder, oldest first."""
    told = Event.objects.filter(case=position.case, kind=EventKind.LADDER_CLIMBED).order_by("id")
    return [
        RungTaken(
            rung=Rung(event.facts["rung"]),
            at=event.at,
            reason=str(event.facts.get("reason", "")),
            trigger_price=str(event.facts.get("price", "")),
        )
        for event in told
    ]


def flatten(position: Position, stop: Order, *, now: datetime) -> None:
    """No stop can be placed: say so, and close at market. Where that is under way already, call the owner."""
    if not request_close(position, reason=ExitReason.UNPROTECTED_FLATTEN, author="protection", now=now):
        page(position, stop, now=now)
        return
    log.error("position_unprotected", symbol=position.symbol, client_order_id=stop.client_order_id, reason=stop.reason)
    tell_rung(position, Rung.FLATTEN, stop, now=now)
    tell_leg(
        position, EventKind.POSITION_UNPROTECTED, now=now, price=stop.trigger_price, order=stop, reason=stop.reason
    )


def page(position: Position, stop: Order, *, now: datetime) -> None:
    """Call the owner: something is open that the venue neither protects nor closes. Again after ``page_again``."""
    close = position.orders.filter(purpose=Purpose.CLOSE).order_by("-attempt").first()
    if close is None or not close.is_final or not position.quantity:
        return
    with transaction.atomic():
        Position.objects.select_for_update(no_key=True).get(pk=position.pk)
        lately = timezone.now() - ladder().page_again
        told = Event.objects.filter(case=position.case, kind=EventKind.OWNER_PAGED, recorded_at__gte=lately)
        if told.exists():
            return
        log.error("owner_paged", symbol=position.symbol, position=position.pk, reason=close.reason or stop.reason)
        tell_rung(position, Rung.PAGE, stop, now=now)
        _tell_page(position, quantity=position.quantity, reason=close.reason or stop.reason, now=now)


def _tell_page(position: Position, *, quantity: Decimal, reason: str, now: datetime) -> None:
    events.record(
        EventKind.OWNER_PAGED,
        at=now,
        case=position.case,
        bot=position.bot,
        symbol=position.symbol,
        quantity=quantity,
        reason=reason,
    )
