"""The socket's types for the AI page: decisions and trades row by row, prices, pairs, accounts and bots whole."""

from decimal import Decimal

import pytest
from django.test import Client

from advisor import journal
from advisor.models import Outcome
from dashboard.ai import ticker_bar
from dashboard.live import consumer, feed
from exchange.errors import ExchangeUnavailable
from tests import factories
from tests.advisor import rows
from tests.dashboard.test_live_socket import opened, write
from trading.core.states import Purpose

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def quick_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "STATE_SECONDS", 0.05)
    monkeypatch.setattr(feed, "PRICE_SECONDS", 0.05)
    monkeypatch.setattr(consumer, "HEARTBEAT_SECONDS", 0.2)


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch: pytest.MonkeyPatch, public_market) -> None:
    monkeypatch.setattr(ticker_bar, "_known", [])


async def test_each_decision_is_one_message_and_equals_the_api(visitor: Client):
    bot = await write(rows.make_ai_bot)
    made = [await write(rows.make_decision, bot) for _ in range(2)]
    expected = (await write(visitor.get, "/api/v1/decisions")).json()["rows"]

    async with opened(visitor) as page:
        await page.subscribe("decision")
        heard = [(await page.hear("decision"))["data"] for _ in range(2)]
        fresh = await write(rows.make_decision, bot)
        heard.append((await page.hear("decision"))["data"])

    assert heard[:2] == expected[::-1]
    assert [row["id"] for row in heard] == [made[0].pk, made[1].pk, fresh.pk]


async def test_a_decision_comes_again_when_it_has_been_worked(visitor: Client):
    bot = await write(rows.make_ai_bot)
    await write(rows.make_decision, bot)
    pending = await write(rows.make_opening, bot, outcome=Outcome.PENDING)

    async with opened(visitor) as page:
        await page.subscribe("decision")
        for _ in range(2):
            await page.hear("decision")

        await write(journal.close, pending, Outcome.REFUSED, reason="max_positions")
        again = (await page.hear("decision"))["data"]

    assert (again["id"], again["outcome"], again["reason"]) == (pending.pk, "refused", "too many positions")


async def test_decisions_are_told_in_the_readers_language(visitor: Client, monkeypatch: pytest.MonkeyPatch):
    from django.utils import translation

    monkeypatch.setattr("dashboard.ai.decision_answers.reason_told", lambda reason: translation.get_language())
    await write(rows.make_decision)

    async with opened(visitor) as page:
        await page.subscribe("decision", language="zh-hans")

        assert (await page.hear("decision"))["data"]["reason"] == "zh-hans"


async def test_each_execution_is_one_message(visitor: Client):
    position = await write(factories.make_protected_position)
    entry = await write(position.orders.get, purpose=Purpose.ENTRY)

    async with opened(visitor) as page:
        await page.subscribe("trade")
        await page.hear("clock")
        fill = await write(factories.make_fill, entry)
        told = (await page.hear("trade"))["data"]

    assert (told["id"], told["symbol"], told["purpose"]) == (fill.pk, position.symbol, "entry")
    assert (told["case"], told["position_id"]) == (str(position.case), position.pk)


async def test_prices_of_the_pairs_come_with_their_change(visitor: Client, public_market):
    bot = await write(rows.make_ai_bot)
    await write(rows.make_watch, bot, "DOTUSDT")

    async with opened(visitor) as page:
        await page.subscribe("tickers")
        told = (await page.hear("tickers"))["data"]
        while not told:
            told = (await page.hear("tickers"))["data"]

    assert [(row["symbol"], row["price"], row["change_pct"]) for row in told] == [("DOTUSDT", "8.5", "6.25")]


async def test_a_silent_venue_leaves_the_last_prices(visitor: Client, public_market, monkeypatch: pytest.MonkeyPatch):
    ticker_bar.read_tickers(["DOTUSDT"])
    public_market.is_down = True
    monkeypatch.setattr("dashboard.market.TICKERS_KEPT_SECONDS", 0)

    ticker_bar.read_tickers(["DOTUSDT"])

    assert [row["symbol"] for row in ticker_bar.known_tickers()] == ["DOTUSDT"]
    with pytest.raises(ExchangeUnavailable):
        public_market.tickers()


async def test_without_the_changes_prices_are_still_told(visitor: Client, public_market):
    public_market.days_are_down = True

    ticker_bar.read_tickers(["DOTUSDT"])

    assert [(row["price"], row["change_pct"]) for row in ticker_bar.known_tickers()] == [("8.5", None)]


async def test_nobody_asks_for_prices_that_no_page_wants(visitor: Client, public_market):
    async with opened(visitor) as page:
        await page.subscribe("pairs")
        await page.hear("pairs")
        await page.hear_beats(3)

    assert public_market.asked["tickers"] == 0


async def test_pairs_are_told_when_one_is_held(visitor: Client):
    bot = await write(rows.make_ai_bot)
    watch = await write(rows.make_watch, bot, "BTCUSDT")

    async with opened(visitor) as page:
        await page.subscribe("pairs")
        first = (await page.hear("pairs"))["data"]
        watch.is_held = True
        await write(watch.save)
        second = (await page.hear("pairs"))["data"]

    assert [first[0]["is_held"], second[0]["is_held"]] == [False, True]


async def test_an_account_is_told_with_its_equity_and_what_is_open(visitor: Client):
    account = await write(factories.make_account, unrealized_pnl=Decimal("-2.5"))
    bot = await write(factories.make_bot, account)
    position = await write(factories.make_position, bot)

    async with opened(visitor) as page:
        await page.subscribe("account")
        (told,) = (await page.hear("account"))["data"]

    assert (told["wallet_balance"], told["equity"]) == ("1000", "997.5")
    assert [(row["symbol"], row["unrealized_pnl"]) for row in told["positions"]] == [(position.symbol, "3.00")]
    assert not [name for name in told if "key" in name or "secret" in name]


async def test_bots_are_told_side_by_side(visitor: Client):
    account = await write(factories.make_account)
    surge = await write(factories.make_bot, account)
    ai = await write(rows.make_ai_bot, account)
    await write(factories.make_closed_position, surge)

    async with opened(visitor) as page:
        await page.subscribe("bots")
        first, second = (await page.hear("bots"))["data"]

    assert (first["bot"]["id"], first["total"], first["trades"], first["wins"]) == (surge.pk, "2.9", 1, 1)
    assert (second["bot"]["id"], second["total"]) == (ai.pk, "0")
