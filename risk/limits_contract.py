"""Limits of the contract itself: whether it is one that may be entered now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from risk.limit_settings import RiskSettings
from risk.limits import LimitCode, LimitRefusal

TRADING = "TRADING"
TRADFI = "TRADIFI_PERPETUAL"  # the venue's spelling: stocks, metals and the like, which keep trading hours


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One span in which a contract with trading hours trades, market time, the end excluded."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractState:
    """What is known of a contract. ``delivery_at`` is when it ends, None for never.

    ``sessions`` are those of a contract with trading hours, None where they are not known; ``blocked_by`` is the
    reason for which the desk itself has set the symbol aside, empty for none.
    """

    symbol: str
    status: str = TRADING
    contract_type: str = "PERPETUAL"
    delivery_at: datetime | None = None
    sessions: Sequence[Session] | None = None
    blocked_by: str = ""


def contract_refusal(contract: ContractState, settings: RiskSettings, *, now: datetime) -> LimitRefusal | None:
    """The first reason not to enter the contract, or None."""
    return (
        _listed(contract, settings)
        or _blocked(contract)
        or _status(contract)
        or _delisting(contract, settings, now=now)
        or _hours(contract, now=now)
    )


def _listed(contract: ContractState, settings: RiskSettings) -> LimitRefusal | None:
    if contract.symbol in settings.symbol_deny:
        return LimitRefusal(LimitCode.SYMBOL_DENIED, contract.symbol, "-")
    if settings.symbol_allow and contract.symbol not in settings.symbol_allow:
        return LimitRefusal(LimitCode.SYMBOL_NOT_ALLOWED, contract.symbol, str(len(settings.symbol_allow)))
    return None


def _blocked(contract: ContractState) -> LimitRefusal | None:
    return LimitRefusal(LimitCode.SYMBOL_BLOCKED, contract.blocked_by, "-") if contract.blocked_by else None


def _status(contract: ContractState) -> LimitRefusal | None:
    if contract.status == TRADING:
        return None
    return LimitRefusal(LimitCode.CONTRACT_STATUS, contract.status, TRADING)


def _delisting(contract: ContractState, settings: RiskSettings, *, now: datetime) -> LimitRefusal | None:
    if contract.delivery_at is None or not settings.delisting_hours:
        return None
    left = contract.delivery_at - now
    if left >= timedelta(hours=settings.delisting_hours):
        return None
    hours = left / timedelta(hours=1)
    return LimitRefusal(LimitCode.CONTRACT_DELISTING, f"{hours:.1f} h", f"{settings.delisting_hours} h")


def _hours(contract: ContractState, *, now: datetime) -> LimitRefusal | None:
    """A contract with hours that are not known is closed: no risk on doubt."""
    if contract.contract_type != TRADFI:
        return None
    if any(session.start <= now < session.end for session in contract.sessions or ()):
        return None
    return LimitRefusal(LimitCode.TRADING_HOURS, "closed" if contract.sessions else "unknown", "open")
