"""The exchange's records folded into what is open and what stands."""

from decimal import Decimal

from tests.chaos.sight import Sight
from tests.chaos.test_judge import SYMBOL, Records


def sight(records):
    seen = Sight()
    seen.follow(records.rows)
    return seen


def test_the_newest_quantity_counts_and_both_sides_of_hedge_mode_add_up():
    seen = sight(Records().position("-12").position("-7", side="SHORT").position("0"))

    assert seen.open_quantity(SYMBOL) == Decimal(-7)
    assert seen.open_quantity("XRPUSDT") == 0


def test_an_order_stands_until_its_end():
    assert sight(Records().stop("NEW")).orders(SYMBOL) != []
    assert sight(Records().stop("NEW").stop("TRIGGERED")).orders(SYMBOL) != []
    assert sight(Records().stop("NEW").stop("CANCELED")).orders(SYMBOL) == []


def test_records_of_a_contract_since_a_moment():
    records = Records().position("-12").stop("NEW").position("0")

    assert [row["seq"] for row in sight(records).of(SYMBOL, after=1)] == [2, 3]
    assert sight(records).of("XRPUSDT", after=0) == []


def test_rows_may_come_in_parts():
    rows = Records().position("-12").position("0").rows
    seen = Sight()

    seen.follow(rows[:1])
    seen.follow(rows[1:])

    assert seen.last_seq == 2
    assert seen.open_quantity(SYMBOL) == 0
