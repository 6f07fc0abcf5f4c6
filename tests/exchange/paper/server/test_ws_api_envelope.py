"""Frames of the WebSocket API: what counts as a request, what its signature covers, and how answers look."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.paper.core.refusals import VenueError
from exchange.paper.server.ws_api.envelope import Malformed, Number, answer_frame, read_envelope, refusal_frame
from exchange.paper.server.ws_api.limits import limit_rows


def request(**params):
    return read_envelope(json.dumps({"id": 1, "method": "order.place", "params": params}))


def malformed(frame):
    with pytest.raises(Malformed) as refused:
        read_envelope(frame)
    return refused.value


class TestRequest:
    @pytest.mark.parametrize("request_id", [1, -7, 2**80, "4f1c-uuid", "", None])
    def test_id_is_echoed_exactly(self, request_id):
        envelope = read_envelope(json.dumps({"id": request_id, "method": "ping"}))

        assert json.loads(answer_frame(envelope.request_id, {}, limits=None))["id"] == request_id

    @pytest.mark.parametrize("request_id", [1.5, 1e3, True, [1], {"a": 1}])
    def test_other_ids_are_refused_without_one(self, request_id):
        refusal = malformed(json.dumps({"id": request_id, "method": "ping"}))

        assert (refusal.code, refusal.request_id) == (-1135, None)
        assert refusal.message.startswith("Invalid 'id' in JSON request")

    def test_request_without_id_is_refused(self):
        assert "'id'" in malformed('{"method": "ping"}').message

    @pytest.mark.parametrize(
        "frame",
        [
            "",
            "{",
            "nonsense",
            '{"id": NaN}',
            "[1]",
            "7",
            '"text"',
            "null",
            '{"id":"\\ud800","method":"ping"}',
            b"\xff{",
            "[" * 5000,
            '{"id":1,"method":"ping","params":{"a":' + "[" * 1010 + "]" * 1010 + "}}",
        ],
    )
    def test_what_is_no_json_object_is_refused(self, frame):
        assert malformed(frame).code == -1135

    @pytest.mark.parametrize("method", [None, 7, "", ["order.place"]])
    def test_bad_method_is_refused_with_the_id(self, method):
        refusal = malformed(json.dumps({"id": "mine", "method": method}))

        assert (refusal.request_id, refusal.message) == (
            "mine",
            "Invalid 'method' in JSON request; expected a string.",
        )

    def test_parameters_are_an_object(self):
        assert malformed('{"id": 3, "method": "ping", "params": ["a"]}').request_id == "3"

    def test_parameters_may_be_left_out_or_null(self):
        assert read_envelope('{"id": 3, "method": "ping"}').values == {}
        assert read_envelope('{"id": 3, "method": "ping", "params": null}').values == {}


class TestParameters:
    @pytest.mark.parametrize(
        ("written", "value"),
        [
            ('"0.01"', "0.01"),
            ("0.01", "0.01"),
            ("1e-05", "0.00001"),
            ("1E+2", "100"),
            ("1732381200000", "1732381200000"),
            ("true", "true"),
            ("false", "false"),
            ("-1", "-1"),
            ("[1,2]", "[1,2]"),
            ('{"a":"b"}', '{"a":"b"}'),
        ],
    )
    def test_values_are_texts_as_rest_would_have_them(self, written, value):
        envelope = read_envelope(f'{{"id":1,"method":"order.place","params":{{"quantity":{written}}}}}')

        assert envelope.values == {"quantity": value}

    @pytest.mark.parametrize("written", ["1e99", "1e-99", "1" * 40 + "e1"])
    def test_absurd_numbers_are_not_written_out(self, written):
        envelope = read_envelope(f'{{"id":1,"method":"order.place","params":{{"quantity":{written}}}}}')

        assert envelope.values == {"quantity": written}

    def test_null_counts_as_not_sent(self):
        assert request(symbol="BTCUSDT", price=None).values == {"symbol": "BTCUSDT"}

    def test_key_and_limits_are_for_the_api_alone(self):
        envelope = request(apiKey="k", returnRateLimits=False, symbol="X")

        assert (envelope.api_key, dict(envelope.values)) == ("k", {"symbol": "X"})


class TestSignedText:
    def test_is_sorted_and_not_percent_encoded(self):
        envelope = request(timestamp=5, symbol="币安人生USDT", apiKey="k", newClientOrderId="a:b/c", signature="x")

        assert list(envelope.signed_texts()) == ["apiKey=k&newClientOrderId=a:b/c&symbol=币安人生USDT&timestamp=5"]

    def test_numbers_stand_as_they_were_written(self):
        envelope = read_envelope('{"id":1,"method":"m","params":{"quantity":1e-05,"price":100.10}}')

        assert list(envelope.signed_texts()) == ["price=100.10&quantity=1e-05"]

    def test_flags_may_be_signed_in_capitals(self):
        texts = list(request(reduceOnly=True, returnRateLimits=False).signed_texts())

        assert texts == ["reduceOnly=true&returnRateLimits=false", "reduceOnly=True&returnRateLimits=False"]


class TestAnswer:
    def test_success(self):
        rows = limit_rows({"X-MBX-USED-WEIGHT-1M": "7"}, weight_limit=2400)

        assert json.loads(answer_frame("a", {"x": 1}, limits=rows)) == {
            "id": "a",
            "status": 200,
            "result": {"x": 1},
            "rateLimits": [
                {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 2400, "count": 7}
            ],
        }

    def test_refusal_has_the_status_that_rest_would_have(self):
        answer = json.loads(refusal_frame(Number("9"), VenueError(-2015), limits=None, data={"retryAfter": 4}))

        assert (answer["id"], answer["status"], "rateLimits" in answer) == (9, 401, False)
        assert answer["error"] == {
            "code": -2015,
            "msg": "Invalid API-key, IP, or permissions for action.",
            "data": {"retryAfter": 4},
        }

    def test_rendered_results_stay_as_they_are(self):
        assert json.loads(answer_frame(None, b'[{"a":"1"}]', limits=None))["result"] == [{"a": "1"}]

    def test_order_counts_follow_the_weight(self):
        headers = {"X-MBX-ORDER-COUNT-1M": "3", "X-MBX-ORDER-COUNT-10S": "2", "X-MBX-USED-WEIGHT-1M": "1"}

        rows = limit_rows(headers, weight_limit=2400)

        assert [(row["rateLimitType"], row["interval"], row["limit"], row["count"]) for row in rows] == [
            ("REQUEST_WEIGHT", "MINUTE", 2400, 1),
            ("ORDERS", "SECOND", 300, 2),
            ("ORDERS", "MINUTE", 1200, 3),
        ]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.text() | st.binary() | JSON.map(json.dumps) | st.fixed_dictionaries(
    {"id": JSON, "method": st.sampled_from(["ping", 1, None]), "params": JSON}
).map(json.dumps))  # fmt: skip
def test_any_frame_is_a_request_or_malformed(frame):
    try:
        envelope = read_envelope(frame)
    except Malformed as refusal:
        json.loads(refusal_frame(refusal.request_id, refusal, limits=[]))
    else:
        json.loads(answer_frame(envelope.request_id, {}, limits=None))
        assert all(isinstance(value, str) for value in envelope.values.values())
        assert all(text.isprintable() or text for text in envelope.signed_texts() if envelope.spellings)
