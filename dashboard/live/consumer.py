"""The socket of one page."""

import asyncio
import json
import time
from typing import Any

import structlog
from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.utils import translation

from dashboard import snapshots
from dashboard.live.envelope import (
    CLOCK_TYPE,
    ERROR_TYPE,
    EVENT_TYPE,
    NO_ROLE,
    NOT_LOGGED_IN,
    TOO_SLOW,
    BadMessage,
    Subscription,
    envelope,
    parse_subscription,
)
from dashboard.live.feed import live_feed
from dashboard.live.mailbox import Mailbox
from dashboard.live.sent_rows import SentRows
from dashboard.live.visitor import is_still_welcome
from dashboard.market_time import market_time
from dashboard.retelling import in_reader_language
from dashboard.serializers import EventOut
from desk.models import Event
from desk.roles import Role, has_role

log = structlog.get_logger(__name__)

HEARTBEAT_SECONDS = 5.0
RESUMED_EVENTS = 500  # at most; a page that missed more begins with the newest of them


class LiveConsumer(AsyncJsonWebsocketConsumer):  # type: ignore[misc]
    """Sends what the page subscribed to: states whole, events from ``resume_from`` on. Uses no channel layer."""

    # None switches the layer off, so that the page lives on without Redis.
    channel_layer_alias = None

    async def connect(self) -> None:
        self.mailbox: Mailbox | None = None
        self.sender: asyncio.Task[None] | None = None
        await self.accept()
        # After accept, because a refused handshake would show the page no code.
        if not self.scope["user"].is_authenticated:
            await self.close(code=NOT_LOGGED_IN)
        elif not await database_sync_to_async(has_role)(self.scope["user"], Role.VIEWER):
            await self.close(code=NO_ROLE)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None, **kwargs: Any) -> None:
        if not await self._may_stay():
            return
        try:
            subscription = parse_subscription(_decoded(text_data))
        except BadMessage as error:
            await self._send(ERROR_TYPE, {"message": str(error)})
            return
        await self._stop()
        await self._start(subscription)

    async def disconnect(self, code: int) -> None:
        await self._stop()

    async def _start(self, subscription: Subscription) -> None:
        self.mailbox = Mailbox(subscription.states, wants_events=subscription.wants_events)
        self.sent_rows = SentRows()
        feed = live_feed()
        feed.join(self.mailbox)
        await feed.is_watching()
        feed.market = feed.market or await asyncio.to_thread(market_time)
        states = await database_sync_to_async(snapshots.read)(sorted(subscription.states), feed.market)
        missed = await database_sync_to_async(_missed)(subscription)
        self.mailbox.post_beginning(states=states, events=missed)
        self.sender = asyncio.create_task(self._deliver_safely(self.mailbox, subscription.language))

    async def _stop(self) -> None:
        if self.mailbox is not None:
            live_feed().leave(self.mailbox)
        if self.sender is not None:
            self.sender.cancel()
        self.mailbox = self.sender = None

    async def _deliver_safely(self, mailbox: Mailbox, language: str) -> None:
        try:
            await self._deliver(mailbox, language)
        except Exception:
            log.exception("live_socket_failed")
            await self.close()

    async def _deliver(self, mailbox: Mailbox, language: str) -> None:
        """Empty the mailbox as it fills; every few seconds tell the time and look whether the login still holds."""
        await self._send_clock()
        heartbeat_due = time.monotonic() + HEARTBEAT_SECONDS
        while not mailbox.has_overflowed:
            try:
                async with asyncio.timeout(max(0.0, heartbeat_due - time.monotonic())):
                    states, events = await mailbox.take()
            except TimeoutError:
                if not await self._may_stay():
                    return
                await self._send_clock()
                heartbeat_due = time.monotonic() + HEARTBEAT_SECONDS
                continue
            await self._send_all(states, events, language)
        await self.close(code=TOO_SLOW)

    async def _send_all(self, states: dict[Any, Any], events: list[Event], language: str) -> None:
        for event in events:
            await self._send(EVENT_TYPE, _told(event, language), seq=event.pk)
        for state_type, state in _in_language(states, language).items():
            for message in self.sent_rows.due(state_type, state):
                await self._send(state_type.value, message)

    async def _send_clock(self) -> None:
        market = live_feed().market
        reading = {"market_time": market.at.isoformat(), "speed": f"{market.speed:f}"} if market else None
        await self._send(CLOCK_TYPE, reading)

    async def _send(self, message_type: str, data: Any, *, seq: int | None = None) -> None:
        await self.send_json(envelope(message_type, data, seq=live_feed().seq if seq is None else seq))

    async def _may_stay(self) -> bool:
        """Close the socket when the login is gone; True while it holds."""
        session_key = await sync_to_async(lambda: self.scope["session"].session_key)()
        if await database_sync_to_async(is_still_welcome)(session_key, self.scope["user"].pk):
            return True
        await self.close(code=NOT_LOGGED_IN)
        return False


def _decoded(text: str | None) -> Any:
    try:
        return json.loads(text or "")
    except ValueError:
        return None


def _missed(subscription: Subscription) -> list[Event]:
    """Events after ``resume_from``, newest first."""
    if not subscription.wants_events or subscription.resume_from is None:
        return []
    return list(snapshots.events().filter(id__gt=subscription.resume_from)[:RESUMED_EVENTS])


def _told(event: Event, language: str) -> dict[str, Any]:
    with translation.override(language):
        return dict(EventOut(event).data)


def _in_language(states: dict[Any, Any], language: str) -> dict[Any, Any]:
    with translation.override(language):
        return in_reader_language(states)
