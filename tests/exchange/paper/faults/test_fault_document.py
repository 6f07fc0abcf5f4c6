"""docs/paper-faults.md names every word with all its fields, and its examples can be set."""

import json
import re
from pathlib import Path

import pytest

from exchange.paper.faults.reading import read_spec
from exchange.paper.faults.specs import AboutOrders, OnRequest, OnSymbol, Spec
from exchange.paper.faults.words import WORDS

TEXT = (Path(__file__).resolve().parents[4] / "docs" / "paper-faults.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(r"^\| `(\w+)` \|(.*)\|$", TEXT, flags=re.MULTILINE))
SHARED = {name for kind in (Spec, AboutOrders, OnRequest, OnSymbol) for name in kind.model_fields}


@pytest.mark.parametrize("word", sorted(WORDS))
def test_row_of_a_word_names_its_own_fields_and_a_good_example(word):
    row = ROWS[word]
    example = json.loads(re.findall(r"`(\{.*?\})`", row)[-1])

    own = set(WORDS[word].model_fields) - SHARED

    assert read_spec(example).fault == word
    assert {name for name in own if f"`{name}`" not in row} == set()


def test_shared_fields_are_explained():
    assert {name for name in SHARED - {"fault"} if f"`{name}`" not in TEXT} == set()
