"""The control interface."""

import pytest

from exchange.paper.server.control import is_loopback
from tests.exchange.paper.scripted import KEY, T0
from tests.exchange.paper.server.running import Client, running, wait_for


def refused(exchange, path, body):
    answer = exchange.http.post(path, json=body)
    return answer.status_code == 400 and answer.json()["error"]


def test_clock_is_held_released_stepped_and_moved(exchange):
    assert exchange.clock(step_ms=500)["market_ms"] == T0 + 500
    assert exchange.clock(jump_to_ms=T0 + 9000)["market_ms"] == T0 + 9000
    assert exchange.clock(held=False, speed=5000)["effective_speed"] == 5000
    wait_for(lambda: exchange.now_ms() > T0 + 10_000)
    held = exchange.clock(held=True)
    assert (held["held"], held["effective_speed"], held["speed"]) == (True, 0, 5000)
    assert exchange.get("/control/clock").json() == held


@pytest.mark.parametrize(
    "body",
    [
        {"held": "yes"},
        {"speed": 0},
        {"speed": -2},
        {"speed": "fast"},
        {"step_ms": -1},
        {"step_ms": 1.5},
        {"jump_to_ms": T0 - 1},
        {"seed": 3},
        [1],
    ],
)
def test_senseless_clock_changes_are_refused(exchange, body):
    assert refused(exchange, "/control/clock", body)
    assert exchange.now_ms() == T0


def test_events_are_the_exchanges_own_records(exchange):
    exchange.buy()
    exchange.clock(step_ms=1000)
    exchange.stop()

    events = exchange.events()
    later = exchange.get("/control/events", after=events[-2]["seq"]).json()

    assert [e["seq"] for e in events] == list(range(1, len(events) + 1))
    assert [e["type"] for e in events] == [
        "ACCOUNT_UPDATE",
        "ORDER_TRADE_UPDATE",
        "TRADE_LITE",
        "ACCOUNT_UPDATE",
        "ORDER_TRADE_UPDATE",
        "ALGO_UPDATE",
    ]
    assert {e["account"] for e in events} == {KEY}
    assert (events[0]["market_ms"], events[-1]["market_ms"]) == (T0, T0 + 1000)
    assert [e["wall_ns"] for e in events] == sorted(e["wall_ns"] for e in events)
    assert later == {"last_seq": len(events), "events": events[-1:]}


def test_protection_counts_the_naked_span(exchange):
    exchange.buy()
    naked = exchange.get("/control/protection").json()
    exchange.stop()
    covered = exchange.get("/control/protection").json()

    assert naked["current_seconds"] > 0
    assert (covered["current_seconds"], covered["symbols"][0]["live_stops"]) == (0, 1)
    assert covered["worst_seconds"] >= naked["current_seconds"]


def test_new_account_trades_with_its_own_key(exchange):
    answer = exchange.http.post("/control/accounts", json={"api_key": "k2", "api_secret": "s2", "deposit": 50.5})
    other = Client(exchange.ws.removeprefix("ws://"), key="k2", secret="s2")

    assert answer.json() == {"api_key": "k2", "deposit": "50.5"}
    assert other.done("GET", "/fapi/v3/balance")[0]["balance"] == "50.5"
    assert refused(exchange, "/control/accounts", {"api_key": "k2", "api_secret": "s2"})
    assert refused(exchange, "/control/accounts", {"api_key": "k3"})
    for deposit in ("much", "-1", "Infinity", "1e999999"):
        assert refused(exchange, "/control/accounts", {"api_key": "k3", "api_secret": "s", "deposit": deposit})
    other.http.close()


def test_unknown_control_path(exchange):
    assert exchange.get("/control/destruct").status_code == 404


@pytest.mark.parametrize(
    ("peer", "expected"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("10.0.0.1", False), ("", False)],
)
def test_only_loopback_peers_control(peer, expected):
    assert is_loopback(peer) is expected


def test_restart_keeps_everything(tmp_path):
    with running(tmp_path) as exchange:
        exchange.buy()
        exchange.stop()
        of_commands = exchange.events()
        exchange.clock(step_ms=120_000)
        before, events = exchange.state(), exchange.events()

    with running(tmp_path) as exchange:
        after = exchange.events()
        assert exchange.state() == before
        assert after[: len(of_commands)] == of_commands
        assert [e | {"wall_ns": 0} for e in after] == [e | {"wall_ns": 0} for e in events]
        assert [e["wall_ns"] for e in after] == sorted(e["wall_ns"] for e in after)


class TestMoney:
    def test_deposit_and_withdrawal(self, exchange):
        exchange.control("deposit", account=KEY, amount="50")
        exchange.control("withdraw", account=KEY, amount="30")

        assert exchange.done("GET", "/fapi/v3/balance")[0]["balance"] == "10020"
        assert refused(exchange, "/control/withdraw", {"account": KEY, "amount": "99999"})

    def test_reset_account_starts_anew(self, exchange):
        exchange.buy()

        exchange.control("reset", account=KEY, deposit="700")

        assert exchange.done("GET", "/fapi/v3/positionRisk") == []
        assert exchange.done("GET", "/fapi/v3/balance")[0]["balance"] == "700"
        assert exchange.get("/control/protection").json()["current_seconds"] == 0

    @pytest.mark.parametrize("body", [{}, {"account": 5}, {"account": "nobody"}])
    def test_an_account_must_be_named(self, exchange, body):
        assert refused(exchange, "/control/reset", body)


class TestSnapshots:
    def test_restored_exchange_is_the_one_that_was_kept(self, exchange):
        exchange.buy()
        exchange.clock(step_ms=1000)
        exchange.control("snapshot", name="before")
        kept = exchange.state()
        exchange.buy("5", side="SELL")
        exchange.clock(step_ms=90_000)

        clock = exchange.control("restore", name="before")

        assert exchange.state() == kept
        assert (clock["market_ms"], clock["held"]) == (T0 + 1000, True)
        assert exchange.buy("2", newOrderRespType="RESULT")["status"] == "FILLED"

    def test_restored_exchange_survives_a_restart(self, tmp_path):
        with running(tmp_path) as exchange:
            exchange.buy()
            exchange.control("snapshot", name="one")
            exchange.buy()
            exchange.control("restore", name="one")
            restored = exchange.state()

        with running(tmp_path) as again:
            assert again.state() == restored

    def test_what_was_before_the_restore_is_kept_too(self, exchange):
        exchange.control("snapshot", name="empty")
        exchange.buy()
        bought = exchange.state()
        exchange.control("restore", name="empty")

        exchange.control("restore", name="before-restore")

        assert exchange.state() == bought

    @pytest.mark.parametrize("name", ["", "../journal", "a/b", "x" * 65])
    def test_names_that_are_paths_are_refused(self, exchange, name):
        assert refused(exchange, "/control/snapshot", {"name": name})

    def test_unknown_snapshot_is_refused_and_nothing_changes(self, exchange):
        before = exchange.state()

        assert refused(exchange, "/control/restore", {"name": "nothing"})
        assert exchange.state() == before
