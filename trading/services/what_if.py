"""What an entry by hand would do to its account, from public prices and the balances read last; changes nothing."""

import json
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.conf import settings

from desk.models import Account
from exchange.ports import MarketDataPort
from exchange.types import PositionSide
from risk.limits_exposure import Book, Carried
from risk.liquidation import MaintenanceTier, tiers_of
from risk.settings_store import risk_settings_of
from risk.what_if import ProposedEntry, Surroundings, WhatIf, what_if
from trading.core.states import PositionStatus
from trading.models import Position
from trading.services.manual_entry import ManualEntry, ManualPlan
from trading.venue import ContractRules

BRACKETS = "data/rules/leverage_brackets.json"
GAP_PCT = Decimal(10)


def what_if_of(
    entry: ManualEntry, plan: ManualPlan, *, account: Account, market: MarketDataPort, gap_pct: Decimal = GAP_PCT
) -> WhatIf:
    """Numbers of ``plan`` on ``account``. Raises ExchangeError.

    A market order is reckoned at the last price and will pay the spread besides. Which symbols move together is not
    read here: the cluster is the symbol alone.
    """
    proposed = ProposedEntry(
        rules=ContractRules(market)(entry.symbol),
        position_side=entry.position_side,
        quantity=plan.quantity,
        price=plan.reference_price,
        leverage=plan.leverage,
        stop_price=plan.stop_price,
        is_maker=_rests(entry, plan, market),
    )
    around = Surroundings(settings=risk_settings_of(account), book=_book(account), tiers=_tiers(entry.symbol))
    return what_if(proposed, around, gap_pct=gap_pct)


def _rests(entry: ManualEntry, plan: ManualPlan, market: MarketDataPort) -> bool:
    """Whether the limit lies behind the price, so that it waits in the book."""
    if plan.limit is None:
        return False
    last = market.ticker(entry.symbol).last_price
    return plan.limit < last if entry.position_side is PositionSide.LONG else plan.limit > last


def _book(account: Account) -> Book | None:
    """The account as it was read last; None before the first reading."""
    row = Account.objects.get(pk=account.pk)
    if row.wallet_balance is None or row.available_balance is None:
        return None
    held = Position.objects.filter(account=account).exclude(status=PositionStatus.CLOSED).select_related("bot")
    return Book(
        equity=row.wallet_balance + (row.unrealized_pnl or Decimal(0)),
        available=row.available_balance,
        carried=tuple(_carried(position) for position in held),
    )


def _carried(position: Position) -> Carried:
    price = position.mark_price or position.entry_price or position.worst_entry_price
    notional = position.quantity * price
    if position.status == PositionStatus.PENDING:
        notional = max(notional, position.margin * position.leverage)
    return Carried(
        symbol=position.symbol,
        notional=notional,
        margin=notional / position.leverage,
        is_of_bot=position.bot.strategy == "manual",
    )


def _tiers(symbol: str) -> tuple[MaintenanceTier, ...]:
    """Maintenance tiers as recorded with the desk's rules: the venue tells its own only to the holder of a key."""
    row = _recorded_brackets().get(symbol)
    return tiers_of(row) if row else ()


@lru_cache(maxsize=1)
def _recorded_brackets() -> Mapping[str, Mapping[str, Any]]:
    text = (settings.BASE_DIR / BRACKETS).read_text()
    return {row["symbol"]: row for row in json.loads(text, parse_float=Decimal)}
