"""Two lockstep runs over the same recorded day with recorded answers decide, intend and send the same, to the bit."""

import hashlib
import json
import os
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction

from tests.advisor.model_server import ModelServer
from tests.trading.advised.played_model import SeededModel, TapedModel
from tests.trading.advised.recorded_day import live_day, told

ROOT = Path(__file__).parents[3]
Run = tuple[str, ...]


def hash_of(lines: Run) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def first_difference(one: Run, other: Run) -> str:
    pairs = zip(one, other, strict=False)
    return next((f"{mine}\n{theirs}" for mine, theirs in pairs if mine != theirs), "one is longer")


def actions(lines: Run) -> Counter[str]:
    """What was decided, and what became of it."""
    rows = [json.loads(line) for line in lines]
    told_rows = [row for row in rows if row.get("row") == "advisor.decision"]
    return Counter(f"{row[name]}" for row in told_rows for name in ("action", "outcome"))


def lived(home: Path, model: ModelServer, *, minutes: int) -> Run:
    """A run on a database that is as it was before when it ends: the rows of the next have the same numbers."""
    with model, transaction.atomic():
        lines = tuple(told(live_day(home, model, duration=timedelta(minutes=minutes))))
        transaction.set_rollback(True)
    return lines


@pytest.mark.django_db
def test_the_same_minutes_with_recorded_answers_come_out_the_same_to_the_bit(tmp_path):
    recording = SeededModel(seed=1)
    first = lived(tmp_path / "one", recording, minutes=15)
    recording.save(tmp_path / "tape")

    playing = TapedModel(tmp_path / "tape")
    second = lived(tmp_path / "two", playing, minutes=15)

    assert not playing.strange
    assert playing.left == 0
    assert hash_of(first) == hash_of(second), first_difference(first, second)
    assert actions(first)["executed"] > 2


@pytest.mark.long
def test_a_whole_recorded_day_comes_out_the_same_in_another_process(tmp_path):
    """The second process has other hashes of its texts, another time zone and another wall clock."""
    first = _process(tmp_path / "one", seed="1", zone="UTC")
    second = _process(tmp_path / "two", seed="7", zone="Asia/Tokyo", play=tmp_path / "one" / "tape")

    assert hash_of(first) == hash_of(second), first_difference(first, second)
    seen = actions(first)
    print(hash_of(first), len(first), dict(seen))
    assert {"LONG", "SHORT", "ADD", "REDUCE", "ADJUST", "CLOSE", "executed", "refused", "held"} <= seen.keys()


def _process(home: Path, *, seed: str, zone: str, play: Path | None = None) -> Run:
    command = [sys.executable, "-m", "tests.trading.advised.recorded_day", str(home)]
    command += ["--play", str(play)] if play else []
    environment = os.environ | {"PYTHONHASHSEED": seed, "TZ": zone}
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    strange = home / "strange"
    assert ended.returncode == 0, strange.read_text()[:4000] if strange.exists() else ended.stderr[-4000:]
    return tuple((home / "lines").read_text().splitlines())
