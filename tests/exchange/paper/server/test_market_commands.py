"""Commands of a stream connection, as texts."""

import json

import pytest

from exchange.paper.server.stream_commands import BadCommand, Command, Method, read_command


def read(**message):
    return read_command(json.dumps(message))


@pytest.mark.parametrize("identity", [1, "u-u-i-d", None, 0, {"any": "thing"}])
def test_identity_is_echoed_whatever_it_is(identity):
    command = read(method="SUBSCRIBE", params=["a", "b"], id=identity)

    assert command == Command(Method.SUBSCRIBE, identity, names=("a", "b"))
    assert command.answer(None) == {"result": None, "id": identity}


def test_commands_without_params():
    assert read(method="LIST_SUBSCRIPTIONS", id=1) == Command(Method.LIST_SUBSCRIPTIONS, 1)
    assert read(method="SUBSCRIBE", id=1) == Command(Method.SUBSCRIBE, 1)


def test_combined_property():
    assert read(method="SET_PROPERTY", params=["combined", True], id=1).is_combined is True
    assert read(method="SET_PROPERTY", params=["combined", False], id=1).is_combined is False
    assert read(method="GET_PROPERTY", params=["combined"], id=1).is_combined is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{nonsense", 3),
        ("", 3),
        ("[]", 2),
        ("null", 2),
        ("{}", 2),
        ('{"method": 5}', 2),
        ('{"method": "DANCE", "id": 1}', 2),
        ('{"method": ["SUBSCRIBE"]}', 2),
        ('{"method": "SUBSCRIBE", "params": "btcusdt@depth"}', 2),
        ('{"method": "SUBSCRIBE", "params": [1]}', 2),
        ('{"method": "UNSUBSCRIBE", "params": {}}', 2),
        ('{"method": "GET_PROPERTY"}', 2),
        ('{"method": "GET_PROPERTY", "params": [5]}', 2),
        ('{"method": "GET_PROPERTY", "params": ["speed"]}', 0),
        ('{"method": "SET_PROPERTY", "params": ["speed", true]}', 0),
        ('{"method": "SET_PROPERTY", "params": ["combined"]}', 1),
        ('{"method": "SET_PROPERTY", "params": ["combined", "true"]}', 1),
        ('{"method": "SET_PROPERTY", "params": ["combined", 1]}', 1),
    ],
)
def test_bad_messages_have_codes(text, code):
    with pytest.raises(BadCommand) as caught:
        read_command(text)

    assert caught.value.answer() == {"code": code, "msg": str(caught.value)}
    assert str(caught.value)


def test_unknown_command_is_told_what_there_is():
    with pytest.raises(BadCommand, match=r"`SUBSCRIBE`.*`UNSUBSCRIBE`.*`GET_PROPERTY`"):
        read(method="DANCE", id=1)
