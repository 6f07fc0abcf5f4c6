"""Funding is paid: who holds at the settlement time pays or gets the rate on the notional at the mark price."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from exchange.paper.core import events
from exchange.paper.core.accounts import Account
from exchange.paper.core.forced import cover_shortfall
from exchange.paper.core.funding_rates import INTERVALS_HOURS, FundingTerms
from exchange.paper.core.ledger import USDT
from exchange.paper.core.liquidation import watch
from exchange.paper.core.parameters import Parameters
from exchange.paper.core.positions import MONEY_GRID, Position
from exchange.paper.core.refusals import VenueError
from exchange.paper.core.settlement import book_income
from exchange.paper.core.state import State


def settle_funding(state: State, symbols: Sequence[str], at_ms: int) -> None:
    """Every account's legs of these symbols, now; up to ``at_ms`` funding is then settled."""
    state.funded_ms = at_ms
    for symbol in symbols:
        rate, mark = state.funding_rate(symbol), state.mark_price(symbol)
        for account in state.accounts.values():
            _settle(state, account, symbol, rate=rate, mark=mark)


def set_funding(state: State, parameters: Parameters) -> dict[str, Any]:
    """Control action: interval, rate, cap and floor of a symbol from now on; a rate left out comes from the data."""
    symbol = parameters.mandatory("symbol")
    state.require_symbol(symbol)
    interval = parameters.integer("intervalHours") or state.funding_terms(symbol).interval_hours
    if interval not in INTERVALS_HOURS:
        raise VenueError(-1130, "intervalHours")
    bound = FundingTerms()
    terms = FundingTerms(
        interval_hours=interval,
        rate=_signed(parameters, "rate"),
        cap=_signed(parameters, "cap") or bound.cap,
        floor=_signed(parameters, "floor") or bound.floor,
        changed_ms=state.now_ms,
    )
    state.set_funding(symbol, terms)
    return {"symbol": symbol, "intervalHours": interval, "rate": None if terms.rate is None else f"{terms.rate:f}"}


def _settle(state: State, account: Account, symbol: str, *, rate: Decimal, mark: Decimal) -> None:
    held = [leg for leg in account.legs(symbol) if leg.quantity]
    for leg in held:
        _pay(state, account, leg, amount=(-leg.quantity * mark * rate).quantize(MONEY_GRID))
    if held:
        watch(state, account)
        cover_shortfall(state, account)


def _pay(state: State, account: Account, leg: Position, *, amount: Decimal) -> None:
    is_isolated = state.setting(account, leg.symbol).is_isolated
    book_income(state, account, "FUNDING_FEE", symbol=leg.symbol, amount=amount, info="FUNDING_FEE")
    if is_isolated:
        leg.isolated_wallet += amount
    members = events.account_event(
        state,
        account,
        reason="FUNDING_FEE",
        positions=[leg] if is_isolated else (),
        changes={USDT: amount},
        symbol=leg.symbol,
    )
    state.emit(account, "ACCOUNT_UPDATE", members)


def _signed(parameters: Parameters, name: str) -> Decimal | None:
    """A ratio that may be negative."""
    text = parameters.text(name)
    if text is None:
        return None
    value = Parameters({name: text.removeprefix("-")}).mandatory_decimal(name)
    return -value if text.startswith("-") else value
