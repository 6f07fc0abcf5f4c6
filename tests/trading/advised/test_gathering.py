"""What the gates are told of the account and of what is held."""

from decimal import Decimal

import pytest

from advisor.picture_facts import PictureFacts
from tests.factories import NOON, make_bot, make_position
from trading.advised.gathering import facts_for, held_of, standing_of

pytestmark = pytest.mark.django_db


def picture(symbol="BTCUSDT"):
    return PictureFacts(
        symbol=symbol, price=Decimal(100), regime="ranging", confluence=0.0, atr=Decimal(2), missing=(), features={}
    )


@pytest.mark.parametrize(
    ("is_executing", "carried"), [(False, Decimal("8.25") * 12), (True, Decimal(100) * 3)], ids=["filled", "in slices"]
)
def test_an_entry_that_is_still_sent_in_slices_counts_whole(is_executing, carried):
    bot = make_bot(strategy="ai_futures")
    make_position(bot, margin=Decimal(100), is_executing=is_executing)

    facts = facts_for(standing_of(bot), picture(), position=None, plan=None, now=NOON)

    assert facts.account.carried == carried


def test_the_first_size_of_a_position_without_an_order_of_ours_is_what_it_began_with():
    position = make_position(make_bot(strategy="ai_futures"))

    held = held_of(position, price=Decimal(8), atr=Decimal(1))

    assert held.first_quantity == 12
