"""The WebSocket trading API over a real socket: the same exchange as REST shows, by the same checks."""

import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from exchange.paper.server.app import ROUTES, WS_METHODS
from exchange.paper.server.weights import RequestLimits
from exchange.paper.server.ws_api.envelope import MAX_FRAME_CHARS
from exchange.paper.server.ws_api.methods import PATHS
from tests.exchange.paper.scripted import KEY, SECRET
from tests.exchange.paper.server.running import DEADLINE_S, running, wait_for
from tests.exchange.paper.server.ws_client import ORDER, api

STOP = {"algoType": "CONDITIONAL", "symbol": "BTCUSDT", "side": "SELL", "type": "STOP_MARKET", "triggerPrice": "95"}


def code(answer):
    return answer["status"], answer["error"]["code"]


@pytest.fixture
def client(exchange):
    with api(exchange) as client:
        yield client


def ed25519(exchange):
    """Give the exchange's account a new Ed25519 key; returns what signs with it."""
    private = Ed25519PrivateKey.generate()
    pem = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    exchange.control("public-key", account=KEY, public_key=pem)
    return lambda text: base64.b64encode(private.sign(text.encode())).decode()


class TestOrders:
    def test_order_is_placed_read_changed_and_cancelled(self, client):
        placed = client.done("order.place", **ORDER, newClientOrderId="mine")
        found = client.done("order.status", symbol="BTCUSDT", origClientOrderId="mine")
        changed = client.done("order.modify", **(ORDER | {"price": "98", "orderId": placed["orderId"]}))
        gone = client.done("order.cancel", symbol="BTCUSDT", orderId=placed["orderId"])

        assert (placed["status"], placed["clientOrderId"], placed["price"]) == ("NEW", "mine", "99")
        assert found["orderId"] == placed["orderId"]
        assert (changed["price"], gone["status"]) == ("98", "CANCELED")

    def test_conditional_order_is_placed_and_cancelled(self, client, exchange):
        exchange.buy()

        placed = client.done("algoOrder.place", **STOP, closePosition="true", clientAlgoId="stop")
        gone = client.done("algoOrder.cancel", clientAlgoId="stop")

        assert (placed["algoStatus"], placed["triggerPrice"]) == ("NEW", "95")
        assert gone == {"algoId": placed["algoId"], "clientAlgoId": "stop", "code": "200", "msg": "success"}

    def test_numbers_and_flags_of_json_are_understood(self, client, exchange):
        exchange.buy("2")
        order = {"symbol": "BTCUSDT", "side": "SELL", "type": "MARKET", "quantity": 0.5, "reduceOnly": True}

        result = client.done("order.place", **order, newOrderRespType="RESULT")

        assert (result["status"], result["executedQty"], result["reduceOnly"]) == ("FILLED", "0.5", True)

    def test_order_is_the_one_that_rest_shows(self, client, exchange):
        placed = client.done("order.place", **ORDER)

        assert [o["orderId"] for o in exchange.done("GET", "/fapi/v1/openOrders")] == [placed["orderId"]]

    def test_journal_holds_the_command_as_from_rest(self, tmp_path):
        with running(tmp_path) as exchange, api(exchange) as client:
            client.done("order.place", **ORDER, returnRateLimits=False)
            before = exchange.state()
        with running(tmp_path) as exchange:
            assert exchange.state() == before
        lines = [json.loads(line) for path in tmp_path.glob("*.jsonl") for line in path.read_text().splitlines()]
        assert [line["params"] for line in lines if line.get("name") == "place_order"] == [ORDER]


class TestReading:
    def test_every_method_has_its_rest_route(self):
        assert {PATHS[name]: route for name, route in WS_METHODS.items()} == {
            path: ROUTES[path] for path in PATHS.values()
        }

    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("account.balance", "/fapi/v2/balance"),
            ("v2/account.balance", "/fapi/v3/balance"),
            ("account.status", "/fapi/v2/account"),
            ("v2/account.status", "/fapi/v3/account"),
            ("account.position", "/fapi/v2/positionRisk"),
            ("v2/account.position", "/fapi/v3/positionRisk"),
        ],
    )
    def test_account_is_the_one_that_rest_shows(self, client, exchange, method, path):
        exchange.buy()

        assert client.done(method) == exchange.done("GET", path)

    @pytest.mark.parametrize(
        ("method", "path", "params"),
        [
            ("depth", "/fapi/v1/depth", {"symbol": "BTCUSDT", "limit": 5}),
            ("ticker.price", "/fapi/v2/ticker/price", {"symbol": "BTCUSDT"}),
            ("ticker.price", "/fapi/v2/ticker/price", {}),
            ("ticker.book", "/fapi/v1/ticker/bookTicker", {"symbol": "BTCUSDT"}),
            ("time", "/fapi/v1/time", {}),
            ("ping", "/fapi/v1/ping", {}),
        ],
    )
    def test_market_needs_no_key(self, client, exchange, method, path, params):
        assert client.ask(method, **params)["result"] == exchange.get(path, **params).json()


class TestUserStream:
    def test_listen_key_is_made_extended_and_ended_with_the_key_alone(self, client, exchange):
        started = client.ask("userDataStream.start", apiKey=KEY)["result"]
        extended = client.ask("userDataStream.ping", apiKey=KEY)["result"]
        ended = client.ask("userDataStream.stop", apiKey=KEY)["result"]

        assert (started, ended) == (extended, {})
        assert code(client.ask("userDataStream.ping", apiKey=KEY)) == (400, -1125)

    def test_its_events_come_on_a_stream_connection(self, client, exchange):
        key = client.ask("userDataStream.start", apiKey=KEY)["result"]["listenKey"]
        with connect(f"{exchange.ws}/private/ws?listenKey={key}") as stream:
            stream.send(json.dumps({"method": "LIST_SUBSCRIPTIONS", "id": 1}))
            stream.recv(DEADLINE_S)

            client.done("order.place", **ORDER)

            assert json.loads(stream.recv(DEADLINE_S))["o"]["x"] == "NEW"


class TestAdmission:
    def test_key_is_needed(self, client):
        assert code(client.ask("account.status")) == (401, -2014)
        assert code(client.ask("userDataStream.start")) == (401, -2014)

    def test_key_must_be_known(self, client):
        assert code(client.signed("account.status", apiKey="nobody")) == (401, -2015)

    def test_signature_must_fit(self, client):
        params = client.sealed(**ORDER) | {"price": "98"}

        assert code(client.ask("order.place", **params)) == (400, -1022)

    def test_signature_and_timestamp_are_mandatory(self, client, exchange):
        assert code(client.ask("order.place", apiKey=KEY, **ORDER)) == (400, -1102)
        answer = client.ask("order.place", apiKey=KEY, timestamp=exchange.now_ms(), **ORDER)
        assert "'signature'" in answer["error"]["msg"]

    def test_timestamp_must_be_near(self, client, exchange):
        late = client.signed("account.status", timestamp=exchange.now_ms() - 5001)
        early = client.signed("account.status", timestamp=exchange.now_ms() + 1000)

        assert late["error"] == {
            "code": -1021,
            "msg": "Timestamp for this request is outside of the recvWindow.",
        }
        assert early["error"] == {
            "code": -1021,
            "msg": "Timestamp for this request was 1000ms ahead of the server's time.",
        }

    def test_percent_encoded_values_are_the_wrong_text_to_sign(self, client, exchange):
        values = {"apiKey": KEY, "newClientOrderId": "a:b", "timestamp": exchange.now_ms()} | ORDER
        raw = "&".join(f"{name}={values[name]}" for name in sorted(values))

        wrong = client.ask("order.place", **values, signature=exchange.sign(raw.replace(":", "%3A")))
        right = client.ask("order.place", **values, signature=exchange.sign(raw))

        assert code(wrong) == (400, -1022)
        assert right["result"]["clientOrderId"] == "a:b"

    def test_ed25519_signature_may_be_percent_encoded(self, exchange):
        sign = ed25519(exchange)
        with api(exchange, signer=lambda text: sign(text).replace("+", "%2B").replace("=", "%3D")) as client:
            assert client.signed("account.balance")["status"] == 200

    @pytest.mark.parametrize("signature", ["é", "====", "%", "AAAA", ""])
    def test_odd_signatures_are_refused(self, exchange, signature):
        ed25519(exchange)
        with api(exchange, signer=lambda text: signature) as client:
            assert client.signed("account.balance")["status"] == 400

    def test_refusals_are_those_of_rest(self, client, exchange):
        for change in ({"price": "99.05"}, {"quantity": "0"}, {"symbol": "NOPE"}, {"side": "UP"}, {"type": "STOP"}):
            values = ORDER | change
            over_rest = exchange.signed("POST", "/fapi/v1/order", **values)

            over_socket = client.signed("order.place", **values)

            assert over_socket["error"] == over_rest.json()
            assert over_socket["status"] == over_rest.status_code

    def test_unknown_method(self, client):
        assert code(client.ask("order.dance")) == (400, -1020)


class TestSession:
    def test_after_logon_neither_key_nor_signature_is_needed(self, exchange):
        with api(exchange, signer=ed25519(exchange)) as client:
            status = client.done("session.logon")
            placed = client.ask("order.place", **ORDER, timestamp=exchange.now_ms())
            started = client.ask("userDataStream.start")

        assert status == {
            "apiKey": KEY,
            "authorizedSince": exchange.now_ms(),
            "connectedSince": exchange.now_ms(),
            "returnRateLimits": True,
            "serverTime": exchange.now_ms(),
        }
        assert placed["result"]["status"] == "NEW"
        assert "listenKey" in started["result"]

    def test_timestamp_is_still_needed(self, exchange):
        with api(exchange, signer=ed25519(exchange)) as client:
            client.done("session.logon")

            assert code(client.ask("account.status")) == (400, -1102)
            assert code(client.ask("account.status", timestamp=exchange.now_ms() - 60_000)) == (400, -1021)

    def test_only_ed25519_keys_log_on(self, client, exchange):
        assert code(client.signed("session.logon")) == (400, -4056)

    def test_secret_of_an_account_with_ed25519_key_does_not_log_on(self, client, exchange):
        ed25519(exchange)

        assert code(client.signed("session.logon")) == (400, -1022)
        assert client.ask("session.status")["result"]["apiKey"] is None

    def test_logout_ends_it_and_keeps_the_connection(self, exchange):
        with api(exchange, signer=ed25519(exchange)) as client:
            client.done("session.logon")

            assert client.ask("session.logout")["result"]["apiKey"] is None
            assert code(client.ask("account.status", timestamp=exchange.now_ms())) == (401, -2014)
            assert client.signed("account.status")["status"] == 200

    def test_request_may_bring_another_key(self, exchange):
        exchange.control("accounts", api_key="other", api_secret=SECRET, deposit="50")
        with api(exchange, signer=ed25519(exchange)) as client:
            client.done("session.logon")
            client.signer = exchange.sign

            assert client.done("v2/account.balance", apiKey="other")[0]["balance"] == "50"
            unsigned = client.ask("account.balance", apiKey="other", timestamp=exchange.now_ms())
            assert code(unsigned) == (400, -1102)
            assert client.ask("session.status")["result"]["apiKey"] == KEY

    def test_session_belongs_to_its_connection(self, exchange):
        with api(exchange, signer=ed25519(exchange)) as first, api(exchange) as second:
            first.done("session.logon")

            assert second.ask("session.status")["result"]["apiKey"] is None

    def test_key_that_is_gone_ends_the_session_without_an_id(self, exchange):
        exchange.control("snapshot", name="before")
        sign = ed25519(exchange)
        exchange.control("accounts", api_key="late", api_secret="s", deposit="1")
        private = Ed25519PrivateKey.generate()
        pem = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
        exchange.control("public-key", account="late", public_key=pem)
        sign = lambda text: base64.b64encode(private.sign(text.encode())).decode()  # noqa: E731
        with api(exchange, signer=sign, key="late") as client:
            client.done("session.logon")
            exchange.control("restore", name="before")

            answer = client.ask("account.status", 7, timestamp=exchange.now_ms())

            assert (answer["id"], code(answer)) == (None, (401, -2015))
            assert client.ask("session.status")["result"]["apiKey"] is None


class TestLimits:
    def test_weight_and_orders_are_those_of_rest(self, tmp_path):
        with running(tmp_path, limits=RequestLimits(wall_ns=lambda: 0)) as exchange, api(exchange) as client:
            exchange.get("/fapi/v1/ping")
            first = client.ask("ping")
            order = client.ask(
                "order.place", **client.sealed(timestamp=exchange.get("/control/clock").json()["market_ms"], **ORDER)
            )

        assert [row["count"] for row in first["rateLimits"]] == [7]
        assert [(row["rateLimitType"], row["count"]) for row in order["rateLimits"]] == [
            ("REQUEST_WEIGHT", 7),
            ("ORDERS", 1),
            ("ORDERS", 1),
        ]

    def test_refused_order_still_tells_what_is_used(self, client):
        answer = client.signed("order.place", **(ORDER | {"quantity": "0"}))

        assert [row["rateLimitType"] for row in answer["rateLimits"]] == ["REQUEST_WEIGHT", "ORDERS", "ORDERS"]

    def test_rows_can_be_left_out_by_connection_or_request(self, exchange):
        with api(exchange, "?returnRateLimits=false") as client:
            assert "rateLimits" not in client.ask("ping")
            assert "rateLimits" in client.ask("ping", returnRateLimits=True)
            assert client.ask("session.status", returnRateLimits=True)["result"]["returnRateLimits"] is False
            assert "rateLimits" not in client.ask("order.dance")
        with api(exchange) as client:
            assert "rateLimits" not in client.ask("ping", returnRateLimits="false")
            assert code(client.ask("ping", returnRateLimits="maybe")) == (400, -1130)

    def test_too_much_weight_says_when_to_come_again(self, tmp_path):
        limits = RequestLimits(weight_per_minute=6, wall_ns=lambda: 18 * 10**9)
        with running(tmp_path, limits=limits) as exchange, api(exchange) as client:
            answers = [client.ask("ping") for _ in range(2)]

        assert [answer["status"] for answer in answers] == [200, 429]
        error = answers[1]["error"]
        assert (error["code"], error["data"]["retryAfter"] - error["data"]["serverTime"]) == (-1003, 42_000)
        assert answers[1]["rateLimits"][0]["count"] == 7

    def test_going_on_is_a_ban_for_new_connections_too(self, tmp_path):
        limits = RequestLimits(weight_per_minute=5, wall_ns=lambda: 0)
        with running(tmp_path, limits=limits) as exchange:
            with api(exchange) as client:
                statuses = [client.say("{")["status"] for _ in range(12)]
            with pytest.raises(InvalidStatus) as refused, api(exchange):
                pass

        assert statuses == [429] * 10 + [418] * 2
        assert (refused.value.response.status_code, refused.value.response.headers["retry-after"]) == (418, "120")


class TestBrokenFrames:
    @pytest.mark.parametrize("frame", ["{", "", "[]", "null", '{"id":1}', '{"method":"ping"}', b"\xff\xfe", b"{}"])
    def test_are_answered_and_the_connection_goes_on(self, client, frame):
        answer = client.say(frame)

        assert code(answer) == (400, -1135)
        assert client.ask("ping", 2)["id"] == 2

    def test_binary_frame_of_json_is_a_request(self, client):
        assert client.say(b'{"id":5,"method":"ping"}')["result"] == {}

    @pytest.mark.parametrize("value", ["NaN", "1e400", "-1", "9" * 5000, "٣", "", "0x10", ["1"], {"a": 1}, 1e300])
    def test_malformed_quantities_get_the_venues_errors(self, client, value):
        answer = client.signed("order.place", **(ORDER | {"quantity": value}))

        assert answer["status"] == 400
        assert answer["error"]["code"] in (-1100, -1102)

    def test_number_beyond_all_json_is_no_request(self, client):
        assert code(client.ask("time", startTime=10**400)) == (400, -1135)

    def test_odd_limits_of_the_book_are_refused(self, client):
        for limit in ("²", "9" * 5000, "7"):
            assert client.ask("depth", symbol="BTCUSDT", limit=limit)["status"] == 400

    def test_frame_that_is_too_large_closes_the_connection(self, client):
        client.socket.send("x" * (MAX_FRAME_CHARS + 1))

        with pytest.raises(ConnectionClosed) as closed:
            client.socket.recv(DEADLINE_S)
        assert closed.value.rcvd.code == 1009


class TestConnection:
    def test_answers_carry_the_ids_of_requests_sent_at_once(self, tmp_path):
        with running(tmp_path, latency_s=0.1) as exchange, api(exchange) as client:
            for number in range(150):
                client.send("ping", f"r{number}")

            assert {client.receive()["id"] for _ in range(150)} == {f"r{number}" for number in range(150)}

    def test_ends_after_its_lifetime(self, tmp_path):
        with running(tmp_path, stream_lifetime_s=0.2) as exchange, api(exchange) as client:
            with pytest.raises(ConnectionClosed) as closed:
                client.socket.recv(DEADLINE_S)

            assert closed.value.rcvd.code == 1001

    def test_request_under_way_at_the_end_of_its_lifetime_is_answered(self, tmp_path):
        with running(tmp_path, stream_lifetime_s=0.3, latency_s=1) as exchange, api(exchange) as client:
            assert client.ask("ping")["status"] == 200

    def test_pings_are_answered(self, client):
        assert client.socket.ping("payload").wait(DEADLINE_S)

    def test_request_whose_client_leaves_is_carried_out_whole(self, tmp_path):
        with running(tmp_path, latency_s=0.2) as exchange:
            with api(exchange) as client:
                client.send("order.place", **client.sealed(**ORDER, newClientOrderId="left"))
            wait_for(lambda: exchange.events())

            assert [o["clientOrderId"] for o in exchange.done("GET", "/fapi/v1/openOrders")] == ["left"]

    def test_other_connections_go_on_when_one_breaks_off(self, exchange, client):
        with api(exchange) as other:
            other.send("ping")
            other.socket.socket.close()

        assert client.ask("ping")["status"] == 200
