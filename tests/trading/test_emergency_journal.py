"""The local journal: on the disk before it answers, readable after a crash at any byte."""

import json
from pathlib import Path

import pytest

from trading.emergency_journal import EmergencyJournal, OpenEntry, Step

FIRST, SECOND = OpenEntry("dla1b2c3-7-s1000002", "DOTUSDT"), OpenEntry("dla1b2c3-8-s1000004", "XRPUSDT")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "emergency-1.jsonl"


def write(journal: EmergencyJournal, step: Step, entry: OpenEntry, **facts: object) -> None:
    journal.write(step, client_order_id=entry.client_order_id, symbol=entry.symbol, **facts)


def test_what_was_sent_is_open_until_it_is_done(path: Path) -> None:
    journal = EmergencyJournal(path)

    write(journal, Step.SENDING, FIRST, trigger="10.03")
    write(journal, Step.ACCEPTED, FIRST)
    write(journal, Step.SENDING, SECOND)
    assert journal.open_entries() == [FIRST, SECOND]

    write(journal, Step.DONE, FIRST)
    assert journal.open_entries() == [SECOND]


def test_a_new_process_reads_what_the_last_one_left_open(path: Path) -> None:
    before = EmergencyJournal(path)
    write(before, Step.SENDING, FIRST)
    write(before, Step.UNKNOWN, FIRST, reason="timeout")
    write(before, Step.SENDING, SECOND)
    write(before, Step.DONE, SECOND)

    assert EmergencyJournal(path).open_entries() == [FIRST]


def test_a_refused_order_is_over_and_open_again_when_it_is_sent_again(path: Path) -> None:
    journal = EmergencyJournal(path)
    write(journal, Step.SENDING, FIRST)
    write(journal, Step.REFUSED, FIRST, reason="-4509")
    assert journal.open_entries() == []

    write(journal, Step.SENDING, FIRST)
    assert journal.open_entries() == [FIRST]


def test_each_line_stands_in_the_file_with_its_facts_and_time(path: Path) -> None:
    write(EmergencyJournal(path), Step.SENDING, FIRST, trigger="10.03", quantity=None)

    (row,) = (json.loads(line) for line in path.read_text().splitlines())
    assert row.pop("at").endswith("+00:00")
    assert row == {
        "step": "sending",
        "client_order_id": FIRST.client_order_id,
        "symbol": "DOTUSDT",
        "trigger": "10.03",
        "quantity": "None",
    }


def test_a_line_that_a_crash_cut_short_hides_no_other(path: Path) -> None:
    write(EmergencyJournal(path), Step.SENDING, FIRST)
    whole = path.read_bytes()
    for cut in range(1, len(whole)):
        path.write_bytes(whole + whole[:cut])

        journal = EmergencyJournal(path)
        write(journal, Step.SENDING, SECOND)

        assert EmergencyJournal(path).open_entries()[:2] == [FIRST, SECOND]


def test_a_journal_that_cannot_be_written_says_so_and_remembers_all_the_same(path: Path) -> None:
    path.mkdir(parents=True)
    path.rmdir()
    journal = EmergencyJournal(path)
    path.mkdir()

    with pytest.raises(OSError):
        write(journal, Step.SENDING, FIRST)
    assert journal.open_entries() == [FIRST]


def test_without_a_file_nothing_is_open(path: Path) -> None:
    assert EmergencyJournal(path).open_entries() == []
