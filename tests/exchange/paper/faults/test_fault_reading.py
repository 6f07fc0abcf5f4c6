"""Faults from JSON, and what is said about bad ones."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.paper.faults.reading import FaultError, read_plan, read_spec, written
from exchange.paper.faults.words import WORDS

NEEDED = {
    "clock_drift": {"offset_ms": -1500},
    "error_code": {"code": -1006},
    "filters_changed": {"symbol": "BTCUSDT"},
    "price_gap": {"symbol": "BTCUSDT", "percent": "-8.5"},
    "symbol_delisted": {"symbol": "BTCUSDT"},
    "symbol_halted": {"symbol": "BTCUSDT"},
    "symbol_settling": {"symbol": "BTCUSDT"},
}


def reason(text):
    with pytest.raises(FaultError) as caught:
        read_plan(text if isinstance(text, str) else json.dumps(text))
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("word", sorted(WORDS))
def test_every_word_reads_back_as_it_was_written(word):
    spec = read_spec({"fault": word, "at": "2024-11-23T17:00Z", "for_market_s": 60} | NEEDED.get(word, {}))

    assert read_spec(json.loads(written(spec))) == spec


@pytest.mark.parametrize("word", sorted(WORDS))
def test_unknown_field_is_refused_with_those_the_word_has(word):
    text = reason({"fault": word, "colour": "red"} | NEEDED.get(word, {}))

    assert text.startswith(f"{word}: unknown field colour; allowed: ")
    assert set(WORDS[word].model_fields) == set(text.partition("allowed: ")[2].split(", "))


def test_unknown_word_is_refused_with_all_there_are():
    assert reason({"fault": "meteor"}) == f"no fault 'meteor'; allowed: {', '.join(sorted(WORDS))}"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"fault": "request_lost", "count": 0}, "request_lost: count: "),
        ({"fault": "request_lost", "probability": 1.5}, "request_lost: probability: "),
        ({"fault": "request_lost", "at": "tomorrow"}, "request_lost: at: "),
        ({"fault": "request_lost", "at": 1, "in_s": 1}, "request_lost: only one of at, in_s"),
        ({"fault": "request_lost", "for_s": 1, "for_market_s": 1}, "request_lost: only one of for_s, for_market_s"),
        ({"fault": "request_lost", "at": 1, "for_s": 5}, "request_lost: at and for_s are of different clocks"),
        ({"fault": "request_lost", "side": "UP"}, "request_lost: side: "),
        ({"fault": "request_lost", "order_type": "STOPP"}, "request_lost: order_type: "),
        ({"fault": "request_lost", "request": "PATCH /fapi/v1/order"}, "request_lost: request: "),
        ({"fault": "request_lost", "request": "/fapi/v1/order"}, "request_lost: request: "),
        ({"fault": "event_gap", "events": "ORDER_UPDATE"}, "event_gap: events.0: Input should be 'ORDER_TRADE_UPDATE'"),
        ({"fault": "event_gap", "execution": "FILL"}, "event_gap: execution: "),
        ({"fault": "price_gap", "symbol": "BTCUSDT"}, "price_gap: percent: "),
        ({"fault": "price_gap", "symbol": "BTCUSDT", "percent": -100}, "price_gap: percent: "),
        ({"fault": "price_gap", "symbol": "BTCUSDT", "percent": "NaN"}, "price_gap: percent: "),
        ({"fault": "server_error", "kind": "sad"}, "server_error: kind: "),
        ([{"fault": "request_lost"}, {"fault": "x"}], "fault 2: no fault 'x'; allowed: "),
        ([1], "a fault is an object"),
        ({"faults": {}}, "faults is a list"),
        ({"faults": [], "seed": "7"}, "seed is a whole number"),
        ({"faults": [], "sead": 7}, "unknown member sead; allowed: faults, seed"),
        ("{nonsense", "not JSON: "),
    ],
)
def test_what_makes_no_sense_is_named_in_one_line(row, said):
    assert reason(row).startswith(said)


def test_one_a_list_and_an_object_with_a_seed_are_understood():
    row = {"fault": "request_lost", "request": "POST /fapi/v1/order"}

    one, many, seeded = (read_plan(json.dumps(text)) for text in (row, [row, row], {"seed": 7, "faults": [row]}))

    assert (len(one.specs), len(many.specs), len(seeded.specs)) == (1, 2, 1)
    assert (one.seed, many.seed, seeded.seed) == (None, None, 7)
    assert one.specs[0].request == ("POST /fapi/v1/order",)


def test_instants_are_utc_where_they_name_no_zone():
    zoned, bare, ms = (
        read_spec({"fault": "request_lost", "at": at}).at
        for at in ("2024-11-23T18:00:00+01:00", "2024-11-23T17:00:00", 1_732_381_200_000)
    )

    assert zoned == bare == ms


@given(st.decimals(min_value=Decimal("-99.99"), max_value=1000, places=4))
def test_percentages_keep_every_digit(percent):
    spec = read_spec({"fault": "price_gap", "symbol": "X", "percent": str(percent)})

    assert read_spec(json.loads(written(spec))).percent == percent


VALUES = st.none() | st.booleans() | st.integers() | st.text()


@given(st.recursive(VALUES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_any_other_json_is_refused_and_never_breaks(content):
    try:
        plan = read_plan(json.dumps(content))
    except FaultError as error:
        assert "\n" not in str(error)
    else:
        assert plan.specs == ()
