"""Setting, listing and removing faults, and what a restart knows of them."""

import json

import pytest

from exchange.paper.faults.words import WORDS
from tests.exchange.paper.faults.faulty import faults, set_fault, struck
from tests.exchange.paper.scripted import T0
from tests.exchange.paper.server.running import running
from tests.exchange.paper.test_paper_command import START, client_of, outcome, process

PING = "GET /fapi/v1/ping"


def post(exchange, content):
    return exchange.http.post("/control/faults", content=content if isinstance(content, str) else json.dumps(content))


def delete(exchange, **query):
    return exchange.http.delete("/control/faults", params=query)


def ping(exchange):
    return exchange.http.get("/fapi/v1/ping").status_code


class TestControl:
    def test_exchange_begins_without_faults(self, exchange):
        assert exchange.get("/control/faults").json() == {"seed": 0, "faults": []}
        assert "faults" not in exchange.state()

    def test_many_are_set_at_once_and_listed_as_asked_for(self, exchange):
        rows = [{"fault": "error_code", "code": -1, "request": PING, "count": 3}, {"fault": "stream_silent"}]

        answer = post(exchange, {"seed": 7, "faults": rows}).json()
        ping(exchange)

        assert answer["seed"] == 7
        first, second = faults(exchange)
        assert {
            "id": 1,
            "met": 1,
            "struck": 1,
            "active": True,
            "from_ms": T0,
            "until_ms": None,
        }.items() <= first.items()
        assert (first["request"], second["fault"], second["id"]) == ([PING], "stream_silent", 2)

    def test_either_all_are_set_or_none(self, exchange):
        answer = post(exchange, [{"fault": "request_lost"}, {"fault": "price_gap", "symbol": "NOPE", "percent": 1}])

        assert (answer.status_code, answer.json()) == (400, {"error": "no symbol NOPE"})
        assert faults(exchange) == []

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            ({"fault": "meteor"}, f"no fault 'meteor'; allowed: {', '.join(sorted(WORDS))}"),
            ({"fault": "request_lost", "symbol": "NOPE"}, "no symbol NOPE"),
            ("", "not JSON: "),
            ('{"seed": -1}', "seed is a whole number"),
        ],
    )
    def test_bad_ones_are_refused_with_a_reason(self, exchange, content, said):
        answer = post(exchange, content)

        assert answer.status_code == 400
        assert answer.json()["error"].startswith(said)

    def test_one_is_removed_by_its_number(self, exchange):
        first, second = (set_fault(exchange, "error_code", code=-1, request=PING) for _ in range(2))

        left = delete(exchange, id=first).json()["faults"]

        assert [row["id"] for row in left] == [second]
        assert ping(exchange) == 400

    def test_all_are_removed(self, exchange):
        for _ in range(2):
            set_fault(exchange, "error_code", code=-1, request=PING)

        assert delete(exchange).json() == {"seed": 0, "faults": []}
        assert ping(exchange) == 200
        assert "faults" not in exchange.state()

    @pytest.mark.parametrize(
        ("number", "said"), [("9", "no fault number 9; set: 1"), ("x", "id is the number of a fault, not 'x'")]
    )
    def test_number_that_is_not_set_is_refused(self, exchange, number, said):
        set_fault(exchange, "request_lost")

        answer = delete(exchange, id=number)

        assert (answer.status_code, answer.json()["error"]) == (400, said)

    def test_standing_faults_count_as_struck_once_they_have_begun(self, exchange):
        set_fault(exchange, "price_gap", symbol="BTCUSDT", percent=1, in_market_s=1)
        before = struck(exchange)

        exchange.clock(step_ms=1000)

        assert (before, struck(exchange)) == ([0], [1])


class TestRestart:
    def test_counts_and_faults_are_those_from_before(self, tmp_path):
        with running(tmp_path) as exchange:
            post(exchange, {"seed": 3, "faults": [{"fault": "error_code", "code": -1, "request": PING, "count": 2}]})
            set_fault(exchange, "price_gap", symbol="BTCUSDT", percent=-5)
            set_fault(exchange, "stop_vanishes", later_market_s=30)
            set_fault(exchange, "fills_split", pieces=3)
            exchange.buy()
            exchange.stop()
            exchange.clock(step_ms=10)
            assert ping(exchange) == 400
            before, state, log = exchange.get("/control/faults").json(), exchange.state(), exchange.events()

        with running(tmp_path) as exchange:
            assert exchange.get("/control/faults").json() == before
            assert exchange.state() == state
            assert [e["payload"] for e in exchange.events()] == [e["payload"] for e in log]
            assert [ping(exchange) for _ in range(2)] == [400, 200]
            exchange.clock(step_ms=30_000)
            assert exchange.done("GET", "/fapi/v1/openAlgoOrders") == []

    def test_snapshot_brings_the_faults_of_its_time_back(self, exchange):
        set_fault(exchange, "price_gap", symbol="BTCUSDT", percent=-50, in_market_s=1)
        exchange.control("snapshot", name="before")
        exchange.clock(step_ms=1000)
        delete(exchange)
        set_fault(exchange, "error_code", code=-1, request=PING)

        exchange.control("restore", name="before")

        assert [row["fault"] for row in faults(exchange)] == ["price_gap"]
        assert ping(exchange) == 200
        exchange.clock(step_ms=1000)
        assert exchange.get("/fapi/v1/ticker/price", symbol="BTCUSDT").json()["price"] == "50"

    def test_wall_time_that_passed_while_it_was_away_counts(self, tmp_path):
        with running(tmp_path) as exchange:
            set_fault(exchange, "error_code", code=-1, request=PING, for_s="0.001")

        with running(tmp_path) as exchange:
            assert ping(exchange) == 200
            assert faults(exchange)[0]["active"] is False


class TestCommand:
    def test_file_gives_a_new_exchange_its_faults_and_a_resumed_one_keeps_its_own(self, tmp_path):
        file, home = tmp_path / "faults.json", tmp_path / "home"
        file.write_text(json.dumps({"seed": 4, "faults": [{"fault": "error_code", "code": -1, "request": PING}]}))
        arguments = ("--start", START, "--held", "--home", str(home), "--faults", str(file))

        with process(*arguments) as (child, line):
            client = client_of(line)
            begun = client.get("/control/faults").json()
            delete(client)
            child.terminate()
            assert child.wait(5) == 0
        with process(*arguments) as (_, line):
            resumed = client_of(line).get("/control/faults").json()

        assert (begun["seed"], begun["faults"][0]["code"]) == (4, -1)
        assert resumed["faults"] == []

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            ('[{"fault": "meteor"}]', "no fault 'meteor'; allowed: answer_lost, banned, "),
            ('[{"fault": "banned", "colour": 1}]', "banned: unknown field colour; allowed: account, after, "),
            ("{", "not JSON: "),
        ],
    )
    def test_bad_file_is_refused_in_one_line(self, tmp_path, content, said):
        file = tmp_path / "faults.json"
        file.write_text(content)

        code, out, err = outcome("--port", "0", "--faults", str(file))

        assert (code, out) == (2, "")
        assert err.startswith(f"paper_exchange: --faults {file}: {said}")
        assert err.count("\n") == 1

    def test_missing_file_is_named(self, tmp_path):
        code, _, err = outcome("--port", "0", "--faults", str(tmp_path / "none.json"))

        assert code == 2
        assert "none.json" in err
        assert err.count("\n") == 1
