"""Waiting, with a deadline, for the processes to say that they are there."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import httpx2

from duolive.supervisor.errors import StartRefused

POLL_SECONDS = 0.2
REQUEST_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class PaperAddress:
    """The first line of the paper exchange. ``control`` commands its clock and stays in the supervisor."""

    rest: str
    ws: str
    control: str


class PaperAnnouncement:
    """Catches the paper exchange's first line, which holds a key and is therefore never shown."""

    def __init__(self) -> None:
        self.made: asyncio.Future[PaperAddress] = asyncio.get_running_loop().create_future()

    def take_line(self, line: str) -> bool:
        address = parse_announcement(line)
        if address and not self.made.done():
            self.made.set_result(address)
        return address is not None


def parse_announcement(line: str) -> PaperAddress | None:
    """The address in ``line``, None when it is an ordinary log line."""
    if not line.startswith("{"):
        return None
    try:
        said = json.loads(line)
        return PaperAddress(rest=said["rest"], ws=said["ws"], control=said["control"])
    except (ValueError, KeyError):
        return None


async def until(is_so: Callable[[], Awaitable[bool]], *, seconds: float, otherwise: Callable[[], str]) -> None:
    """Ask until the answer is yes. Raises StartRefused with ``otherwise()`` after ``seconds`` of wall time."""
    deadline = time.monotonic() + seconds
    while not await is_so():
        if time.monotonic() >= deadline:
            raise StartRefused(otherwise())
        await asyncio.sleep(POLL_SECONDS)


class Readyz:
    """Asks ``/readyz`` and remembers what it said last."""

    def __init__(self, base_url: str) -> None:
        self._url = f"{base_url}/readyz"
        self.last_answer = "no answer"

    async def is_ready(self) -> bool:
        try:
            async with _client() as client:
                # By name, since ALLOWED_HOSTS always has it, whatever address the server listens on.
                answer = await client.get(self._url, headers={"Host": "localhost"})
        except httpx2.HTTPError as error:
            self.last_answer = type(error).__name__
            return False
        self.last_answer = f"{answer.status_code} {' '.join(answer.text.split())[:300]}"
        return answer.status_code == 200


async def release_clock(control: str) -> None:
    """Let the replay's market time run. Raises StartRefused."""
    try:
        async with _client() as client:
            (await client.post(f"{control.rstrip('/')}/clock", json={"held": False})).raise_for_status()
    except httpx2.HTTPError as error:
        raise StartRefused(f"the paper exchange did not release its clock: {error}") from None


def _client() -> httpx2.AsyncClient:
    # Loopback only: a proxy named in the environment has no business here.
    return httpx2.AsyncClient(timeout=REQUEST_SECONDS, trust_env=False)
