"""What an entry on a signal would do to its account, whatever has become of the signal; changes nothing."""

from datetime import datetime
from decimal import Decimal

import structlog

from exchange.errors import ExchangeError
from exchange.ports import MarketDataPort
from risk.breaker_store import tier_of
from risk.settings_store import risk_settings_of
from risk.states import size_factor
from risk.what_if import WhatIf
from signals.models import Signal
from signals.strategies.registry import config_of
from trading.services.entry_exposure import read_last
from trading.services.entry_plan import Known, Refused, decide, refusals_of_size, terms_of
from trading.services.entry_sizing import wanted_entry
from trading.services.narrowing import narrowed
from trading.services.what_if import GAP_PCT, what_if_of_entry
from trading.venue import ContractRules, RulesSource, Venue

log = structlog.get_logger(__name__)


def what_if_of_signal(signal: Signal, *, market: MarketDataPort, now: datetime, gap_pct: Decimal = GAP_PCT) -> WhatIf:
    """Numbers of an entry at the present price, by the bot's settings of now and the balances read last.

    Filters, counts and freshness are not asked: it tells what the entry would be, not whether it is allowed. Which
    symbols move together is not read. Raises Refused where no size can be told, ExchangeError.
    """
    price = market.ticker(signal.symbol).last_price
    return _at(price, signal, market=market, rules=ContractRules(market), now=now, gap_pct=gap_pct)


def what_if_when_refused(signal: Signal, venue: Venue) -> WhatIf | None:
    """Numbers of the entry that was refused, at the signal's own price; None where nothing can be told."""
    try:
        return _at(
            signal.price, signal, market=venue.market, rules=venue.rules, now=venue.now(), gap_pct=GAP_PCT
        )  # fmt: skip
    except Refused as refused:
        log.info("no_what_if", symbol=signal.symbol, code=refused.code)
    except ExchangeError as error:
        log.warning("what_if_unreadable", symbol=signal.symbol, error=str(error))
    return None


def _factor(signal: Signal, known: Known) -> Decimal:
    """What the breaker leaves of an entry's size; where it leaves nothing, the whole is told."""
    return size_factor(tier_of(signal.bot.account), reduced_size_pct=known.risk.reduced_size_pct) or Decimal(1)


def _at(
    price: Decimal, signal: Signal, *, market: MarketDataPort, rules: RulesSource, now: datetime, gap_pct: Decimal
) -> WhatIf:
    version, account = signal.bot.config_version, signal.bot.account
    config = config_of(version)
    risk = narrowed(risk_settings_of(account), config)
    known = Known(config=config, risk=risk, view=read_last(account), last_price=price)
    decision = decide(signal, version, price, market=market, now=now)
    terms = terms_of(signal, decision, known, rules=rules)
    with refusals_of_size():
        sized = wanted_entry(terms, market, now=now, factor=_factor(signal, known))
    return what_if_of_entry(terms, sized, gap_pct=gap_pct)
