"""The drill's judge is judged: each law broken in made-up records is seen, and nothing else is."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.chaos.judge import (
    Evidence,
    is_within,
    judge,
    ledger_difference,
    net_flips,
    not_played,
    orders_doubled,
    worst_unprotected,
)

SECOND_NS = 1_000_000_000
SYMBOL = "DOTUSDT"


class Records:
    """Records of one contract, written line by line."""

    def __init__(self):
        self.rows = []

    def add(self, kind, payload, *, at):
        row = {"seq": len(self.rows) + 1, "market_ms": 0, "wall_ns": int(at * SECOND_NS), "account": "key"}
        self.rows.append({**row, "type": kind, "payload": payload})
        return self

    def position(self, quantity, *, at=0.0, side="BOTH"):
        return self.add("ACCOUNT_UPDATE", {"a": {"P": [{"s": SYMBOL, "pa": quantity, "ps": side}]}}, at=at)

    def stop(self, status, *, at=0.0, quantity=None, close_position=True):
        order = {"s": SYMBOL, "aid": 7, "caid": "dl0a1b2c-1-s1", "S": "BUY", "ps": "BOTH", "o": "STOP_MARKET"}
        order |= {"R": True, "cp": close_position, "q": quantity or "0", "X": status}
        return self.add("ALGO_UPDATE", {"o": order}, at=at)

    def target(self, *, at=0.0):
        order = {"s": SYMBOL, "aid": 8, "caid": "dl0a1b2c-1-t1", "S": "BUY", "ps": "BOTH", "o": "TAKE_PROFIT_MARKET"}
        return self.add("ALGO_UPDATE", {"o": order | {"R": True, "cp": True, "q": "0", "X": "NEW"}}, at=at)

    def order(self, client_id, order_id, *, at=0.0):
        return self.add("ORDER_TRADE_UPDATE", {"o": {"s": SYMBOL, "c": client_id, "i": order_id, "x": "NEW"}}, at=at)

    def trade(self, trade_id, *, pnl="0", fee="0.01", client_id="dl0a1b2c-1-e1"):
        order = {"s": SYMBOL, "c": client_id, "i": 1, "x": "TRADE", "t": trade_id, "rp": pnl, "n": fee}
        return self.add("ORDER_TRADE_UPDATE", {"o": order}, at=0)


def evidence(rows=(), **details):
    values = {
        "records": rows,
        "ended_ns": 100 * SECOND_NS,
        "is_short": True,
        "entries_meant": 1,
        "entries_due": 0,
        "is_ours": True,
        "moves_stop": False,
        "excused": 0.0,
        "patience": 30.0,
        "recovered": 1.0,
        "books": {},
        "left": (),
    }
    return Evidence(**values | details)


def test_a_case_whose_entry_never_came_proves_nothing():
    rows = Records().order("dl0a1b2c-1-e1", 1).rows

    assert judge(evidence(entries_due=1)).faults == ["nothing was entered"]
    assert judge(evidence(rows, entries_due=1)).is_green


def test_a_case_that_could_not_be_played_is_red_and_catches_nothing():
    verdict = not_played("the desk did not start")

    assert (verdict.is_green, verdict.is_caught) == (False, False)
    assert judge(evidence(recovered=None)).is_caught


def test_nothing_wrong_is_green():
    assert judge(evidence()).is_green


def test_an_entry_beyond_those_meant_is_doubled():
    records = Records().order("dl0a1b2c-1-e1", 1).order("dl0a1b2c-2-e1", 2)

    assert orders_doubled(records.rows, entries_meant=1) == 1
    assert orders_doubled(records.rows, entries_meant=2) == 0


def test_one_client_id_accepted_twice_is_doubled():
    records = Records().order("dl0a1b2c-1-e1", 1).order("dl0a1b2c-1-c1", 2).order("dl0a1b2c-1-c1", 3)

    assert orders_doubled(records.rows, entries_meant=1) == 1


def test_the_same_order_told_twice_is_not():
    records = Records().order("dl0a1b2c-1-e1", 1).order("dl0a1b2c-1-e1", 1)

    assert orders_doubled(records.rows, entries_meant=1) == 0


def test_seconds_without_a_stop_are_counted_until_one_stands():
    records = Records().position("-12", at=10).stop("NEW", at=13.5).position("0", at=20)

    assert worst_unprotected(records.rows, ended_ns=100 * SECOND_NS) == pytest.approx(3.5)


def test_a_stop_that_vanished_counts_until_the_end():
    records = Records().position("-12", at=10).stop("NEW", at=10).stop("EXPIRED", at=40)

    assert worst_unprotected(records.rows, ended_ns=100 * SECOND_NS) == pytest.approx(60)


def test_a_stop_for_less_than_what_is_open_protects_nothing():
    records = Records().position("-12", at=10).stop("NEW", at=11, quantity="6", close_position=False)

    assert worst_unprotected(records.rows, ended_ns=15 * SECOND_NS) == pytest.approx(5)


def test_a_stop_that_moves_may_leave_no_gap_however_short():
    rows = Records().position("-12", at=1).stop("NEW", at=2).stop("CANCELED", at=3).stop("NEW", at=3.01).rows

    assert judge(evidence(rows, moves_stop=True)).faults == ["a gap while the stop was moved"]
    assert judge(evidence(rows)).is_green


def test_before_the_first_stop_and_after_the_end_there_is_no_gap():
    rows = Records().position("-12", at=1).stop("NEW", at=2).position("0", at=3).stop("CANCELED", at=4).rows

    assert judge(evidence(rows, moves_stop=True)).is_green


def test_the_stop_comes_before_the_take_profit():
    assert judge(evidence(Records().stop("NEW").target().rows)).is_green
    assert judge(evidence(Records().target().stop("NEW").rows)).faults == ["a take-profit before the stop"]


@pytest.mark.parametrize(("excused", "is_green"), [(0.0, False), (4.0, True)])
def test_seconds_in_which_nobody_could_act_are_excused(excused, is_green):
    rows = Records().position("-12", at=10).stop("NEW", at=18).rows

    assert judge(evidence(rows, excused=excused)).is_green is is_green


def test_what_somebody_else_holds_is_not_ours_to_protect():
    rows = Records().position("-12", at=10).rows

    assert judge(evidence(rows, is_ours=False, entries_meant=0)).is_green
    assert not judge(evidence(rows)).is_green


@pytest.mark.parametrize(
    ("quantities", "is_short", "flips"),
    [
        (("-12", "0"), True, 0),
        (("-12", "12", "0"), True, 1),
        (("12", "0"), False, 0),
        (("0", "-1", "1", "-1"), False, 2),
    ],
)
def test_flips_are_counted_once_each(quantities, is_short, flips):
    records = Records()
    for quantity in quantities:
        records.position(quantity)

    assert net_flips(records.rows, is_short=is_short) == flips


def test_the_books_are_compared_trade_by_trade():
    rows = Records().trade(1, pnl="2", fee="0.5").trade(2, pnl="-1", fee="0.5").rows

    assert ledger_difference(rows, {"1": Decimal("1.5"), "2": Decimal("-1.5")}) == 0
    assert ledger_difference(rows, {"1": Decimal("1.5")}) == Decimal("1.5")
    assert ledger_difference(rows, {"1": Decimal("1.5"), "2": Decimal("-1.5"), "3": Decimal("-2")}) == 2


def test_trades_of_others_are_in_no_book_of_ours():
    rows = Records().trade(1, client_id="by-hand-1-sell").rows

    assert ledger_difference(rows, {}) == 0


@pytest.mark.parametrize(
    "details",
    [
        {"recovered": None},
        {"recovered": 31.0},
        {"left": ("order dl0a1b2c-1-t1 at the exchange",)},
        {"books": {"9": Decimal("0.01")}},
    ],
)
def test_each_other_law_turns_the_case_red(details):
    verdict = judge(evidence(**details))

    assert len(verdict.faults) == 1


def test_a_longer_window_is_granted_where_it_is_due():
    assert judge(replace(evidence(recovered=61.0), patience=90.0)).is_green


@pytest.mark.parametrize("letter", ["a", "r"])
def test_an_order_of_a_change_beyond_those_meant_is_doubled(letter):
    records = Records().order("dl0a1b2c-1-e1", 1).order(f"dl0a1b2c-1-{letter}1", 2).order(f"dl0a1b2c-1-{letter}2", 3)

    assert orders_doubled(records.rows, entries_meant=1, changes_meant=1) == 1
    assert orders_doubled(records.rows, entries_meant=1, changes_meant=2) == 0


@pytest.mark.parametrize(
    ("quantities", "is_kept"),
    [(["-10", "-15"], True), (["-10", "-15", "-20"], False), (["-10", "-9.9"], False), (["-10", "-15", "0"], True)],
)
def test_what_is_open_stays_between_what_was_there_and_what_was_asked_for(quantities, is_kept):
    records = Records()
    for quantity in quantities:
        records.position(quantity)

    sized = evidence(records.rows, sizes=(Decimal(10), Decimal(15)), sizes_until=len(records.rows))

    assert is_within(sized) is is_kept


def test_only_from_the_act_to_the_way_back_is_it_measured():
    records = Records().position("-5").position("-10").position("-15").position("-7")

    sized = evidence(records.rows, sizes=(Decimal(10), Decimal(15)), sizes_from=1, sizes_until=3)

    assert is_within(sized)
    assert not is_within(replace(sized, sizes_until=4))
