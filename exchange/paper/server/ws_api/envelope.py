"""Frames of the WebSocket API: what a request says, and how an answer looks. No socket and no exchange here."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import orjson

from exchange.paper.core.refusals import VenueError

MAX_FRAME_CHARS = 64 * 1024
LARGEST_EXPONENT = 30  # of a number that is written out in full
UNSENT = frozenset({"apiKey", "returnRateLimits"})  # for the API itself, not for what answers


class Number(str):
    """A JSON number as it was written."""


RequestId = str | Number | None


class Malformed(VenueError):
    """A frame that is no request (-1135, as the spot venue's WebSocket API says it), with its id if that is one."""

    def __init__(self, text: str, *, request_id: RequestId = None) -> None:
        super().__init__(-1135, text=text)
        self.request_id = request_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """One request. ``values`` are the parameters as REST would have them, ``spellings`` all as they were written."""

    request_id: RequestId
    method: str
    values: Mapping[str, str] = field(default_factory=dict)
    spellings: Mapping[str, str] = field(default_factory=dict)
    flags: frozenset[str] = frozenset()

    @property
    def api_key(self) -> str:
        return self.spellings.get("apiKey", "")

    def signed_texts(self) -> Iterator[str]:
        """What the signature stands for: names in order, values not percent-encoded.

        A client that writes true may have signed its own language's True.
        """
        yield self._joined({})
        if self.flags:
            yield self._joined({name: self.spellings[name].capitalize() for name in self.flags})

    def _joined(self, other: Mapping[str, str]) -> str:
        named = {**self.spellings, **other}
        named.pop("signature", None)
        return "&".join(f"{name}={named[name]}" for name in sorted(named))


def read_envelope(frame: str | bytes) -> Envelope:
    """The request in a frame. Raises Malformed."""
    try:
        strict = orjson.loads(frame)
        message = json.loads(frame, parse_int=Number, parse_float=Number)
    except (ValueError, RecursionError):
        raise Malformed("Invalid JSON Request") from None
    if not isinstance(message, dict):
        raise Malformed("Invalid JSON Request; expected an object.")
    request_id = _request_id(message, strict)
    method, params = message.get("method"), message.get("params")
    if not isinstance(method, str) or isinstance(method, Number) or not method:
        raise Malformed("Invalid 'method' in JSON request; expected a string.", request_id=request_id)
    if params is None:
        return Envelope(request_id=request_id, method=method)
    if not isinstance(params, dict):
        raise Malformed("Invalid 'params' in JSON request; expected an object.", request_id=request_id)
    return _with_params(request_id, method, params, strict["params"])


def answer_frame(request_id: RequestId, result: Any, *, limits: Sequence[Mapping[str, Any]] | None) -> bytes:
    """A request that went well; ``result`` as a handler answers. ``limits`` None leaves rateLimits out."""
    content = orjson.Fragment(result) if isinstance(result, bytes) else result
    return _frame(request_id, 200, {"result": content}, limits)


def refusal_frame(
    request_id: RequestId,
    refusal: VenueError,
    *,
    limits: Sequence[Mapping[str, Any]] | None,
    data: Mapping[str, int] | None = None,
) -> bytes:
    """A request that was refused. ``data`` tells when to come again."""
    error: dict[str, Any] = {"code": refusal.code, "msg": refusal.message}
    return _frame(request_id, refusal.status, {"error": error | ({"data": data} if data else {})}, limits)


def _frame(
    request_id: RequestId, status: int, content: Mapping[str, Any], limits: Sequence[Mapping[str, Any]] | None
) -> bytes:
    shown_id = orjson.Fragment(request_id.encode()) if isinstance(request_id, Number) else request_id
    answer = {"id": shown_id, "status": status, **content}
    return orjson.dumps(answer if limits is None else answer | {"rateLimits": limits})


def _request_id(message: Mapping[str, Any], strict: Mapping[str, Any]) -> RequestId:
    """An integer, a text or null; leaving it out is not the same as null."""
    request_id = message.get("id")
    kind = type(strict.get("id"))
    is_whole = isinstance(request_id, Number) and request_id.lstrip("-").isdigit()
    if "id" not in message or not (is_whole or kind in (str, type(None))):
        raise Malformed("Invalid 'id' in JSON request; expected an integer, a string, or null.")
    return request_id


def _with_params(request_id: RequestId, method: str, params: Mapping[str, Any], strict: Mapping[str, Any]) -> Envelope:
    """Parameters that are null count as not sent; lists and objects become JSON text, as REST wants them."""
    sent = {name: value for name, value in params.items() if value is not None}
    spellings = {
        name: str(value) if isinstance(value, str) else orjson.dumps(strict[name]).decode()
        for name, value in sent.items()
    }
    plain = {name: _written_out(sent[name], text) for name, text in spellings.items() if name not in UNSENT}
    flags = frozenset(name for name, value in sent.items() if isinstance(value, bool))
    return Envelope(request_id=request_id, method=method, values=plain, spellings=spellings, flags=flags)


def _written_out(value: Any, text: str) -> str:
    """A number without exponent, as REST wants it; one of absurd size is left to be refused as it is."""
    if not isinstance(value, Number) or "e" not in text.lower():
        return text
    number = Decimal(text)
    return f"{number:f}" if abs(number.adjusted()) <= LARGEST_EXPONENT and len(text) <= LARGEST_EXPONENT else text
