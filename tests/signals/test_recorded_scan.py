"""The command line scans every recorded hour over HTTP and finds exactly the reference's symbol-hours."""

import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = Path(__file__).with_name("signals_10x.csv")
CLOCK = "2025-01-31T23:59:59Z"

pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="module")
def paper_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A paper exchange that stands still in the last second of the recording."""
    home = str(tmp_path_factory.mktemp("paper"))
    process = subprocess.Popen(
        [sys.executable, "manage.py", "paper_exchange", "--port", "0", "--held", "--start", CLOCK, "--home", home],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline())["rest"]
    finally:
        process.terminate()
        process.wait(timeout=10)


@pytest.fixture(scope="module")
def found(paper_url: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, str]]]:
    """What ``scan --from --to`` prints for the whole recording."""
    environment = {**os.environ, "DUOLIVE_ENV_FILE": "", "DJANGO_SETTINGS_MODULE": "duolive.settings"}
    environment |= {"DUOLIVE_HOME": str(tmp_path_factory.mktemp("home")), "BINANCE_REST_URL": paper_url}
    environment.pop("DATABASE_URL", None)
    words = ["scan", "--from", "2024-08-19T00:00Z", "--to", "2025-02-01T00:00Z", "--json"]
    said = subprocess.run(
        [sys.executable, "-m", "duolive", *words],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=150,
    )
    assert said.returncode == 0, said.stderr
    return json.loads(said.stdout)


def reference() -> list[tuple[str, str, str]]:
    with REFERENCE.open() as file:
        return sorted((row["symbol"], row["utc"], f"{Decimal(row['ratio']):.4f}") for row in csv.DictReader(file))


def as_reference(rows: list[dict[str, str]]) -> list[tuple[str, str, str]]:
    return sorted(
        (row["symbol"], row["candle_open"][:16].replace("T", " "), f"{Decimal(row['ratio']):.4f}") for row in rows
    )


def test_every_symbol_hour_of_the_reference_and_no_other_is_found(found: dict[str, list[dict[str, str]]]) -> None:
    assert len(reference()) == 155
    assert as_reference(found["symbol_hours"]) == reference()


def test_the_signals_are_the_first_hour_of_each_symbol_and_day(found: dict[str, list[dict[str, str]]]) -> None:
    first: dict[tuple[str, str], tuple[str, str, str]] = {}
    for row in sorted(reference(), key=lambda row: row[1]):
        first.setdefault((row[0], row[1][:10]), row)

    assert len(first) == 110
    assert as_reference(found["signals"]) == sorted(first.values())
