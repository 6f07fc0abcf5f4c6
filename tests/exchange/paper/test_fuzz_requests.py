"""Whatever is sent to whichever route: an answer in the venue's form, never -1000, never a traceback, never a hang."""

import asyncio
import json
import re
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from exchange.paper.core.refusals import TEXTS
from exchange.paper.server.app import ROUTES
from exchange.paper.server.control import HANDLERS
from exchange.paper.server.requests import MAX_BODY_BYTES
from tests.exchange.paper.asgi import InProcess
from tests.exchange.paper.scripted import KEY

ODD = [
    "", " ", "0", "-0", "1", "-1", "5", "0.001", "1e400", "-1e5", "NaN", "Infinity", "-Infinity", "٣", "²", "½",
    "१२३", "0x10", "1_000", "+1", "1,5", ".5", "5.", "00005", "9" * 19, "9" * 20, "9" * 5000, "99999999999999999999.5",
    "0." + "0" * 19 + "1", "null", "true", "TRUE", "false", "[]", "{}", "[[[[", "A" * 5000, "\x00", "\r\nX: y", "%",
    "%00", "../../etc/passwd", "'; DROP TABLE orders; --", "\ufeffBTCUSDT", "btcusdt", "BTCUSDT ", "\u202eTDSU", "😀",
]  # fmt: skip
GOOD = {
    "symbol": ["BTCUSDT", "ETHUSDT", "牛来USDT", "NOPEUSDT"],
    "pair": ["BTCUSDT", "NOPEUSDT"],
    "side": ["BUY", "SELL"],
    "type": ["LIMIT", "MARKET", "STOP", "STOP_MARKET", "TAKE_PROFIT_MARKET", "TRAILING_STOP_MARKET", "1", "2"],
    "positionSide": ["BOTH", "LONG", "SHORT"],
    "timeInForce": ["GTC", "IOC", "FOK", "GTX", "GTD", "RPI", "GTE_GTC"],
    "quantity": ["1", "0.5", "120", "1000"],
    "price": ["99", "100", "101.5", "0.1", "100000"],
    "triggerPrice": ["95", "105", "100000"],
    "activatePrice": ["99", "120"],
    "callbackRate": ["0.1", "1", "20", "21"],
    "algoType": ["CONDITIONAL"],
    "reduceOnly": ["true", "false"],
    "closePosition": ["true", "false"],
    "priceProtect": ["true"],
    "workingType": ["MARK_PRICE", "CONTRACT_PRICE"],
    "newClientOrderId": ["mine", "autoclose-1"],
    "clientAlgoId": ["mine"],
    "newOrderRespType": ["ACK", "RESULT"],
    "selfTradePreventionMode": ["EXPIRE_TAKER", "EXPIRE_BOTH", "NONE"],
    "priceMatch": ["OPPONENT", "QUEUE_20", "OPPONENT_10"],
    "goodTillDate": ["1732385000000", "253402300798999"],
    "orderId": ["10000000001", "1"],
    "algoId": ["1000000000000001"],
    "origClientOrderId": ["mine"],
    "modifyId": ["7"],
    "leverage": ["1", "75", "126"],
    "marginType": ["ISOLATED", "CROSSED"],
    "amount": ["10", "100000000"],
    "dualSidePosition": ["true", "false"],
    "multiAssetsMargin": ["true", "false"],
    "feeBurn": ["true"],
    "countdownTime": ["0", "1000"],
    "interval": ["1m", "15m", "1h", "1d", "3d", "1w", "1M", "1s"],
    "contractType": ["PERPETUAL", "NEXT_QUARTER"],
    "period": ["5m", "1h", "1d"],
    "limit": ["1", "10", "500", "1500", "1501"],
    "startTime": ["0", "1732381200000", "1732381800000"],
    "endTime": ["0", "1732381200000", "1732381800000", "1893456000000"],
    "fromId": ["0", "1732381200000"],
    "incomeType": ["COMMISSION", "FUNDING_FEE"],
    "autoCloseType": ["ADL", "LIQUIDATION"],
    "batchOrders": ['[{"symbol":"BTCUSDT","side":"BUY","type":"MARKET","quantity":"1"}]', "[" * 5000, "[1e400]", "[]"],
    "orderIdList": ["[1,2]", "[" + ",".join(["1"] * 11) + "]", '["\\ud800"]'],
    "origClientOrderIdList": ['["mine"]', "[{}]", "nonsense"],
    "recvWindow": ["5000", "60001"],
    "timestamp": ["0", "9999999999999"],
}
NAMES = st.sampled_from(sorted(GOOD))
VALUES = {
    name: st.sampled_from(good) | st.sampled_from(good + ODD) | st.text(max_size=12) for name, good in GOOD.items()
}
SETS = st.lists(NAMES, max_size=12, unique=True).flatmap(
    lambda names: st.fixed_dictionaries({name: VALUES[name] for name in names})
)
LIMIT_BUY = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "1", "price": "99"}
STOP_BUY = {"algoType": "CONDITIONAL", "symbol": "BTCUSDT", "side": "BUY", "type": "STOP_MARKET", "quantity": "1"}
PERIOD = {"startTime": "1732381200000", "endTime": "1732381800000", "limit": "10"}
STATISTICS = {"symbol": "BTCUSDT", "pair": "BTCUSDT", "contractType": "PERPETUAL", "period": "5m", **PERIOD}
GOOD_REQUESTS = [
    ("POST", "/fapi/v1/order", LIMIT_BUY),
    ("POST", "/fapi/v1/order", {"symbol": "BTCUSDT", "side": "SELL", "type": "MARKET", "quantity": "1"}),
    ("POST", "/fapi/v1/order", {k: v for k, v in LIMIT_BUY.items() if k != "price"} | {"priceMatch": "QUEUE"}),
    ("POST", "/fapi/v1/order", LIMIT_BUY | {"timeInForce": "GTD", "goodTillDate": "1732385000000"}),
    ("POST", "/fapi/v1/order/test", LIMIT_BUY),
    ("PUT", "/fapi/v1/order", LIMIT_BUY | {"orderId": "10000000001"}),
    ("POST", "/fapi/v1/algoOrder", STOP_BUY | {"triggerPrice": "120"}),
    ("POST", "/fapi/v1/algoOrder", STOP_BUY | {"type": "STOP", "triggerPrice": "120", "price": "121"}),
    ("POST", "/fapi/v1/algoOrder", STOP_BUY | {"type": "TRAILING_STOP_MARKET", "callbackRate": "1"}),
    ("POST", "/fapi/v1/batchOrders", {"batchOrders": GOOD["batchOrders"][0]}),
    ("DELETE", "/fapi/v1/batchOrders", {"symbol": "BTCUSDT", "orderIdList": "[1]"}),
    ("POST", "/fapi/v1/countdownCancelAll", {"symbol": "BTCUSDT", "countdownTime": "1000"}),
    ("POST", "/fapi/v1/leverage", {"symbol": "BTCUSDT", "leverage": "5"}),
    ("POST", "/fapi/v1/marginType", {"symbol": "ETHUSDT", "marginType": "ISOLATED"}),
    ("POST", "/fapi/v1/positionMargin", {"symbol": "BTCUSDT", "amount": "10", "type": "1"}),
    ("GET", "/fapi/v1/klines", {"symbol": "BTCUSDT", "interval": "1h", **PERIOD}),
    ("GET", "/fapi/v1/continuousKlines", {"pair": "BTCUSDT", "contractType": "PERPETUAL", "interval": "1s", **PERIOD}),
    ("GET", "/fapi/v1/premiumIndexKlines", {"symbol": "BTCUSDT", "interval": "1h", **PERIOD}),
    ("GET", "/fapi/v1/depth", {"symbol": "BTCUSDT", "limit": "10"}),
    ("GET", "/fapi/v1/aggTrades", {"symbol": "BTCUSDT", **PERIOD}),
    ("GET", "/fapi/v1/historicalTrades", {"symbol": "BTCUSDT", "fromId": "1732381200000", "limit": "10"}),
    ("GET", "/fapi/v1/fundingRate", {"symbol": "BTCUSDT", **PERIOD}),
    ("GET", "/fapi/v1/allOrders", {"symbol": "BTCUSDT", **PERIOD}),
    ("GET", "/fapi/v1/userTrades", {"symbol": "BTCUSDT", **PERIOD}),
    ("GET", "/fapi/v1/income", {"incomeType": "COMMISSION", **PERIOD}),
    *(("GET", path, STATISTICS) for _, path in sorted(ROUTES) if path.startswith("/futures/data/")),
]
ROUTE = st.sampled_from(sorted(ROUTES))
NOTHING_THERE = (-2013, -4049, -4054)  # an order or position that a new account does not have
CODES = frozenset(TEXTS) - {-1000}
QUICK = settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def venue(tmp_path_factory):
    venue = InProcess(tmp_path_factory.mktemp("fuzz"))
    yield venue
    venue.close()


@pytest.fixture(scope="module")
def ask(venue):
    """Send and return status and answer; fails when the server logged an error or took five seconds."""
    loop = asyncio.new_event_loop()

    def run(coroutine):
        with capture_logs() as logs:
            answer = loop.run_until_complete(asyncio.wait_for(coroutine, 5))
        assert not [entry for entry in logs if entry["log_level"] in ("error", "critical")]
        return answer

    yield run
    loop.close()


def check(status, answer):
    """An answer in the venue's form: success, or one of its errors."""
    assert status < 500
    if status != 200:
        assert answer["code"] in CODES
        assert isinstance(answer["msg"], str)
    for row in answer if isinstance(answer, list) else []:
        assert not isinstance(row, dict) or row.get("code") != -1000


@QUICK
@given(route=ROUTE, values=SETS)
def test_any_parameters_on_any_route_get_the_venues_answer(venue, ask, route, values):
    check(*ask(venue.signed(*route, {k: v.encode(errors="replace").decode() for k, v in values.items()})))


@QUICK
@given(good=st.sampled_from(GOOD_REQUESTS), data=st.data())
def test_good_requests_with_a_few_odd_values(venue, ask, good, data):
    method, path, values = good
    odd = data.draw(st.lists(st.sampled_from(sorted(values)) | NAMES, min_size=1, max_size=2))

    changes = {name: data.draw(VALUES[name]).encode(errors="replace").decode() for name in odd}

    check(*ask(venue.signed(method, path, values | changes)))


@pytest.mark.parametrize(("method", "path", "values"), GOOD_REQUESTS)
def test_the_good_requests_are_good(tmp_path, ask, method, path, values):
    fresh = InProcess(tmp_path)

    status, answer = ask(fresh.signed(method, path, values))

    fresh.close()
    check(status, answer)
    assert status == 200 or answer["code"] in NOTHING_THERE


@QUICK
@given(route=ROUTE, query=st.binary(max_size=60), body=st.binary(max_size=60), key=st.sampled_from([KEY, "", "ÿ"]))
def test_bytes_that_are_no_text_at_all(venue, ask, route, query, body, key):
    check(*ask(venue.ask(*route, query=query, body=body, headers={"X-MBX-APIKEY": key})))


@QUICK
@given(
    route=st.sampled_from(sorted(HANDLERS)),
    body=st.binary(max_size=40)
    | st.dictionaries(
        st.sampled_from(["held", "speed", "jump_to_ms", "step_ms", "account", "deposit", "amount", "asset", "symbol"]),
        st.sampled_from([*ODD, 0, -1, 1.5, 1e300, None, [], {}, True, KEY, "BTCUSDT", 2**63, 10**30, "1e99999"]),
        max_size=4,
    ),
)
def test_control_requests_answer_too(venue, ask, route, body):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()

    status, answer = ask(venue.ask(*route, body=content))

    assert status in (200, 400)
    assert status == 200 or re.search(r"\w", answer["error"])


def test_a_symbol_of_five_thousand_letters_is_an_invalid_symbol(venue, ask):
    assert ask(venue.ask("GET", "/fapi/v1/klines", query=b"interval=1h&symbol=" + b"A" * 5000)) == (
        400,
        {"code": -1121, "msg": "Invalid symbol."},
    )


@pytest.mark.parametrize("text", ["²", "٣", "9" * 5000])
def test_a_limit_in_other_digits_is_refused(venue, ask, text):
    status, answer = ask(venue.ask("GET", "/fapi/v1/depth", query=f"symbol=BTCUSDT&limit={quote(text)}".encode()))

    assert (status, answer["code"] in (-1102, -1130)) == (400, True)


def test_a_parameter_sent_twice_is_refused(venue, ask):
    status, answer = ask(venue.ask("GET", "/fapi/v1/klines", query=b"symbol=BTCUSDT&symbol=ETHUSDT&interval=1h"))

    assert (status, answer["code"]) == (400, -1101)


def test_a_body_above_the_limit_is_refused_before_it_is_read(venue, ask):
    status, answer = ask(venue.ask("POST", "/fapi/v1/order", body=b"x" * (MAX_BODY_BYTES + 1)))

    assert (status, answer["code"]) == (413, -1010)


def test_an_announced_body_above_the_limit_is_refused_unseen(venue, ask):
    answer = venue.ask("POST", "/fapi/v1/order", headers={"Content-Length": "10000000"})

    assert ask(answer)[0] == 413
