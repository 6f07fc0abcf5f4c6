"""Commands that only tell."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone, translation

from desk.event_kinds import EventKind
from notifications.telegram.commands import COMMANDS, answer
from notifications.telegram.moment import Moment
from signals.models import SignalStatus
from tests.factories import (
    NOON,
    make_account,
    make_bot,
    make_closed_position,
    make_event,
    make_fill,
    make_order,
    make_position,
    make_protected_position,
    make_signal,
    make_verdict,
)
from trading.core.states import PositionStatus, Purpose

pytestmark = pytest.mark.django_db


def test_status_is_one_look(say):
    position = make_protected_position(make_bot())
    make_fill(make_order(position, purpose=Purpose.CLOSE), realized_pnl=Decimal("2.5"), commission=Decimal("0.2"))

    assert say("/status").splitlines() == [
        "Balance 1000.00 USDT, available 985.00",
        "Today +2.30, unrealised +0.00",
        "Open positions: 1, protected",
        "New entries: on",
        "2024-11-23 12:00:05 UTC",
    ]


def test_status_says_when_the_exchange_does_not_answer(db):
    make_account()

    told = answer("/status", Moment(market=NOON, wall=timezone.now(), is_read=False))

    assert "The exchange does not answer; these are the last known figures." in told


def test_status_before_the_first_reading_shows_no_invented_zero(say):
    make_account(wallet_balance=None, available_balance=None, unrealized_pnl=None)

    assert "Balance – USDT, available –" in say("/status")


@pytest.mark.parametrize("command", ["/positions", "/pos", "/POS", "/positions@desk_bot"])
def test_positions_are_listed_under_every_name(say, command):
    make_protected_position(make_bot(), symbol="DOTUSDT")

    assert say(command) == "DOTUSDT short 12 at 8.5, mark 8.25, unrealised +3.00 USDT"


def test_a_long_earns_when_the_price_rises(say):
    make_position(make_bot(), symbol="DOTUSDT", direction="LONG", mark_price=Decimal("8.75"))

    assert "DOTUSDT long 12 at 8.5, mark 8.75, unrealised +3.00 USDT" in say("/positions")


def test_an_entry_that_has_not_filled_is_no_position_yet(say):
    nothing = Decimal(0)
    make_position(
        make_bot(),
        symbol="DOTUSDT",
        status=PositionStatus.PENDING,
        quantity=nothing,
        entered_quantity=nothing,
        entry_price=None,
        filled_at=None,
    )

    assert say("/positions") == "DOTUSDT short: entry working, nothing filled"


@pytest.mark.parametrize("command", ["/positions", "/protect", "/trades"])
def test_where_there_is_nothing_it_is_said(say, command):
    make_account()

    assert say(command).startswith("No ")


def test_trades_are_the_last_ten_after_commission(say):
    bot = make_bot()
    for number in range(12):
        make_closed_position(bot, symbol=f"N{number}USDT", closed_at=NOON + timedelta(minutes=number))

    told = say("/trades").splitlines()

    assert len(told) == 10
    assert told[0] == "11-23 12:11 N11USDT short: take-profit, +2.90 USDT"


def test_protect_names_the_stop_and_what_it_would_cost(say):
    make_protected_position(make_bot(), symbol="DOTUSDT")

    assert say("/protect") == "DOTUSDT: stop 10.03 (-18.36 USDT), take-profit 5.695"


def test_protect_cries_out_where_no_stop_stands(say):
    make_position(make_bot(), symbol="DOTUSDT", naked_since=timezone.now() - timedelta(seconds=9))

    assert say("/protect").startswith("DOTUSDT: NO STOP for ")


def test_risk_shows_how_much_of_each_limit_is_used(say):
    bot = make_bot(config={"max_positions": 4, "daily_loss_limit_usdt": "50"}, name="surge")
    make_protected_position(bot)

    assert say("/risk").splitlines() == [
        "Exposure 99.00 USDT, result if every stop fires -18.36 USDT",
        "surge: positions 1 of 4, entries today 0 of 2, today +0.00, limit -50.00",
    ]


def test_risk_of_a_bot_without_a_loss_limit(say):
    make_bot(config={"daily_loss_limit_usdt": "0"}, name="surge")

    assert "without a limit" in say("/risk")


def test_why_tells_the_newest_case_with_the_filter_that_refused(say):
    signal = make_signal(
        make_bot(), symbol="DOTUSDT", status=SignalStatus.REFUSED, reason_code="filter_entry_gain", reason="rose"
    )
    make_event(EventKind.SIGNAL_FOUND, case=signal.case, symbol="DOTUSDT", ratio="12.5", price="8.5")
    make_verdict(signal, name="basis", outcome="pass")
    make_verdict(signal, name="entry_gain", outcome="reject", reason="price rose 9.05 %, over 9.04 %")

    told = say("/why dot").splitlines()

    assert told[0] == "DOTUSDT"
    assert told[1] == "11-23 12:00:05 DOTUSDT: sell volume 12.5 times its hourly mean at 8.5"
    assert told[2].endswith("filter entry gain: price rose 9.05 %, over 9.04 %")
    assert told[3] == "1 filters passed."


def test_why_of_a_long_trade_fits_into_a_message(say):
    position = make_protected_position(make_bot(), symbol="DOTUSDT")
    for _ in range(80):
        make_event(EventKind.TAKE_PROFIT_PLACED, case=position.case, symbol="DOTUSDT", price="5.695")

    told = say("/why DOTUSDT")

    assert told.startswith("DOTUSDT, the last 30 of 80 steps")
    assert len(told) < 4096


def test_why_of_an_unknown_contract_offers_those_with_a_case(say):
    make_signal(make_bot(), symbol="XRPUSDT")

    assert say("/why NOSUCH") == "Nothing was decided on NOSUCHUSDT yet. Lately: XRPUSDT."


def test_why_before_anything_happened(say):
    assert say("/why DOTUSDT") == "Nothing was decided yet on any contract."


@pytest.mark.parametrize("command", ["/help", "/start", "/help@desk_bot"])
def test_help_lists_every_command_once(say, command):
    lines = say(command).splitlines()[1:]

    assert len(lines) == len(set(COMMANDS.values()))
    assert "/close SYMBOL – close a position at market; asks first" in lines


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("/clse DOTUSDT", "There is no /clse. Did you mean /close SYMBOL?"),
        ("/zzz", "There is no /zzz. /help lists what there is."),
        ("/close", "Write it like this: /close SYMBOL"),
        ("/close DOT XRP", "Write it like this: /close SYMBOL"),
        ("/status now", "Write it like this: /status"),
        ("hello", "Commands begin with a slash. /help lists them."),
        ("", "Commands begin with a slash. /help lists them."),
        ("/", "There is no /. /help lists what there is."),
    ],
)
def test_what_is_not_understood_gets_help(say, text, told):
    assert say(text) == told


def test_answers_speak_the_readers_language(say):
    make_protected_position(make_bot())

    with translation.override("zh-hans"):
        assert "short" not in say("/positions")


def test_desks_of_other_environments_are_not_told(say):
    other = make_bot(make_account(environment="live"))
    make_protected_position(other, symbol="DOTUSDT")
    make_closed_position(other, symbol="XRPUSDT")

    assert "DOTUSDT" not in say("/positions") + say("/protect") + say("/risk")
    assert "XRPUSDT" not in say("/trades")
