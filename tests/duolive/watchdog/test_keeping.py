"""What is kept for a flattening without the database: enough, no secret in the clear, and never half a file."""

import os
import stat
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import DatabaseError

from desk.models import Account, Installation
from desk.secrets import Secret
from duolive import secret_files
from duolive.watchdog.keeping import NothingKept, keep, read_kept
from tests.duolive.watchdog.away import database_away
from tests.lockstep import SYMBOL, Lockstep
from trading.services.stakes import known_positions

KEPT = "watchdog.json"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / KEPT


def test_nonce_keys_and_positions_come_back_as_they_were(lockstep: Lockstep, path: Path) -> None:
    lockstep.open_position()
    account = lockstep.account
    Account.objects.filter(pk=account.pk).update(api_key=Secret.of("key"), api_secret=Secret.of("hush"))

    keep(path)
    with database_away():
        kept, at = read_kept(path)
        [each] = kept.accounts
        found = each.account()

    assert kept.nonce == Installation.current().nonce
    assert abs((datetime.now(UTC) - at).total_seconds()) < 60
    assert (found.pk, found.name, found.environment) == (account.pk, account.name, account.environment)
    assert (found.api_key.reveal(), found.api_secret.reveal()) == ("key", "hush")
    assert list(each.positions) == known_positions(account)
    assert each.positions[0].symbol == SYMBOL


def test_keys_stay_encrypted_and_the_file_is_its_owners_only(lockstep: Lockstep, path: Path, settings: object) -> None:
    Account.objects.filter(pk=lockstep.account.pk).update(api_key=Secret.of("key"), api_secret=Secret.of("hush"))

    keep(path)

    text = path.read_text()
    assert "hush" not in text
    assert not [key for key in settings.FIELD_ENCRYPTION_KEYS if key in text]  # type: ignore[attr-defined]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_has_not_changed_is_not_written_again_but_known_to_be_fresh(lockstep: Lockstep, path: Path) -> None:
    keep(path)
    first = path.stat().st_ino
    long_ago = time.time() - 3600
    os.utime(path, (long_ago, long_ago))

    keep(path)

    assert path.stat().st_ino == first
    assert path.stat().st_mtime > long_ago + 1800


def test_a_database_that_is_away_or_empty_leaves_what_was_kept(lockstep: Lockstep, path: Path) -> None:
    keep(path)
    before = path.read_text()

    with database_away(), pytest.raises(DatabaseError):
        keep(path)
    Account.objects.update(environment="testnet")
    keep(path)

    assert path.read_text() == before


def test_a_disk_that_is_full_keeps_the_last_and_leaves_no_drafts(
    lockstep: Lockstep, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(path)
    before = path.read_text()
    lockstep.open_position()
    monkeypatch.setattr(secret_files.os, "fsync", _full)

    with pytest.raises(OSError, match="No space"):
        keep(path)

    assert path.read_text() == before
    assert [each.name for each in path.parent.iterdir()] == [KEPT]


def _full(descriptor: int) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("text", [None, "", "{", '{"nonce": "abc123"}'])
def test_a_file_that_is_missing_or_not_whole_is_named(path: Path, text: str | None) -> None:
    path.parent.mkdir()
    if text is not None:
        path.write_text(text)

    with pytest.raises(NothingKept, match=str(path)):
        read_kept(path)
