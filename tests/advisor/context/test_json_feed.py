"""Readings from JSON: values at their paths, exact, with the answer's own time."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.context.errors import SourceFailed
from advisor.context.json_feed import at_path, json_readings
from tests.advisor.context.samples import FEAR, JSON, NOW, source_of

ANSWER = {"a": [{"v": "1"}, {"v": "2"}], "b": {"0": "key"}}


def readings(answer, *, mark_price=None, symbol="", **changes):
    source = source_of(JSON, **changes)
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    return json_readings(body, source, symbol=symbol, read_at=NOW, mark_price=mark_price)


def failure(answer, **changes) -> str:
    with pytest.raises(SourceFailed) as failed:
        readings(answer, **changes)
    return failed.value.code


@pytest.mark.parametrize(("path", "found"), [("a.0.v", "1"), ("a.-1.v", "2"), ("b.0", "key"), ("a.1", {"v": "2"})])
def test_a_path_leads_through_objects_and_lists(path, found):
    assert at_path(ANSWER, path) == found


@pytest.mark.parametrize("path", ["", "a.2.v", "a.-3", "a.x", "b.1", "a.0.v.0", "a.99999999999999", "a.٣", "a.--1"])
def test_a_path_that_leads_nowhere_is_told(path):
    with pytest.raises(SourceFailed) as failed:
        at_path(ANSWER, path)

    assert failed.value.code == "nothing_there"


def test_value_words_and_time_of_a_preset():
    (found,) = readings(FEAR, value="data.0.value", text="data.0.value_classification", time="data.0.timestamp")

    assert (found.name, found.value, found.text) == ("value", Decimal(72), "Greed")
    assert found.as_of == datetime(2026, 3, 1, tzinfo=UTC)


def test_without_a_time_of_its_own_it_is_of_now():
    (found,) = readings({"v": 1})

    assert found.as_of == NOW


def test_several_values_of_one_answer():
    found = readings({"in": 1.25, "out": "3"}, value=None, values={"inflow": "in", "outflow": "out"}, unit="USD")

    assert [(row.name, row.value, row.unit) for row in found] == [
        ("inflow", Decimal("1.25"), "USD"),
        ("outflow", Decimal(3), "USD"),
    ]


def test_words_alone_are_a_reading():
    (found,) = readings({"t": "All\nquiet"}, value=None, text="t")

    assert (found.name, found.value, found.text) == ("text", None, "All quiet")


def test_numbers_never_become_floats():
    (found,) = readings(b'{"v": 0.1000000000000000055}')

    assert found.value == Decimal("0.1000000000000000055").quantize(Decimal("1e-18"))


def test_a_price_elsewhere_tells_its_distance_to_ours():
    price, spread = readings(
        {"v": "60120"}, url="https://feeds.test/{symbol}", spread=True, symbol="BTCUSDT", mark_price=Decimal(60000)
    )

    assert (price.name, price.value, price.symbol) == ("value", Decimal(60120), "BTCUSDT")
    assert (spread.name, spread.value, spread.unit) == ("spread_percent", Decimal("0.2"), "%")
    assert spread.as_of == price.as_of


def test_without_our_price_no_distance_is_told():
    found = readings({"v": "60120"}, url="https://feeds.test/{symbol}", spread=True, symbol="BTCUSDT")

    assert [row.name for row in found] == ["value"]


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (b"", "unreadable"),
        (b"<html>", "unreadable"),
        (b"\xff\xfe", "unreadable"),
        (b'{"v": NaN}', "unreadable"),
        (b'{"v": ' + b"9" * 5000 + b"}", "unreadable"),
        (b"[" * 200_000, "unreadable"),
        ({"w": 1}, "nothing_there"),
        ([], "nothing_there"),
        ({"v": "."}, "not_a_number"),
        ({"v": None}, "not_a_number"),
        ({"v": {"x": 1}}, "not_a_number"),
    ],
)
def test_an_answer_that_is_none_is_told_by_its_kind(answer, code):
    assert failure(answer) == code


def test_a_time_that_is_none_fails_the_answer():
    assert failure({"v": 1, "t": "soon"}, time="t") == "no_time"


@given(st.binary(max_size=300) | st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("vwx"), inner, max_size=3),
    max_leaves=20,
))  # fmt: skip
def test_whatever_comes_it_is_readings_or_one_kind_of_error(answer):
    try:
        found = readings(answer, value="v.0", text="w", time="x")
    except SourceFailed:
        return
    assert all(row.value is not None and row.value.is_finite() and len(row.text) <= 200 for row in found)
