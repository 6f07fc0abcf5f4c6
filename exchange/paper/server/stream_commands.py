"""The commands of a stream connection, read from a client's message, and what the venue says to bad ones."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import orjson

MAX_NAMES = 1024
UNKNOWN_PROPERTY, WRONG_TYPE, INVALID_REQUEST, INVALID_JSON, TOO_MANY = range(5)
COMBINED = "combined"


class Method(StrEnum):
    SUBSCRIBE = "SUBSCRIBE"
    UNSUBSCRIBE = "UNSUBSCRIBE"
    LIST_SUBSCRIPTIONS = "LIST_SUBSCRIPTIONS"
    SET_PROPERTY = "SET_PROPERTY"
    GET_PROPERTY = "GET_PROPERTY"


class BadCommand(ValueError):
    """A message the venue answers with a code of its own, 0 to 4."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code

    def answer(self) -> Mapping[str, Any]:
        return {"code": self.code, "msg": str(self)}


@dataclass(frozen=True, slots=True)
class Command:
    """``identity`` is echoed, whatever JSON it is; ``names`` of streams, ``is_combined`` only when it is set."""

    method: Method
    identity: Any
    names: tuple[str, ...] = ()
    is_combined: bool | None = None

    def answer(self, result: Any) -> Mapping[str, Any]:
        return {"result": result, "id": self.identity}


def read_command(text: str) -> Command:
    """Raises BadCommand."""
    try:
        message = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise BadCommand(INVALID_JSON, "Invalid JSON: expected value at line 1 column 1") from None
    method = message.get("method") if isinstance(message, dict) else None
    if not isinstance(method, str) or method not in list(Method):
        expected = ", ".join(f"`{name}`" for name in Method)
        raise BadCommand(INVALID_REQUEST, f"Invalid request: unknown variant `{method}`, expected one of {expected}")
    params = message.get("params")
    return _READERS[Method(method)](Method(method), message.get("id"), [] if params is None else params)


def _names(method: Method, identity: Any, params: Any) -> Command:
    if not isinstance(params, list) or not all(isinstance(name, str) for name in params):
        raise BadCommand(INVALID_REQUEST, "Invalid request: params must be a list of stream names")
    return Command(method, identity, names=tuple(params))


def _listing(method: Method, identity: Any, params: Any) -> Command:
    return Command(method, identity)


def _property(method: Method, identity: Any, params: Any) -> Command:
    """``["combined"]`` to read it, ``["combined", true]`` to set it."""
    if not isinstance(params, list) or not params or not isinstance(params[0], str):
        raise BadCommand(INVALID_REQUEST, "Invalid request: property name must be a string")
    if params[0] != COMBINED:
        raise BadCommand(UNKNOWN_PROPERTY, "Unknown property")
    if method is Method.GET_PROPERTY:
        return Command(method, identity)
    if len(params) != 2 or not isinstance(params[1], bool):
        raise BadCommand(WRONG_TYPE, "Invalid value type: expected Boolean")
    return Command(method, identity, is_combined=params[1])


_READERS = {
    Method.SUBSCRIBE: _names,
    Method.UNSUBSCRIBE: _names,
    Method.LIST_SUBSCRIPTIONS: _listing,
    Method.SET_PROPERTY: _property,
    Method.GET_PROPERTY: _property,
}
