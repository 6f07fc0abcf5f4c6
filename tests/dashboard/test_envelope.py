"""What a page may say to the socket."""

import pytest

from dashboard.live.envelope import BadMessage, envelope, parse_subscription
from dashboard.snapshots import StateType


def test_a_subscription_names_states_events_and_where_to_resume():
    message = {"type": "subscribe", "types": ["status", "log"], "resume_from": 7, "language": "zh-hans"}

    subscription = parse_subscription(message)

    assert subscription.states == {StateType.STATUS}
    assert subscription.wants_events is True
    assert (subscription.resume_from, subscription.language) == (7, "zh-hans")


def test_an_unknown_language_falls_back():
    assert parse_subscription({"type": "subscribe", "types": ["log"], "language": ["x"][0]}).language == "en"


@pytest.mark.parametrize(
    "message",
    [
        None,
        [],
        "subscribe",
        {},
        {"type": "close_position", "symbol": "DOTUSDT"},
        {"type": "subscribe"},
        {"type": "subscribe", "types": []},
        {"type": "subscribe", "types": "status"},
        {"type": "subscribe", "types": ["status", "secrets"]},
        {"type": "subscribe", "types": [["status"]]},
        {"type": "subscribe", "types": ["log"], "resume_from": -1},
        {"type": "subscribe", "types": ["log"], "resume_from": "7"},
        {"type": "subscribe", "types": ["log"], "resume_from": True},
    ],
)
def test_anything_else_is_refused(message):
    with pytest.raises(BadMessage):
        parse_subscription(message)


def test_an_envelope_has_its_five_fields():
    message = envelope("log", {"id": 9}, seq=9)

    assert set(message) == {"v", "seq", "ts", "type", "data"}
    assert (message["v"], message["seq"], message["type"]) == (1, 9, "log")
    assert message["ts"].endswith("+00:00")
