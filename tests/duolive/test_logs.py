import io
import json
import logging
import logging.config
import subprocess
import sys
from types import SimpleNamespace

import pytest
import structlog
from structlog.testing import capture_logs

from duolive.logs import Redaction, WithoutFailedReadiness, configure_structlog, logging_config

KEY = "vmPUZE6mv9SD5VNHk4HlWFsOr6aPE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A"


def blotted(**event):
    return Redaction([KEY])(None, "info", event)


@pytest.mark.parametrize(
    "name",
    [
        "api_key",
        "apiKey",
        "api_secret",
        "password",
        "token",
        "signature",
        "authorization",
        "listenKey",
        "cookie",
        "passwd",
    ],
)
def test_a_value_under_a_secret_name_is_blotted_out(name):
    assert blotted(**{name: "anything"}) == {name: "***"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("GET /fapi/v1/order?symbol=BTCUSDT&signature=0a1b2c3d", "GET /fapi/v1/order?symbol=BTCUSDT&signature=***"),
        ("wss://host/ws?listenKey=pqia91ma19a5s61", "wss://host/ws?listenKey=***"),
        (
            "https://api.telegram.org/bot110201543:AAHdqTcvCH1v/sendMessage",
            "https://api.telegram.org/bot***/sendMessage",
        ),
        ("socks5://user:pass-word@10.0.0.1:1080", "socks5://user:***@10.0.0.1:1080"),
        ("redis://:pass-word@127.0.0.1:6379/0", "redis://:***@127.0.0.1:6379/0"),
        (f"key {KEY} refused", "key *** refused"),
        ("order filled at 97412.10 for BTCUSDT", "order filled at 97412.10 for BTCUSDT"),
        ("http://127.0.0.1:8090/fapi/v1/ping", "http://127.0.0.1:8090/fapi/v1/ping"),
    ],
)
def test_a_secret_inside_a_text_is_blotted_out_and_nothing_else(text, shown):
    assert blotted(event=text) == {"event": shown}


def test_nested_values_are_searched():
    event = blotted(
        request={"params": {"signature": "0a1b2c3d"}, "headers": [f"X-MBX-APIKEY: {KEY}"]}, error=ValueError(KEY)
    )

    assert event == {"request": {"params": {"signature": "***"}, "headers": ["X-MBX-APIKEY: ***"]}, "error": "***"}


def test_numbers_and_empty_values_stay():
    assert blotted(count=3, ok=True, nothing=None, token="") == {"count": 3, "ok": True, "nothing": None, "token": ""}


def test_a_short_word_is_no_known_secret():
    assert Redaction(["a", ""]).text("a market") == "a market"


def logged(as_json):
    """Lines of one library event, one of ours and one traceback, from a process of its own."""
    script = (
        "import logging, logging.config, structlog\n"
        "from duolive.logs import configure_structlog, logging_config\n"
        "configure_structlog()\n"
        f"logging.config.dictConfig(logging_config(level='INFO', as_json={as_json}, secrets=['{KEY}']))\n"
        "structlog.get_logger('trading').info('order_submitted', symbol='BTCUSDT', api_key='x')\n"
        "logging.getLogger('library').warning('failed with %s', 'signature=0a1b2c3d')\n"
        "structlog.get_logger('trading').debug('too_quiet')\n"
        f"try: raise ValueError('{KEY}')\n"
        "except ValueError: logging.getLogger('library').exception('broken')\n"
    )
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert KEY not in said.stderr
    return said.stderr.splitlines()


def test_json_lines_carry_ours_and_the_libraries_events_alike():
    ours, library, broken = (json.loads(line) for line in logged(as_json=True))

    assert ours["event"] == "order_submitted"
    assert (ours["symbol"], ours["api_key"], ours["level"], ours["logger"]) == ("BTCUSDT", "***", "info", "trading")
    assert ours["timestamp"].endswith("Z")
    assert library["event"] == "failed with signature=***"
    assert "ValueError: ***" in broken["exception"]


def test_console_lines_are_plain_text():
    lines = logged(as_json=False)

    assert "order_submitted" in lines[0]
    assert "symbol=BTCUSDT" in lines[0]
    assert any("ValueError: ***" in line for line in lines)
    assert not any("\x1b" in line for line in lines)


@pytest.mark.parametrize(
    ("path", "status", "shown"), [("/readyz", 503, False), ("/readyz", 500, True), ("/", 503, True)]
)
def test_a_503_of_the_readiness_page_is_an_answer_and_no_error(path, status, shown):
    record = logging.makeLogRecord({"status_code": status, "request": SimpleNamespace(path=path)})

    assert bool(WithoutFailedReadiness().filter(record)) is shown


def test_records_without_a_request_are_shown():
    assert WithoutFailedReadiness().filter(logging.makeLogRecord({"msg": "anything"}))


def test_loggers_in_use_follow_a_configuration_made_again():
    log = structlog.get_logger("in use")
    log.info("first used")

    configure_structlog()

    with capture_logs() as logs:
        log.info("seen")
    assert [event["event"] for event in logs] == ["seen"]


def test_the_configuration_is_accepted_by_logging():
    before = logging.getLogger().handlers[:]
    try:
        configure_structlog()
        logging.config.dictConfig(logging_config(level="WARNING", as_json=True, secrets=[]))
        handler = logging.getLogger().handlers[-1]
        handler.setStream(io.StringIO())
        logging.getLogger("uvicorn").error("visible")

        assert json.loads(handler.stream.getvalue())["event"] == "visible"
    finally:
        logging.getLogger().handlers[:] = before
        logging.getLogger().setLevel(logging.WARNING)
