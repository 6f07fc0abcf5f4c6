"""Closing everything of ours at market, when a person says so and the desk may be dead."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import structlog
from django.db import Error as DatabaseTrouble
from django.db.models import F

from desk.guarding import guarded
from trading.core.stakes import Known, Stake
from trading.core.states import ExitReason, PositionStatus
from trading.models import Position
from trading.services import outside
from trading.services.exit_requests import request_close
from trading.services.stakes import Unproven, close_stake, known_positions, read_stakes
from trading.services.tending import tend
from trading.services.venue_position import open_at_venue
from trading.venue import Venue

log = structlog.get_logger(__name__)

ROUNDS = 10  # of the desk's own closing procedure, each at most one order
SEE_LOG = "see the log"
UNFINISHED = "its close is under way: try again"
UNPROVEN = "nothing of ours stands on it, and it may be somebody else's: see to it at the exchange"


@dataclass(frozen=True, slots=True, kw_only=True)
class Flattened:
    """What became of one position. ``left`` is in base asset; 0 beside an error where it is not known."""

    symbol: str
    left: Decimal
    error: str = ""


def flatten_all(
    venue: Venue, *, nonce: str, author: str, say: Callable[[Flattened], None], kept: Sequence[Known] = ()
) -> bool:
    """Close every position of ours, by the desk's own procedure where the database works; True when all are flat.

    ``kept`` is what was known of them while it worked. One that cannot be closed keeps no other. Raises ExchangeError
    when the positions cannot be read.
    """
    with guarded("cancel_entries", account=venue.account.name) as cancelling:
        outside.cancel_entries(venue, nonce=nonce)
    try:
        positions = list(_ours(venue))
        known = {each.position_id: each for each in known_positions(venue.account)}
    except DatabaseTrouble:
        results: Iterable[Flattened] = _by_hand(venue, nonce=nonce, known=kept)
    else:
        results = (_close(each, venue, nonce=nonce, author=author, known=known.get(each.pk)) for each in positions)
    are_flat = not cancelling.failed
    for result in results:
        say(result)
        are_flat = are_flat and not (result.left or result.error)
    return are_flat


def _ours(venue: Venue) -> Iterable[Position]:
    unfinished = Position.objects.filter(account=venue.account).exclude(status=PositionStatus.CLOSED)
    return unfinished.select_related("account", "bot")


def _close(position: Position, venue: Venue, *, nonce: str, author: str, known: Known | None) -> Flattened:
    """By the book; by hand where the book cannot be written."""
    result = Flattened(symbol=position.symbol, left=position.quantity, error=SEE_LOG)
    with guarded("flatten", symbol=position.symbol):
        before = open_at_venue(position, venue) if position.is_shared else Decimal(0)
        try:
            result = _by_the_book(position, venue, author=author)
        except DatabaseTrouble as error:
            log.warning("flattening_without_rows", symbol=position.symbol, error=str(error))
            gone = max(before - open_at_venue(position, venue), Decimal(0)) if position.is_shared else Decimal(0)
            part = [] if known is None else [replace(known, quantity=max(known.quantity - gone, Decimal(0)))]
            result = _together(position.symbol, _by_hand(venue, nonce=nonce, known=part, symbol=position.symbol))
    return result


def _by_the_book(position: Position, venue: Venue, *, author: str) -> Flattened:
    """Raises django.db.Error where nothing can be written."""
    request_close(position, reason=ExitReason.MANUAL, author=author, now=venue.now())
    error = ""
    for _ in range(ROUNDS):
        with guarded("flatten", symbol=position.symbol) as attempt:
            tend(position, venue)
            position.refresh_from_db()
        error = SEE_LOG if attempt.failed else ""
        if position.status == PositionStatus.CLOSED:
            return Flattened(symbol=position.symbol, left=Decimal(0))
    Position.objects.filter(pk=position.pk).update(closing_at=F("closing_at"))
    return Flattened(symbol=position.symbol, left=position.quantity, error=error or UNFINISHED)


def _by_hand(venue: Venue, *, nonce: str, known: Sequence[Known], symbol: str | None = None) -> Iterator[Flattened]:
    """Without rows: what our exits stand on, and what was known of the rest. Raises ExchangeError before the first."""
    for stake in read_stakes(venue, nonce=nonce, known=known, symbol=symbol):
        yield _closed_by_hand(stake, venue, nonce=nonce)


def _closed_by_hand(stake: Stake, venue: Venue, *, nonce: str) -> Flattened:
    part = abs(stake.row.quantity) if stake.quantity is None else min(stake.quantity, abs(stake.row.quantity))
    result = Flattened(symbol=stake.row.symbol, left=part, error=SEE_LOG)
    with guarded("flatten", symbol=stake.row.symbol):
        try:
            result = replace(result, left=close_stake(stake, venue, nonce=nonce), error="")
        except Unproven:
            result = replace(result, error=UNPROVEN)
    return result


def _together(symbol: str, parts: Iterable[Flattened]) -> Flattened:
    done = list(parts)
    errors = dict.fromkeys(part.error for part in done if part.error)
    return Flattened(symbol=symbol, left=sum((part.left for part in done), Decimal(0)), error="; ".join(errors))
