"""The table says what the judge found."""

from decimal import Decimal

import pytest

from tests.chaos import table
from tests.chaos.judge import Verdict


def verdict(**details):
    values = {"doubled": 0, "unprotected": 0.25, "flips": 0, "ledger": Decimal(0), "recovery": 1.5, "faults": ()}
    return Verdict(**values | details)


def test_a_green_case_is_one_plain_row():
    assert table.cells("a/b", verdict()) == ("a/b", "0", "0.25", "0", "0", "1.5", "green")


def test_a_red_case_says_why():
    row = table.cells("a/b", verdict(recovery=None, ledger=Decimal("0.10"), faults=("never agreed again", "books")))

    assert row[4:] == ("0.1", "-", "RED: never agreed again; books")


def test_the_table_is_markdown_with_its_numbers_to_the_right():
    lines = table.markdown([table.cells("a/b", verdict())]).splitlines()

    assert lines[0].startswith("| Case | Orders doubled |")
    assert lines[1].startswith("| --- | ---: |")
    assert len({line.count("|") for line in lines}) == 1


def test_the_summary_counts_what_is_red_and_names_the_worst():
    said = table.summary([verdict(), verdict(unprotected=2.0, faults=("x",))], minutes=3)

    assert "2 cases in 3 minutes, 1 red" in said
    assert "worst 2.00 s unprotected" in said


def test_a_table_is_put_in_its_place_and_nothing_else_changes():
    document = "# Drill\n<!-- cases -->\nold\n<!-- end of cases -->\nrest\n"

    once = table.put(document, "cases", "new")

    assert once == "# Drill\n<!-- cases -->\n\nnew\n<!-- end of cases -->\nrest\n"
    assert table.put(once, "cases", "new") == once


def test_a_document_without_a_place_is_refused():
    with pytest.raises(ValueError, match="no place for guards"):
        table.put("# Drill\n", "guards", "new")
