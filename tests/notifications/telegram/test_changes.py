"""Commands that change something: asked first, done once, never late."""

from datetime import timedelta
from decimal import Decimal

import pytest

from desk.event_kinds import EventKind
from desk.models import Bot, Event
from notifications.models import Confirmation
from notifications.telegram.commands import confirming
from tests.factories import (
    NOON,
    make_account,
    make_bot,
    make_closed_position,
    make_order,
    make_position,
    make_protected_position,
)
from tests.notifications.telegram.conftest import code_in
from trading.core.states import OrderStatus, PositionStatus, Purpose
from trading.models import Position

pytestmark = pytest.mark.django_db


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def entering(bot: Bot, **details) -> Position:
    """A position whose entry works, nothing filled."""
    nothing = {"quantity": Decimal(0), "entered_quantity": Decimal(0), "entry_price": None, "filled_at": None}
    position = make_position(bot, status=PositionStatus.PENDING, **nothing | details)
    make_order(position, purpose=Purpose.ENTRY, quantity=Decimal(12), status=OrderStatus.NEW)
    return position


def test_close_first_says_what_would_happen_and_changes_nothing(say):
    position = make_protected_position(make_bot(), symbol="DOTUSDT")

    told = say("/close dot")

    assert told.splitlines()[0] == "DOTUSDT short 12 at 8.5, mark 8.25, unrealised +3.00 USDT: close at market?"
    assert told.splitlines()[1] == f"Send /yes {code_in(told)} within 60 s to do it."
    assert fresh(position).status == PositionStatus.OPEN


def test_a_confirmed_close_commits_the_wish_with_its_author(confirm):
    position = make_protected_position(make_bot(), symbol="DOTUSDT")

    told = confirm("/close DOTUSDT")

    asked = Event.objects.get(kind=EventKind.POSITION_CLOSING)
    assert told == "DOTUSDT: closing at market."
    assert fresh(position).status == PositionStatus.CLOSING
    assert (asked.facts["author"], asked.facts["reason_code"]) == ("telegram", "manual")


def test_a_code_counts_once(say):
    position = make_protected_position(make_bot(), symbol="DOTUSDT")
    code = code_in(say("/close DOTUSDT"))
    say(f"/yes {code}")
    Position.objects.filter(pk=position.pk).update(status=PositionStatus.OPEN, exit_reason="", closing_at=None)

    again = say(f"/yes {code}")

    assert again == f"Nothing waits under {code}: it was done, or its minute is over. Ask again."
    assert fresh(position).status == PositionStatus.OPEN


@pytest.mark.parametrize(("seconds", "is_done"), [(59, True), (60, False), (3600, False)])
def test_a_code_is_good_for_a_minute(say, seconds, is_done):
    position = make_protected_position(make_bot(), symbol="DOTUSDT")
    code = code_in(say("/close DOTUSDT"))

    say(f"/yes {code}", after=timedelta(seconds=seconds - 0.5 if is_done else seconds))

    assert (fresh(position).status == PositionStatus.CLOSING) == is_done


@pytest.mark.parametrize("code", ["0000", "12345678", "abcd", "４８２１"])
def test_a_code_nobody_gave_does_nothing(say, code):
    assert say(f"/yes {code}").startswith(f"Nothing waits under {code}")


def test_codes_that_wait_are_not_given_out_twice(say, monkeypatch):
    make_protected_position(make_bot(), symbol="DOTUSDT")
    numbers = iter([7, 7, 8])
    monkeypatch.setattr(confirming.secrets, "randbelow", lambda limit: next(numbers))

    codes = [code_in(say("/close DOTUSDT")), code_in(say("/panic"))]

    assert codes == ["0007", "0008"]


def test_old_questions_are_forgotten(say):
    make_protected_position(make_bot(), symbol="DOTUSDT")
    say("/close DOTUSDT")

    say("/panic", after=timedelta(minutes=5))

    assert [waiting.action for waiting in Confirmation.objects.all()] == ["panic"]


def test_what_was_confirmed_is_what_was_shown(say):
    """A position that was opened since on the same symbol was not asked about."""
    bot = make_bot()
    shown = make_protected_position(bot, symbol="DOTUSDT")
    code = code_in(say("/close DOTUSDT"))
    Position.objects.filter(pk=shown.pk).update(
        status=PositionStatus.CLOSED, exit_reason="stop_loss", quantity=0, closed_at=NOON
    )
    new = make_protected_position(bot, symbol="DOTUSDT")

    assert say(f"/yes {code}") == "DOTUSDT: was closed already."
    assert fresh(new).status == PositionStatus.OPEN


def test_close_of_what_is_closing_already_says_so(confirm):
    make_protected_position(make_bot(), symbol="DOTUSDT", status=PositionStatus.CLOSING, exit_reason="time_limit")

    assert confirm("/close DOTUSDT") == "DOTUSDT: was closing already."


def test_close_of_an_unknown_symbol_names_the_open_ones(say):
    bot = make_bot()
    for symbol in ("XRPUSDT", "ADAUSDT"):
        make_protected_position(bot, symbol=symbol)

    assert say("/close DOTUSDT") == "DOTUSDT: no open position. Open are: ADAUSDT, XRPUSDT."
    assert not Confirmation.objects.exists()


def test_close_where_nothing_is_open(say):
    make_account()

    assert say("/close DOTUSDT") == "DOTUSDT: no open position. None is open."


def test_cancel_ends_the_working_entry_and_nothing_else(say, confirm):
    position = entering(make_bot(), symbol="DOTUSDT")
    question = say("/cancel DOTUSDT")

    told = confirm("/cancel DOTUSDT")

    assert question.startswith("DOTUSDT: entry short 12 at 8.5, filled 0. Cancel the rest? What is filled stays.")
    assert told == "DOTUSDT: cancelling the entry."
    assert fresh(position).entry_deadline == NOON
    assert fresh(position).status == PositionStatus.PENDING


def test_cancel_does_not_offer_the_protection_of_a_position(say):
    make_protected_position(make_bot(), symbol="DOTUSDT")

    told = say("/cancel DOTUSDT")

    assert told == "DOTUSDT: no entry is working. Its stop and take-profit stay; /close ends the position."
    assert not Confirmation.objects.exists()


def test_cancel_of_an_unknown_symbol_names_the_working_ones(say):
    bot = make_bot()
    assert say("/cancel DOTUSDT") == "DOTUSDT: no entry is working. None is working at all."

    entering(bot, symbol="XRPUSDT")

    assert say("/cancel DOTUSDT") == "DOTUSDT: no entry is working. Working are: XRPUSDT."


def test_an_entry_that_filled_since_the_question_is_not_cancelled(say):
    position = entering(make_bot(), symbol="DOTUSDT")
    code = code_in(say("/cancel DOTUSDT"))
    position.orders.update(status=OrderStatus.FILLED)

    assert say(f"/yes {code}") == "The entry is not working any more."
    assert fresh(position).entry_deadline == position.entry_deadline


def test_pause_acts_at_once_and_leaves_positions_alone(say):
    bot = make_bot(name="surge")
    position = make_protected_position(bot)

    told = say("/pause")

    assert told.startswith("New entries are off: surge.")
    assert not fresh(bot).auto_trade
    assert fresh(position).status == PositionStatus.OPEN
    assert Event.objects.get(kind=EventKind.SWITCHED).facts == {"state": "off", "author": "telegram"}


def test_pause_twice_changes_nothing(say):
    make_bot(auto_trade=False)

    assert say("/pause").startswith("New entries were off already.")
    assert not Event.objects.filter(kind=EventKind.SWITCHED).exists()


def test_resume_asks_with_what_each_bot_may_do(say, confirm):
    bot = make_bot(name="surge", auto_trade=False, config={"max_positions": 6, "leverage": 3})
    question = say("/resume")
    assert question.startswith("surge: switch on, up to 6 positions, 2 entries a day, 3x?")
    assert not fresh(bot).auto_trade

    told = confirm("/resume")

    assert told == "New entries are on: surge."
    assert fresh(bot).auto_trade


def test_resume_where_nothing_rests(say):
    make_bot()

    assert say("/resume") == "New entries are on already."


def test_the_bot_of_orders_by_hand_is_no_matter_of_pause_and_resume(say):
    make_bot(strategy="manual", auto_trade=False)

    assert say("/resume") == "New entries are on already."


def test_panic_asks_with_the_sum_and_acts_on_all(say, confirm):
    bot = make_bot()
    held = [make_protected_position(bot, symbol=symbol) for symbol in ("DOTUSDT", "XRPUSDT")]
    make_closed_position(bot)
    question = say("/panic")

    told = confirm("/panic")

    assert "close all positions (2) at market, together +6.00 USDT unrealised?" in question
    assert told.splitlines()[0] == "New entries are off."
    assert sorted(told.splitlines()[1:]) == ["DOTUSDT: closing at market.", "XRPUSDT: closing at market."]
    assert not fresh(bot).auto_trade
    assert {fresh(position).status for position in held} == {PositionStatus.CLOSING}


def test_panic_unconfirmed_changes_nothing(say):
    bot = make_bot()
    position = make_protected_position(bot)

    say("/panic")

    assert fresh(bot).auto_trade
    assert fresh(position).status == PositionStatus.OPEN


def test_panic_closes_what_was_entered_since_the_question(say):
    bot = make_bot()
    code = code_in(say("/panic"))
    new = make_protected_position(bot, symbol="DOTUSDT")

    say(f"/yes {code}")

    assert fresh(new).status == PositionStatus.CLOSING


def test_panic_with_nothing_open_still_switches_off(confirm):
    bot = make_bot()

    assert confirm("/panic").splitlines() == ["New entries are off.", "Nothing was open."]
    assert not fresh(bot).auto_trade


def test_other_environments_are_not_touched(say, confirm):
    other = make_bot(make_account(environment="live"))
    position = make_protected_position(other, symbol="DOTUSDT")

    confirm("/panic")
    say("/pause")

    assert fresh(other).auto_trade
    assert fresh(position).status == PositionStatus.OPEN
