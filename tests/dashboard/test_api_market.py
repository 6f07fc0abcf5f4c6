"""Market data through the desk: checked, cached, and honest when the venue is silent."""

import threading

import pytest

from dashboard.market import CachedMarket, Kept
from tests import factories


@pytest.fixture(autouse=True)
def market(public_market, db):
    return public_market


def test_bars_come_with_seconds_and_exact_numbers(visitor):
    bars = visitor.get("/api/v1/klines/DOTUSDT?interval=1h&limit=2").json()

    assert [bar["time"] for bar in bars] == [1732359600, 1732363200]
    assert bars[1] | {"time": 0} == {
        "time": 0, "open": "8.4", "high": "8.9", "low": "8.3", "close": "8.5", "volume": "1200",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("query", "field"), [("interval=7m", "interval"), ("limit=0", "limit"), ("limit=1501", "limit")]
)
def test_bars_out_of_bounds_are_refused(visitor, query, field):
    answer = visitor.get(f"/api/v1/klines/DOTUSDT?{query}")

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [field]


@pytest.mark.parametrize("path", ["klines/NOSUCH", "ticker/NOSUCH", "exchange-info/NOSUCH"])
def test_an_unknown_contract_is_not_found(visitor, path):
    answer = visitor.get(f"/api/v1/{path}")

    assert (answer.status_code, answer.json()) == (404, {"detail": "there is no contract NOSUCH"})


def test_prices_of_one_and_of_all(visitor):
    one = visitor.get("/api/v1/ticker/DOTUSDT").json()
    everything = visitor.get("/api/v1/tickers").json()

    assert (one["symbol"], one["price"]) == ("DOTUSDT", "8.5")
    assert [row["symbol"] for row in everything] == ["DOTUSDT", "XRPUSDT"]


def test_prices_tell_how_far_they_moved_in_a_day(visitor):
    one = visitor.get("/api/v1/ticker/DOTUSDT").json()
    everything = visitor.get("/api/v1/tickers").json()

    assert one["change_pct"] == "6.25"
    assert [row["change_pct"] for row in everything] == ["6.25", None]


def test_prices_are_told_where_the_day_cannot_be_read(visitor, market):
    market.days_are_down = True

    answer = visitor.get("/api/v1/tickers")

    assert answer.status_code == 200
    assert [(row["price"], row["change_pct"]) for row in answer.json()] == [("8.5", None), ("1.4", None)]


def test_rules_of_a_contract_are_exact(visitor):
    info = visitor.get("/api/v1/exchange-info/DOTUSDT").json()

    assert (info["price_precision"], info["quantity_precision"]) == (3, 1)
    assert info["rules"]["tick_size"] == "0.001"


def test_many_pages_ask_the_venue_once(visitor, market):
    for _ in range(5):
        visitor.get("/api/v1/tickers")
        visitor.get("/api/v1/ticker/DOTUSDT")
        visitor.get("/api/v1/exchange-info/DOTUSDT")
        visitor.get("/api/v1/klines/DOTUSDT")

    assert market.asked == {"tickers": 1, "tickers_24h": 1, "contracts": 1, "klines": 1}


def test_a_silent_venue_is_said_and_asked_again(visitor, market):
    market.is_down = True
    silent = visitor.get("/api/v1/tickers")
    market.is_down = False

    assert silent.status_code == 503
    assert visitor.get("/api/v1/tickers").status_code == 200


def test_market_data_needs_a_login(client):
    assert client.get("/api/v1/tickers").status_code in (401, 403)


def test_an_answer_is_read_anew_after_its_time(market):
    seconds = iter([0.0, 2.9, 3.1, 3.1]).__next__
    cached = CachedMarket(market, kept=Kept(now=seconds))

    for _ in range(3):
        cached.tickers()

    assert market.asked["tickers"] == 2


def test_who_asks_at_the_same_time_waits_for_one_reading(market):
    kept, reads = Kept(), []
    release, answers = threading.Event(), []

    def read() -> str:
        reads.append(1)
        release.wait(5)
        return "answer"

    askers = [threading.Thread(target=lambda: answers.append(kept.get("key", read, seconds=60))) for _ in range(4)]
    for asker in askers:
        asker.start()
    release.set()
    for asker in askers:
        asker.join(5)

    assert (len(reads), answers) == (1, ["answer"] * 4)


def test_old_answers_make_room():
    kept = Kept()

    for number in range(600):
        kept.get(number, lambda number=number: number, seconds=60)

    assert kept.get(599, lambda: "read anew", seconds=60) == 599
    assert kept.get(0, lambda: "read anew", seconds=60) == "read anew"


def test_a_page_of_the_desk_never_asks_with_keys(visitor, market, monkeypatch):
    from desk import venue

    monkeypatch.setattr(venue, "trading", lambda account: pytest.fail("keys were asked for"))
    factories.make_protected_position(symbol="DOTUSDT")

    assert visitor.get("/api/v1/positions").status_code == 200
