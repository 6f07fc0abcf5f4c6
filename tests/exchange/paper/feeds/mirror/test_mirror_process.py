"""The mirror as a real process over an upstream of our own: what its clients see, and what outlives what."""

import json
import signal
from contextlib import ExitStack, contextmanager

import pytest
from websockets.sync.client import connect

from tests.exchange.paper.feeds.mirror.live_market import LiveMarket, now_ms, serving, wait_for
from tests.exchange.paper.test_paper_command import client_of, outcome, process

MARKET_BUY = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "1"}
NOWHERE = "ws://127.0.0.1:9"


@pytest.fixture
def market():
    return LiveMarket(BTCUSDT="100", ETHUSDT="50")


@contextmanager
def mirror(address, *, streams=True, home=None):
    """The command and a client of it."""
    ws = () if streams else ("--mirror-ws", NOWHERE)
    with process("--mirror", f"http://{address}", *ws, *(("--home", str(home)) if home else ())) as (child, first_line):
        yield child, client_of(first_line)


def limit_buy(client, price, quantity="1"):
    values = {"type": "LIMIT", "timeInForce": "GTC", "price": price}
    return client.buy(quantity, **values, timestamp=now_ms())


def order(client, order_id):
    return client.done("GET", "/fapi/v1/order", symbol="BTCUSDT", orderId=order_id, timestamp=now_ms())


def position(client):
    rows = client.done("GET", "/fapi/v3/positionRisk", symbol="BTCUSDT", timestamp=now_ms())
    return float(rows[0]["positionAmt"]) if rows else 0.0


def source(client):
    return client.state()["upstream"]["source"]


def test_market_data_are_the_upstreams_own(tmp_path, market):
    with serving(market, tmp_path) as address, mirror(address) as (_, client):
        direct = client_of({"rest": f"http://{address}", "api_key": "", "api_secret": ""})
        for path, query in {
            "/fapi/v1/klines": {"symbol": "BTCUSDT", "interval": "1h", "limit": 3},
            "/fapi/v1/ticker/price": {"symbol": "ETHUSDT"},
            "/fapi/v1/fundingInfo": {},
            "/fapi/v1/aggTrades": {"symbol": "BTCUSDT"},
        }.items():
            mine, theirs = client.get(path, **query), direct.get(path, **query)

            assert mine.status_code == 200
            assert drop_times(mine.json()) == drop_times(theirs.json())
        unknown = client.get("/fapi/v1/klines", symbol="NOPEUSDT", interval="1h")
        assert (unknown.status_code, unknown.json()["code"]) == (400, -1121)
        assert int(unknown.headers["X-MBX-USED-WEIGHT-1M"]) > 0
        assert [row["symbol"] for row in client.get("/fapi/v1/exchangeInfo").json()["symbols"]] == [
            "BTCUSDT",
            "ETHUSDT",
        ]
        assert abs(client.now_ms() - now_ms()) < 1000


def drop_times(answer):
    return {k: v for k, v in answer.items() if k != "time"} if isinstance(answer, dict) else answer


@pytest.mark.parametrize("streams", [True, False])
def test_limit_order_fills_when_the_upstreams_price_passes_it(tmp_path, market, streams):
    with serving(market, tmp_path) as address, mirror(address, streams=streams) as (_, client):
        wait_for(lambda: source(client) == ("streams" if streams else "polling"))
        placed = limit_buy(client, "98")
        wait_for(lambda: client.state()["upstream"]["followed"] == ["BTCUSDT"])
        market.trade("BTCUSDT", "98.5")
        wait_for(lambda: last_price(client) == "98.5")
        untouched = order(client, placed["orderId"])

        market.trade("BTCUSDT", "97.9")
        market.trade("BTCUSDT", "99")
        filled = wait_for(lambda: filled_order(client, placed["orderId"]))

    assert untouched["status"] == "NEW"
    assert (filled["avgPrice"], filled["executedQty"]) == ("98", "1")


def filled_order(client, order_id):
    row = order(client, order_id)
    return row if row["status"] == "FILLED" else None


def last_price(client):
    return client.get("/fapi/v1/ticker/price", symbol="BTCUSDT").json()["price"]


def test_market_orders_meet_the_newest_price(tmp_path, market):
    with serving(market, tmp_path) as address, mirror(address) as (_, client):
        first = client.buy("1", timestamp=now_ms(), newOrderRespType="RESULT")
        market.trade("BTCUSDT", "103")
        wait_for(lambda: last_price(client) == "103")
        wait_for(lambda: mark(client) > 101)

        client.done(
            "POST", "/fapi/v1/order", symbol="BTCUSDT", side="SELL", type="MARKET", quantity="1", timestamp=now_ms()
        )
        trades = client.done("GET", "/fapi/v1/userTrades", symbol="BTCUSDT", timestamp=now_ms())

    assert first["status"] == "FILLED"
    assert [float(trade["price"]) for trade in trades] == [100.1, 103]


def mark(client):
    """The price by which the mirror values the position; it lags behind the last price."""
    (row,) = client.done("GET", "/fapi/v3/positionRisk", symbol="BTCUSDT", timestamp=now_ms())
    return float(row["unRealizedProfit"]) + 100.1 if float(row["positionAmt"]) else 0.0


@pytest.mark.parametrize("streams", [True, False])
def test_a_lost_upstream_is_visible_stops_matching_and_comes_back(tmp_path, market, streams):
    with ExitStack() as upstream:
        address = upstream.enter_context(serving(market, tmp_path / "first"))
        with mirror(address, streams=streams) as (_, client):
            client.buy("1", timestamp=now_ms())
            client.stop(triggerPrice="95", timestamp=now_ms())
            resting = limit_buy(client, "98")
            upstream.close()
            market.trade("BTCUSDT", "94")
            wait_for(lambda: source(client) == "lost")

            klines = client.get("/fapi/v1/klines", symbol="BTCUSDT", interval="1h")
            refused = client.signed("POST", "/fapi/v1/order", **MARKET_BUY, timestamp=now_ms())
            cancelled = client.done(
                "DELETE", "/fapi/v1/order", symbol="BTCUSDT", orderId=limit_buy_of(client), timestamp=now_ms()
            )

            assert (klines.status_code, klines.json()["msg"]) == (503, "Service Unavailable.")
            assert (refused.status_code, refused.json()["msg"]) == (503, "Service Unavailable.")
            assert client.state()["upstream"]["last_error"]
            assert (position(client), cancelled["orderId"]) == (1, resting["orderId"])
            with serving(market, tmp_path / "second", port=int(address.rsplit(":", 1)[1])):
                wait_for(lambda: position(client) == 0)
                trades = client.done("GET", "/fapi/v1/userTrades", symbol="BTCUSDT", timestamp=now_ms())
                assert float(trades[-1]["price"]) == 94
                assert client.buy("1", timestamp=now_ms(), newOrderRespType="RESULT")["status"] == "FILLED"


def limit_buy_of(client):
    """The one resting order."""
    (row,) = client.done("GET", "/fapi/v1/openOrders", timestamp=now_ms())
    return row["orderId"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_restart_keeps_accounts_orders_and_positions(tmp_path, market, number):
    with serving(market, tmp_path / "upstream") as address:
        with mirror(address, home=tmp_path / "mirror") as (child, client):
            client.buy("2", timestamp=now_ms())
            client.stop(timestamp=now_ms())
            limit_buy(client, "90")
            market.trade("BTCUSDT", "101")
            wait_for(lambda: last_price(client) == "101")
            before = account_of(client)
            child.send_signal(number)
            child.wait(5)

        with mirror(address, home=tmp_path / "mirror") as (_, again):
            assert account_of(again) == before
            assert again.key == client.key
            market.trade("BTCUSDT", "89.9")
            wait_for(lambda: account_of(again)["fills"] != before["fills"])


def test_restart_without_the_upstream_shows_the_accounts_and_waits(tmp_path, market):
    with serving(market, tmp_path / "upstream") as address, mirror(address, home=tmp_path / "mirror") as (_, client):
        client.buy("2", timestamp=now_ms())
        before = account_of(client)

    with mirror(address, home=tmp_path / "mirror") as (_, again):
        assert (source(again), account_of(again)) == ("lost", before)
        assert again.get("/fapi/v1/exchangeInfo").status_code == 503
        with serving(market, tmp_path / "again", port=int(address.rsplit(":", 1)[1])):
            wait_for(lambda: source(again) != "lost" and again.get("/fapi/v1/exchangeInfo").status_code == 200)


def account_of(client):
    return client.state()["accounts"][client.key]


def test_operations_of_a_mirror(tmp_path, market):
    with serving(market, tmp_path) as address, mirror(address) as (_, client):
        client.control("deposit", account=client.key, asset="USDT", amount="500")
        client.control("withdraw", account=client.key, asset="USDT", amount="200")
        client.control("snapshot", name="before")
        client.buy("1", timestamp=now_ms())
        client.control("restore", name="before")
        restored = account_of(client)
        client.control("reset", account=client.key, deposit="77")
        other = client.control("accounts", api_key="other", api_secret="s", deposit="5")
        for change in ({"held": True}, {"speed": 2}, {"jump_to_ms": now_ms() + 10_000}, {"step_ms": 5}):
            answer = client.http.post("/control/clock", json=change)
            assert (answer.status_code, "time of day" in answer.json()["error"]) == (400, True)

        assert (restored["wallet_balance"], restored["positions"], restored["orders"]) == ("10300", [], [])
        assert (account_of(client)["wallet_balance"], other["deposit"]) == ("77", "5")
        assert client.buy("0.5", timestamp=now_ms(), newOrderRespType="RESULT")["status"] == "FILLED"


def test_market_streams_are_passed_on_and_user_streams_are_our_own(tmp_path, market):
    with serving(market, tmp_path) as address, mirror(address) as (_, client):
        key = client.keyed("POST", "/fapi/v1/listenKey").json()["listenKey"]
        with (
            connect(f"{client.ws}/market/ws/btcusdt@aggTrade") as trades,
            connect(f"{client.ws}/private/ws?listenKey={key}") as user,
        ):
            market.trade("BTCUSDT", "102", "7")
            trade = json.loads(trades.recv(10))
            client.buy("1", timestamp=now_ms())
            event = json.loads(user.recv(10))

    assert (trade["s"], trade["p"], trade["q"]) == ("BTCUSDT", "102", "7")
    assert event["e"] in ("ORDER_TRADE_UPDATE", "TRADE_LITE", "ACCOUNT_UPDATE")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--mirror", "http://127.0.0.1:9"], "http://127.0.0.1:9 cannot be mirrored: ConnectError"),
        (["--mirror", "ftp://somewhere"], "must begin with http:// or https://"),
        (["--mirror", "http://127.0.0.1:9", "--mirror-ws", "http://x"], "must begin with ws:// or wss://"),
        (["--mirror", "http://127.0.0.1:9", "--speed", "2"], "--speed is 1"),
        (["--mirror", "http://127.0.0.1:9", "--held"], "--held is not possible"),
        (["--mirror", "http://127.0.0.1:9", "--rebase", "now"], "for recorded data"),
        (["--mirror", "http://127.0.0.1:9", "--mirror-proxy", "gopher://x"], "--mirror-proxy: "),
    ],
)
def test_what_cannot_be_mirrored_is_one_clear_line(arguments, text):
    code, out, err = outcome("--port", "0", *arguments)

    assert (code, out, err.count("\n")) == (2, "", 1)
    assert text in err


def test_an_upstream_of_another_time_is_refused(tmp_path):
    with process("--start", "2024-11-23") as (_, first_line):
        code, _, err = outcome("--port", "0", "--mirror", first_line["rest"])

    assert (code, err.count("\n")) == (2, 1)
    assert "must run with --rebase now to be mirrored" in err


def test_a_replays_home_is_not_mirrored_into(tmp_path, market):
    with process("--start", "2024-11-23", "--held", "--home", str(tmp_path / "home")):
        pass

    with serving(market, tmp_path / "upstream") as address:
        code, _, err = outcome("--port", "0", "--mirror", f"http://{address}", "--home", str(tmp_path / "home"))

    assert (code, err.count("\n")) == (2, 1)
    assert "belongs to another exchange" in err


def test_a_paper_exchange_mirrors_another_ones_recording():
    with ExitStack() as stack:
        _, upstream = stack.enter_context(process("--rebase", "now"))
        _, client = stack.enter_context(mirror(upstream["rest"].removeprefix("http://")))
        wait_for(lambda: source(client) == "streams")

        assert client.buy("0.01", timestamp=now_ms(), newOrderRespType="RESULT")["status"] == "FILLED"
        wait_for(lambda: client.state()["funding"])
