"""Group commit: nothing that tells of an order leaves before the order is on disk, and one sync serves many."""

import asyncio
import shutil
import threading
from decimal import Decimal

import pytest

from exchange.paper.journal import Journal, JournalError
from exchange.paper.server.host import ClockSetting, open_host
from exchange.paper.server.listen_keys import ListenKeys
from tests.exchange.paper.asgi import InProcess
from tests.exchange.paper.scripted import KEY

DEADLINE_S = 10
ORDER = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.1"}


class SlowDisk:
    """The journal's sync as a test has it: counted, held until released, or failing."""

    def __init__(self, journal, monkeypatch):
        self.syncs, self.fails = 0, False
        self.begun, self.free = threading.Event(), threading.Event()
        self.free.set()
        self._sync = journal.sync
        monkeypatch.setattr(journal, "sync", self.sync)

    def sync(self):
        self.syncs += 1
        self.begun.set()
        assert self.free.wait(DEADLINE_S)
        if self.fails:
            raise OSError(5, "no disk")
        self._sync()

    def hold(self):
        self.begun.clear()
        self.free.clear()

    async def has_begun(self):
        assert await asyncio.to_thread(self.begun.wait, DEADLINE_S)


class Ear:
    """A listener of the exchange."""

    def __init__(self):
        self.heard = []

    def record(self, record):
        self.heard.append(record)

    def key_expired(self, listen_key, market_ms):
        self.heard.append(listen_key)

    def disconnect(self, account, code): ...


@pytest.fixture
async def exchange(tmp_path):
    paper = InProcess(tmp_path)
    paper.host.commit_in_groups()
    yield paper
    await paper.host.end_groups()
    paper.close()


@pytest.fixture
def disk(exchange, monkeypatch):
    return SlowDisk(exchange.host.journal, monkeypatch)


def order(exchange):
    return asyncio.create_task(exchange.signed("POST", "/fapi/v1/order", ORDER))


async def some_turns():
    for _ in range(20):
        await asyncio.sleep(0)


async def test_an_order_is_answered_only_when_it_is_on_disk(exchange, disk):
    disk.hold()
    asked = order(exchange)
    await disk.has_begun()
    await some_turns()
    early = asked.done()
    disk.free.set()

    status, answer = await asked

    assert (early, status, answer["symbol"]) == (False, 200, "BTCUSDT")


async def test_all_that_came_during_a_sync_share_the_next(exchange, disk):
    disk.hold()
    first = order(exchange)
    await disk.has_begun()
    others = [order(exchange) for _ in range(10)]
    await some_turns()
    disk.free.set()

    answers = await asyncio.gather(first, *others)

    assert [status for status, _ in answers] == [200] * 11
    assert disk.syncs == 2


async def test_streams_hear_of_a_fill_only_when_its_order_is_on_disk(exchange, disk):
    ear = Ear()
    exchange.host.listeners.append(ear)
    disk.hold()
    asked = order(exchange)
    await disk.has_begun()
    await some_turns()
    early = list(ear.heard)
    disk.free.set()
    await asked

    assert early == []
    assert [record.kind for record in ear.heard].count("ORDER_TRADE_UPDATE") >= 2
    assert [record.seq for record in ear.heard] == sorted(record.seq for record in ear.heard)


async def test_nobody_reads_what_could_still_be_lost(exchange, disk):
    disk.hold()
    asked = order(exchange)
    await disk.has_begun()
    read = asyncio.create_task(exchange.signed("GET", "/fapi/v3/positionRisk", {"symbol": "BTCUSDT"}))
    await some_turns()
    early = read.done()
    disk.free.set()

    await asked
    _, rows = await read

    assert not early
    assert rows[0]["positionAmt"] == "0.1"


async def test_what_is_only_read_waits_for_nothing(exchange, disk):
    syncs = disk.syncs

    status, _ = await exchange.ask("GET", "/fapi/v1/ticker/price", query=b"symbol=BTCUSDT")

    assert (status, disk.syncs) == (200, syncs)


async def test_a_listen_key_is_said_to_be_gone_after_what_came_before(exchange, disk):
    ear = Ear()
    exchange.host.renew_listen_key("a-key", KEY)
    await exchange.host.settled()
    exchange.host.listeners.append(ear)
    disk.hold()
    asked = order(exchange)
    await disk.has_begun()
    exchange.host.expire_listen_key(KEY)
    disk.free.set()
    await asked
    await exchange.host.settled()

    assert ear.heard[-1] == "a-key"
    assert len(ear.heard) > 1


async def test_a_sync_that_fails_answers_no_order_and_ends_the_exchange(exchange, disk):
    ear = Ear()
    exchange.host.listeners.append(ear)
    disk.fails = True

    status, answer = await order(exchange)

    assert (status, answer["code"]) == (500, -1000)
    assert exchange.host.has_failed
    assert ear.heard == []
    with pytest.raises(JournalError):
        exchange.host.execute("place_order", KEY, ORDER)


async def test_a_listener_in_trouble_ends_nothing(exchange):
    class Broken(Ear):
        def record(self, record):
            raise RuntimeError("broken")

    exchange.host.listeners.append(Broken())

    answers = [await order(exchange) for _ in range(2)]

    assert [status for status, _ in answers] == [200, 200]


async def test_the_same_lines_are_written_as_without_groups(exchange, tmp_path):
    for _ in range(5):
        await order(exchange)
    records = list(exchange.host.engine.records)
    copy = shutil.copytree(tmp_path, tmp_path.with_name("as a kill leaves it"))

    setting = ClockSetting(start_ms=0, speed=Decimal(1), is_held=True)
    journal = Journal(copy)
    again = open_host(journal=journal, venue=exchange.market, setting=setting, listen_keys=ListenKeys())
    replayed = again.engine.records[: len(records)]
    again.close()

    assert [record.payload for record in replayed] == [record.payload for record in records]


async def test_after_the_groups_each_line_is_on_disk_at_once(exchange, disk):
    await exchange.host.end_groups()
    syncs = disk.syncs

    exchange.host.execute("place_order", KEY, ORDER)

    assert disk.syncs == syncs + 1
