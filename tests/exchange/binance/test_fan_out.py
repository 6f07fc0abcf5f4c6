"""Many reads at once: through proxies, over TLS, and what is known when no answer comes."""

import datetime
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from exchange.binance.client import BinanceClient
from exchange.binance.market import BinanceMarketData
from exchange.errors import ExchangeUnavailable
from exchange.types import from_ms

START = from_ms(1_732_377_600_000)
KLINES = "/fapi/v1/klines"


def bars_of(client: BinanceClient, symbols: list[str]):
    return BinanceMarketData(client).klines_many(symbols, "1h", start=START, end=START, limit=1)


@contextmanager
def relay(open_line: Callable[[socket.socket], tuple[str, int]], *, seen: list[str]) -> Iterator[str]:
    """A proxy on loopback; ``open_line`` speaks its protocol and returns where to go. Yields host:port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_accept, args=(server, open_line, seen), daemon=True).start()
        yield f"127.0.0.1:{server.getsockname()[1]}"


def _accept(server: socket.socket, open_line: Callable[[socket.socket], tuple[str, int]], seen: list[str]) -> None:
    while True:
        try:
            client, _ = server.accept()
        except OSError:
            return
        threading.Thread(target=_carry, args=(client, open_line, seen), daemon=True).start()


def _carry(client: socket.socket, open_line: Callable[[socket.socket], tuple[str, int]], seen: list[str]) -> None:
    target = open_line(client)
    seen.append(f"{target[0]}:{target[1]}")
    with socket.create_connection(target) as venue:
        back = threading.Thread(target=_pump, args=(venue, client), daemon=True)
        back.start()
        _pump(client, venue)
        back.join(timeout=5)


def _pump(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        return


def connect_tunnel(client: socket.socket) -> tuple[str, int]:
    """HTTP CONNECT."""
    head = b""
    while b"\r\n\r\n" not in head:
        head += client.recv(4096)
    host, port = head.split()[1].decode().split(":")
    client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
    return host, int(port)


def socks5(client: socket.socket) -> tuple[str, int]:
    """SOCKS 5 without a password, by address."""
    client.recv(262)
    client.sendall(b"\x05\x00")
    asked = client.recv(262)
    host = socket.inet_ntoa(asked[4:8])
    client.sendall(b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
    return host, int.from_bytes(asked[8:10], "big")


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A key and its own certificate for 127.0.0.1."""
    import ipaddress

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "venue")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "venue.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def over_tls(venue, certificate: Path) -> str:
    """The venue's address once it speaks TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    venue._server.socket = context.wrap_socket(venue._server.socket, server_side=True)
    return venue.url.replace("http://", "https://")


def test_the_key_goes_along_and_symbols_arrive_as_they_are(venue, client):
    venue.script("GET", KLINES, [])

    assert bars_of(client, ["牛来USDT"]) == {"牛来USDT": []}

    (seen,) = venue.seen("GET", KLINES)
    assert (seen.params["symbol"], seen.api_key) == ("牛来USDT", "key")


def test_a_redirect_is_not_followed(venue, client, answer):
    venue.script("GET", KLINES, answer("", status=302, headers={"Location": f"{venue.url}/elsewhere"}))

    outcome = bars_of(client, ["BTCUSDT"])["BTCUSDT"]

    assert isinstance(outcome, Exception)
    assert venue.seen("GET", "/elsewhere") == []


def test_nobody_there_is_unavailable(free_port):
    outcome = bars_of(BinanceClient(f"http://127.0.0.1:{free_port}"), ["BTCUSDT"])["BTCUSDT"]

    assert isinstance(outcome, ExchangeUnavailable)


def test_a_certificate_of_nobody_we_know_is_refused(venue, over_tls):
    outcome = bars_of(BinanceClient(over_tls), ["BTCUSDT"])["BTCUSDT"]

    assert isinstance(outcome, ExchangeUnavailable)
    assert "ertificate" in str(outcome)


@pytest.mark.parametrize(("scheme", "protocol"), [("http", connect_tunnel), ("socks5", socks5)])
def test_tls_through_a_proxy(venue, over_tls, certificate, scheme, protocol):
    venue.script("GET", KLINES, [])
    seen: list[str] = []

    with relay(protocol, seen=seen) as address:
        client = BinanceClient(over_tls, proxy=f"{scheme}://{address}")
        client._tls = ssl.create_default_context(cafile=str(certificate))
        bars = bars_of(client, ["BTCUSDT", "ETHUSDT"])

    assert bars == {"BTCUSDT": [], "ETHUSDT": []}
    assert set(seen) == {over_tls.removeprefix("https://")}


@pytest.mark.parametrize("scheme", ["http", "socks5"])
def test_a_proxy_that_is_gone_is_unavailable(venue, free_port, scheme):
    client = BinanceClient(venue.url, proxy=f"{scheme}://127.0.0.1:{free_port}")

    assert isinstance(bars_of(client, ["BTCUSDT"])["BTCUSDT"], ExchangeUnavailable)
    assert venue.seen("GET", KLINES) == []


def test_a_proxy_of_the_environment_is_not_looked_at(venue, client, free_port, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port}")
    venue.script("GET", KLINES, [])

    assert bars_of(client, ["BTCUSDT"]) == {"BTCUSDT": []}
