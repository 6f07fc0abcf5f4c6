import stat
from decimal import Decimal

import pytest

from duolive import configuration
from duolive.configuration import Venue
from duolive.environment import ConfigurationError


def load(tmp_path, **variables):
    return configuration.load(variables, root=tmp_path)


def test_the_default_is_a_replay_on_loopback_in_its_own_home(tmp_path):
    config = load(tmp_path)

    assert config.venue is Venue.REPLAY
    assert config.home == tmp_path / "var" / "replay"
    assert (config.rest_url, config.stream_url) == ("http://127.0.0.1:8090", "ws://127.0.0.1:8090")
    assert (config.web_port, config.paper_port) == (8000, 8090)
    assert config.speed == Decimal(1)
    assert config.starts_paper_exchange


@pytest.mark.parametrize(
    ("venue", "rest", "stream"),
    [
        ("live", "https://fapi.binance.com", "wss://fstream.binance.com"),
        ("testnet", "https://demo-fapi.binance.com", "wss://fstream.binancefuture.com"),
    ],
)
def test_a_real_venue_has_its_addresses_and_no_exchange_of_ours(tmp_path, venue, rest, stream):
    config = load(tmp_path, DUOLIVE_ENV=venue)

    assert (config.rest_url, config.stream_url) == (rest, stream)
    assert not config.starts_paper_exchange


@pytest.mark.parametrize("venue", list(Venue))
def test_given_addresses_count_in_every_environment(tmp_path, venue):
    config = load(tmp_path, DUOLIVE_ENV=venue, BINANCE_REST_URL="http://10.0.0.1:1/", BINANCE_WS_URL="ws://10.0.0.1:2/")

    assert (config.rest_url, config.stream_url) == ("http://10.0.0.1:1", "ws://10.0.0.1:2")
    assert not config.starts_paper_exchange


@pytest.mark.parametrize(
    ("rest", "stream"),
    [
        ("http://10.0.0.1:8090", "ws://10.0.0.1:8090"),
        ("https://paper.example", "wss://paper.example"),
        ("https://fapi.binance.com", "wss://fstream.binance.com"),
    ],
)
def test_the_stream_address_follows_the_rest_address(tmp_path, rest, stream):
    assert load(tmp_path, BINANCE_REST_URL=rest).stream_url == stream


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"DUOLIVE_ENV": "prod"}, "DUOLIVE_ENV='prod' must be one of replay, paper, testnet, live"),
        ({"BINANCE_REST_URL": "10.0.0.1", "BINANCE_WS_URL": "ws://a"}, "BINANCE_REST_URL"),
        ({"BINANCE_REST_URL": "http://a", "BINANCE_WS_URL": "http://a"}, "BINANCE_WS_URL"),
        ({"BINANCE_WS_URL": "ws://a"}, "without BINANCE_REST_URL"),
        ({"LOG_LEVEL": "loud"}, "LOG_LEVEL='LOUD'"),
        ({"DUOLIVE_WEB_PORT": "0"}, "DUOLIVE_WEB_PORT"),
        ({"DUOLIVE_SPEED": "0"}, "DUOLIVE_SPEED"),
    ],
)
def test_a_wrong_variable_is_one_line_that_names_it(tmp_path, variables, said):
    with pytest.raises(ConfigurationError) as refusal:
        load(tmp_path, **variables)

    assert said in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("variables", "venue"),
    [
        ({"TESTNET_ONLY": "true"}, Venue.TESTNET),
        ({"TESTNET_ONLY": "false"}, Venue.LIVE),
        ({"TESTNET_ONLY": "false", "DUOLIVE_ENV": "paper"}, Venue.PAPER),
    ],
)
def test_the_older_switch_counts_where_the_environment_is_not_named(tmp_path, variables, venue):
    assert load(tmp_path, **variables).venue is venue


def test_the_older_names_of_the_keys_work(tmp_path):
    testnet = load(tmp_path, DUOLIVE_ENV="testnet", BINANCE_API_KEY="key", BINANCE_SECRET_KEY="secret")
    live = load(
        tmp_path,
        DUOLIVE_ENV="live",
        BINANCE_API_KEY="testnet key",
        BINANCE_SECRET_KEY="testnet secret",
        BINANCE_LIVE_API_KEY="live key",
        BINANCE_LIVE_SECRET_KEY="live secret",
    )

    assert (testnet.api_key, testnet.api_secret) == ("key", "secret")
    assert (live.api_key, live.api_secret) == ("live key", "live secret")


def test_live_keys_never_reach_another_environment(tmp_path):
    config = load(tmp_path, DUOLIVE_ENV="testnet", BINANCE_LIVE_API_KEY="key", BINANCE_LIVE_SECRET_KEY="secret")

    assert (config.api_key, config.api_secret) == ("", "")


def test_a_secret_key_is_made_once_and_kept_for_its_owner_only(tmp_path):
    first, second = load(tmp_path).secret_key(), load(tmp_path).secret_key()

    kept = tmp_path / "var" / "replay" / "secrets" / "SECRET_KEY"
    assert first == second
    assert len(first) >= 50
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700


def test_the_live_environment_makes_no_secret_key(tmp_path):
    with pytest.raises(ConfigurationError, match="SECRET_KEY is not set"):
        load(tmp_path, DUOLIVE_ENV="live").secret_key()


def test_a_given_secret_key_is_used(tmp_path):
    assert load(tmp_path, DUOLIVE_ENV="live", SECRET_KEY="given").secret_key() == "given"
