"""Who gives way when an order would trade with its own account, and the expiry reason that says so."""

import pytest

from exchange.paper.core.terms import REALISTIC
from tests.exchange.paper.scripted import Desk


def meeting(mode, time_in_force="GTC", terms=None):
    """A resting sell at the ask, met by a buy of the same account."""
    desk = Desk([], terms=terms)
    desk.order(side="SELL", price="100.1", newClientOrderId="maker")
    desk.order(price="100.3", newClientOrderId="taker", selfTradePreventionMode=mode, timeInForce=time_in_force)
    return {o["c"]: (o["X"], o["er"]) for o in (row["o"] for row in desk.events("ORDER_TRADE_UPDATE"))}


@pytest.mark.parametrize("terms", [None, REALISTIC])
@pytest.mark.parametrize(
    ("mode", "maker", "taker"),
    [
        ("EXPIRE_MAKER", ("EXPIRED_IN_MATCH", "1"), ("NEW", "0")),
        ("EXPIRE_TAKER", ("NEW", "0"), ("EXPIRED_IN_MATCH", "1")),
        ("EXPIRE_BOTH", ("EXPIRED_IN_MATCH", "1"), ("EXPIRED_IN_MATCH", "1")),
    ],
)
def test_the_takers_mode_decides(mode, maker, taker, terms):
    last = meeting(mode, terms=terms)

    assert last["maker"] == maker
    assert last["taker"] == taker or (taker[0] == "NEW" and last["taker"][0] in ("NEW", "PARTIALLY_FILLED", "FILLED"))


@pytest.mark.parametrize(("time_in_force", "reason"), [("GTC", "1"), ("IOC", "3")])
def test_an_ioc_taker_has_a_reason_of_its_own(time_in_force, reason):
    assert meeting("EXPIRE_TAKER", time_in_force)["taker"] == ("EXPIRED_IN_MATCH", reason)


def test_fill_or_kill_is_not_prevented():
    assert meeting("EXPIRE_BOTH", "FOK")["taker"][0] == "FILLED"


def test_other_symbols_are_not_met():
    desk = Desk([])
    desk.order(symbol="ETHUSDT", side="SELL", price="50.1", newClientOrderId="eth")

    desk.order(price="100.3", selfTradePreventionMode="EXPIRE_MAKER")

    assert [order.client_order_id for order in desk.account.open_orders.values()] == ["eth"]
