"""Moving the exits of an open position: the stop only ever nearer unless the owner allows otherwise, without a gap."""

from datetime import timedelta
from decimal import Decimal

from django.db import transaction

from exchange.rules import stop_loss_trigger, take_profit_trigger
from risk.settings_store import risk_settings_of
from trading.core.states import WORKING, ChangeKind, ChangeStatus, PositionStatus, Purpose
from trading.core.stop_after_add import is_tighter
from trading.models import Position, PositionChange
from trading.services import manual_changes
from trading.services.change_rows import ChangeRefused, finish_change
from trading.services.tending import tend
from trading.venue import Venue

PATIENCE = timedelta(minutes=20)  # market; an entry that works holds the move up for half of it
PATIENCE_WALL_SECONDS = 60


def begin_adjust(change: PositionChange, venue: Venue) -> None:
    """Keep the exits that are wanted; tending moves them. Raises ChangeRefused, ExchangeError."""
    position = change.position
    rules, now = venue.rules(position.symbol), venue.now()
    try:
        with transaction.atomic():
            Position.objects.select_for_update(no_key=True).get(pk=position.pk)
            position.refresh_from_db()
            if position.status != PositionStatus.OPEN:
                raise ChangeRefused("not_open", "the position is not open")
            if change.stop_price is not None:
                trigger = stop_loss_trigger(change.stop_price, position_side=position.side, rules=rules)
                check_direction(change, trigger)
                manual_changes.request_stop(
                    position, price=change.stop_price, rules=rules, author=change.author, now=now
                )
            if change.take_profit_price is not None:
                manual_changes.request_take_profit(
                    position, price=change.take_profit_price, rules=rules, author=change.author, now=now
                )
            taken = PositionChange.objects.filter(pk=change.pk, kind=ChangeKind.ADJUST, status=ChangeStatus.ASKED)
            if not taken.update(status=ChangeStatus.WORKING):
                raise ChangeRefused("change_in_work", "another process works this change")
    except manual_changes.ExitRefused as error:
        raise ChangeRefused("beyond_price", str(error)) from error
    change.refresh_from_db()


def check_direction(change: PositionChange, trigger: Decimal) -> None:
    """A stop that would risk more is refused unless the account's settings allow it."""
    position = change.position
    if risk_settings_of(position.account).adjust_may_loosen:
        return
    if is_tighter(position.stop_price, trigger, position_side=position.side):
        raise ChangeRefused("loosens_stop", f"a stop at {trigger:f} would risk more than the one at the exchange")


def follow_adjust(change: PositionChange, venue: Venue) -> None:
    """See whether the exits stand as wanted. Raises ChangeRefused once they cannot, or take too long."""
    position = change.position
    tend(position, venue)
    if position.status != PositionStatus.OPEN:
        raise ChangeRefused("not_open", "the position is not open any more")
    if _stands(change, venue):
        finish_change(change, quantity=None, now=venue.now())
        return
    patience = max(PATIENCE, timedelta(seconds=PATIENCE_WALL_SECONDS * float(venue.clock.speed)))
    if venue.now() - change.created_at > patience:
        raise ChangeRefused("not_moved", "the exits could not be moved in time")


def _stands(change: PositionChange, venue: Venue) -> bool:
    """Whether the exchange has taken the exits that the position wants, as far as this change was about them."""
    position = change.position
    standing = position.orders.filter(parent__isnull=True, status__in=WORKING)
    if change.stop_price is not None:
        stops = standing.filter(purpose__in=[Purpose.STOP, Purpose.INNER_STOP])
        if {stop.trigger_price for stop in stops} != {position.stop_price}:
            return False
    if change.take_profit_price is None:
        return True
    rules = venue.rules(position.symbol)
    wanted = take_profit_trigger(change.take_profit_price, position_side=position.side, rules=rules)
    targets = standing.filter(purpose=Purpose.TAKE_PROFIT)
    return targets.filter(created_at__gte=change.created_at).exists() or targets.filter(trigger_price=wanted).exists()
