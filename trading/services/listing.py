"""Which of our orders the venue lists as open, asked for as seldom and as cheaply as the check can do with.

One symbol's list weighs 1, the list of all symbols 40. While the user stream hears of every order that ends, a check
asks for the conditional orders of some positions only, those first whose orders were not seen for longest.
"""

from collections.abc import Collection, Sequence
from datetime import timedelta

from django.db.models import F
from django.utils import timezone

from desk import events
from desk.models import Account, Heartbeat
from trading.core.states import AT_VENUE, Book
from trading.models import Order, Position
from trading.venue import Venue

ALL_AT_ONCE = 40  # weight of one list of all symbols
SHARE = 17  # positions asked about in one check beside a stream that hears: with the rest of it a weight of 30
ROUNDS = 4  # checks in which every position is asked about, however many there are
HEARD_WITHIN = timedelta(seconds=10)  # wall; the stream says every three seconds that it hears


def note_hearing(account: Account) -> None:
    """The user stream of ``account`` is connected, and its events are worked."""
    events.beat(_loop(account))


def is_heard(account: Account) -> bool:
    """Whether the user stream told within the last seconds that it hears."""
    return Heartbeat.objects.filter(loop=_loop(account), beat_at__gt=timezone.now() - HEARD_WITHIN).exists()


def _loop(account: Account) -> str:
    return f"events {account.pk}"


def due_for_look(positions: Collection[Position], *, is_heard: bool) -> frozenset[int]:
    """Positions whose conditional orders are to be listed in this check; all of them where no stream hears."""
    share = max(SHARE, -(-len(positions) // ROUNDS)) if is_heard else len(positions)
    if share >= len(positions):
        return frozenset(position.pk for position in positions)
    longest_ago = Position.objects.filter(pk__in=[position.pk for position in positions]).order_by(
        F("orders_seen_at").asc(nulls_first=True), "pk"
    )
    return frozenset(longest_ago.values_list("pk", flat=True)[:share])


class Listing:
    """What the venue lists, each question asked once. ``symbols`` is how many may be asked about in each book."""

    def __init__(self, venue: Venue, *, symbols: int) -> None:
        self._venue = venue
        self._is_whole = symbols > ALL_AT_ONCE
        self._known: dict[tuple[Book, str | None], frozenset[str]] = {}
        self._seen: set[int] = set()

    def unlisted(self, position: Position, living: Sequence[Order]) -> list[Order]:
        """Orders of ``living`` that stand at the venue by our rows and not by its list. Raises ExchangeError."""
        at_venue = [order for order in living if order.status in AT_VENUE]
        if any(order.book == Book.ALGO for order in at_venue):
            self._seen.add(position.pk)
        return [order for order in at_venue if order.client_order_id not in self._listed(order)]

    def keep(self) -> None:
        """Note of which positions the conditional orders were asked about."""
        Position.objects.filter(pk__in=self._seen).update(orders_seen_at=timezone.now())

    def _listed(self, order: Order) -> frozenset[str]:
        book = Book(order.book)
        symbol = None if self._is_whole and book is Book.ALGO else order.symbol
        if (book, symbol) not in self._known:
            self._known[book, symbol] = self._ask(book, symbol)
        return self._known[book, symbol]

    def _ask(self, book: Book, symbol: str | None) -> frozenset[str]:
        trading = self._venue.trading
        rows = trading.open_algo_orders(symbol) if book is Book.ALGO else trading.open_orders(symbol)
        return frozenset(row.client_order_id for row in rows)
