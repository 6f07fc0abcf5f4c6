"""Group commit by itself: the order of leaving, waiters that give up, disks that fail and recover nothing."""

import asyncio
import threading

import pytest

from exchange.paper.journal import JournalError
from exchange.paper.server.commits import GroupCommits

DEADLINE_S = 10


class Disk:
    """A journal of which only the sync matters: held at a gate, counted, or failing."""

    def __init__(self):
        self.syncs, self.error = 0, None
        self.begun, self.gate = threading.Event(), threading.Event()
        self.gate.set()

    def sync(self):
        self.syncs += 1
        self.begun.set()
        assert self.gate.wait(DEADLINE_S)
        if self.error is not None:
            raise self.error

    async def has_begun(self):
        assert await asyncio.to_thread(self.begun.wait, DEADLINE_S)


@pytest.fixture
def disk():
    return Disk()


@pytest.fixture
def failures():
    return []


@pytest.fixture
async def commits(disk, failures):
    groups = GroupCommits(disk, on_failure=lambda: failures.append("failed"))
    yield groups
    disk.gate.set()
    await groups.close()


async def some_turns():
    for _ in range(20):
        await asyncio.sleep(0)


async def test_nothing_written_means_nothing_to_wait_for(commits, disk):
    left = []

    commits.after(lambda: left.append("at once"))
    await commits.settled()

    assert (left, disk.syncs) == (["at once"], 0)


async def test_what_leaves_keeps_its_order_across_syncs(commits, disk):
    left = []
    disk.gate.clear()
    commits.wrote()
    commits.after(lambda: left.append(1))
    await disk.has_begun()
    commits.wrote()
    commits.after(lambda: left.append(2))
    commits.after(lambda: left.append(3))
    await some_turns()
    early = list(left)
    disk.gate.set()

    await commits.settled()

    assert (early, left, disk.syncs) == ([], [1, 2, 3], 2)


async def test_what_was_written_during_a_sync_does_not_leave_with_it(commits, disk):
    """The line may have come after the disk was told: only the next sync is sure to hold it."""
    left, released = [], []
    disk.gate.clear()
    commits.wrote()
    commits.after(lambda: released.append(disk.syncs))
    await disk.has_begun()
    commits.wrote()
    commits.after(lambda: left.append(disk.syncs))
    disk.gate.set()

    await commits.settled()

    assert released[0] >= 1
    assert left == [2]


async def test_a_leaving_that_writes_is_followed_by_a_sync_of_its_own(commits, disk):
    left = []

    def write_more():
        commits.wrote()
        commits.after(lambda: left.append(disk.syncs))

    commits.wrote()
    commits.after(write_more)
    await commits.settled()

    await commits.settled()

    assert left == [2]


async def test_a_leaving_in_trouble_holds_up_none_of_the_others(commits):
    left = []

    def trouble():
        raise RuntimeError("a listener is gone")

    commits.wrote()
    commits.after(trouble)
    commits.after(lambda: left.append("second"))

    await commits.settled()

    assert left == ["second"]


async def test_a_waiter_that_gives_up_takes_no_other_with_it(commits, disk):
    disk.gate.clear()
    commits.wrote()
    patient = asyncio.create_task(commits.settled())
    hasty = asyncio.create_task(commits.settled())
    await disk.has_begun()
    await some_turns()

    hasty.cancel()
    await asyncio.wait([hasty])
    disk.gate.set()

    await asyncio.wait_for(patient, DEADLINE_S)
    assert hasty.cancelled()


async def test_a_waiter_waits_for_what_was_written_when_it_came_and_no_longer(commits, disk):
    disk.gate.clear()
    commits.wrote()
    first = asyncio.create_task(commits.settled())
    await disk.has_begun()
    await some_turns()
    disk.begun.clear()
    disk.gate.set()
    await asyncio.wait_for(first, DEADLINE_S)
    disk.gate.clear()
    commits.wrote()
    await disk.has_begun()

    await some_turns()

    assert first.done()
    assert disk.syncs == 2


@pytest.mark.parametrize("waiters", [1, 3])
async def test_a_disk_that_fails_is_told_once_and_nothing_leaves_any_more(commits, disk, failures, waiters):
    left = []
    disk.error = OSError(28, "no space left")
    commits.wrote()
    commits.after(lambda: left.append("never"))

    ends = await asyncio.gather(*(commits.settled() for _ in range(waiters)), return_exceptions=True)
    commits.wrote()
    commits.after(lambda: left.append("nor this"))
    with pytest.raises(JournalError):
        await commits.settled()

    assert [type(end) for end in ends] == [JournalError] * waiters
    assert (failures, left, disk.syncs) == (["failed"], [], 1)


async def test_closing_waits_for_the_sync_under_way(disk):
    groups = GroupCommits(disk, on_failure=lambda: None)
    left = []
    disk.gate.clear()
    groups.wrote()
    groups.after(lambda: left.append("told"))
    await disk.has_begun()
    closing = asyncio.create_task(groups.close())
    await some_turns()
    early = closing.done()
    disk.gate.set()

    await asyncio.wait_for(closing, DEADLINE_S)

    assert (early, left) == (False, ["told"])
