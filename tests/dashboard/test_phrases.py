"""Sentences of the services reach the reader in the reader's language."""

from decimal import Decimal

import pytest
from django.utils import translation

from dashboard.api import phrases
from dashboard.api.phrases import PHRASES, in_reader_language
from tests import factories
from tests.rules_of_symbols import symbol_rules
from trading.services import manual_changes


@pytest.fixture
def whispering(monkeypatch: pytest.MonkeyPatch) -> None:
    """A language in which every sentence is marked, so that the test needs no catalogue."""
    monkeypatch.setattr(phrases, "gettext", lambda text: f"<{text}>")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("the exchange lists no NOPEUSDT", "<the exchange lists no NOPEUSDT>"),
        ("a stop at 9.5 lies too close to liquidation at 9.9", "<a stop at 9.5 lies too close to liquidation at 9.9>"),
        ("Input should be less than or equal to 125", "<Input should be less than or equal to 125>"),
        ("Input should be less than 90", "<Input should be less than 90>"),
        ("something nobody wrote down", "something nobody wrote down"),
    ],
)
def test_known_sentences_are_told_and_others_left(whispering, text, told):
    assert in_reader_language(text) == told


def test_english_stays_as_it_was_written():
    for phrase in PHRASES:
        filled = phrase.replace("{", "").replace("}", "")

        assert in_reader_language(filled) == filled


@pytest.mark.django_db
def test_what_the_services_say_is_among_the_known():
    position = factories.make_protected_position()
    with pytest.raises(manual_changes.ExitRefused) as refused:
        manual_changes.request_stop(
            position,
            price=Decimal("1"),
            rules=symbol_rules(position.symbol),
            author="test",
            now=factories.NOON,
        )

    assert any(pattern.fullmatch(str(refused.value)) for _phrase, pattern in phrases._patterns())


def test_an_error_of_a_service_is_told_by_accept_language(post, public_market, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(phrases, "gettext", lambda text: f"{translation.get_language()}: {text}")
    factories.make_account()
    order = {"symbol": "NOPEUSDT", "side": "SELL", "margin_usdt": "10", "dry_run": True}

    answer = post("order", order, **{"Accept-Language": "zh-hans"})

    assert answer.json()["errors"]["symbol"] == "zh-hans: the exchange lists no NOPEUSDT"
