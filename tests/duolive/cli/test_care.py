"""``why``, ``ledger``, ``ps``: what looks after the desk."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from desk import events
from desk.event_kinds import EventKind
from desk.models import Heartbeat
from signals.models import SignalStatus
from tests.factories import make_account, make_bot, make_event, make_signal, make_verdict
from trading.models import Fill

pytestmark = pytest.mark.django_db


def refused_signal():
    signal = make_signal(
        make_bot(name="surge"),
        symbol="DOTUSDT",
        status=SignalStatus.REFUSED,
        reason_code="filter_entry_gain",
        reason="price rose 9.05 %, over 9.04 %",
    )
    make_event(EventKind.SIGNAL_FOUND, case=signal.case, symbol="DOTUSDT", ratio="12.5", price="8.5")
    make_verdict(signal, name="entry_gain", outcome="reject", reason="price rose 9.05 %, over 9.04 %")
    return signal


def test_why_tells_steps_with_their_numbers(cli):
    refused_signal()

    answer = cli("why", "dotusdt")

    assert answer.code == 0
    assert "sell volume 12.5 times its hourly mean" in answer.out
    assert "known: candle_open" in answer.out
    assert "filter reject: price rose 9.05 %, over 9.04 %" in answer.out


def test_why_as_json_has_the_whole_case(cli):
    signal = refused_signal()

    [case] = cli("why", "DOTUSDT", "--json").json["cases"]

    assert (case["case"], case["state"], case["bot"]) == (str(signal.case), "refused", "surge")
    assert {step["kind"] for step in case["steps"]} == {"candle", "filter"}


def test_why_of_an_unknown_contract_offers_those_with_a_case(cli):
    refused_signal()

    answer = cli("why", "NOSUCHUSDT")

    assert answer.code == 1
    assert answer.err.strip() == "NOSUCHUSDT: nothing was decided on it yet. Lately: DOTUSDT."


def test_why_before_anything_happened(cli):
    make_account()

    assert "Nothing was decided at all." in cli("why", "DOTUSDT").err


def traded(lockstep) -> None:
    """A round trip, old enough for its rows to have arrived."""
    lockstep.open_position()
    lockstep.price("5.6", after=30)
    lockstep.deliver()
    lockstep.step(120)


def test_books_that_agree_end_with_0(cli, lockstep):
    traded(lockstep)

    answer = cli("ledger")
    [account] = cli("ledger", "--json").json["accounts"]

    assert answer.code == 0
    assert "the books agree at" in answer.out
    assert account["rows"] > 0
    assert Decimal(account["difference"]) == 0


def test_books_that_differ_end_with_1_and_name_the_row(cli, lockstep):
    traded(lockstep)
    fill = Fill.objects.order_by("id").first()
    Fill.objects.filter(pk=fill.pk).update(commission=fill.commission + Decimal("0.01"))

    answer = cli("ledger")
    as_json = cli("ledger", "--json")

    assert answer.code == as_json.code == 1
    assert "THE BOOKS DIFFER by -0.01 USDT" in answer.out
    [row] = as_json.json["accounts"][0]["discrepancies"]
    assert (row["trade_id"], row["income_type"]) == (str(fill.trade_id), "COMMISSION")


def test_the_start_of_the_comparison_may_be_given(cli, lockstep):
    traded(lockstep)

    [account] = cli("ledger", "--from", "2024-11-23T17:02", "--json").json["accounts"]

    assert account["start"] == "2024-11-23T17:02:00Z"


def test_a_ledger_without_the_keys_says_so_and_ends_with_3(cli, settings):
    make_account()

    answer = cli("ledger")

    assert answer.code == 3
    assert "key of the exchange cannot be read here" in answer.err


def test_ps_lists_the_loops_with_their_age(cli):
    make_account()
    events.beat("scan")
    Heartbeat.objects.create(loop="check", beat_at=timezone.now() - timedelta(minutes=10))

    loops = {row["loop"]: row for row in cli("ps", "--json").json["loops"]}

    assert loops["scan"]["state"] == "ok"
    assert loops["scan"]["age_seconds"] < 5
    assert (loops["check"]["state"], round(loops["check"]["age_seconds"])) == ("late", 600)
    assert (loops["stream"]["state"], loops["stream"]["age_seconds"]) == ("never", None)
    assert "check" in cli("ps").out
