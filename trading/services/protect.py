"""Protection: a stop first, then a take-profit, for whatever is open; and the ladder when the venue refuses."""

from desk.guarding import guarded
from exchange.errors import OrderCode
from trading.core.ladder import Rung
from trading.core.states import AT_VENUE, FIRING, UNCONFIRMED, ExitReason, OrderStatus, PositionStatus, Purpose
from trading.models import Order, Position
from trading.services import intents
from trading.services.advance import apply_state
from trading.services.cancelling import cancel
from trading.services.climbing import correct_trigger, flatten, ladder, rung_of, tell_rung
from trading.services.emergency_rows import give_row, left_without_row
from trading.services.exit_requests import request_close
from trading.services.legs import PRICE_ALREADY_THERE, living_legs, work_leg
from trading.services.nakedness import is_covered, is_standing, note_naked, note_protected, seconds_since
from trading.services.patience import is_due
from trading.services.price_paid import heed_price_paid
from trading.services.stop_move import move_stop
from trading.services.submit import was_abandoned
from trading.services.take_profit import ensure_take_profit
from trading.services.trade_sync import sync_trades
from trading.services.venue_position import open_at_venue
from trading.venue import Venue

WANTS_QUANTITY = (OrderCode.CLOSE_POSITION_EXISTS, OrderCode.NO_POSITION)
FIRED = FIRING | {OrderStatus.FINISHED, OrderStatus.EXPIRED}


def protect(position: Position, venue: Venue) -> None:
    """See that an open position has a live stop, then a take-profit. Safe to call by many at once, at any time."""
    if not position.quantity:
        return
    _heed_price_paid(position, venue)
    if _ensure_stop(position, venue) and position.status == PositionStatus.OPEN:
        ensure_take_profit(position, venue)
        _heed_price_paid(position, venue)  # the rules may be at hand by now; a quiet position is not looked at


def _heed_price_paid(position: Position, venue: Venue) -> None:
    """By rules that are at hand: a stop waits for no reading of them."""
    rules = venue.rules.known(position.symbol)
    if rules is not None and position.status == PositionStatus.OPEN:
        heed_price_paid(position, rules, now=venue.now())


def _ensure_stop(position: Position, venue: Venue) -> bool:
    """True when a stop stands at the venue for all that is open."""
    stop = next((leg for leg in living_legs(position, Purpose.STOP) if leg.status in UNCONFIRMED), None)
    if stop is None:
        if _fitting_stands(position, venue):
            return True
        stop = _next_stop(position, venue)
    if stop is None:
        return is_covered(position)
    return _bring_to_stand(position, stop, venue)


def _fitting_stands(position: Position, venue: Venue) -> bool:
    """True when the stop that the position wants stands; the others, smaller or surplus, are then cancelled."""
    standing = [leg for leg in living_legs(position, Purpose.STOP) if is_standing(leg)]
    base = next((stop for stop in standing if _fits(stop, position)), None)
    if base is None:
        note_naked(position)
        return False
    for stop in standing:
        if stop is not base:
            cancel(stop, venue)
    if move_stop(position, base, venue) is None:
        return False
    note_protected(position, base, now=venue.now())
    return True


def _fits(stop: Order, position: Position) -> bool:
    """A stop for whatever is open fits while all of it is ours; one by quantity while its numbers are those wanted."""
    if stop.close_position:
        return not position.is_shared
    fits: bool = stop.quantity == position.quantity and stop.trigger_price == position.stop_price
    return fits


def _next_stop(position: Position, venue: Venue) -> Order | None:
    """A new stop, unless nothing is open any more, or the venue's refusals ask for patience."""
    last = position.orders.filter(purpose=Purpose.STOP, parent__isnull=True).order_by("-attempt").first()
    if last is not None and last.status in FIRED:
        with guarded("trades_of_fired_stop", symbol=position.symbol):
            sync_trades(position, venue)
        position.refresh_from_db()
    if last is not None and last.reason_code == OrderCode.NO_POSITION and not _shows_at_venue(position, venue):
        return None
    if not position.quantity or not _is_due(position):
        return None
    return _new_stop(position, after=last, venue=venue)


def _is_due(position: Position) -> bool:
    """A position that the venue does not show yet is tried at every turn, for as long as that is believed."""
    is_open = position.status == PositionStatus.OPEN
    return is_due(position, Purpose.STOP, uncounted=[OrderCode.NO_POSITION] if is_open else [])


def _new_stop(position: Position, *, after: Order | None, venue: Venue) -> Order | None:
    """For whatever is open; by quantity beside another stop, and where that form was refused or may stand unseen."""
    beside_another = any(is_standing(leg) for leg in living_legs(position, Purpose.STOP))
    refused_form = after is not None and (after.reason_code in WANTS_QUANTITY or was_abandoned(after))
    by_quantity = position.is_shared or beside_another or refused_form or rung_of(position) is Rung.QUANTITY
    return intents.stop(position, quantity=position.quantity if by_quantity else None, now=venue.now())


def _bring_to_stand(position: Position, stop: Order, venue: Venue) -> bool:
    """Work on ``stop`` until it stands or the ladder ends; True when a stop stands."""
    work_leg(stop, venue)
    if stop.status in AT_VENUE:
        return _fitting_stands(position, venue)
    if stop.status == OrderStatus.REJECTED:
        return climb(position, stop, venue)
    return is_covered(position)


def climb(position: Position, refused: Order, venue: Venue) -> bool:
    """The next rung after a refused stop: market close, the stop that is there already, quantity form, flatten."""
    if refused.reason_code in PRICE_ALREADY_THERE:
        request_close(position, reason=ExitReason.STOP_LOSS, author="protection", now=venue.now())
        return False
    if refused.reason_code == OrderCode.CLOSE_POSITION_EXISTS and _found_at_venue(position, venue):
        return _fitting_stands(position, venue)
    if is_covered(position):
        return True
    if refused.reason_code == OrderCode.NO_POSITION and not _is_worth_another(position, refused, venue):
        return False
    return _take_rung(position, refused, venue)


def _take_rung(position: Position, refused: Order, venue: Venue) -> bool:
    """What the ladder has next. A stop that the venue spoke against is followed at once, any other in its time."""
    rung = rung_of(position)
    if rung is Rung.FLATTEN:
        flatten(position, refused, now=venue.now())
        return False
    was_spoken = not was_abandoned(refused) and refused.reason_code != OrderCode.NO_POSITION
    if not was_spoken and not _is_due(position):
        return False
    if rung is Rung.CORRECTED:
        correct_trigger(position, venue)
    stop = _new_stop(position, after=refused, venue=venue)
    if stop is None:
        return False
    tell_rung(position, rung, refused, now=venue.now())
    return _bring_to_stand(position, stop, venue)


def _is_worth_another(position: Position, refused: Order, venue: Venue) -> bool:
    """After -4509: the quantity form, once, where the venue shows the position; too long a contradiction is closed."""
    if not _shows_at_venue(position, venue):
        return False
    deadline = ladder().deadline.total_seconds()
    if position.naked_since is not None and seconds_since(position.naked_since) > deadline:
        flatten(position, refused, now=venue.now())
        return False
    return refused.close_position


def _shows_at_venue(position: Position, venue: Venue) -> bool:
    """Whether the venue shows the position; where it does not, its trades may tell why."""
    if open_at_venue(position, venue):
        return True
    with guarded("trades_of_unseen_position", symbol=position.symbol):
        sync_trades(position, venue)
    position.refresh_from_db()
    return False


def _found_at_venue(position: Position, venue: Venue) -> bool:
    """Take in stops of ours that stand at the venue although their rows were given up, or never written (-4130)."""
    standing = venue.trading.open_algo_orders(position.symbol)
    for state in standing:
        if left_without_row(state.client_order_id):
            give_row(state.client_order_id, state.symbol, venue)
    rows = {leg.client_order_id: leg for leg in position.orders.filter(purpose=Purpose.STOP, parent__isnull=True)}
    found = [state for state in standing if state.client_order_id in rows]
    for state in found:
        apply_state(rows[state.client_order_id], state, now=venue.now())
    return bool(found)
