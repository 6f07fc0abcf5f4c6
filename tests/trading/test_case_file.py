"""A case reads as a story: what was known, decided, sent and answered, in the order of causes."""

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from desk.event_kinds import EventKind
from signals.models import Signal
from tests import factories
from tests.factories import NOON
from trading.case_file import CaseState, UnknownCase, case_file, latest_cases
from trading.case_story import StepKind
from trading.core.states import OrderStatus, Purpose
from trading.models import Order, Position

pytestmark = pytest.mark.django_db


def facts(step_part) -> dict[str, str]:
    return {fact.name: fact.value for fact in step_part}


def found(bot=None, **details) -> Signal:
    """A signal with two verdicts and the event that tells it."""
    signal = factories.make_signal(bot, symbol="DOTUSDT", **details)
    factories.make_verdict(signal, metrics={"gain_pct": "1.2", "max_gain_pct": "9.04"})
    factories.make_event(
        EventKind.SIGNAL_FOUND, case=signal.case, bot=signal.bot, symbol="DOTUSDT", ratio="12.50", price="8.5"
    )
    return signal


def entered(signal: Signal) -> Position:
    """The position of ``signal``, entered and protected, with everything told."""
    position = factories.make_protected_position(signal.bot, symbol="DOTUSDT", signal=signal, case=signal.case)
    entry = position.orders.get(purpose=Purpose.ENTRY)
    tell = {"case": signal.case, "bot": signal.bot, "symbol": "DOTUSDT"}
    factories.make_event(
        EventKind.ENTRY_INTENDED, side="SELL", quantity="12", price="8.5", margin="34", leverage=3, **tell
    )
    of_entry = {**tell, "purpose": "entry", "client_order_id": entry.client_order_id}
    factories.make_event(EventKind.ORDER_SENT, **of_entry)
    factories.make_event(EventKind.ENTRY_FILLED, quantity="12", price="8.5", purpose="entry", **tell)
    factories.make_event(EventKind.ORDER_ACCEPTED, latency_ms=38, status="NEW", **of_entry)
    factories.make_event(EventKind.STOP_PLACED, price="10.03", seconds="0.2", **tell)
    return position


def closed(position: Position) -> Position:
    Position.objects.filter(pk=position.pk).update(
        status="closed",
        exit_reason="take_profit",
        quantity=0,
        exit_price=Decimal("8.25"),
        realized_pnl=Decimal(3),
        commission=Decimal("0.1"),
        closed_at=NOON + timedelta(hours=2),
    )
    factories.make_event(
        EventKind.POSITION_CLOSED, case=position.case, bot=position.bot, symbol="DOTUSDT",
        reason="take-profit", reason_code="take_profit", result="2.9",
    )  # fmt: skip
    return position


def test_the_story_runs_from_the_candle_to_the_result():
    position = closed(entered(found(status="entered")))

    kinds = [step.kind for step in case_file(position.case).steps]

    assert kinds == [
        StepKind.CANDLE,
        StepKind.FILTER,
        StepKind.DECISION,
        StepKind.ORDER,
        StepKind.FILL,
        StepKind.PROTECTION,
        StepKind.RESULT,
    ]


def test_the_candle_is_held_against_the_threshold_of_its_time():
    bot = factories.make_bot(config={"surge_threshold": "10"})
    signal = found(bot)
    bot.config_versions.create(number=2, values={"surge_threshold": "12"}, author="later")

    candle = case_file(signal.case).steps[0]

    assert facts(candle.known) | {"candle_open": ""} == {
        "candle_open": "",
        "sell_volume": "125000",
        "mean_sell_volume": "10000",
        "surge_ratio": "12.50",
        "close_price": "8.5",
    }
    assert facts(candle.decided) == {"surge_threshold": "10", "over_threshold_pct": "25.0"}


def test_a_filter_tells_its_numbers_and_its_verdict():
    signal = found()

    step = case_file(signal.case).steps[1]

    assert (step.kind, step.outcome) == (StepKind.FILTER, "pass")
    assert facts(step.known) == {"gain_pct": "1.2", "max_gain_pct": "9.04"}
    assert facts(step.decided) == {"filter": "entry_gain"}


def test_a_refusal_is_told_after_the_filters_with_its_reason():
    signal = found(status="refused", reason_code="filter_entry_gain", reason="price rose 12 %, over 9.04 %")
    factories.make_event(
        EventKind.SIGNAL_REFUSED, case=signal.case, symbol="DOTUSDT", code="filter_entry_gain", reason=signal.reason
    )

    case = case_file(signal.case)

    assert (case.state, case.position, case.result) == (CaseState.REFUSED, None, None)
    assert [step.kind for step in case.steps] == [StepKind.CANDLE, StepKind.FILTER, StepKind.REFUSAL]
    assert facts(case.steps[-1].known)["reason"] == "price rose 12 %, over 9.04 %"


def test_an_order_carries_what_was_sent_and_answered_with_its_latency():
    position = entered(found(status="entered"))
    entry = position.orders.get(purpose=Purpose.ENTRY)

    order = next(step for step in case_file(position.case).steps if step.kind is StepKind.ORDER)

    assert order.outcome == OrderStatus.FILLED
    assert facts(order.sent) == {
        "purpose": "entry",
        "order_type": "LIMIT",
        "side": "SELL",
        "quantity": "12",
        "price": "8.5",
        "client_order_id": entry.client_order_id,
    }
    assert facts(order.answered) == {
        "order_status": "FILLED",
        "venue_order_id": str(entry.venue_order_id),
        "latency_ms": "38",
    }


def test_an_order_whose_sending_was_not_told_is_told_with_its_answer():
    position = factories.make_position(symbol="DOTUSDT")
    stop = factories.make_order(position, purpose=Purpose.STOP)
    factories.make_event(
        EventKind.ORDER_ACCEPTED, case=position.case, symbol="DOTUSDT", purpose="stop", latency_ms=6,
        client_order_id=stop.client_order_id,
    )  # fmt: skip

    (step,) = case_file(position.case).steps

    assert facts(step.sent)["trigger_price"] == "10.03"
    assert facts(step.sent)["closes"] == "position"
    assert (step.outcome, facts(step.answered)["latency_ms"]) == ("NEW", "6")


def test_later_news_of_an_order_are_steps_of_their_own():
    position = entered(found(status="entered"))
    entry = position.orders.get(purpose=Purpose.ENTRY)
    factories.make_event(
        EventKind.ORDER_ENDED, case=position.case, symbol="DOTUSDT", purpose="entry", status="CANCELED",
        client_order_id=entry.client_order_id,
    )  # fmt: skip

    orders = [step for step in case_file(position.case).steps if step.kind is StepKind.ORDER]

    assert [step.sentence for step in orders] == ["DOTUSDT: entry order sent", "DOTUSDT: entry order cancelled"]


def test_an_order_of_unknown_outcome_shows_the_doubt_and_its_end():
    position = factories.make_position(symbol="DOTUSDT")
    stop = factories.make_order(position, purpose=Purpose.STOP, status=OrderStatus.NEW)
    tell = {"case": position.case, "symbol": "DOTUSDT", "purpose": "stop", "client_order_id": stop.client_order_id}
    factories.make_event(EventKind.ORDER_SENT, **tell)
    factories.make_event(EventKind.ORDER_UNKNOWN, reason="read timeout", **tell)
    factories.make_event(EventKind.ORDER_RESOLVED, status="NEW", **tell)

    steps = case_file(position.case).steps

    assert len(steps) == 2
    assert facts(steps[0].answered)["reason"] == "read timeout"
    assert steps[1].sentence == "DOTUSDT: the stop order turned out working"


def test_the_decision_names_the_sizing_and_the_risk():
    position = entered(found(status="entered"))

    decision = next(step for step in case_file(position.case).steps if step.kind is StepKind.DECISION)

    assert facts(decision.decided) | {} == {
        "side": "SELL",
        "quantity": "12",
        "price": "8.5",
        "margin": "34",
        "leverage": "3",
        "stop_loss_pct": "18",
        "loss_at_stop": "18.3600",
    }
    assert facts(decision.known)["settings_version"] == "1"


def test_an_add_changes_nothing_of_what_the_entry_risked():
    position = entered(found(status="entered"))
    Position.objects.filter(pk=position.pk).update(margin=position.margin * 2)

    decision = next(step for step in case_file(position.case).steps if step.kind is StepKind.DECISION)

    assert facts(decision.decided)["loss_at_stop"] == "18.3600"


def test_the_stop_says_how_far_it_lies_from_the_entry():
    position = entered(found(status="entered"))

    step = next(step for step in case_file(position.case).steps if step.kind is StepKind.PROTECTION)

    assert facts(step.answered) == {"price": "10.03", "seconds": "0.2", "from_entry_pct": "+18.00"}


def test_the_result_is_after_commission():
    case = case_file(closed(entered(found(status="entered"))).case)

    assert case.state is CaseState.CLOSED
    assert (case.result.result, case.result.exit_reason) == (Decimal("2.9"), "take_profit")
    assert f"{case.result.return_ratio:.4f}" == "0.0853"
    assert case.result.held_seconds == 7198
    assert facts(case.steps[-1].answered)["return_pct"] == "8.53"


def test_an_order_by_hand_is_a_case_without_a_signal():
    position = factories.make_protected_position(symbol="DOTUSDT")
    factories.make_event(
        EventKind.ENTRY_INTENDED, case=position.case, symbol="DOTUSDT", side="SELL", quantity="12", author="demo"
    )

    case = case_file(position.case)

    assert (case.signal, case.position, case.state) == (None, position, CaseState.WORKING)
    assert facts(case.steps[0].decided)["author"] == "demo"


def test_a_signal_that_waits_is_pending():
    signal = found()

    assert case_file(signal.case).state is CaseState.PENDING


def test_an_unknown_case_and_one_of_another_environment_are_not_told():
    other = factories.make_signal(factories.make_bot(factories.make_account(environment="live")))

    for case in (uuid.uuid4(), other.case):
        with pytest.raises(UnknownCase):
            case_file(case)


def test_cases_of_a_symbol_come_newest_first_with_refusals_and_orders_by_hand():
    bot = factories.make_bot()
    old = found(bot, scan=factories.make_scan(hour=NOON.replace(second=0) - timedelta(days=3)))
    refused = factories.make_signal(
        bot,
        symbol="DOTUSDT",
        scan=factories.make_scan(hour=NOON.replace(second=0) - timedelta(days=1)),
        status="refused",
        reason_code="max_positions",
    )
    by_hand = factories.make_position(bot, symbol="DOTUSDT")
    factories.make_signal(bot, symbol="XRPUSDT")

    assert [case.case for case in latest_cases("DOTUSDT")] == [by_hand.case, refused.case, old.case]
    assert [case.case for case in latest_cases("DOTUSDT", limit=1)] == [by_hand.case]


def test_orders_and_fills_of_the_case_are_at_hand():
    position = entered(found(status="entered"))
    fill = factories.make_fill(position.orders.get(purpose=Purpose.ENTRY))

    case = case_file(position.case)

    assert [order.pk for order in case.orders] == list(Order.objects.order_by("id").values_list("pk", flat=True))
    assert list(case.fills) == [fill]


def test_a_sending_tells_how_long_the_intent_waited_and_a_fill_how_long_after_it_came():
    position = factories.make_position(symbol="DOTUSDT")
    sent_at = timezone.now() - timedelta(milliseconds=1500)
    entry = factories.make_order(position, purpose=Purpose.ENTRY, sent_at=sent_at)
    tell = {"case": position.case, "symbol": "DOTUSDT", "purpose": "entry", "client_order_id": entry.client_order_id}
    factories.make_event(EventKind.ORDER_SENT, waited_ms=7, **tell)
    factories.make_event(EventKind.ORDER_ACCEPTED, latency_ms=38, **tell)
    factories.make_event(EventKind.ENTRY_FILLED, quantity="12", price="8.5", **tell)

    order, fill = case_file(position.case).steps

    assert facts(order.sent)["waited_ms"] == "7"
    assert facts(order.answered)["latency_ms"] == "38"
    assert 1500 <= int(facts(fill.known)["after_sent_ms"]) < 60_000


def test_an_order_that_left_twice_shows_both_sendings_and_the_answer_with_the_second():
    position = factories.make_position(symbol="DOTUSDT")
    entry = factories.make_order(position, purpose=Purpose.ENTRY, status=OrderStatus.FILLED)
    tell = {"case": position.case, "symbol": "DOTUSDT", "purpose": "entry", "client_order_id": entry.client_order_id}
    factories.make_event(EventKind.ORDER_SENT, waited_ms=7, **tell)
    factories.make_event(EventKind.ORDER_SENT, waited_ms=2007, **tell)
    factories.make_event(EventKind.ORDER_ACCEPTED, latency_ms=38, **tell)

    first, second = case_file(position.case).steps

    assert (first.outcome, facts(first.answered)) == ("", {})
    assert (second.outcome, facts(second.answered)["latency_ms"]) == ("FILLED", "38")
    assert facts(second.sent)["waited_ms"] == "2007"


def test_settings_that_are_no_longer_valid_are_an_alarm_of_the_case():
    position = factories.make_position(symbol="DOTUSDT")
    factories.make_event(
        EventKind.SETTINGS_INVALID, case=position.case, bot=position.bot, symbol="DOTUSDT", number=2, hours=72,
        problem="leverage: too large",
    )  # fmt: skip

    (step,) = case_file(position.case).steps

    assert step.kind is StepKind.ALARM
    assert facts(step.known)["problem"] == "leverage: too large"
