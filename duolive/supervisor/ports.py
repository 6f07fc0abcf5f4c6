"""TCP ports of this machine."""

import errno
import socket

from duolive.supervisor.errors import StartRefused

LOOPBACK = "127.0.0.1"


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """Whether a server could listen there now. Raises StartRefused when ``host`` is not an address of ours."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise StartRefused(f"cannot listen on {host}: {error.strerror or error}") from None
    return True


def require_free(port: int, *, host: str, variable: str, purpose: str) -> None:
    if not is_free(port, host):
        raise StartRefused(f"port {port} for {purpose} is taken: stop what listens there or set {variable}")


def any_free() -> int:
    """A port nobody listens on at this moment."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
    return port
