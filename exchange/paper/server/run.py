"""Running the paper exchange: one socket, one event loop, a task that lets market time pass."""

import asyncio
import contextlib
import gc
import resource
import signal
import socket
from collections.abc import Callable, Iterator

import structlog
import uvicorn

from exchange.paper.faults.tending import tend
from exchange.paper.server.app import PaperApp
from exchange.paper.server.host import Host
from exchange.paper.server.intake import BoundedProtocol

log = structlog.get_logger(__name__)

ADVANCE_EVERY_S = 0.02
GRACE_S = 1
PING_EVERY_S = 180
PONG_WITHIN_S = 600
MAX_DESCRIPTORS = 65_536
# Orders and records are kept, and refer to nothing that refers to them: all of them are searched for garbage once in
# four million more objects, which takes 50 to 100 ms, instead of every few seconds of trading.
COLLECTED_AFTER = (700, 10, 600)


class Server(uvicorn.Server):
    """uvicorn that says when it is ready, without its signal handling, which would end the process by a signal."""

    def __init__(self, config: uvicorn.Config, *, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self._on_ready()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def listen(host: str, port: int) -> socket.socket:
    """Bind, so that a taken port is known before anything starts. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        # Connections inherit it; without it an answer in two writes waits 40 ms for the client's acknowledgement.
        bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
        bound.listen(1024)
    except OSError:
        bound.close()
        raise
    return bound


async def serve(
    host: Host, app: PaperApp, bound: socket.socket, *, stop: asyncio.Event, on_ready: Callable[[], None]
) -> None:
    """Serve until ``stop`` is set or the journal cannot be written, then end within two seconds."""
    _allow_many_sockets()
    gc.freeze()  # what is loaded stays; searching it for garbage would stop the exchange for tens of ms
    gc.set_threshold(*COLLECTED_AFTER)
    config = uvicorn.Config(
        app,
        http=BoundedProtocol,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=120,
        timeout_graceful_shutdown=GRACE_S,
        ws_ping_interval=PING_EVERY_S,
        ws_ping_timeout=PONG_WITHIN_S,
    )
    server = Server(config, on_ready=on_ready)
    host.commit_in_groups()
    ticking = asyncio.create_task(_let_time_pass(host, stop))
    stopping = asyncio.create_task(_stop_when_asked(server, stop))
    await server.serve(sockets=[bound])
    ticking.cancel()
    stopping.cancel()
    await asyncio.gather(ticking, stopping, return_exceptions=True)
    await host.end_groups()


def stop_on_signals() -> asyncio.Event:
    """An event of the running loop that SIGTERM and SIGINT set."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


def _allow_many_sockets() -> None:
    """As many descriptors as the system lets this process have: idle clients must not keep others out."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, MAX_DESCRIPTORS)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


async def _stop_when_asked(server: uvicorn.Server, stop: asyncio.Event) -> None:
    await stop.wait()
    server.should_exit = True


async def _let_time_pass(host: Host, stop: asyncio.Event) -> None:
    while not host.has_failed:
        await asyncio.sleep(ADVANCE_EVERY_S)
        try:
            host.advance()
            host.expire_listen_keys()
            tend(host)
        except Exception:
            log.exception("paper_advance_failed")
    stop.set()
