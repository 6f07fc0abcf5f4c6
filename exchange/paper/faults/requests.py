"""Around the requests of both entrances: what a client gets of an exchange with faults."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import orjson

from exchange.paper.faults.matching import Asked, asked
from exchange.paper.faults.tending import Tended, tend
from exchange.paper.faults.treatment import Treatment, treatment_of
from exchange.paper.server.requests import Answer, Request

MS_PER_S = 1000
BAD_GATEWAY = b"<html><head><title>502 Bad Gateway</title></head></html>"
Frame = str | bytes


async def disturbed_answer(host: Tended, request: Request, answer: Callable[[Request], Answer]) -> Answer | None:
    """The answer to an HTTP request; None when the connection breaks instead."""
    tend(host)
    treatment = treatment_of(host, _asked_over_http(request), peer=request.peer)
    await _wait(treatment.before_ms)
    if treatment.is_lost:
        return None
    given = answer(request) if treatment.is_executed else None
    await _wait(treatment.after_ms)
    if treatment.is_answer_lost:
        return None
    return given if treatment.refusal is None else _refused(treatment)


async def disturbed_frame(
    host: Tended, frame: Frame, answer: Callable[[Frame], bytes], *, api_key: str, peer: str
) -> bytes | None:
    """The answer to a frame of the WebSocket API; None when the connection breaks. ``api_key``: who has logged on."""
    tend(host)
    message = _read_frame(frame)
    treatment = treatment_of(host, _asked_in_frame(message, api_key), peer=peer)
    await _wait(treatment.before_ms)
    if treatment.is_lost:
        return None
    given = answer(frame) if treatment.is_executed else b""
    await _wait(treatment.after_ms)
    if treatment.is_answer_lost:
        return None
    return given if treatment.refusal is None else _refused_frame(message, treatment)


async def break_connection(
    receive: Callable[[], Awaitable[Mapping[str, Any]]], send: Callable[[dict[str, Any]], Awaitable[None]]
) -> None:
    """End an HTTP connection without an answer."""
    abort(send)
    while (await receive())["type"] != "http.disconnect":
        continue


def abort(send: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
    """Cut the connection behind ``send``. ASGI has no word for it, so this asks uvicorn's own transport."""
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is None:
        raise ConnectionResetError("cut by a fault")
    transport.abort()


def _asked_over_http(request: Request) -> Asked:
    return asked(
        name=f"{request.method} {request.path}",
        account=request.headers.get("x-mbx-apikey", ""),
        values=request.values,
        is_private="signature" in request.values or request.path.endswith("/listenKey"),
    )


def _asked_in_frame(message: Mapping[str, Any], api_key: str) -> Asked:
    params = message.get("params")
    values = {str(name): _text(value) for name, value in params.items()} if isinstance(params, dict) else {}
    name = str(message.get("method", ""))
    is_private = "signature" in values or "apiKey" in values or bool(api_key)
    return asked(name=name, account=values.get("apiKey") or api_key, values=values, is_private=is_private)


def _read_frame(frame: Frame) -> Mapping[str, Any]:
    try:
        message = orjson.loads(frame)
    except orjson.JSONDecodeError:
        return {}
    return message if isinstance(message, dict) else {}


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _refused(treatment: Treatment) -> Answer:
    refusal = treatment.refusal
    assert refusal is not None
    content = BAD_GATEWAY if refusal.status == 502 else {"code": refusal.code, "msg": refusal.message}
    return Answer(content, status=refusal.status, headers=treatment.headers)


def _refused_frame(message: Mapping[str, Any], treatment: Treatment) -> bytes:
    refusal = treatment.refusal
    assert refusal is not None
    error = {"code": refusal.code, "msg": refusal.message}
    return orjson.dumps({"id": message.get("id"), "status": refusal.status, "error": error, "rateLimits": []})


async def _wait(ms: int) -> None:
    if ms:
        await asyncio.sleep(ms / MS_PER_S)
