"""``reset``: what a replay has done is forgotten; nothing real can be."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from duolive.cli import resetting
from duolive.supervisor import home


@pytest.fixture
def folder(tmp_path: Path, settings, monkeypatch) -> Path:
    """The home of a replay that has run."""
    place = tmp_path / "home"
    for name in ("secrets", "redis", "journal"):
        (place / name).mkdir(parents=True)
        (place / name / "file").write_text("kept or not")
    (place / home.STAMP).write_text('{"environment": "replay", "venue": "own paper exchange"}')
    (place / "desk.sqlite3").write_text("rows")
    settings.DUOLIVE_HOME = place
    settings.DUOLIVE_ENV = "replay"
    monkeypatch.setattr(resetting, "connection", SimpleNamespace(settings_dict=sqlite(place / "desk.sqlite3")))
    return place


def sqlite(file: Path) -> dict[str, str]:
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(file)}


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.mark.parametrize("environment", ["replay", "paper"])
def test_a_reset_leaves_stamp_and_secrets(cli, folder, settings, environment):
    settings.DUOLIVE_ENV = environment

    answer = cli("reset", "--yes", "--json")

    assert answer.code == 0
    assert answer.json["deleted"] == ["desk.sqlite3", "journal", "redis"]
    assert names(folder) == {"secrets", home.STAMP, home.LOCK}
    assert (folder / "secrets/file").exists()


@pytest.mark.parametrize("environment", ["testnet", "live"])
def test_real_venues_are_never_reset(cli, folder, settings, environment):
    settings.DUOLIVE_ENV = environment

    answer = cli("reset", "--yes")

    assert answer.code == 1
    assert "never reset" in answer.err
    assert "desk.sqlite3" in names(folder)


def test_a_reset_asks(cli, folder):
    answer = cli("reset")

    assert answer.code == 2
    assert f"Delete desk.sqlite3, journal, redis in {folder}?" in answer.err
    assert "desk.sqlite3" in names(folder)


def test_a_running_desk_is_not_reset(cli, folder):
    lock = home.claim(folder)
    try:
        answer = cli("reset", "--yes")
    finally:
        home.os.close(lock)

    assert answer.code == 1
    assert "another supervisor runs" in answer.err
    assert "desk.sqlite3" in names(folder)


def test_the_lock_is_free_again_after_a_reset(cli, folder):
    cli("reset", "--yes")

    home.os.close(home.claim(folder))


def test_a_folder_that_is_no_home_is_left_alone(cli, folder):
    (folder / home.STAMP).unlink()

    assert cli("reset", "--yes").code == 1
    assert "desk.sqlite3" in names(folder)


@pytest.mark.parametrize(
    "database",
    [
        {"ENGINE": "django.db.backends.postgresql", "NAME": "desk"},
        sqlite(Path("/elsewhere/desk.sqlite3")),
    ],
)
def test_a_database_elsewhere_is_left_to_its_owner(cli, folder, monkeypatch, database):
    monkeypatch.setattr(resetting, "connection", SimpleNamespace(settings_dict=database))

    answer = cli("reset", "--yes")

    assert answer.code == 1
    assert "does not lie in the home" in answer.err
    assert "redis" in names(folder)


def test_a_link_is_removed_and_not_followed(cli, folder, tmp_path):
    (tmp_path / "precious").mkdir()
    (folder / "link").symlink_to(tmp_path / "precious")

    cli("reset", "--yes")

    assert (tmp_path / "precious").is_dir()
    assert not (folder / "link").exists()


def test_an_empty_home_needs_no_yes(cli, folder):
    cli("reset", "--yes")

    answer = cli("reset")

    assert answer.code == 0
    assert "empty already" in answer.out
