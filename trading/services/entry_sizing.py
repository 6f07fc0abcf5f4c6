"""How large an entry becomes: what its mode asks for, and what every limit of size leaves of that."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from desk.models import Bot
from exchange.ports import MarketDataPort
from exchange.rules import BelowMinNotional
from exchange.types import SymbolRules
from risk.breaker_store import tier_of
from risk.limit_settings import RiskSettings
from risk.limits import LimitRefusal
from risk.limits_exposure import Stake
from risk.sizing import percent_margin, safe_leverage
from risk.sizing_bounds import Size, SizeRequest, size_as_wanted, size_within
from risk.sizing_modes import SizingFacts, SizingMode, SizingSettings, TradeRecord, wanted_notional
from risk.states import size_factor
from signals.strategies.base import Enter, MarginMode, StrategyConfig
from trading.core.entry_prices import EntryPrices
from trading.services.entry_exposure import AccountView, balance_unknown, book_around, check_exposure, cluster_around
from trading.services.sizing_facts import trade_record, true_range, volatility
from trading.venue import Venue

BY_SIGNAL = "signal"
NAMED = frozenset({BY_SIGNAL, SizingMode.FIXED.value, SizingMode.PERCENT.value})
ZERO = Decimal(0)


class LimitReached(Exception):
    """A limit of size leaves no room for the entry."""

    def __init__(self, refusal: LimitRefusal) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryTerms:
    """What an entry is sized on. ``price`` is its limit; ``prices`` are those it can pay. USDT, on the tick."""

    bot: Bot
    decision: Enter
    config: StrategyConfig
    risk: RiskSettings
    view: AccountView
    rules: SymbolRules
    price: Decimal
    prices: EntryPrices
    stop_price: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class SizedEntry:
    """``mode`` asked for the size, ``factor`` is what the breaker left of it; ``size`` names the bound that binds."""

    mode: str
    size: Size
    stake: Stake
    factor: Decimal

    @property
    def leverage(self) -> int:
        return self.stake.leverage


def size_entry(terms: EntryTerms, venue: Venue) -> SizedEntry:
    """The size of an entry, within every limit of size.

    A margin that the settings name is refused where a limit does not allow it; one that a mode derives, or a strategy
    asks for, is cut to what the limits leave. Raises LimitReached, BelowMinNotional, StopBeyondLiquidation, NoSize,
    ExchangeError.
    """
    cluster = cluster_around(terms.rules.symbol, venue, terms.risk, foreign=terms.view.foreign)
    factor = size_factor(tier_of(terms.bot.account), reduced_size_pct=terms.risk.reduced_size_pct)
    sized = wanted_entry(terms, venue.market, now=venue.now(), factor=factor, cluster=cluster)
    _refuse_if(check_exposure(sized.stake, terms.view, terms.risk, bot=terms.bot))
    return sized


def wanted_entry(
    terms: EntryTerms,
    market: MarketDataPort,
    *,
    now: datetime,
    factor: Decimal,
    cluster: frozenset[str] = frozenset(),
) -> SizedEntry:
    """The size of an entry, cut where its mode is one that is cut, whatever else the limits say.

    ``factor`` is what the breaker leaves of it, ``cluster`` names the symbols that move together with this one. Raises
    as size_entry.
    """
    wanted = terms.decision.leverage or terms.config.leverage
    leverage = safe_leverage(wanted=wanted, stop_loss_ratio=terms.decision.stop_loss_ratio)
    mode, notional = _wanted(terms, leverage=leverage, market=market, now=now)
    request = SizeRequest(
        wanted=notional * factor, price=terms.prices.highest, leverage=leverage, rules=terms.rules, cluster=cluster
    )
    size = _size(request, terms, is_cut=_is_cut(mode, terms))
    return SizedEntry(mode=mode, size=size, stake=_stake(request, margin=size.margin), factor=factor)


def _is_cut(mode: str, terms: EntryTerms) -> bool:
    return mode not in NAMED or terms.decision.margin_pct is not None


def _size(request: SizeRequest, terms: EntryTerms, *, is_cut: bool) -> Size:
    """Where a limit leaves less than the venue takes, it is the limit that speaks."""
    if not is_cut:
        return size_as_wanted(request)
    bot = terms.bot
    stake, book = book_around(_stake(request, margin=ZERO), _known(terms), account=bot.account, bot_id=bot.pk)
    try:
        return size_within(replace(request, cluster=stake.cluster), book, terms.risk)
    except BelowMinNotional:
        asked = _stake(request, margin=request.wanted / request.leverage)
        _refuse_if(check_exposure(asked, terms.view, terms.risk, bot=terms.bot))
        raise


def _stake(request: SizeRequest, *, margin: Decimal) -> Stake:
    return Stake(symbol=request.rules.symbol, margin=margin, leverage=request.leverage, cluster=request.cluster)


def _refuse_if(refusal: LimitRefusal | None) -> None:
    if refusal is not None:
        raise LimitReached(refusal)


def _known(terms: EntryTerms) -> AccountView:
    _refuse_if(balance_unknown(terms.view, terms.risk))
    return terms.view


def _wanted(terms: EntryTerms, *, leverage: int, market: MarketDataPort, now: datetime) -> tuple[str, Decimal]:
    """Who asks, and for how much notional in USDT: a strategy that names the margin never gets more than a mode that
    derives it."""
    mode = _mode(terms)
    asked: dict[str, Decimal] = {}
    if terms.decision.margin_pct is not None:
        available = _known(terms).available or ZERO
        asked[BY_SIGNAL] = leverage * percent_margin(
            available_balance=available, margin_pct=terms.decision.margin_pct
        )  # fmt: skip
    if not asked or mode.value not in NAMED:
        asked[mode.value] = wanted_notional(
            sizing_settings(terms.config, mode), _facts(terms, mode, leverage=leverage, market=market, now=now)
        )
    least = min(asked, key=lambda name: asked[name])
    return least, asked[least]


def _mode(terms: EntryTerms) -> SizingMode:
    """A balance that could not be read falls back from its share to the fixed margin."""
    if terms.config.margin_mode is MarginMode.PERCENT and terms.view.snapshot is None:
        return SizingMode.FIXED
    return SizingMode(terms.config.margin_mode.value)


def sizing_settings(config: StrategyConfig, mode: SizingMode) -> SizingSettings:
    """The bot's settings of sizing, in the words of the modes."""
    same = {name: getattr(config, name) for name in SizingSettings.model_fields if name in type(config).model_fields}
    named: Mapping[str, object] = {"mode": mode, "fixed_margin_usdt": config.live_fixed_margin_usdt}
    return SizingSettings.model_validate({**same, **named})


def _facts(terms: EntryTerms, mode: SizingMode, *, leverage: int, market: MarketDataPort, now: datetime) -> SizingFacts:
    """Only what ``mode`` looks at is read."""
    view = terms.view if mode is SizingMode.FIXED else _known(terms)
    symbol = terms.rules.symbol
    return SizingFacts(
        equity=view.equity or ZERO,
        available=view.available or ZERO,
        leverage=leverage,
        entry_price=terms.prices.highest,
        record=trade_record(terms.bot) if mode is SizingMode.HALF_KELLY else TradeRecord(),
        atr=true_range(symbol, market, now=now) if mode is SizingMode.ATR_RISK else None,
        volatility_ratio=volatility(symbol, market, now=now) if mode is SizingMode.VOLATILITY else None,
        stop_distance=abs(terms.stop_price - terms.prices.worst),
    )
