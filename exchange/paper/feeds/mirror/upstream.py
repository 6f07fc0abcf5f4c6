"""REST questions to the upstream, within the weight it allows.

UpstreamDown             no answer, or none that can be used; ask again later
UpstreamBusy             it asked us to wait, or clients would use up what the mirror itself needs
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import httpx2
import orjson

TIMEOUT_S = 5.0
WEIGHT_FOR_CLIENTS = 1800  # of the venue's 2400 a minute; the rest is the mirror's own
MINUTE_S = 60
DEFAULT_WAIT_S = 30
PASSED_ON = ("content-type", "x-mbx-used-weight-1m", "retry-after")


class UpstreamDown(Exception):
    """The upstream cannot be used now; the text says why in one line."""


class UpstreamBusy(UpstreamDown):
    """No questions for ``retry_after_s``."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"no requests to the upstream for {retry_after_s} s")
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer as it came, with the headers that matter to a client."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Upstream:
    """One venue by its base URLs. ``proxy`` is an HTTP or SOCKS URL; those of the environment are not looked at."""

    def __init__(
        self, *, rest_url: str, ws_url: str, proxy: str | None = None, wall_s: Callable[[], float] = time.time
    ) -> None:
        self.rest_url, self.ws_url = rest_url.rstrip("/"), ws_url.rstrip("/")
        self.proxy = proxy or None
        self._wall_s = wall_s
        self._http = httpx2.AsyncClient(base_url=self.rest_url, proxy=self.proxy, timeout=TIMEOUT_S, trust_env=False)
        self._blocked_until_s = 0.0
        self._weight = (0, 0)  # minute, used in it

    async def __aenter__(self) -> "Upstream":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    @property
    def used_weight(self) -> int:
        """Weight used in this minute, as the upstream counts."""
        minute, used = self._weight
        return used if minute == int(self._wall_s() // MINUTE_S) else 0

    async def json(self, path: str, **params: str | int) -> Any:
        """The decoded answer of a question of our own. Raises UpstreamDown."""
        reply = await self.reply(path, params=params, limit=0)
        if reply.status != httpx2.codes.OK:
            raise UpstreamDown(f"{path} answers {reply.status}: {reply.body[:200].decode(errors='replace')}")
        try:
            return orjson.loads(reply.body)
        except orjson.JSONDecodeError:
            raise UpstreamDown(f"{path} does not answer JSON") from None

    async def reply(
        self, path: str, *, params: Mapping[str, str | int] | str, limit: int = WEIGHT_FOR_CLIENTS
    ) -> Reply:
        """The answer as it came, also a refusal; 0 is no ``limit`` of weight. Raises UpstreamDown and UpstreamBusy."""
        self._require_room(limit)
        url = f"{path}?{params}" if isinstance(params, str) and params else path
        try:
            answer = await self._http.get(url, params=None if isinstance(params, str) else dict(params))
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise UpstreamDown(f"{type(error).__name__}: {error}" if str(error) else type(error).__name__) from None
        self._note(answer)
        if answer.status_code >= httpx2.codes.INTERNAL_SERVER_ERROR:
            raise UpstreamDown(f"{path} answers {answer.status_code}")
        headers = {name: answer.headers[name] for name in PASSED_ON if name in answer.headers}
        return Reply(status=answer.status_code, headers=headers, body=answer.content)

    def _require_room(self, limit: int) -> None:
        wait_s = self._blocked_until_s - self._wall_s()
        if wait_s > 0:
            raise UpstreamBusy(int(wait_s) + 1)
        if limit and self.used_weight >= limit:
            raise UpstreamBusy(MINUTE_S - int(self._wall_s()) % MINUTE_S)

    def _note(self, answer: httpx2.Response) -> None:
        used = answer.headers.get("x-mbx-used-weight-1m", "")
        if used.isdecimal():
            self._weight = (int(self._wall_s() // MINUTE_S), int(used))
        if answer.status_code in (429, 418):
            wait = answer.headers.get("retry-after", "")
            wait_s = int(wait) if wait.isdecimal() else DEFAULT_WAIT_S
            self._blocked_until_s = self._wall_s() + wait_s
            raise UpstreamBusy(wait_s)
