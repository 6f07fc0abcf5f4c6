"""Tables narrow, order and page by their address; what makes no sense there is left out."""

import csv
import io
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client

from tests import factories
from tests.factories import NOON


@pytest.fixture
def read(visitor: Client):
    """The data of a page, as its own script asks for it."""

    def get(address: str) -> dict:
        response = visitor.get(address, headers={"Accept": "application/json"})
        assert response.status_code == 200
        return response.json()

    return get


@pytest.fixture
def bot(db):
    return factories.make_bot()


@pytest.fixture
def trades(bot):
    """Three trades: a quick win, a loss, a slow win."""
    at = {"created_at": NOON, "filled_at": NOON}
    factories.make_closed_position(bot, symbol="DOTUSDT", closed_at=NOON + timedelta(hours=1), **at)
    factories.make_closed_position(
        bot,
        symbol="XRPUSDT",
        closed_at=NOON + timedelta(hours=2),
        realized_pnl=Decimal(-2),
        exit_reason="stop_loss",
        **at,
    )
    factories.make_closed_position(
        bot, symbol="ADAUSDT", closed_at=NOON + timedelta(hours=9), realized_pnl=Decimal(7), direction="LONG", **at
    )


def symbols(page: dict) -> list[str]:
    return [row["symbol"] for row in page["rows"]]


def test_trades_come_newest_first_with_their_sums(read, trades):
    page = read("/trades")

    assert symbols(page) == ["ADAUSDT", "XRPUSDT", "DOTUSDT"]
    assert (page["sums"]["trades"], page["sums"]["wins"], Decimal(page["sums"]["result"])) == (3, 2, Decimal("7.7"))
    assert (page["number"], page["pages"], page["sort"]) == (1, 1, "-closed")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("symbol=dot", ["DOTUSDT"]),
        ("side=LONG", ["ADAUSDT"]),
        ("exit=stop_loss", ["XRPUSDT"]),
        ("outcome=won", ["ADAUSDT", "DOTUSDT"]),
        ("outcome=lost&side=SHORT", ["XRPUSDT"]),
        ("exit=no_such_reason", ["ADAUSDT", "XRPUSDT", "DOTUSDT"]),
        ("sort=symbol", ["ADAUSDT", "DOTUSDT", "XRPUSDT"]),
        ("sort=-symbol", ["XRPUSDT", "DOTUSDT", "ADAUSDT"]),
        ("sort=result", ["XRPUSDT", "DOTUSDT", "ADAUSDT"]),
        ("sort=-held", ["ADAUSDT", "XRPUSDT", "DOTUSDT"]),
        ("sort=password", ["ADAUSDT", "XRPUSDT", "DOTUSDT"]),
    ],
)
def test_the_address_narrows_and_orders(read, trades, query, expected):
    assert symbols(read(f"/trades?{query}")) == expected


def test_trades_of_one_bot_are_told_apart_in_rows_sums_links_and_csv(read, visitor, bot, trades):
    other = factories.make_bot(bot.account, name="another")
    factories.make_closed_position(other, symbol="SOLUSDT")

    page = read(f"/trades?bot={other.pk}")
    text = b"".join(visitor.get(f"/trades.csv?bot={other.pk}").streaming_content).decode()

    assert (symbols(page), page["sums"]["trades"], page["filters"]) == (["SOLUSDT"], 1, {"bot": str(other.pk)})
    assert f"bot={other.pk}" in page["query"]
    assert page["bots"] == [{"id": bot.pk, "name": bot.name}, {"id": other.pk, "name": "another"}]
    assert [row["symbol"] for row in csv.DictReader(io.StringIO(text))] == ["SOLUSDT"]
    assert len(read("/trades?bot=x")["rows"]) == 4


def test_the_api_gives_the_trades_of_one_bot(visitor, bot, trades):
    other = factories.make_bot(bot.account, name="another")
    factories.make_closed_position(other, symbol="SOLUSDT")

    def told(bot_id: object) -> list[str]:
        return [row["symbol"] for row in visitor.get(f"/api/v1/trades?bot={bot_id}").json()]

    assert (told(other.pk), len(told(bot.pk))) == (["SOLUSDT"], 3)
    assert [visitor.get(f"/api/v1/trades?bot={text}").status_code for text in ("x", 999)] == [400, 404]


def test_a_trade_that_only_paid_its_commission_is_lost(read, bot):
    factories.make_closed_position(bot, realized_pnl=Decimal("0.1"), commission=Decimal("0.1"))

    assert len(read("/trades?outcome=lost")["rows"]) == 1


def test_fifty_rows_are_a_page_and_sums_count_all(read, bot):
    for minutes in range(52):
        factories.make_closed_position(bot, closed_at=NOON + timedelta(minutes=minutes))

    first, second = read("/trades"), read("/trades?page=2")

    assert (len(first["rows"]), len(second["rows"]), first["pages"]) == (50, 2, 2)
    assert second["sums"]["trades"] == 52
    assert len(read("/trades?page=99")["rows"]) == 2
    assert len(read("/trades?page=x")["rows"]) == 50


def test_the_filters_stay_in_the_links(read, trades):
    assert read("/trades?outcome=won&sort=symbol&page=1")["query"] == "outcome=won&sort=symbol"


def test_csv_holds_what_the_filters_leave_in_exact_numbers(visitor, trades):
    answer = visitor.get("/trades.csv?outcome=lost")

    text = b"".join(answer.streaming_content).decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert answer["Content-Type"].startswith("text/csv")
    assert [(row["symbol"], row["result"], row["exit_reason"]) for row in rows] == [("XRPUSDT", "-2.1", "stop_loss")]
    assert rows[0]["exit_time"] == "2024-11-23T14:00:05Z"


def test_signals_are_narrowed_by_outcome_and_reason(read, bot):
    factories.make_signal(bot, symbol="DOTUSDT", surge_ratio=Decimal(11))
    factories.make_signal(bot, symbol="XRPUSDT", surge_ratio=Decimal(30), status="refused", reason_code="daily_loss")

    assert symbols(read("/signals?status=refused")) == ["XRPUSDT"]
    assert symbols(read("/signals?reason=daily_loss")) == ["XRPUSDT"]
    assert symbols(read("/signals?symbol=dot")) == ["DOTUSDT"]
    assert symbols(read("/signals?sort=ratio")) == ["DOTUSDT", "XRPUSDT"]


def test_tables_show_only_this_environment(read, db):
    other = factories.make_bot(factories.make_account(environment="live"))
    factories.make_closed_position(other)
    factories.make_signal(other)

    assert (read("/trades")["rows"], read("/signals")["rows"]) == ([], [])
