"""The smallest of what all limits allow, on the lot step, and which limit that was."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from exchange.rules import check_notional, floor_to_step
from exchange.types import SymbolRules
from risk.limit_settings import ExposureBasis, RiskSettings
from risk.limits_exposure import Book, Carried

ZERO = Decimal(0)
WANTED = "wanted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """An entry's size. ``bound_by`` names the smallest of ``bounds``; bounds are notional in USDT."""

    quantity: Decimal
    notional: Decimal
    margin: Decimal
    bound_by: str
    bounds: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeRequest:
    """``wanted`` is notional in USDT, ``cluster`` the symbols that move together with this one."""

    wanted: Decimal
    price: Decimal
    leverage: int
    rules: SymbolRules
    cluster: frozenset[str] = frozenset()


def size_within(request: SizeRequest, book: Book, settings: RiskSettings) -> Size:
    """The largest quantity on the step within what is wanted and every limit of size.

    Raises BelowMinNotional, with the number, where the rest would be refused by the venue.
    """
    return _smallest(request, {**_order_bounds(request), **limit_bounds(request, book, settings)})


def size_as_wanted(request: SizeRequest) -> Size:
    """The quantity on the step within what is wanted and what one order may hold. Raises BelowMinNotional."""
    return _smallest(request, _order_bounds(request))


def _smallest(request: SizeRequest, limits: Mapping[str, Decimal]) -> Size:
    bounds = {WANTED: request.wanted, **limits}
    bound_by = min(bounds, key=lambda name: bounds[name])
    step = max(request.rules.step_size, request.rules.market_step_size)
    quantity = floor_to_step(max(bounds[bound_by], ZERO) / request.price, step)
    check_notional(quantity=quantity, price=request.price, rules=request.rules)
    notional = quantity * request.price
    return Size(
        quantity=quantity, notional=notional, margin=notional / request.leverage, bound_by=bound_by, bounds=bounds
    )


def _order_bounds(request: SizeRequest) -> dict[str, Decimal]:
    """What one order and one market order that closes it may hold."""
    largest = {"max_quantity": request.rules.max_quantity, "market_max_quantity": request.rules.market_max_quantity}
    return {name: quantity * request.price for name, quantity in largest.items() if quantity}


def limit_bounds(request: SizeRequest, book: Book, settings: RiskSettings) -> dict[str, Decimal]:
    """Notional that each limit in force still allows, by the limit's code; a limit that is off has no row."""
    leverage, equity = request.leverage, book.equity
    by_margin = leverage if settings.exposure_basis is ExposureBasis.MARGIN else 1
    free = book.available - max(equity, ZERO) * settings.min_free_margin_pct / 100
    bounds = {"free_margin": free * leverage}
    if settings.max_position_pct:
        bounds["position_share"] = equity * settings.max_position_pct / 100 * leverage
    if settings.max_exposure_pct:
        room = equity * settings.max_exposure_pct / 100 - _carried(book.carried, settings)
        bounds["total_exposure"] = room * by_margin
    if settings.max_bot_margin_usdt:
        used = sum((row.margin for row in book.carried if row.is_of_bot), ZERO)
        bounds["bot_margin"] = (settings.max_bot_margin_usdt - used) * leverage
    if settings.max_cluster_pct:
        symbols = request.cluster | {request.rules.symbol}
        together = tuple(row for row in book.carried if row.symbol in symbols)
        bounds["cluster_exposure"] = (
            equity * settings.max_cluster_pct / 100 - _carried(together, settings)
        ) * by_margin
    return bounds


def _carried(rows: tuple[Carried, ...], settings: RiskSettings) -> Decimal:
    is_notional = settings.exposure_basis is ExposureBasis.NOTIONAL
    return sum((row.notional if is_notional else row.margin for row in rows), ZERO)
