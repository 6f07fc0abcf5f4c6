"""Blocked symbols: each cause is found by a check, refuses entries with its own code, and goes with its cause."""

from decimal import Decimal

import pytest

from exchange.types import PositionSide
from signals.models import SignalStatus
from tests.lockstep import KEY, SYMBOL, Lockstep
from trading import selectors
from trading.core.blocks import BlockReason
from trading.core.states import OrderStatus
from trading.models import Order, Position, SymbolBlock
from trading.services import reconcile
from trading.services.blocking import block_account, block_on
from trading.services.entry import work_signal
from trading.services.manual_entry import EntryRefused, ManualEntry, request_entry

OTHER = "XRPUSDT"


def by_hand(lockstep: Lockstep, client_order_id: str, symbol: str = OTHER, **details: str) -> None:
    if symbol == OTHER and not lockstep.market._points.get(OTHER):
        lockstep.market.trade(OTHER, lockstep.host.clock.now_ms() - 1, "1.100")
    order = {"symbol": symbol, "side": "BUY", "type": "MARKET", "quantity": "30", "newClientOrderId": client_order_id}
    lockstep.host.execute("place_order", KEY, order | details)
    lockstep.lose_events()


def blocks(symbol: str = OTHER) -> dict[str, str]:
    return dict(selectors.blocks(symbol).values_list("reason", "detail"))


def test_a_foreign_position_blocks_its_symbol_until_it_is_gone(lockstep: Lockstep) -> None:
    by_hand(lockstep, "web_1")
    reconcile.check(lockstep.venue)
    during = blocks()
    by_hand(lockstep, "web_2", side="SELL")

    reconcile.check(lockstep.venue)

    assert (during, blocks()) == ({"foreign_position": "30"}, {})


def test_a_foreign_order_blocks_its_symbol_until_it_is_gone(lockstep: Lockstep) -> None:
    by_hand(lockstep, "web_1", type="LIMIT", price="0.900", timeInForce="GTC")
    reconcile.reconcile(lockstep.venue)
    during = blocks()
    lockstep.host.execute("cancel_order", KEY, {"symbol": OTHER, "origClientOrderId": "web_1"})

    reconcile.reconcile(lockstep.venue)

    assert (during, blocks()) == ({"foreign_order": "web_1"}, {})


def test_foreign_quantity_that_joined_ours_blocks_what_we_hold(lockstep: Lockstep) -> None:
    lockstep.open_position()
    by_hand(lockstep, "web_1", SYMBOL, side="SELL", quantity="5")

    reconcile.check(lockstep.venue)

    assert list(blocks(SYMBOL)) == ["foreign_quantity"]


def test_an_order_of_unknown_outcome_blocks_its_symbol(lockstep: Lockstep) -> None:
    lockstep.wire.swallow("POST", "/fapi/v1/order")
    lockstep.enter()
    assert lockstep.orders("entry")[0].status == OrderStatus.UNKNOWN

    reconcile.check(lockstep.venue)

    assert blocks(SYMBOL) == {"unresolved_order": lockstep.orders("entry")[0].client_order_id}


def test_a_quantity_that_our_rows_do_not_explain_blocks_its_symbol(lockstep: Lockstep) -> None:
    """Less is open than we hold, and no trade tells why."""
    position = lockstep.open_position()
    Position.objects.update(quantity=position.quantity + 1, entered_quantity=position.entered_quantity + 1)

    reconcile.check(lockstep.venue)

    assert blocks(SYMBOL) == {"unreconciled_quantity": "70.5 open, 71.5 by our rows"}


def test_a_desk_in_step_with_the_exchange_blocks_nothing(lockstep: Lockstep) -> None:
    lockstep.open_position()

    reconcile.reconcile(lockstep.venue)

    assert not SymbolBlock.objects.exists()


@pytest.mark.parametrize("reason", BlockReason)
def test_a_blocked_symbol_refuses_signals_with_its_reason(lockstep: Lockstep, reason: BlockReason) -> None:
    SymbolBlock.objects.create(account=lockstep.account, symbol=SYMBOL, reason=reason, since=lockstep.now())
    signal = lockstep.signal()

    entry = work_signal(signal, lockstep.venue)

    signal.refresh_from_db()
    assert entry is None
    assert (signal.status, signal.reason_code) == (SignalStatus.REFUSED, "symbol_blocked")
    assert reason.value in signal.reason


def test_a_block_on_the_account_is_one_on_every_symbol(lockstep: Lockstep) -> None:
    block_account(lockstep.account, BlockReason.RIVAL_AT_WORK, detail="dlbbbbbb-1-e1", now=lockstep.now())

    found = block_on(lockstep.account, SYMBOL)

    assert found is not None
    assert found.told == "another Duo-Live works on this account (dlbbbbbb-1-e1)"


def test_an_entry_by_hand_is_refused_too(lockstep: Lockstep) -> None:
    SymbolBlock.objects.create(
        account=lockstep.account, symbol=SYMBOL, reason=BlockReason.FOREIGN_ORDER, since=lockstep.now()
    )
    entry = ManualEntry(
        symbol=SYMBOL,
        position_side=PositionSide.LONG,
        leverage=3,
        stop_loss_pct=Decimal(2),
        take_profit_pct=Decimal(2),
        author="tests",
        margin=Decimal(50),
    )

    with pytest.raises(EntryRefused, match="an order that is not ours"):
        request_entry(entry, account=lockstep.account, market=lockstep.venue.market, now=lockstep.now())

    assert not Order.objects.exists()


def test_closing_goes_on_under_a_block(lockstep: Lockstep) -> None:
    lockstep.open_position()
    block_account(lockstep.account, BlockReason.RIVAL_AT_WORK, detail="", now=lockstep.now())

    lockstep.price("10.100")
    lockstep.deliver()

    assert lockstep.position().is_over
