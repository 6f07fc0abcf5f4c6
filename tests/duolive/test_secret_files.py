import stat
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Barrier

from duolive.secret_files import read_or_create, write


def test_a_secret_is_made_once(tmp_path):
    made = count(1)

    secrets = [read_or_create(tmp_path / "secrets" / "KEY", lambda: f"secret {next(made)}") for _ in range(3)]

    assert secrets == ["secret 1"] * 3


def test_all_who_race_get_the_same_secret(tmp_path):
    together, made = Barrier(8), count(1)

    def reader(_):
        together.wait(timeout=10)
        return read_or_create(tmp_path / "KEY", lambda: f"secret {next(made)}")

    with ThreadPoolExecutor(8) as pool:
        secrets = set(pool.map(reader, range(8)))

    assert len(secrets) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["KEY"]


def test_only_the_owner_may_read(tmp_path):
    write(tmp_path / "secrets" / "KEY", "first")
    write(tmp_path / "secrets" / "KEY", "second")

    path = tmp_path / "secrets" / "KEY"
    assert path.read_text() == "second\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
