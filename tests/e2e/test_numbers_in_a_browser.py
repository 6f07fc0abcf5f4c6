"""Figures are shown digit for digit; the table is the rule of the page's number module."""

from typing import Any

import pytest

from tests.e2e.web_process import WebProcess

pytestmark = [pytest.mark.browser, pytest.mark.ci, pytest.mark.django_db(transaction=True)]

FIXED = [
    ("1234567.891", 2, "1,234,567.89"),
    ("-0.005", 2, "−0.01"),
    ("0.004", 2, "0.00"),
    ("-0.004", 2, "0.00"),
    ("999.995", 2, "1,000.00"),
    ("12", 0, "12"),
    ("0", 4, "0.0000"),
    ("100000000000.00000001", 8, "100,000,000,000.00000001"),
]
PLAIN = [
    ("0.0201153", "0.0201153"),
    ("8.5", "8.5"),
    ("12", "12"),
    ("97123.45678912", "97,123.457"),
    ("0.000012345678912", "0.000012345679"),
    ("123456789.5", "123,456,790"),
]
SIGNED = [("1.2", "▲ +1.20"), ("-1.2", "▼ −1.20"), ("0.00", "0.00")]


@pytest.fixture
def evaluate(browser: Any, web: WebProcess) -> Any:
    """Calls a function of numbers.js."""
    page = browser.new_page(base_url=web.url)
    page.goto("/login")
    call = "async ([name, ...rest]) => (await import('/static/dashboard/js/numbers.js'))[name](...rest)"
    return lambda name, *arguments: page.evaluate(call, [name, *arguments])


def test_numbers_read_as_people_read_them(evaluate):
    assert [evaluate("fixed", text, places) for text, places, _ in FIXED] == [shown for *_, shown in FIXED]
    assert [evaluate("signed", text, 2) for text, _ in SIGNED] == [shown for _, shown in SIGNED]
    assert [evaluate("plain", text) for text, _ in PLAIN] == [shown for _, shown in PLAIN]
