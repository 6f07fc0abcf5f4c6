"""Limits of size: what one entry may add to what the account already carries. USDT; 0 switches a limit off."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from risk.limit_settings import ExposureBasis, RiskSettings
from risk.limits import LimitCode, LimitRefusal

MAINTENANCE_RATIO = Decimal("0.02")  # of the notional, where the symbol's own bracket is not known
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stake:
    """An entry as it would be sent, at its worst price. ``cluster`` names the symbols it moves together with."""

    symbol: str
    margin: Decimal
    leverage: int
    cluster: frozenset[str] = frozenset()

    @property
    def notional(self) -> Decimal:
        return self.margin * self.leverage


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """A position, an entry at work, or something that is not ours; all of them count."""

    symbol: str
    notional: Decimal
    margin: Decimal
    is_of_bot: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """What an account has and carries. ``available`` is what the venue would still lend margin from."""

    equity: Decimal
    available: Decimal
    carried: tuple[Carried, ...] = ()


@dataclass(frozen=True, slots=True)
class _Case:
    stake: Stake
    book: Book
    settings: RiskSettings

    def weight(self, *, notional: Decimal, margin: Decimal) -> Decimal:
        return notional if self.settings.exposure_basis is ExposureBasis.NOTIONAL else margin

    def percent(self, amount: Decimal) -> Decimal:
        """Of equity; without any equity everything is too much."""
        return amount / self.book.equity * 100 if self.book.equity > 0 else Decimal("Infinity")

    def carried(self, symbols: frozenset[str] | None = None) -> Decimal:
        """Exposure by the basis that is set, of some symbols or of all."""
        rows = (row for row in self.book.carried if symbols is None or row.symbol in symbols)
        return sum((self.weight(notional=row.notional, margin=row.margin) for row in rows), ZERO)

    @property
    def added(self) -> Decimal:
        return self.weight(notional=self.stake.notional, margin=self.stake.margin)


def exposure_refusal(stake: Stake, book: Book, settings: RiskSettings) -> LimitRefusal | None:
    """The first limit of size in the way, or None."""
    case = _Case(stake, book, settings)
    refusals = (limit(case) for limit in LIMITS)
    return next((found for found in refusals if found is not None), None)


def _leverage(case: _Case) -> LimitRefusal | None:
    limit = case.settings.max_leverage
    return _over(LimitCode.MAX_LEVERAGE, Decimal(case.stake.leverage), Decimal(limit), unit="x", places=0)


def _liquidation(case: _Case) -> LimitRefusal | None:
    distance = liquidation_distance(case.stake.leverage) * 100
    return _under(LimitCode.LIQUIDATION_DISTANCE, distance, case.settings.min_liquidation_pct, unit=" %")


def liquidation_distance(leverage: int, *, maintenance_ratio: Decimal = MAINTENANCE_RATIO) -> Decimal:
    """Ratio of the entry price that an isolated position may move against us before the venue takes it."""
    return max(Decimal(1) / leverage - maintenance_ratio, ZERO)


def _min_notional(case: _Case) -> LimitRefusal | None:
    return _under(LimitCode.MIN_NOTIONAL, case.stake.notional, case.settings.min_notional_usdt, unit=" USDT")


def _position_share(case: _Case) -> LimitRefusal | None:
    limit = case.settings.max_position_pct
    return _over(LimitCode.POSITION_SHARE, case.percent(case.stake.margin), limit, unit=" %") if limit else None


def _total_exposure(case: _Case) -> LimitRefusal | None:
    limit = case.settings.max_exposure_pct
    if not limit:
        return None
    return _over(LimitCode.TOTAL_EXPOSURE, case.percent(case.carried() + case.added), limit, unit=" %")


def _free_margin(case: _Case) -> LimitRefusal | None:
    """What would be left after the entry, of equity; below nothing it can never go."""
    left = case.book.available - case.stake.margin
    if left < 0:
        return LimitRefusal(LimitCode.FREE_MARGIN, f"{left:.2f} USDT", "0 USDT")
    limit = case.settings.min_free_margin_pct
    return _under(LimitCode.FREE_MARGIN, case.percent(left), limit, unit=" %") if limit else None


def _bot_margin(case: _Case) -> LimitRefusal | None:
    limit = case.settings.max_bot_margin_usdt
    used = sum((row.margin for row in case.book.carried if row.is_of_bot), ZERO)
    return _over(LimitCode.BOT_MARGIN, used + case.stake.margin, limit, unit=" USDT") if limit else None


def _cluster(case: _Case) -> LimitRefusal | None:
    limit = case.settings.max_cluster_pct
    if not limit:
        return None
    together = case.carried(case.stake.cluster | {case.stake.symbol}) + case.added
    return _over(LimitCode.CLUSTER_EXPOSURE, case.percent(together), limit, unit=" %")


def _over(code: LimitCode, value: Decimal, limit: Decimal, *, unit: str, places: int = 2) -> LimitRefusal | None:
    return LimitRefusal(code, f"{value:.{places}f}{unit}", f"{limit:f}{unit}") if value > limit else None


def _under(code: LimitCode, value: Decimal, limit: Decimal, *, unit: str) -> LimitRefusal | None:
    return LimitRefusal(code, f"{value:.2f}{unit}", f"{limit:f}{unit}") if value < limit else None


LIMITS: Sequence[Callable[[_Case], LimitRefusal | None]] = (
    _leverage,
    _liquidation,
    _min_notional,
    _position_share,
    _total_exposure,
    _free_margin,
    _bot_margin,
    _cluster,
)
