"""Adopting what is not ours: a person names the bot, a process with the keys makes the position one of the bot's.

The quantity enters our rows as one fill without an order, at the venue's average price: our books begin there, what
was paid before is not ours. Foreign orders on the symbol stay as they are.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction

from desk import events
from desk.event_kinds import EventKind
from desk.guarding import guarded
from desk.models import Account, Bot
from desk.money import round_significant
from exchange.types import PositionSide, SymbolRules, VenuePosition
from risk.change_sets import risk_version_in_force
from risk.sizing import STOP_TO_LIQUIDATION
from trading.core.exits import has_passed, stop_price, take_profit_price
from trading.core.states import PositionStatus
from trading.core.tally import COMMISSION_ASSET
from trading.models import Adoption, Fill, Position
from trading.services.holdings import is_held
from trading.services.tending import tend
from trading.venue import UnknownSymbol, Venue


class AdoptionRefused(ValueError):
    """What was asked for cannot be taken over; nothing was changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Takeover:
    """Numbers of a position about to become ours. Prices in USDT, quantity in base asset."""

    side: PositionSide
    is_hedged: bool
    quantity: Decimal
    entry_price: Decimal
    stop_price: Decimal
    leverage: int
    row: VenuePosition


def request_adoption(
    symbol: str, *, bot: Bot, stop_loss_pct: Decimal, take_profit_pct: Decimal, author: str, now: datetime
) -> Adoption:
    """Write down the wish; a worker carries it out. The same wish while one is open is that one.

    Raises AdoptionRefused where a position of ours stands on the symbol.
    """
    held = Position.objects.filter(account=bot.account, symbol=symbol).exclude(status=PositionStatus.CLOSED)
    if held.exists():
        raise AdoptionRefused(f"the position on {symbol} is one of the desk's already")
    asked = Adoption.objects.filter(account=bot.account, symbol=symbol, status=Adoption.Status.ASKED)
    try:
        with transaction.atomic():
            return asked.first() or Adoption.objects.create(
                account=bot.account,
                bot=bot,
                symbol=symbol,
                stop_loss_ratio=stop_loss_pct / 100,
                take_profit_ratio=take_profit_pct / 100,
                author=author,
                created_at=now,
            )
    except IntegrityError:
        return asked.get()


def has_open_adoptions(account: Account) -> bool:
    return Adoption.objects.filter(account=account, status=Adoption.Status.ASKED).exists()


def work_adoptions(venue: Venue) -> None:
    """Carry out what was asked for on the account; one that fails does not end the others."""
    open_wishes = Adoption.objects.filter(account=venue.account, status=Adoption.Status.ASKED)
    for adoption in open_wishes.select_related("bot__account", "account").order_by("id"):
        with guarded("adopt_position", symbol=adoption.symbol):
            _work(adoption, venue)


def _work(adoption: Adoption, venue: Venue) -> None:
    """Raises ExchangeError; the wish then stays open.

    The position is born before it is read: what is closed of it from then on is a trade of its own time.
    """
    born = venue.now()
    try:
        position = _take_over(adoption, _planned(adoption, venue), born=born, now=venue.now())
    except AdoptionRefused as refused:
        _refuse(adoption, str(refused), now=venue.now())
    except IntegrityError:
        _refuse(adoption, "another entry on this symbol came first", now=venue.now())
    else:
        tend(position, venue)


def _planned(adoption: Adoption, venue: Venue) -> _Takeover:
    """The numbers by the venue's rows of now. Raises AdoptionRefused."""
    if is_held(adoption.symbol, venue):
        raise AdoptionRefused("the position is one of the desk's already")
    rows = venue.trading.positions(adoption.symbol)
    if not rows:
        raise AdoptionRefused("nothing is open there")
    if len(rows) > 1:
        raise AdoptionRefused("a long and a short are open there; close one of them first")
    row = rows[0]
    side = PositionSide.LONG if row.quantity > 0 else PositionSide.SHORT
    stop = _checked_stop(adoption, row, side, _rules(adoption.symbol, venue))
    return _Takeover(
        side=side,
        is_hedged=row.position_side is not PositionSide.BOTH,
        quantity=abs(row.quantity),
        entry_price=round_significant(row.entry_price),
        stop_price=stop,
        leverage=venue.trading.symbol_config(adoption.symbol).leverage,
        row=row,
    )


def _rules(symbol: str, venue: Venue) -> SymbolRules:
    try:
        return venue.rules(symbol)
    except UnknownSymbol as error:
        raise AdoptionRefused("the exchange no longer lists it") from error


def _checked_stop(adoption: Adoption, row: VenuePosition, side: PositionSide, rules: SymbolRules) -> Decimal:
    """The stop from the average price: one that the price has passed would close at once what was to be kept."""
    entry, mark = row.entry_price, row.mark_price
    stop = stop_price(
        worst_entry_price=entry, stop_loss_ratio=adoption.stop_loss_ratio, position_side=side, rules=rules
    )
    is_passed = mark <= stop if side is PositionSide.LONG else mark >= stop
    if is_passed:
        raise AdoptionRefused(f"the price {mark:f} stands beyond a stop at {stop:f} already: ask for a wider one")
    target = take_profit_price(
        entry_price=entry, take_profit_ratio=adoption.take_profit_ratio, position_side=side, rules=rules
    )
    if has_passed(take_profit=target, last_price=mark, position_side=side):
        raise AdoptionRefused(f"the price {mark:f} stands beyond a take-profit at {target:f} already")
    if (
        row.liquidation_price is not None
        and abs(stop - entry) > abs(row.liquidation_price - entry) * STOP_TO_LIQUIDATION
    ):
        raise AdoptionRefused(f"a stop at {stop:f} lies too close to liquidation at {row.liquidation_price:f}")
    return stop


@transaction.atomic
def _take_over(adoption: Adoption, taken: _Takeover, *, born: datetime, now: datetime) -> Position:
    """Position, opening fill, wish and event in one transaction. Raises IntegrityError, AdoptionRefused."""
    locked = Adoption.objects.select_for_update(no_key=True).get(pk=adoption.pk)
    if locked.status != Adoption.Status.ASKED:
        raise AdoptionRefused("another process decided this")
    position = _new_position(adoption, taken, born=born)
    _opening_fill(position, taken, now=born)
    Adoption.objects.filter(pk=adoption.pk).update(status=Adoption.Status.DONE, position=position, decided_at=now)
    events.record(
        EventKind.ADOPTED,
        at=now,
        case=position.case,
        bot=position.bot,
        symbol=position.symbol,
        author=adoption.author,
        quantity=taken.quantity,
        price=taken.stop_price,
        entry_price=taken.entry_price,
    )
    return position


def _new_position(adoption: Adoption, taken: _Takeover, *, born: datetime) -> Position:
    notional = taken.quantity * taken.entry_price
    return Position.objects.create(
        account=adoption.account,
        bot=adoption.bot,
        config_version=adoption.bot.config_version,
        risk_version=risk_version_in_force(adoption.account),
        symbol=adoption.symbol,
        direction=taken.side.value,
        hedge_mode=taken.is_hedged,
        status=PositionStatus.OPEN,
        leverage=taken.leverage,
        margin=round_significant(notional / taken.leverage).quantize(Decimal("0.0001")),
        worst_entry_price=taken.entry_price,
        stop_loss_ratio=adoption.stop_loss_ratio,
        take_profit_ratio=adoption.take_profit_ratio,
        stop_price=taken.stop_price,
        quantity=taken.quantity,
        entered_quantity=taken.quantity,
        entry_price=taken.entry_price,
        mark_price=taken.row.mark_price,
        created_at=born,
        entry_deadline=born,
        filled_at=born,
    )


def _opening_fill(position: Position, taken: _Takeover, *, now: datetime) -> None:
    """What was taken over, as a fill. No trade of a venue has a negative id."""
    Fill.objects.create(
        account=position.account,
        position=position,
        order=None,
        symbol=position.symbol,
        trade_id=-position.pk,
        side=position.side.entry_side.value,
        price=taken.entry_price,
        quantity=taken.quantity,
        realized_pnl=0,
        commission=0,
        commission_asset=COMMISSION_ASSET,
        is_maker=False,
        at=now,
    )


def _refuse(adoption: Adoption, reason: str, *, now: datetime) -> None:
    with transaction.atomic():
        asked = Adoption.objects.filter(pk=adoption.pk, status=Adoption.Status.ASKED)
        if asked.update(status=Adoption.Status.REFUSED, reason=reason[:200], decided_at=now):
            events.record(
                EventKind.ADOPTION_REFUSED, at=now, bot=adoption.bot, symbol=adoption.symbol, why=reason,
                author=adoption.author,
            )  # fmt: skip
