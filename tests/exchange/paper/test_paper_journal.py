"""The journal file, and the exchange that comes back out of it."""

import json
from decimal import Decimal

import pytest

from exchange.paper.core.refusals import VenueError
from exchange.paper.journal import Journal, JournalError
from exchange.paper.server.host import ClockSetting, open_host
from exchange.paper.server.listen_keys import ListenKeys
from tests.exchange.paper.scripted import KEY, SECRET, T0, ScriptedMarket, limit_buy, stop_sell

PATH = [(0, "100", "1000"), *[(i * 500, str(100 - i % 9), "0.4") for i in range(1, 400)]]


def market(**changes):
    return ScriptedMarket({"BTCUSDT": PATH}, **changes)


def host_in(home, *, held=True, speed="60", venue=None):
    setting = ClockSetting(start_ms=T0, speed=Decimal(speed), is_held=held)
    return open_host(journal=Journal(home), venue=venue or market(), setting=setting, listen_keys=ListenKeys())


def trade_a_little(host):
    host.open_account(api_key=KEY, api_secret=SECRET, deposit="10000")
    host.execute("place_order", KEY, limit_buy(quantity="2", price="97"))
    host.execute("place_order", KEY, limit_buy(type="MARKET", price="", timeInForce=""))
    host.execute("place_algo_order", KEY, stop_sell())
    host.change_clock(lambda clock: clock.step(30_000))
    host.execute("set_leverage", KEY, {"symbol": "BTCUSDT", "leverage": "5"})
    host.change_clock(lambda clock: clock.step(1))


def lines_of(home):
    return [json.loads(line) for line in (home / "journal.jsonl").read_text().splitlines()]


def test_lines_come_back_in_order(tmp_path):
    journal = Journal(tmp_path)
    journal.append({"op": "a", "text": "牛来USDT"})
    journal.append({"op": "b"})
    journal.close()

    again = Journal(tmp_path)

    assert list(again.lines()) == [{"op": "a", "text": "牛来USDT"}, {"op": "b"}]
    again.close()


def test_torn_last_line_is_cut_off_and_writing_goes_on(tmp_path):
    journal = Journal(tmp_path)
    journal.append({"op": "a"})
    journal.close()
    with journal.path.open("ab") as file:
        file.write(b'{"op":"torn","x')

    again = Journal(tmp_path)
    again.append({"op": "b"})

    assert [line["op"] for line in again.lines()] == ["a", "b"]
    again.close()


def test_damage_in_the_middle_is_named(tmp_path):
    journal = Journal(tmp_path)
    journal.path.write_bytes(b'{"op":"a"}\nnonsense\n{"op":"b"}\n')

    with pytest.raises(JournalError, match="line 2 is damaged"):
        list(journal.lines())
    journal.close()


def test_only_one_process_holds_a_journal(tmp_path):
    journal = Journal(tmp_path)

    with pytest.raises(JournalError, match="in use"):
        Journal(tmp_path)
    journal.close()


@pytest.mark.parametrize("is_clean", [True, False])
def test_restart_reaches_the_identical_state_and_records(tmp_path, is_clean):
    host = host_in(tmp_path)
    trade_a_little(host)
    before, records = host.engine.snapshot(), list(host.engine.records)
    if is_clean:
        host.close()
    else:
        host.journal.close()

    again = host_in(tmp_path)

    assert again.engine.snapshot() == before
    assert list(again.engine.records) == records
    assert len(again.stamps) == len(records)
    assert again.protection.report(again.stamps[-1])[0]["live_stops"] == host.protection.report(0)[0]["live_stops"]
    again.journal.close()


def test_every_accepted_command_is_on_disk_before_its_answer_and_refused_ones_are_not(tmp_path):
    host = host_in(tmp_path)
    host.open_account(api_key=KEY, api_secret=SECRET, deposit="10000")

    host.execute("place_order", KEY, limit_buy(newClientOrderId="kept"))
    with pytest.raises(VenueError):
        host.execute("place_order", KEY, limit_buy(symbol="NOPEUSDT"))

    commands = [line for line in lines_of(tmp_path) if line["op"] == "command"]
    assert [line["name"] for line in commands] == ["open_account", "place_order"]
    assert commands[1]["params"]["newClientOrderId"] == "kept"
    host.journal.close()


def test_listeners_hear_of_a_command_only_after_it_is_on_disk(tmp_path):
    host = host_in(tmp_path)
    host.open_account(api_key=KEY, api_secret=SECRET, deposit="10000")
    on_disk = []

    class Listener:
        def record(self, record):
            on_disk.append(lines_of(tmp_path)[-1]["op"])

        def key_expired(self, listen_key, market_ms): ...

    host.listeners.append(Listener())

    host.execute("place_order", KEY, limit_buy())

    assert on_disk == ["command"]
    host.journal.close()


def test_market_time_never_falls_behind_what_was_shown(tmp_path):
    host = host_in(tmp_path, held=False, speed="100000")
    shown = [host.advance() for _ in range(50)]
    reserved = [line["ceiling"] for line in lines_of(tmp_path) if line["op"] == "clock"][-1]
    host.journal.close()

    again = host_in(tmp_path)

    assert shown[-1] <= reserved
    assert again.engine.now_ms == reserved
    again.journal.close()


def test_clean_stop_resumes_exactly_there(tmp_path):
    host = host_in(tmp_path, held=False, speed="1000")
    host.advance()
    host.close()
    stopped_at = host.engine.now_ms

    again = host_in(tmp_path)

    assert again.engine.now_ms == stopped_at
    again.journal.close()


def test_after_a_crash_the_clock_runs_as_it_did_after_a_clean_stop_as_asked(tmp_path):
    host = host_in(tmp_path, held=False, speed="7")
    host.journal.close()

    crashed = host_in(tmp_path, held=True, speed="60")
    assert (crashed.clock.is_held, crashed.clock.nominal_speed) == (False, 7)
    crashed.close()

    stopped = host_in(tmp_path, held=True, speed="60")
    assert (stopped.clock.is_held, stopped.clock.nominal_speed) == (True, 60)
    stopped.journal.close()


def test_listen_keys_survive(tmp_path):
    host = host_in(tmp_path)
    host.open_account(api_key=KEY, api_secret=SECRET, deposit="1")
    host.renew_listen_key("first", KEY)
    host.remove_listen_key(KEY)
    host.renew_listen_key("second", KEY)
    host.journal.close()

    again = host_in(tmp_path)

    assert (again.listen_keys.of(KEY), again.listen_keys.owner("first")) == ("second", None)
    again.journal.close()


def test_journal_of_other_market_data_is_refused(tmp_path):
    host_in(tmp_path).close()
    other = market()
    other.last_ms += 1

    with pytest.raises(JournalError, match="other market data"):
        host_in(tmp_path, venue=other)


def test_journal_that_does_not_fit_the_path_is_refused(tmp_path):
    host = host_in(tmp_path)
    trade_a_little(host)
    host.close()
    other = ScriptedMarket({"BTCUSDT": [(0, "100", "1000"), (1000, "90", "50")]})

    with pytest.raises(JournalError, match="does not replay"):
        host_in(tmp_path, venue=other)


def test_nothing_leaves_once_the_journal_cannot_be_written(tmp_path, monkeypatch):
    host = host_in(tmp_path)
    host.open_account(api_key=KEY, api_secret=SECRET, deposit="10000")
    heard = []
    host.listeners.append(type("L", (), {"record": lambda self, record: heard.append(record)})())

    def full(line):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(host.journal, "append", full)

    with pytest.raises(JournalError, match="cannot be written"):
        host.execute("place_order", KEY, limit_buy())
    with pytest.raises(JournalError):
        host.advance()
    assert (heard, host.has_failed) == ([], True)
    host.close()
