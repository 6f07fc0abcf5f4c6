"""Commission of a fill: a share of the notional in USDT, or a tenth less in BNB where the account burns it."""

from decimal import Decimal
from typing import NamedTuple

from exchange.paper.core.accounts import Account
from exchange.paper.core.ledger import USDT
from exchange.paper.core.positions import MONEY_GRID
from exchange.paper.core.refusals import VenueError
from exchange.paper.core.state import State

MAKER_FEE_RATIO = Decimal("0.0002")
TAKER_FEE_RATIO = Decimal("0.0005")
BURN_SHARE = Decimal("0.9")
BNB, BNB_CONTRACT = "BNB", "BNBUSDT"


class Commission(NamedTuple):
    """``amount`` of ``asset``, positive when paid; ``worth`` in USDT."""

    amount: Decimal
    asset: str
    worth: Decimal


def commission(state: State, account: Account, notional: Decimal, *, is_maker: bool) -> Commission:
    """In BNB when the account burns it, holds enough of it and its price is known."""
    fee = (notional * (MAKER_FEE_RATIO if is_maker else TAKER_FEE_RATIO)).quantize(MONEY_GRID)
    price = _burn_price(state) if account.burns_bnb else None
    if price:
        discounted = fee * BURN_SHARE
        amount = (discounted / price).quantize(MONEY_GRID)
        if amount <= account.ledger.balance(BNB):
            return Commission(amount, BNB, discounted.quantize(MONEY_GRID))
    return Commission(fee, USDT, fee)


def _burn_price(state: State) -> Decimal | None:
    try:
        return state.last_price(BNB_CONTRACT)
    except VenueError:
        return None
