"""The size of an entry on advice: the least of what was asked, of half Kelly, and of what may be lost."""

from decimal import Decimal

import pytest

from tests.trading.advised.samples import account, facts, limits
from trading.advised.facts import Record
from trading.advised.size import advised_size, kelly_pct

TWO_TO_ONE = {"average_win": Decimal(20), "average_loss": Decimal(10)}


@pytest.mark.parametrize(
    ("record", "percent"),
    [
        (Record(), "2"),
        (Record(streak=3), "2.6"),
        (Record(streak=9), "3"),
        (Record(streak=-2), "1.2"),
        (Record(streak=-9), "1"),
        (Record(wins=10, losses=9, **TWO_TO_ONE), "2"),
        (Record(wins=10, losses=10, **TWO_TO_ONE), "12.5"),
        (Record(wins=10, losses=10, streak=-1, **TWO_TO_ONE), "10"),
        (Record(wins=5, losses=15, **TWO_TO_ONE), "0"),
        (Record(wins=0, losses=20, average_loss=Decimal(1)), "0"),
    ],
)
def test_half_kelly_from_twenty_trades_on_times_the_streak(record, percent):
    assert kelly_pct(record, default_pct=Decimal(2)) == Decimal(percent)


def test_the_smallest_bound_binds_and_is_named():
    good = Record(wins=15, losses=5, **TWO_TO_ONE)

    def bound(asked, *, leverage=3, stop="0.035", **changes):
        seen = facts(record=good, **changes)
        size = advised_size(Decimal(asked), leverage=leverage, stop_ratio=Decimal(stop), facts=seen)
        return str(size.percent), size.bound_by

    assert bound(4) == ("4.0000", "asked")
    assert bound(50, limits=limits(max_size_pct=Decimal(8)), stop="0.001") == ("8.0000", "max_size")
    assert bound(50, leverage=10) == ("2.8571", "max_loss")
    assert bound(4, account=account(available=Decimal(5000))) == ("1.9047", "max_loss")


def test_nothing_is_left_where_equity_is_gone():
    size = advised_size(
        Decimal(5), leverage=3, stop_ratio=Decimal("0.02"), facts=facts(account=account(equity=Decimal(-3)))
    )

    assert size.percent == 0
