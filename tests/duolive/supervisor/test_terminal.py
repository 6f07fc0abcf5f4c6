"""Standard output that reads slowly, late or not at all."""

import io
import os
import pty
import signal
import termios
import threading
import time
from contextlib import suppress

import pytest

from duolive.supervisor import terminal
from duolive.supervisor.terminal import Terminal
from tests.duolive.supervisor.desk import eventually

LINES = 3000  # five times what a pipe holds


@pytest.fixture
def pipe():
    """The reading and the writing end of a pipe, the latter as a text file."""
    readable, writable = os.pipe()
    with os.fdopen(writable, "w") as stream:
        yield readable, stream
        with suppress(OSError):
            os.close(readable)  # and a thread that hangs in the pipe goes on


def read_all(readable):
    chunks = []
    while chunk := os.read(readable, 65536):
        chunks.append(chunk)
    return b"".join(chunks).decode()


def read_until(readable, last):
    """What came, with ``last`` at its end."""
    text = ""
    while not text.endswith(last):
        text += os.read(readable, 65536).decode()
    return text


@pytest.fixture(params=["pipe", "terminal"])
def unread(request):
    """A descriptor to write to, and one that could be read from, and is not."""
    reads, writes = os.pipe() if request.param == "pipe" else pty.openpty()
    if request.param == "terminal":
        termios.tcflow(writes, termios.TCOOFF)  # Ctrl-S
    yield writes
    with suppress(OSError):
        os.close(writes)
    os.close(reads)


def test_a_desk_whose_terminal_does_not_read_runs_and_stops_as_ever(start_desk, unread):
    desk = start_desk(terminal=unread, FAKE_LINES=str(LINES))

    eventually(lambda: desk.journal(role="worker", what="said"), "the worker has said all and goes on")
    eventually(lambda: desk.journal(what="control"), "the desk is up")
    os.kill(desk.starts("stream")[0]["pid"], signal.SIGKILL)
    eventually(lambda: len(desk.starts("stream")) == 2, "the stream starts again")

    assert desk.stop() == 0
    assert len(desk.journal(what="stopped")) == 6
    kept = (desk.home / "logs" / "desk.log").read_text()
    assert all(f"line {number} " in kept for number in range(0, LINES, 500))


def test_a_pipe_that_reads_gets_the_first_line_and_the_last(start_desk):
    readable, writable = os.pipe()
    desk = start_desk("--demo", terminal=writable)
    os.close(writable)
    text = read_until(readable, "Ctrl-C stops everything\n\n")

    desk.process.send_signal(signal.SIGTERM)
    text += read_all(readable)
    os.close(readable)

    assert desk.ended() == 0
    assert "  User: demo   Password: " in text
    assert "\nduo-live: stopping\n" in text


def test_every_line_arrives_in_its_order(pipe):
    readable, stream = pipe
    shown = Terminal(stream)
    for number in range(100):
        shown.write(f"{number}\n")
    shown.close()
    stream.close()

    assert read_all(readable).splitlines() == [str(number) for number in range(100)]


def test_what_had_no_room_is_counted_where_it_is_missing(pipe):
    readable, stream = pipe
    shown = Terminal(stream, room=1000)
    shown.write("#" * 200_000 + "\n")  # more than a pipe holds
    eventually(lambda: not shown._waiting, "the thread hangs in the first line")

    for number in range(100):
        shown.write(f"line {number:>3} of a hundred\n")  # 23 characters: the last 43 of them have room
    text = read_until(readable, "line  99 of a hundred\n")

    first, note, *rest = text.splitlines()
    missing = 100 - len(rest)
    assert first == "#" * 200_000
    assert note == (f"duo-live: {missing} lines are missing here, the terminal did not read; logs/desk.log has them")
    assert rest == [f"line {number:>3} of a hundred" for number in range(missing, 100)]
    assert 0 < missing < 100
    shown.close()


def test_the_end_waits_for_a_terminal_that_reads_slowly(pipe):
    readable, stream = pipe
    shown = Terminal(stream)
    for number in range(2000):
        shown.write(f"{number} {'x' * 100}\n")
    chunks = []

    def read_slowly():
        while chunk := os.read(readable, 16_384):
            chunks.append(chunk)
            time.sleep(0.02)

    reader = threading.Thread(target=read_slowly)
    reader.start()
    shown.close()
    stream.close()
    reader.join()

    assert b"".join(chunks).decode().splitlines()[-1] == f"1999 {'x' * 100}"


def test_the_end_does_not_wait_for_one_that_does_not_read(pipe, monkeypatch):
    monkeypatch.setattr(terminal, "QUIET_SECONDS", 0.1)
    shown = Terminal(pipe[1])
    shown.write("#" * 200_000 + "\n")
    shown.write("never seen\n")

    began = time.monotonic()
    shown.close()

    assert time.monotonic() - began < 5


def test_the_end_does_not_wait_for_ever_for_one_that_reads_a_line_now_and_then(pipe, monkeypatch):
    monkeypatch.setattr(terminal, "LONGEST_SECONDS", 0.3)
    readable, stream = pipe
    shown = Terminal(stream)
    for _ in range(900):
        shown.write("#" * 1000 + "\n")
    ended = threading.Event()

    def read_now_and_then():
        while not ended.wait(0.05):
            os.read(readable, 4096)

    reader = threading.Thread(target=read_now_and_then)
    reader.start()
    began = time.monotonic()
    shown.close()
    took = time.monotonic() - began
    ended.set()
    reader.join()

    assert took < 5


def test_a_reader_that_went_away_stops_nothing(pipe):
    readable, stream = pipe
    shown = Terminal(stream)
    os.close(readable)

    shown.write("into the void\n")
    shown.write("and on\n")
    shown.close()

    assert shown._shown == 2


def test_what_the_terminal_cannot_spell_is_shown_all_the_same(pipe):
    readable, stream = pipe
    stream.reconfigure(encoding="ascii")
    shown = Terminal(stream)

    shown.write("信号 received\n")
    shown.close()
    stream.close()

    assert read_all(readable) == "?? received\n"


def test_a_terminal_that_would_not_wait_is_waited_for_by_the_thread(pipe):
    readable, stream = pipe
    os.set_blocking(stream.fileno(), False)
    shown = Terminal(stream)

    shown.write("#" * 200_000 + "\n")

    assert read_until(readable, "\n") == "#" * 200_000 + "\n"
    shown.close()


@pytest.mark.parametrize("stream", [None, io.StringIO()])
def test_without_an_output_it_is_silent(stream):
    shown = Terminal(stream)

    shown.write("to nobody\n")
    shown.close()

    assert not shown.isatty()
