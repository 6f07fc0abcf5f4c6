"""The trade that a refused signal would have become: its numbers at the moment of the refusal."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import structlog

from desk.models import Account
from desk.money import round_significant
from exchange.errors import ExchangeError
from exchange.types import AccountSnapshot, PositionSide
from risk.limits import LimitCode
from risk.settings_store import risk_settings_of
from signals.models import ShadowStatus, ShadowTrade, Signal
from signals.strategies.registry import config_of
from trading.core.exits import take_profit_price
from trading.services.entry_exposure import AccountView, read_last
from trading.services.entry_plan import Known, Refused, decide, refusals_of_size, terms_of
from trading.services.entry_sizing import EntryTerms, wanted_entry
from trading.venue import Venue

log = structlog.get_logger(__name__)

LOOK_EVERY = timedelta(hours=1)  # market
LIMITS: Sequence[str] = [code.value for code in LimitCode]


def is_followed(code: str) -> bool:
    """Whether a refusal by this code leaves a shadow: that of a filter or of a limit."""
    return code.startswith("filter_") or code in LIMITS


def plan_shadow(signal: Signal, *, code: str, venue: Venue) -> ShadowTrade | None:
    """The row to be saved with the refusal; None where there is no trade to follow. Logs what it cannot plan."""
    if not is_followed(code):
        return None
    try:
        return _planned(signal, code=code, venue=venue)
    except (Refused, ExchangeError) as error:
        log.warning("shadow_not_planned", symbol=signal.symbol, code=code, error=str(error))
        return None


def _planned(signal: Signal, *, code: str, venue: Venue) -> ShadowTrade:
    """The entry as it would have been sized, by the balances read last and without the breaker's cut."""
    version, now = signal.bot.config_version, venue.now()
    known = Known(
        config=config_of(version),
        risk=risk_settings_of(venue.account),
        view=_as_read_last(venue.account),
        last_price=venue.market.ticker(signal.symbol).last_price,
    )
    decision = decide(signal, version, known.last_price, market=venue.market, now=now)
    terms = terms_of(signal, decision, known, rules=venue.rules)
    with refusals_of_size():
        sized = wanted_entry(terms, venue.market, now=now, factor=Decimal(1))
    row = ShadowTrade(
        signal=signal,
        config_version=version,
        refused_by=code,
        status=ShadowStatus.WORKING,
        direction=decision.position_side.value,
        leverage=sized.leverage,
        margin=round_significant(sized.size.quantity * terms.prices.highest / sized.leverage).quantize(
            Decimal("0.0001")
        ),
        quantity=sized.size.quantity,
        tick_size=terms.rules.tick_size,
        reference_price=known.last_price,
        price=terms.price,
        stop_price=terms.stop_price,
        take_profit_ratio=decision.take_profit_ratio,
        take_profit_price=_take_profit(terms),
        max_hold_hours=known.config.max_hold_hours,
        planned_at=now,
        entry_deadline=now + known.config.entry_timeout,
        followed_until=now,
        due_at=now + LOOK_EVERY,
    )
    _fill_at_once(row)
    return row


def _as_read_last(account: Account) -> AccountView:
    """Nothing is asked of the venue; a balance that was read once counts as read."""
    view = read_last(account)
    if view.equity is None or view.available is None:
        return view
    snapshot = AccountSnapshot(
        wallet_balance=account.wallet_balance or Decimal(0),
        available_balance=view.available,
        margin_balance=view.equity,
        unrealized_pnl=account.unrealized_pnl or Decimal(0),
        initial_margin=view.equity - view.available,
        maintenance_margin=Decimal(0),
    )
    return replace(view, snapshot=snapshot)


def _take_profit(terms: EntryTerms) -> Decimal:
    return take_profit_price(
        entry_price=terms.price,
        take_profit_ratio=terms.decision.take_profit_ratio,
        position_side=terms.decision.position_side,
        rules=terms.rules,
    )


def _fill_at_once(row: ShadowTrade) -> None:
    """A limit that the book meets takes what is there: a sell the last price, a buy the ask one tick above."""
    is_short = row.side is PositionSide.SHORT
    offered = row.reference_price if is_short else row.reference_price + row.tick_size
    if row.price > offered if is_short else row.price < offered:
        return
    row.entry_price, row.entered_at, row.status = offered, row.planned_at, ShadowStatus.OPEN
