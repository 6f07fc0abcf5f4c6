"""The log file: what every process said, in files that are turned over, for its owner alone."""

import io
import re
import stat

import pytest

from duolive.supervisor.log_file import KEPT_FILES, LogFile
from duolive.supervisor.output import Output


@pytest.fixture
def log_file(tmp_path):
    log_file = LogFile(tmp_path)
    yield log_file
    log_file.close()


def kept(home) -> str:
    return (home / "logs" / "desk.log").read_text(encoding="utf-8")


def test_every_line_of_a_process_is_kept_with_its_time_and_without_colours(tmp_path, log_file):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    Output(Terminal(), log_file=log_file).line("stream", "信号 received")

    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z stream   \| 信号 received\n", kept(tmp_path))


def test_what_is_for_the_terminal_alone_is_not_kept(tmp_path, log_file):
    Output(io.StringIO(), log_file=log_file).plain("  User: demo   Password: of this demo")

    assert kept(tmp_path) == ""


def test_a_closed_terminal_ends_no_file(tmp_path, log_file):
    class Closed(io.StringIO):
        def write(self, text):
            raise BrokenPipeError

    Output(Closed(), log_file=log_file).line("web", "up")

    assert kept(tmp_path).endswith("web      | up\n")


def test_a_full_file_is_turned_over_and_the_oldest_is_dropped(tmp_path):
    log_file = LogFile(tmp_path, most_bytes=200)
    for number in range(100):
        log_file.write(f"line {number}")
    log_file.close()

    files = sorted(path.name for path in (tmp_path / "logs").iterdir())
    assert files == ["desk.log", *(f"desk.log.{number}" for number in range(1, KEPT_FILES + 1))]
    assert all(path.stat().st_size <= 200 for path in (tmp_path / "logs").iterdir())
    assert kept(tmp_path).endswith("line 99\n")


def test_a_start_goes_on_in_the_same_file(tmp_path):
    for line in ("first", "second"):
        log_file = LogFile(tmp_path)
        log_file.write(line)
        log_file.close()

    assert [line.split()[-1] for line in kept(tmp_path).splitlines()] == ["first", "second"]


def test_nobody_else_may_read_it(tmp_path, log_file):
    assert stat.S_IMODE((tmp_path / "logs" / "desk.log").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "logs").stat().st_mode) == 0o700


def test_a_disk_that_takes_nothing_stops_nothing(log_file, monkeypatch):
    def full(text):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(log_file._handler.stream, "write", full)

    log_file.write("lost")
