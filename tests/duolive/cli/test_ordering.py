"""``order``: numbers, yes, intent, outcome."""

from decimal import Decimal
from io import StringIO

import pytest

from desk.models import ConfigVersion
from trading.core.states import OrderStatus, PositionStatus, Purpose
from trading.models import Order, Position

pytestmark = pytest.mark.django_db


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def type_in(monkeypatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", Terminal(text))


def test_an_order_is_followed_from_entry_to_take_profit(cli, at_work):
    answer = cli("order", "dotusdt", "8.5", "60", "--yes")

    position = Position.objects.get()
    told = [line.split("  ", 1)[1] for line in answer.out.splitlines() if line.startswith("2024-")]
    assert answer.code == 0
    assert told[0].startswith("DOTUSDT: decided to sell 60 at 8.5")
    assert any("60 filled at 8.5" in line for line in told)
    assert any("stop at 10.03" in line for line in told)
    assert "take-profit at 5.695" in told[-1]
    assert position.direction == "SHORT"
    assert at_work.stops_at_exchange()


def test_the_numbers_are_shown_before_the_yes(cli, lockstep, monkeypatch):
    type_in(monkeypatch, "no\n")

    answer = cli("order", "DOTUSDT", "8.5", "60")

    lines = {line[:12].strip(): line[13:] for line in answer.out.splitlines()}
    assert answer.code == 1
    assert lines == {
        "entry": "limit 8.500",
        "quantity": "60.0",
        "notional": "510.00 USDT",
        "margin": "170.00 USDT at 3x",
        "stop": "10.030 (-91.80 USDT)",
        "take-profit": "5.695",
    }
    assert "Sell short 60.0 DOTUSDT at 8.500? [yes/no]" in answer.err
    assert "Nothing was done." in answer.err
    assert not Position.objects.exists()


@pytest.mark.parametrize("word", ["yes", "Y", "YES"])
def test_a_yes_at_the_terminal_sends_it(cli, at_work, monkeypatch, word):
    type_in(monkeypatch, f"{word}\n")

    assert cli("order", "DOTUSDT", "8.5", "60").code == 0


@pytest.mark.parametrize("more", [[], ["--json"]])
def test_where_nobody_can_be_asked_a_yes_must_be_given(cli, lockstep, more):
    answer = cli("order", "DOTUSDT", "8.5", "60", *more)

    assert answer.code == 2
    assert "give --yes" in answer.out + answer.err
    assert not Position.objects.exists()


def test_what_if_shows_and_does_nothing(cli, lockstep):
    answer = cli("order", "DOTUSDT", "8.5", "--margin", "100", "--what-if", "--json")

    assert answer.code == 0
    assert answer.json["plan"]["quantity"] == "35.2"
    assert not Position.objects.exists()


def test_a_market_order_by_quantity(cli, at_work):
    answer = cli("order", "DOTUSDT", "60", "--market", "--long", "--yes", "--json")

    entry = Order.objects.get(purpose=Purpose.ENTRY)
    assert answer.code == 0
    assert (entry.order_type, entry.side, entry.status) == ("MARKET", "BUY", OrderStatus.FILLED)
    assert answer.json["position"]["direction"] == "LONG"
    assert answer.json["plan"]["limit"] is None


def test_take_profit_stop_and_leverage_may_be_given(cli, at_work):
    cli("order", "DOTUSDT", "8.5", "60", "--tp", "10", "--sl", "5", "--leverage", "4", "--yes")

    position = Position.objects.get()
    assert (position.take_profit_price, position.stop_price) == (Decimal("7.65"), Decimal("8.925"))
    assert position.leverage == 4


def test_what_is_left_open_comes_from_the_surge_bots_settings(cli, lockstep):
    ConfigVersion.objects.create(
        bot=lockstep.bot, number=2, values={"leverage": 2, "stop_loss_pct": "10", "strong_tp_pct": "20"}, author="tests"
    )

    plan = cli("order", "DOTUSDT", "8.5", "60", "--what-if", "--json").json["plan"]

    assert (plan["leverage"], plan["stop_price"], plan["take_profit_price"]) == (2, "9.350", "6.800")


def test_leverage_at_which_the_stop_would_never_fire_is_lowered_and_said(cli, lockstep):
    answer = cli("order", "DOTUSDT", "8.5", "60", "--leverage", "20", "--what-if")

    assert "Leverage lowered from 20x" in answer.err


@pytest.mark.parametrize(
    "numbers",
    [
        [],
        ["8.5"],
        ["8.5", "60", "1"],
        ["8.5", "60", "--margin", "10"],
        ["--margin", "10"],
        ["8.5", "60", "--market"],
        ["60", "--market", "--margin", "10"],
        ["--market"],
    ],
)
def test_price_and_quantity_must_fit_together(cli, lockstep, numbers):
    answer = cli("order", "DOTUSDT", *numbers, "--yes")

    assert answer.code == 2
    assert "SYMBOL PRICE QTY" in answer.err


@pytest.mark.parametrize("number", ["-1", "0", "many", "NaN", "1e999999"])
def test_odd_numbers_are_wrong_usage(cli, lockstep, number):
    assert cli("order", "DOTUSDT", number, "60", "--yes").code in (1, 2)
    assert not Position.objects.exists()


def test_an_unknown_contract_is_named(cli, lockstep):
    answer = cli("order", "NOSUCHUSDT", "8.5", "60", "--yes", "--json")

    assert answer.code == 1
    assert answer.json["field"] == "symbol"
    assert "lists no NOSUCHUSDT" in answer.json["error"]


def test_an_order_below_the_minimum_is_refused_with_the_minimum(cli, lockstep):
    answer = cli("order", "DOTUSDT", "8.5", "0.1", "--yes")

    assert answer.code == 1
    assert "minimum of 5 USDT" in answer.err


def test_exits_on_the_wrong_side_are_refused(cli, lockstep):
    answer = cli("order", "DOTUSDT", "8.5", "60", "--tp", "0.001", "--yes")

    assert answer.code == 1
    assert not Position.objects.exists()


def test_a_second_position_on_a_symbol_is_refused(cli, at_work):
    cli("order", "DOTUSDT", "8.5", "60", "--yes")

    answer = cli("order", "DOTUSDT", "8.5", "60", "--yes")

    assert answer.code == 1
    assert "exists already" in answer.err
    assert Position.objects.count() == 1


def test_an_entry_that_does_not_fill_ends_with_1(cli, lockstep, meanwhile):
    from trading.services.working_entries import work_entries

    def an_hour_passes() -> None:
        work_entries(lockstep.venue)
        lockstep.step(3600)
        lockstep.deliver()

    meanwhile(an_hour_passes)

    answer = cli("order", "DOTUSDT", "9.5", "60", "--yes")

    assert answer.code == 1
    assert "entry not filled. Nothing is open." in answer.err
    assert Position.objects.get().status == PositionStatus.CLOSED


def test_without_waiting_the_intent_is_committed_and_nothing_sent(cli, lockstep):
    answer = cli("order", "DOTUSDT", "8.5", "60", "--yes", "--no-wait")

    assert answer.code == 0
    assert Order.objects.get().status == OrderStatus.PENDING
    assert "asked; the desk sends it" in answer.out


def test_a_desk_that_does_not_answer_is_not_waited_for_for_ever(cli, lockstep):
    answer = cli("order", "DOTUSDT", "8.5", "60", "--yes", "--timeout", "0.05")

    assert answer.code == 1
    assert "not settled within" in answer.err


def test_what_if_tells_fee_liquidation_losses_and_the_limit(cli, lockstep):
    answer = cli("order", "DOTUSDT", "8.6", "60", "--what-if", "--gap", "5", "--json")

    told = answer.json["what_if"]
    assert (told["quantity"], told["gap_pct"]) == ("60.0", "5")
    assert told["fee"] == "0.10320000"  # 516 USDT as a maker
    assert not Position.objects.exists()
