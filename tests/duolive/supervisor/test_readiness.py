import pytest

from duolive.supervisor.errors import StartRefused
from duolive.supervisor.readiness import (
    PaperAddress,
    PaperAnnouncement,
    Readyz,
    parse_announcement,
    release_clock,
    until,
)

FIRST_LINE = '{"rest": "http://h:1", "ws": "ws://h:1", "api_key": "k", "api_secret": "s", "control": "http://h:1/c"}'
ADDRESS = PaperAddress(rest="http://h:1", ws="ws://h:1", control="http://h:1/c")


def test_the_first_line_of_the_paper_exchange_names_its_addresses():
    assert parse_announcement(FIRST_LINE) == ADDRESS


@pytest.mark.parametrize("line", ["", "listening", "{broken", '{"event": "order_accepted"}'])
def test_other_lines_are_logs(line):
    assert parse_announcement(line) is None


async def test_a_second_announcement_is_hidden_as_well():
    announcement = PaperAnnouncement()

    assert [announcement.take_line(line) for line in (FIRST_LINE, "a log line", FIRST_LINE)] == [True, False, True]
    assert announcement.made.result() == ADDRESS


async def test_waiting_ends_with_the_line_of_who_waits():
    async def never():
        return False

    with pytest.raises(StartRefused, match="not ready: 503"):
        await until(never, seconds=0.01, otherwise=lambda: "not ready: 503")


async def test_waiting_ends_when_it_is_so():
    answers = iter([False, True])

    async def is_so():
        return next(answers)

    await until(is_so, seconds=10, otherwise=lambda: "never")


async def test_a_page_that_does_not_answer_is_not_ready(free_port):
    readyz = Readyz(f"http://127.0.0.1:{free_port}")

    assert not await readyz.is_ready()
    assert readyz.last_answer == "ConnectError"


async def test_a_clock_that_is_not_released_is_said(free_port):
    with pytest.raises(StartRefused, match="did not release its clock"):
        await release_clock(f"http://127.0.0.1:{free_port}/c")
