"""The reasons that the desk writes are known phrases, so that they can be told in another language."""

import ast
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path

import pytest
from django.utils import translation

from desk.phrases import PHRASES, retold
from desk.vocabulary import FILTERS, METRICS, REFUSALS
from duolive.configuration import ROOT
from exchange.rules import BelowMinNotional
from risk.filters import FILTERS as KNOWN_FILTERS
from risk.limits import LimitCode, LimitRefusal
from trading.core.states import OrderStatus, Purpose

SAID_BY = {"Verdict": 2, "Refused": 1, "NotReady": 0}  # place of the sentence among the arguments


def reasons_in(module: Path) -> Iterator[str]:
    """Sentences that a module writes as reasons, with 7 for what is filled in."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SAID_BY:
            yield from texts_of(*node.args[SAID_BY[node.func.id] :][:1])
        elif isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == ["reason"]:
            yield from texts_of(node.value)


def texts_of(*nodes: ast.expr) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.IfExp):
            yield from texts_of(node.body, node.orelse)
        elif isinstance(node, ast.Constant | ast.JoinedStr):
            text = "".join(str(part.value) if isinstance(part, ast.Constant) else "7" for part in parts_of(node))
            if " " in text and "7: 7" not in text:  # a passed-on error keeps its own words
                yield text


def parts_of(node: ast.Constant | ast.JoinedStr) -> Sequence[ast.expr]:
    return node.values if isinstance(node, ast.JoinedStr) else [node]


MODULES = sorted([*(ROOT / "risk").rglob("*.py"), *(ROOT / "trading").rglob("*.py")])
WRITTEN = [
    *(reason for module in MODULES for reason in reasons_in(module)),
    *(str(LimitRefusal(code, "5", "5")) for code in LimitCode),
    str(BelowMinNotional(symbol="DOTUSDT", notional=Decimal("4.5"), minimum=Decimal("5"))),
    *(f"{purpose.value} order is {status.value}" for purpose in Purpose for status in OrderStatus),
]


def test_reasons_are_found_in_the_sources():
    assert "no price at entry" in WRITTEN or "auto-trade is off" in WRITTEN


@pytest.mark.parametrize("reason", WRITTEN)
def test_what_the_desk_writes_is_told_in_chinese(reason: str):
    with translation.override("zh-hans"):
        told = retold(reason)

    assert told is not None
    assert "order" not in told
    assert "price" not in told
    assert "_" not in told


def test_numbers_survive_the_retelling():
    with translation.override("zh-hans"):
        assert retold("price rose 12.5000 %, over 3 %") == "价格已涨 12.5000%，超过 3%"


def test_a_part_that_is_a_phrase_is_retold_too():
    with translation.override("zh-hans"):
        told = retold("0.500000 is in the danger range 0.3 to 0.9")

    assert told == "0.500000 落在危险区间 0.3 至 0.9"


@pytest.mark.parametrize("phrase", [phrase for phrase in PHRASES if "{" not in phrase])
def test_a_phrase_without_numbers_stays_as_it_is_in_english(phrase: str):
    with translation.override("en"):
        assert retold(phrase) == phrase


@pytest.mark.parametrize("text", ["", "something else", "price rose 3 %", "nothing is late"])
def test_what_is_no_phrase_is_not_retold(text: str):
    assert retold(text) is None


def test_every_number_of_a_filter_has_a_word():
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "risk/filters").glob("*.py"))

    assert set(re.findall(r'"(\w+)": (?:f"|str\()', sources)) <= set(METRICS)


def test_every_filter_and_limit_has_a_word():
    assert set(KNOWN_FILTERS) <= set(FILTERS)
    assert {code.value for code in LimitCode} <= set(REFUSALS)
