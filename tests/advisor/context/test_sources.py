"""What an owner may write into the file of sources, and how a slip of the pen is told."""

import json
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from advisor.context.presets import PRESETS
from advisor.context.sources import WrongSources, parse_sources
from tests.advisor.context.samples import HOOK, JSON, RSS, VENUE, source_of, sources_of

WATCHED = ("BTCUSDT", "1000PEPEUSDT")


def refusal(text: str) -> str:
    with pytest.raises(WrongSources) as wrong:
        parse_sources(text)
    return str(wrong.value)


def refusal_of(row: dict) -> str:
    return refusal(json.dumps({"sources": [row]}))


def test_one_of_each_kind_with_its_own_usual_age():
    ages = {source.kind: source.max_age for source in sources_of(JSON, RSS, HOOK, VENUE)}

    assert ages == {
        "json": timedelta(hours=1),
        "rss": timedelta(hours=12),
        "webhook": timedelta(hours=1),
        "venue": timedelta(minutes=20),
    }


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_stands_by_itself(preset):
    source = source_of({"preset": preset})

    assert source.name == preset
    assert source.max_age > source.interval
    if source.kind == "json":
        for symbol, address in source.addresses(WATCHED):
            assert urlsplit(address).scheme == "https"
            assert "{" not in address
            assert source.is_about(symbol)


def test_what_is_said_besides_goes_over_the_preset():
    source = source_of({"preset": "fear_and_greed"}, name="mood", interval="2h")

    assert (source.name, source.interval, source.value) == ("mood", timedelta(hours=2), "data.0.value")


def test_an_address_without_a_place_for_a_contract_is_asked_once():
    assert source_of(JSON).addresses(WATCHED) == [("", "https://feeds.test/mood")]


def test_an_address_is_made_for_each_watched_contract():
    source = source_of(JSON, url="https://feeds.test/{symbol}/{base}/{asset}")

    assert source.addresses(WATCHED) == [
        ("BTCUSDT", "https://feeds.test/BTCUSDT/BTC/btc"),
        ("1000PEPEUSDT", "https://feeds.test/1000PEPEUSDT/1000PEPE/1000pepe"),
    ]


def test_contracts_may_have_other_names_there():
    source = source_of(JSON, url="https://feeds.test/?pair={name}", symbols={"BTCUSDT": "PF XBT&USD"})

    assert source.addresses(WATCHED) == [("BTCUSDT", "https://feeds.test/?pair=PF%20XBT%26USD")]
    assert source.is_about("BTCUSDT")
    assert not source.is_about("ETHUSDT")


def test_no_source_is_asked_about_more_than_twenty_contracts():
    source = source_of(JSON, url="https://feeds.test/{symbol}")

    assert len(source.addresses(tuple(f"A{number}USDT" for number in range(50)))) == 20


@pytest.mark.parametrize(
    ("kind", "changes", "said"),
    [
        (JSON, {"intervall": "1m"}, "Extra inputs"),
        (JSON, {"interval": "1 minute"}, "90s, 15m, 6h or 3d"),
        (JSON, {"interval": "1s"}, "seconds=10"),
        (JSON, {"max_age": "90d"}, "days=60"),
        (JSON, {"interval": 60}, "90s, 15m, 6h or 3d"),
        (JSON, {"name": "Mood"}, "name"),
        (JSON, {"name": "mood\n"}, "name"),
        (JSON, {"url": "ftp://feeds.test/"}, "url"),
        (JSON, {"url": "https://me:pass@feeds.test/"}, "secret_headers"),
        (JSON, {"url": "https://[::1"}, "IPv6"),
        (JSON, {"url": "https:///x"}, "host"),
        (JSON, {"url": "https://feeds.test:99999/"}, "Port"),
        (JSON, {"value": None}, "one of value, values and text"),
        (JSON, {"spread": True}, "spread"),
        (JSON, {"values": {"spread_percent": "x"}}, "may not be called"),
        (JSON, {"secret_headers": {"X-Key": "BINANCE_API_SECRET"}}, "secret_headers"),
        (JSON, {"secret_query": {"key": "SECRET_KEY"}}, "secret_query"),
        (JSON, {"symbols": ["btc"]}, "symbols"),
        (HOOK, {"secret": "TRADING_PASSWORD"}, "secret"),
        (RSS, {"most": 1000}, "most"),
        ({"name": "x"}, {"kind": "telepathy"}, "telepathy"),
        ({}, {"preset": "crystal_ball"}, "no preset is called 'crystal_ball'"),
        ({}, {"preset": ["okx"]}, "no preset"),
    ],
)
def test_a_slip_of_the_pen_is_told_in_one_line(kind, changes, said):
    line = refusal_of(kind | changes)

    assert said in line
    assert "\n" not in line
    assert len(line) <= 400


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"sources": {}}', "[" * 100_000, '{"sources": [], "x": 1}', "null"])
def test_what_is_no_list_of_sources_is_refused(text):
    assert refusal(text)


def test_two_sources_of_one_name_are_refused():
    assert refusal(json.dumps({"sources": [JSON, RSS | {"name": "mood"}]})) == "two sources are called mood"
