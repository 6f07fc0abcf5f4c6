"""The limits that hold for orders by hand too: of the contract, of size, and of the age of the balance behind them.

Counts (positions, entries of a day, losses of a day) are the bots'. A process without keys judges by what was read
last: foreign positions weigh on what is available, and their exposure is not known here.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from desk.models import Account, Bot
from exchange.ports import MarketDataPort
from risk.limit_settings import RiskSettings
from risk.limits import LimitRefusal
from risk.limits_contract import contract_refusal
from risk.limits_exposure import Stake
from risk.settings_store import risk_settings_of
from trading.services.contract_state import contract_state
from trading.services.entry_exposure import balance_too_old, check_exposure, cluster_on, read_last


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The settings in force, and what was measured of the market for them before any row was locked."""

    settings: RiskSettings
    cluster: frozenset[str]
    now: datetime
    speed: Decimal


def measured(symbol: str, *, account: Account, market: MarketDataPort, now: datetime, speed: Decimal) -> Limits:
    """Raises ExchangeError."""
    settings = risk_settings_of(account)
    cluster = cluster_on(symbol, market, settings, account=account, foreign=(), now=now)
    return Limits(settings=settings, cluster=cluster, now=now, speed=speed)


def contract_stop(symbol: str, limits: Limits, market: MarketDataPort) -> LimitRefusal | None:
    """Why the contract may not be entered now, or None. Raises UnknownSymbol, ExchangeError."""
    return contract_refusal(contract_state(symbol, market), limits.settings, now=limits.now)


def size_stop(symbol: str, *, margin: Decimal, leverage: int, limits: Limits, bot: Bot) -> LimitRefusal | None:
    """Why an entry of that size may not be made on what the account carries now, or None.

    Ask it in the transaction that commits the entry, with the account's row locked.
    """
    view = read_last(bot.account)
    stake = Stake(symbol=symbol, margin=margin, leverage=leverage, cluster=limits.cluster)
    too_old = balance_too_old(view, limits.settings, now=limits.now, speed=limits.speed)
    return too_old or check_exposure(stake, view, limits.settings, bot=bot)
