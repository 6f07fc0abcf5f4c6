"""Faults inside the matching engine: split fills, stops that vanish or fire in vain."""

from decimal import Decimal

import pytest
from websockets.sync.client import connect

from exchange.paper.core.refusals import TEXTS
from tests.exchange.paper.faults.faulty import FaultyDesk, frames, heard, listen_key, set_fault, settled
from tests.exchange.paper.scripted import D

FALL = [(1000, "94", "1000"), (2000, "93", "1000")]


def desk_with_stop(word, *, stop=None, path=FALL, **fields):
    """A long of 1 behind a stop at 95, and a fault."""
    desk = FaultyDesk(path)
    desk.fault(word, **fields)
    desk.market_order("BUY", "1")
    desk.algo(**(stop or {}))
    return desk


class TestFillsSplit:
    def test_one_fill_comes_in_pieces_that_sum_to_it(self):
        desk = FaultyDesk([])
        desk.fault("fills_split", pieces=3)

        desk.market_order("BUY", "1")

        assert [fill.quantity for fill in desk.account.fills] == [D("0.333"), D("0.333"), D("0.334")]
        statuses = [event["o"]["X"] for event in desk.events("ORDER_TRADE_UPDATE")]
        assert statuses == ["NEW", "PARTIALLY_FILLED", "PARTIALLY_FILLED", "FILLED"]
        assert desk.position().quantity == 1

    def test_money_is_that_of_one_fill(self):
        whole, split = FaultyDesk([]), FaultyDesk([])
        split.fault("fills_split", pieces=4)

        for desk in (whole, split):
            desk.market_order("BUY", "2")
            desk.market_order("SELL", "2")

        assert split.wallet == whole.wallet
        assert split.position().realized_total == whole.position().realized_total

    def test_resting_orders_are_split_too_and_others_are_not(self):
        desk = FaultyDesk([(1000, "98", "1000")])
        desk.fault("fills_split", client_id="split*")

        desk.order(newClientOrderId="split1")
        desk.order(newClientOrderId="plain")
        desk.after(1000)

        sizes = {c: sum(f.order_id == desk.account.order_ids["BTCUSDT", c] for f in desk.account.fills)
                 for c in ("split1", "plain")}  # fmt: skip
        assert sizes == {"split1": 2, "plain": 1}

    def test_what_the_step_does_not_divide_stays_whole(self):
        desk = FaultyDesk([(0, "100000", "1")])
        desk.after(0)
        desk.fault("fills_split", pieces=5)

        desk.market_order("BUY", "0.1")

        assert sum(fill.quantity for fill in desk.account.fills) == D("0.1")
        assert all(fill.quantity % D("0.001") == 0 for fill in desk.account.fills)


class TestStopVanishes:
    def test_silently_later(self):
        desk = desk_with_stop("stop_vanishes", later_market_s="0.5")

        desk.after(400)
        standing = len(desk.account.open_algos)
        desk.after(1500)

        assert (standing, len(desk.account.open_algos)) == (1, 0)
        assert desk.position().quantity == 1
        assert desk.statuses() == ["NEW", "EXPIRED"]
        assert "ALGO_UPDATE:EXPIRED" not in desk.sent()

    def test_with_an_event(self):
        desk = desk_with_stop("stop_vanishes", event=True)

        desk.after(1)

        assert desk.sent()[-1] == "ALGO_UPDATE:EXPIRED"

    def test_take_profits_stay_unless_they_are_named(self):
        desk = desk_with_stop("stop_vanishes", stop={"type": "TAKE_PROFIT_MARKET", "triggerPrice": "120"})
        named = desk_with_stop(
            "stop_vanishes",
            stop={"type": "TAKE_PROFIT_MARKET", "triggerPrice": "120"},
            order_type="TAKE_PROFIT_MARKET",
        )

        for each in (desk, named):
            each.after(10)

        assert (len(desk.account.open_algos), len(named.account.open_algos)) == (1, 0)

    def test_stop_that_is_cancelled_before_does_not_vanish_again(self):
        desk = desk_with_stop("stop_vanishes", later_market_s=1)

        desk.do("cancel_algo_order", algoId=str(next(iter(desk.account.open_algos))))
        desk.after(1500)

        assert desk.statuses() == ["NEW", "CANCELED"]

    def test_count_spares_the_second_stop(self):
        desk = desk_with_stop("stop_vanishes", count=1)

        desk.after(10)
        desk.algo()
        desk.after(20)

        assert len(desk.account.open_algos) == 1
        assert desk.struck() == [1]

    def test_removed_fault_forgets_what_it_planned(self):
        desk = desk_with_stop("stop_vanishes", later_market_s="0.5")

        desk.do("clear_faults")
        desk.after(600)

        assert len(desk.account.open_algos) == 1

    def test_client_hears_nothing_and_rest_shows_it_gone(self, exchange):
        with connect(f"{exchange.ws}/private/ws?listenKey={listen_key(exchange)}") as socket:
            settled(socket)
            set_fault(exchange, "stop_vanishes")
            exchange.buy()
            stop = exchange.stop()
            frames(socket, 5)

            exchange.clock(step_ms=1)

            assert heard(socket) == []
            assert exchange.done("GET", "/fapi/v1/openAlgoOrders") == []
            assert exchange.done("GET", "/fapi/v1/algoOrder", algoId=stop["algoId"])["algoStatus"] == "EXPIRED"
            assert exchange.get("/control/protection").json()["symbols"][0]["live_stops"] == 0


class TestStopChild:
    def test_rejected_leaves_the_position_and_says_why(self):
        desk = desk_with_stop("stop_child_rejected")

        desk.after(1000)

        assert desk.statuses() == ["NEW", "TRIGGERING", "REJECTED"]
        assert desk.events("ALGO_UPDATE")[-1]["o"]["rm"] == TEXTS[-2019]
        assert desk.position().quantity == 1
        assert len(desk.account.orders) == 1

    def test_rejected_with_a_chosen_code_and_text(self):
        desk = desk_with_stop("stop_child_rejected", code=-4131, message="No.")

        desk.after(1000)

        assert desk.events("ALGO_UPDATE")[-1]["o"]["rm"] == "No."

    def test_expired_finishes_without_a_fill(self):
        desk = desk_with_stop("stop_child_expired")

        desk.after(1000)

        child = list(desk.account.orders.values())[-1]
        assert (child.status, child.executed) == ("EXPIRED", 0)
        assert desk.statuses() == ["NEW", "TRIGGERING", "TRIGGERED", "FINISHED"]
        assert desk.position().quantity == 1

    @pytest.mark.parametrize(("ratio", "left"), [("0.5", "0.5"), ("0.25", "0.75"), ("0.0001", "1")])
    def test_partly_filled_leaves_the_rest_open(self, ratio, left):
        desk = desk_with_stop("stop_child_partly_filled", ratio=ratio)

        desk.after(1000)

        child = list(desk.account.orders.values())[-1]
        assert child.status == "EXPIRED"
        assert desk.position().quantity == Decimal(left)
        assert desk.statuses()[-1] == "FINISHED"

    def test_children_of_take_profits_are_spared(self):
        desk = desk_with_stop(
            "stop_child_rejected",
            stop={"type": "TAKE_PROFIT_MARKET", "triggerPrice": "105"},
            path=[(1000, "106", "1000")],
        )

        desk.after(1000)

        assert desk.position().quantity == 0

    def test_second_stop_works_after_the_first_failed(self):
        desk = desk_with_stop("stop_child_expired", count=1)

        desk.after(1000)
        desk.algo(triggerPrice="93.5")
        desk.after(2000)

        assert desk.position().quantity == 0

    def test_ordinary_orders_are_not_children(self):
        desk = FaultyDesk([])
        for word in ("stop_child_rejected", "stop_child_expired", "stop_child_partly_filled"):
            desk.fault(word)

        desk.market_order("BUY", "1")

        assert desk.position().quantity == 1
        assert desk.struck() == [0, 0, 0]
