"""What an entry would do before it is made: size, cost, liquidation, the loss at its stop and beyond, and its limit."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from exchange.types import PositionSide, SymbolRules
from risk.limit_settings import RiskSettings
from risk.limits_exposure import Book, Stake, exposure_refusal
from risk.liquidation import MaintenanceTier, liquidation_price
from risk.sizing_bounds import SizeRequest, limit_bounds

MAKER_FEE_RATIO, TAKER_FEE_RATIO = Decimal("0.0002"), Decimal("0.0005")  # of the notional, an account without a tier
MONEY_GRID = Decimal("0.00000001")  # USDT


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedEntry:
    """An entry with its price and size decided, base asset and USDT; ``is_maker`` when it will rest in the book."""

    rules: SymbolRules
    position_side: PositionSide
    quantity: Decimal
    price: Decimal
    leverage: int
    stop_price: Decimal
    is_maker: bool = False
    cluster: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the entry would meet. ``book`` is None while no balance was read; ``tiers`` are empty where unknown."""

    settings: RiskSettings
    book: Book | None = None
    tiers: Sequence[MaintenanceTier] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """Numbers of an entry; money in USDT, percentages of equity, None where an input is unknown.

    Losses are of the price alone; ``fee`` is paid at the entry, ``exit_fee`` at the stop. A gap is in percent beyond
    the stop; an isolated position loses no more than its margin. ``bound_by`` names the limit that leaves the least
    room, ``room`` the notional it leaves; ``refusal`` is the limit that this entry exceeds, empty for none.
    """

    quantity: Decimal
    notional: Decimal
    margin: Decimal
    leverage: int
    fee: Decimal
    exit_fee: Decimal
    liquidation_price: Decimal | None
    stop_price: Decimal
    loss_at_stop: Decimal
    loss_at_stop_pct: Decimal | None
    gap_pct: Decimal
    loss_at_gap: Decimal
    loss_at_gap_pct: Decimal | None
    bound_by: str
    room: Decimal | None
    refusal: str


def what_if(entry: ProposedEntry, around: Surroundings, *, gap_pct: Decimal) -> WhatIf:
    """Every number of ``entry``; nothing is asked and nothing changed."""
    notional = entry.quantity * entry.price
    margin = (notional / entry.leverage).quantize(MONEY_GRID)
    loss, gap_loss = _loss(entry, entry.stop_price), min(_loss(entry, _gap_price(entry, gap_pct)), margin)
    bound_by, room = _tightest(entry, around)
    return WhatIf(
        quantity=entry.quantity,
        notional=notional,
        margin=margin,
        leverage=entry.leverage,
        fee=fee_of(notional, is_maker=entry.is_maker),
        exit_fee=fee_of(entry.quantity * entry.stop_price, is_maker=False),
        liquidation_price=_liquidation(entry, around, margin=margin),
        stop_price=entry.stop_price,
        loss_at_stop=loss,
        loss_at_stop_pct=_of_equity(loss, around),
        gap_pct=gap_pct,
        loss_at_gap=gap_loss,
        loss_at_gap_pct=_of_equity(gap_loss, around),
        bound_by=bound_by,
        room=room,
        refusal=_refusal(entry, around, margin=margin),
    )


def fee_of(notional: Decimal, *, is_maker: bool) -> Decimal:
    """Commission in USDT of an account without a tier."""
    return (notional * (MAKER_FEE_RATIO if is_maker else TAKER_FEE_RATIO)).quantize(MONEY_GRID)


def _loss(entry: ProposedEntry, price: Decimal) -> Decimal:
    return abs(price - entry.price) * entry.quantity


def _gap_price(entry: ProposedEntry, gap_pct: Decimal) -> Decimal:
    sign = 1 if entry.position_side is PositionSide.SHORT else -1
    return entry.stop_price * (1 + sign * gap_pct / 100)


def _liquidation(entry: ProposedEntry, around: Surroundings, *, margin: Decimal) -> Decimal | None:
    return liquidation_price(
        position_side=entry.position_side,
        quantity=entry.quantity,
        entry_price=entry.price,
        margin=margin,
        tiers=around.tiers,
    )


def _of_equity(amount: Decimal, around: Surroundings) -> Decimal | None:
    if around.book is None or around.book.equity <= 0:
        return None
    return (amount / around.book.equity * 100).quantize(Decimal("0.0001"))


def _tightest(entry: ProposedEntry, around: Surroundings) -> tuple[str, Decimal | None]:
    if around.book is None:
        return "", None
    request = SizeRequest(
        wanted=entry.quantity * entry.price,
        price=entry.price,
        leverage=entry.leverage,
        rules=entry.rules,
        cluster=entry.cluster,
    )
    bounds = limit_bounds(request, around.book, around.settings)
    name = min(bounds, key=lambda each: bounds[each])
    return name, bounds[name]


def _refusal(entry: ProposedEntry, around: Surroundings, *, margin: Decimal) -> str:
    if around.book is None:
        return ""
    stake = Stake(symbol=entry.rules.symbol, margin=margin, leverage=entry.leverage, cluster=entry.cluster)
    found = exposure_refusal(stake, around.book, around.settings)
    return "" if found is None else str(found)
