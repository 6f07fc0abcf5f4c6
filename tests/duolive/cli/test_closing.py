from decimal import Decimal
from types import SimpleNamespace

import pytest

from desk.event_kinds import EventKind
from desk.models import Event
from duolive.cli import closing
from tests.factories import NOON, make_bot, make_position, make_protected_position
from trading.core.states import PositionStatus
from trading.models import Position

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def market_clock(monkeypatch):
    monkeypatch.setattr(closing, "clock", lambda: SimpleNamespace(now=lambda: NOON))


def carry_out(position: Position, **changes) -> None:
    values = {
        "status": PositionStatus.CLOSED,
        "quantity": Decimal(0),
        "closed_at": NOON,
        "exit_price": Decimal("8.25"),
        "realized_pnl": Decimal(3),
        "commission": Decimal("0.1"),
    }
    Position.objects.filter(pk=position.pk).update(**values | changes)


def test_close_commits_the_wish_and_tells_the_outcome(cli, meanwhile):
    position = make_protected_position(make_bot(), symbol="DOTUSDT")
    meanwhile(lambda: carry_out(position))

    answer = cli("close", "dotusdt")

    asked = Event.objects.get(kind=EventKind.POSITION_CLOSING)
    assert answer.code == 0
    assert answer.out.strip() == "DOTUSDT: closed (by hand), 12 at 8.25, result 2.9 USDT after commission."
    assert (asked.facts["author"], asked.facts["reason_code"]) == ("cli", "manual")


def test_close_as_json_tells_the_outcome(cli, meanwhile):
    position = make_protected_position(make_bot(), symbol="DOTUSDT")
    meanwhile(lambda: carry_out(position))

    [closed] = cli("close", "DOTUSDT", "--json").json["positions"]

    assert closed["status"] == "closed"
    assert closed["exit_reason"] == "manual"
    assert closed["result"] == "2.9"


def test_close_without_waiting_only_asks(cli, meanwhile):
    position = make_protected_position(make_bot(), symbol="DOTUSDT")
    meanwhile(lambda: pytest.fail("it waited"))

    answer = cli("close", "DOTUSDT", "--no-wait")

    position.refresh_from_db()
    assert answer.code == 0
    assert "asked to close" in answer.out
    assert position.status == PositionStatus.CLOSING


def test_close_of_an_entry_that_did_not_fill_says_so(cli, meanwhile):
    nothing = Decimal(0)
    position = make_position(
        make_bot(), symbol="DOTUSDT", status=PositionStatus.PENDING, quantity=nothing, entered_quantity=nothing
    )
    meanwhile(lambda: carry_out(position, exit_reason="entry_unfilled", exit_price=None))

    answer = cli("close", "DOTUSDT")

    assert answer.out.strip() == "DOTUSDT: the entry was cancelled before anything was filled."


def test_close_of_a_symbol_without_position_names_the_open_ones(cli):
    bot = make_bot()
    make_protected_position(bot, symbol="XRPUSDT")
    make_protected_position(bot, symbol="ADAUSDT")

    answer = cli("close", "DOTUSDT")

    assert answer.code == 1
    assert answer.err.strip() == "DOTUSDT: no open position. Open are: ADAUSDT, XRPUSDT."


def test_close_where_nothing_is_open_says_so(cli):
    make_bot()

    answer = cli("close", "DOTUSDT", "--json")

    assert answer.code == answer.json["exit_code"] == 1
    assert answer.json["error"] == "DOTUSDT: no open position. None is open."


def test_a_close_that_does_not_come_ends_with_1_and_says_that_the_desk_goes_on(cli):
    make_protected_position(make_bot(), symbol="DOTUSDT")

    answer = cli("close", "DOTUSDT", "--timeout", "0.05")

    assert answer.code == 1
    assert "not closed within 0.05 s. The desk goes on trying" in answer.err


def test_close_joins_a_close_that_is_already_under_way(cli, meanwhile):
    position = make_protected_position(
        make_bot(), symbol="DOTUSDT", status=PositionStatus.CLOSING, exit_reason="time_limit"
    )
    meanwhile(lambda: carry_out(position))

    answer = cli("close", "DOTUSDT")

    assert answer.code == 0
    assert "was already closing" in answer.err
    assert "closed (time limit)" in answer.out
