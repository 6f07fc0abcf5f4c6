"""A contract stops trading: its orders expire, its positions are settled."""

from exchange.types import VenueStatus
from tests.exchange.paper.scripted import T0, D, Desk

CLOSES_MS = 90 * 60_000


def desk_with_all():
    desk = Desk([(60_000, "98", "0.1")], closings={"BTCUSDT": CLOSES_MS})
    desk.market_order("BUY", "2")
    desk.order(price="90")
    desk.algo(triggerPrice="80")
    desk.algo(closePosition="", quantity="1", triggerPrice="70")
    return desk


def test_position_is_closed_at_the_announced_time_by_settlement():
    desk = desk_with_all()

    desk.after(CLOSES_MS - 1)
    held = desk.position().quantity
    desk.after(CLOSES_MS + 5000)

    fill, order = desk.account.fills[-1], desk.events("ORDER_TRADE_UPDATE")[-1]["o"]
    assert (held, desk.position().quantity) == (D(2), D(0))
    assert (fill.price, fill.at_ms) == (D(98), T0 + CLOSES_MS)
    assert order["c"].startswith("settlement_autoclose-")


def test_orders_of_both_books_expire_for_the_delisting():
    desk = desk_with_all()

    desk.after(CLOSES_MS)

    ended = [row["o"] for row in desk.events("ORDER_TRADE_UPDATE") if row["o"]["X"] == "EXPIRED"]
    assert [row["er"] for row in ended] == ["7"]
    assert {algo.status for algo in desk.account.algos.values()} == {VenueStatus.EXPIRED}
    assert not desk.account.open_orders


def test_settlement_is_booked_and_happens_once():
    desk = desk_with_all()

    desk.after(CLOSES_MS)
    desk.after(2 * CLOSES_MS)

    settled = [o for o in desk.account.orders.values() if o.client_order_id.startswith("settlement_autoclose-")]
    assert len(settled) == 1
    assert desk.wallet == sum(row.amount for row in desk.account.ledger.rows)
    assert desk.income("REALIZED_PNL") == [2 * (D(98) - D("100.1"))]


def test_steps_change_nothing():
    whole, stepped = desk_with_all(), desk_with_all()

    whole.after(2 * CLOSES_MS)
    for ms in range(0, 2 * CLOSES_MS + 1, 350_000):
        stepped.after(ms)
    stepped.after(2 * CLOSES_MS)

    assert whole.engine.records == stepped.engine.records


def test_new_orders_are_refused_afterwards():
    desk = desk_with_all()
    desk.after(CLOSES_MS)

    assert desk.refusal("place_order", symbol="BTCUSDT", side="BUY", type="MARKET", quantity="1") == -4141
