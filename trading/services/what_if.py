"""What an entry would do to its account, from public prices and the balances that are known; changes nothing."""

import json
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.conf import settings

from desk.models import Account, Bot
from exchange.ports import MarketDataPort
from exchange.types import PositionSide
from risk.limit_settings import RiskSettings
from risk.limits_exposure import Stake
from risk.liquidation import MaintenanceTier, tiers_of
from risk.settings_store import risk_settings_of
from risk.what_if import ProposedEntry, Surroundings, WhatIf, what_if
from signals.strategies.execution import ExecutionStyle
from trading.services.entry_exposure import AccountView, balance_unknown, book_around, read_last
from trading.services.entry_sizing import EntryTerms, SizedEntry
from trading.venue import ContractRules

if TYPE_CHECKING:
    from trading.services.manual_entry import ManualEntry, ManualPlan

BRACKETS = "data/rules/leverage_brackets.json"
GAP_PCT = Decimal(10)


def what_if_of(
    entry: "ManualEntry", plan: "ManualPlan", *, account: Account, market: MarketDataPort, gap_pct: Decimal = GAP_PCT
) -> WhatIf:
    """Numbers of ``plan`` on ``account`` as it was read last. Raises ExchangeError.

    A market order is reckoned at the last price and will pay the spread besides. Which symbols move together is not
    read here: the cluster is the symbol alone.
    """
    proposed = ProposedEntry(
        rules=ContractRules(market)(entry.symbol),
        position_side=entry.position_side,
        quantity=plan.quantity,
        price=plan.sizing_price,
        leverage=plan.leverage,
        stop_price=plan.stop_price,
        is_maker=_rests(entry, plan),
    )
    by_hand = Bot.objects.filter(account=account, strategy="manual").values_list("pk", flat=True).first()
    around = _around(proposed, read_last(account), risk_settings_of(account), account=account, bot_id=by_hand)
    return what_if(proposed, around, gap_pct=gap_pct)


def _rests(entry: "ManualEntry", plan: "ManualPlan") -> bool:
    """Whether the limit lies behind the price, so that it waits in the book; slices never do."""
    if plan.limit is None or entry.style is ExecutionStyle.TWAP:
        return False
    is_long = entry.position_side is PositionSide.LONG
    return plan.limit < plan.last_price if is_long else plan.limit > plan.last_price


def what_if_of_entry(terms: EntryTerms, sized: SizedEntry, *, gap_pct: Decimal = GAP_PCT) -> WhatIf:
    """Numbers of a bot's entry. One that starts behind the price waits in the book."""
    proposed = ProposedEntry(
        rules=terms.rules,
        position_side=terms.decision.position_side,
        quantity=sized.size.quantity,
        price=terms.prices.highest,
        leverage=sized.leverage,
        stop_price=terms.stop_price,
        is_maker=terms.config.entry_offset_pct > 0,
        cluster=sized.stake.cluster,
    )
    around = _around(proposed, terms.view, terms.risk, account=terms.bot.account, bot_id=terms.bot.pk)
    return what_if(proposed, around, gap_pct=gap_pct)


def _around(
    entry: ProposedEntry, view: AccountView, risk: RiskSettings, *, account: Account, bot_id: int | None
) -> Surroundings:
    tiers = recorded_tiers(entry.rules.symbol)
    if balance_unknown(view, risk) is not None:
        return Surroundings(settings=risk, tiers=tiers)
    stake = Stake(symbol=entry.rules.symbol, margin=Decimal(0), leverage=entry.leverage, cluster=entry.cluster)
    _tied, book = book_around(stake, view, account=account, bot_id=bot_id)
    return Surroundings(settings=risk, book=book, tiers=tiers)


def recorded_tiers(symbol: str) -> tuple[MaintenanceTier, ...]:
    """Maintenance tiers as recorded with the desk's rules: the venue tells its own only to the holder of a key."""
    row = _recorded_brackets().get(symbol)
    return tiers_of(row) if row else ()


@lru_cache(maxsize=1)
def _recorded_brackets() -> Mapping[str, Mapping[str, Any]]:
    text = (settings.BASE_DIR / BRACKETS).read_text()
    return {row["symbol"]: row for row in json.loads(text, parse_float=Decimal)}
