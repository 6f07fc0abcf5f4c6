"""Events told in both languages: codes become words, and Chinese sentences hold no English."""

import re
import string

import pytest
from django.utils import translation

from desk.event_kinds import EventKind
from desk.models import Event
from desk.narration import refusal, sentence

CHINESE, ENGLISH = "zh-hans", "en"
ENGLISH_IN_CHINESE = {"USDT", "UTC", "DOTUSDT", "MiB"}

# Facts as the services write them.
FACTS = {
    EventKind.SYSTEM_STARTED: {"environment": "replay"},
    EventKind.SCAN_FINISHED: {"symbols": 523, "signals": 1, "highest_ratio": "16.2"},
    EventKind.SCAN_MISSED: {"hour": "2024-11-23T17:00:00+00:00"},
    EventKind.SCAN_INCOMPLETE: {
        "hour": "2024-11-23T17:00:00+00:00",
        "missing": 3,
        "symbols": 523,
        "attempts": 9,
        "names": "DOTUSDT",
    },
    EventKind.SIGNAL_FOUND: {"ratio": "16.20", "price": "8.5"},
    EventKind.ADVICE_GIVEN: {"direction": "LONG", "price": "8.5", "confidence": "0.71", "provider": "rules"},
    EventKind.CANDIDATE_REPEATED: {"ratio": "12.00", "price": "8.5"},
    EventKind.SIGNAL_REFUSED: {"code": "filter_entry_gain", "reason": "price rose 4.1000 %, over 3 %"},
    EventKind.ENTRY_INTENDED: {"side": "SELL", "quantity": "70.2", "price": "8.5", "margin": "199.9"},
    EventKind.ORDER_SENT: {"purpose": "stop"},
    EventKind.ORDER_ACCEPTED: {"purpose": "take_profit", "latency_ms": 38, "status": "NEW"},
    EventKind.ORDER_REFUSED: {"purpose": "stop", "code": -2021, "reason": "Order would immediately trigger."},
    EventKind.ORDER_UNKNOWN: {"purpose": "entry", "reason": "read timeout"},
    EventKind.ORDER_RESOLVED: {"purpose": "entry", "status": "PARTIALLY_FILLED"},
    EventKind.ORDER_ENDED: {"purpose": "close", "status": "CANCELED", "reason": "never sent"},
    EventKind.ENTRY_FILLED: {"quantity": "70.2", "price": "8.5", "purpose": "entry"},
    EventKind.EXIT_FILLED: {"quantity": "70.2", "price": "8.1", "realized_pnl": "28.08", "purpose": ""},
    EventKind.STOP_PLACED: {"price": "10.03", "seconds": 0.026},
    EventKind.TAKE_PROFIT_PLACED: {"price": "5.695"},
    EventKind.POSITION_UNPROTECTED: {"price": "10.03", "reason": "never arrived at the exchange"},
    EventKind.POSITION_CLOSING: {"reason": "time limit", "reason_code": "time_limit", "author": "strategy"},
    EventKind.POSITION_CLOSED: {"reason": "stop-loss", "reason_code": "stop_loss", "result": "-3.1000"},
    EventKind.ENTRY_UNFILLED: {},
    EventKind.TAKE_PROFIT_JUDGED: {
        "strength": "medium",
        "check": "2h",
        "ratio_pct": "20",
        "reason": "0.417 of 24 closes beyond 0.055",
    },
    EventKind.SETTINGS_INVALID: {"number": 2, "hours": 72, "problem": "leverage: too large"},
    EventKind.LEG_REQUESTED: {"what": "take-profit", "price": "5.1", "author": "cli"},
    EventKind.EXECUTION_ENDED: {
        "purpose": "add",
        "style": "twap",
        "ending": "expired",
        "executed": "3",
        "quantity": "4",
    },
    EventKind.STOP_BY_PRICE_PAID: {"price": "9.912", "paid": "8.400", "decided": "8.500"},
    EventKind.SLIPPAGE_HIGH: {"purpose": "entry", "slippage_bps": "61.2", "limit": "50"},
    EventKind.CHANGE_REQUESTED: {"change": "ADD", "author": "strategy"},
    EventKind.CHANGE_REFUSED: {"change": "REDUCE", "code": "max_reduces", "reason": "max_reduces (3, limit 3)"},
    EventKind.CHANGE_DONE: {"change": "ADJUST"},
    EventKind.CHANGE_FAILED: {"change": "ADD", "code": "unfilled", "reason": "nothing was filled"},
    EventKind.REPAIRED: {"what": "stop order is CANCELED"},
    EventKind.FOREIGN_FOUND: {"what": "a position of -12.5"},
    EventKind.LEDGER_DIFFERS: {
        "difference": "-0.5",
        "rows": "DOTUSDT trade 7 REALIZED_PNL: ours 1, theirs 2; DOTUSDT trade 9 COMMISSION: ours -0.1, theirs 0",
    },
    EventKind.SWITCHED: {"state": "on", "author": "cli"},
    EventKind.BREAKER_TRIPPED: {"cause": "daily_loss", "value": "5.20 %", "limit": "5 %", "tier": "close_only"},
    EventKind.BREAKER_ENDED: {"cause": "api_failures", "tier": "active"},
    EventKind.BREAKER_RESET: {"author": "cli", "reason": "1", "tier": "active"},
    EventKind.EMERGENCY_STOP: {"author": "cli", "count": 10},
    EventKind.WATCHDOG_LOOP_STOPPED: {"loop": "scan", "seconds": 80},
    EventKind.WATCHDOG_OVER: {"trouble": "unprotected"},
}


def told(kind: EventKind, language: str = ENGLISH, **facts) -> str:
    with translation.override(language):
        return sentence(Event(kind=kind, symbol="DOTUSDT", facts=facts))


def facts_of(kind: EventKind) -> dict:
    """Facts as the services write them, or a number for each."""
    names = {name for _literal, name, _spec, _conversion in string.Formatter().parse(str(kind.label)) if name}
    return FACTS.get(kind, dict.fromkeys(names - {"symbol", "bot"}, "1"))


def english_words(text: str) -> set[str]:
    return set(re.findall(r"[A-Za-z]{2,}\w*", text)) - ENGLISH_IN_CHINESE


@pytest.mark.parametrize("kind", list(EventKind))
def test_a_chinese_sentence_holds_no_english_word(kind: EventKind):
    assert english_words(told(kind, CHINESE, **facts_of(kind))) == set()


@pytest.mark.parametrize("kind", list(EventKind))
def test_no_code_reaches_an_english_reader(kind: EventKind):
    text = told(kind, **facts_of(kind))

    assert "_" not in text
    assert not {word for word in english_words(text) if word.isupper()} - {"NO", "STOP"}


def test_codes_become_words_of_the_reader():
    facts = FACTS[EventKind.ENTRY_INTENDED]

    assert told(EventKind.ENTRY_INTENDED, **facts) == "DOTUSDT: decided to sell 70.2 at 8.5, margin 199.9 USDT"
    assert told(EventKind.ENTRY_INTENDED, CHINESE, **facts) == "DOTUSDT：决定以 8.5 卖出 70.2，保证金 199.9 USDT"


def test_an_end_is_told_by_its_code_whatever_language_wrote_its_label():
    facts = {"reason": "止损", "reason_code": "stop_loss", "result": "-3.1"}

    assert told(EventKind.POSITION_CLOSED, **facts) == "DOTUSDT: closed, stop-loss, result -3.1 USDT"
    assert told(EventKind.POSITION_CLOSED, CHINESE, **facts) == "DOTUSDT：已平仓（止损），盈亏 -3.1 USDT"


def test_a_missed_hour_reads_as_a_time():
    assert "11-23 17:00 UTC" in told(EventKind.SCAN_MISSED, hour="2024-11-23T18:00:00+01:00")


def test_a_fact_that_is_missing_or_empty_reads_as_a_question_mark():
    assert told(EventKind.ORDER_ACCEPTED, purpose="stop", latency_ms=None) == "DOTUSDT: stop order accepted in ? ms"
    assert told(EventKind.ORDER_SENT) == "DOTUSDT: ? order sent"


def test_telling_leaves_the_stored_facts_alone():
    event = Event(kind=EventKind.ORDER_SENT, symbol="DOTUSDT", facts={"purpose": "stop"})

    sentence(event)

    assert event.facts == {"purpose": "stop"}


def test_a_reason_of_the_venue_keeps_its_own_words_in_english():
    text = told(EventKind.ORDER_REFUSED, **FACTS[EventKind.ORDER_REFUSED])

    assert text == "DOTUSDT: stop order refused, Order would immediately trigger."


def test_an_unknown_reason_of_the_venue_is_not_hidden():
    assert "Unheard of." in told(EventKind.ORDER_REFUSED, CHINESE, purpose="stop", code=-9999, reason="Unheard of.")


@pytest.mark.parametrize(
    ("language", "code", "reason", "expected"),
    [
        (ENGLISH, "max_positions", "max_positions (5, limit 5)", "too many positions (5, limit 5)"),
        (CHINESE, "max_positions", "max_positions (5, limit 5)", "持仓数已达上限（5，上限 5）"),
        (ENGLISH, "account_not_ready", "DOTUSDT stands oddly", "DOTUSDT stands oddly"),
        (CHINESE, "account_not_ready", "DOTUSDT stands oddly", "账户设置不符合要求"),
        (CHINESE, "born_tomorrow", "some sentence", "some sentence"),
        (ENGLISH, "", "", ""),
        (CHINESE, "", "", ""),
    ],
)
def test_a_refusal_is_told_with_its_numbers_or_by_its_code(language: str, code: str, reason: str, expected: str):
    with translation.override(language):
        assert refusal(code=code, reason=reason) == expected


def test_sentences_are_told_where_no_language_is_active():
    with translation.override(None):
        assert sentence(Event(kind=EventKind.SIGNAL_REFUSED, symbol="X", facts={"reason": "too late"})) == (
            "X: signal refused, too late"
        )
