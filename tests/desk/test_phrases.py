"""The reasons that the desk writes are known phrases, so that they can be told in another language."""

from decimal import Decimal

import pytest
from django.utils import translation

from desk.phrases import PHRASES, retold
from desk.vocabulary import FILTERS, METRICS, REFUSALS
from exchange.rules import BelowMinNotional
from risk.filters import FILTERS as KNOWN_FILTERS
from risk.filters.context import FilterContext
from risk.filters.entry_gain import entry_gain
from risk.limits import LimitCode, LimitRefusal
from trading.core.states import OrderStatus, Purpose


def gain(entry_price: str | None):
    price = None if entry_price is None else Decimal(entry_price)
    context = FilterContext(symbol="DOTUSDT", signal_price=Decimal("8"), entry_price=price)
    return entry_gain(context, max_gain_pct=Decimal("3"), min_gain_pct=Decimal("-5"))


WRITTEN = [
    gain("9").reason,
    gain("7").reason,
    gain(None).reason,
    *(str(LimitRefusal(code, "5", "5")) for code in LimitCode),
    str(BelowMinNotional(symbol="DOTUSDT", notional=Decimal("4.5"), minimum=Decimal("5"))),
    *(f"{purpose.value} order is {status.value}" for purpose in Purpose for status in OrderStatus),
]


@pytest.mark.parametrize("reason", WRITTEN)
def test_what_the_desk_writes_is_told_in_chinese(reason: str):
    with translation.override("zh-hans"):
        told = retold(reason)

    assert told is not None
    assert "order" not in told
    assert "price" not in told
    assert "_" not in told


def test_numbers_survive_the_retelling():
    with translation.override("zh-hans"):
        assert retold("price rose 12.5000 %, over 3 %") == "价格已涨 12.5000%，超过 3%"


@pytest.mark.parametrize("phrase", [phrase for phrase in PHRASES if "{" not in phrase])
def test_a_phrase_without_numbers_stays_as_it_is_in_english(phrase: str):
    with translation.override("en"):
        assert retold(phrase) == phrase


@pytest.mark.parametrize("text", ["", "something else", "price rose 3 %", "an order is late"])
def test_what_is_no_phrase_is_not_retold(text: str):
    assert retold(text) is None


def test_every_filter_and_limit_has_a_word():
    assert set(KNOWN_FILTERS) <= set(FILTERS)
    assert {code.value for code in LimitCode} <= set(REFUSALS)
    assert set(gain("8").metrics) <= set(METRICS)
