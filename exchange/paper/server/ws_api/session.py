"""What a connection of the WebSocket API remembers: since when it stands, and who has logged on."""

from dataclasses import dataclass
from typing import Any

from exchange.paper.server.routing import Access, Call, Route
from exchange.paper.server.signing import check_logon_signature
from exchange.paper.server.ws_api.envelope import Envelope

LOGON = "session.logon"
SESSION_WEIGHT = 2


@dataclass(slots=True)
class Session:
    """Times are market ms. ``shows_limits`` is what the connection asked for, for requests that do not say."""

    connected_ms: int
    shows_limits: bool = True
    api_key: str | None = None
    authorized_ms: int | None = None

    def vouches_for(self, envelope: Envelope) -> bool:
        """Whether a request needs no signature: it names no key or the session's, and has none."""
        is_own = envelope.api_key in ("", self.api_key)
        return self.api_key is not None and is_own and "signature" not in envelope.spellings

    def log_on(self, call: Call, envelope: Envelope) -> dict[str, Any]:
        """Let the calling account's requests in without signature from now on, instead of whoever was before."""
        given = call.parameters.mandatory("signature")
        check_logon_signature(given, envelope.signed_texts(), call.account)
        self.api_key, self.authorized_ms = call.account.api_key, call.now_ms
        return self.status(call)

    def log_out(self, call: Call) -> dict[str, Any]:
        self.forget()
        return self.status(call)

    def forget(self) -> None:
        self.api_key = self.authorized_ms = None

    def status(self, call: Call) -> dict[str, Any]:
        return {
            "apiKey": self.api_key,
            "authorizedSince": self.authorized_ms,
            "connectedSince": self.connected_ms,
            "returnRateLimits": self.shows_limits,
            "serverTime": call.now_ms,
        }

    def routes(self) -> dict[str, Route]:
        """The methods that ask after this session; logging on needs the request itself."""
        return {
            "session.status": Route(handler=self.status, access=Access.PUBLIC, weight=SESSION_WEIGHT),
            "session.logout": Route(handler=self.log_out, access=Access.PUBLIC, weight=SESSION_WEIGHT),
            LOGON: Route(handler=self.status, access=Access.SIGNED, weight=SESSION_WEIGHT),
        }
