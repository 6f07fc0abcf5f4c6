"""Listen keys: with the API key alone, unsigned."""

import secrets
from typing import Any

from exchange.paper.core.refusals import VenueError
from exchange.paper.server.routing import Call, Routes, keyed


def start_stream(call: Call) -> Any:
    """A new listen key, or the living one extended."""
    api_key = call.account.api_key
    listen_key = call.host.listen_keys.of(api_key) or secrets.token_hex(32)
    call.host.renew_listen_key(listen_key, api_key)
    return {"listenKey": listen_key}


def extend_stream(call: Call) -> Any:
    api_key = call.account.api_key
    listen_key = call.host.listen_keys.of(api_key)
    if listen_key is None:
        raise VenueError(-1125)
    call.host.renew_listen_key(listen_key, api_key)
    return {"listenKey": listen_key}


def end_stream(call: Call) -> Any:
    call.host.remove_listen_key(call.account.api_key)
    return {}


ROUTES: Routes = {
    ("POST", "/fapi/v1/listenKey"): keyed(start_stream),
    ("PUT", "/fapi/v1/listenKey"): keyed(extend_stream),
    ("DELETE", "/fapi/v1/listenKey"): keyed(end_stream),
}
