"""One answer from an address: bounded in time and size, of the address itself, and not from one's own house."""

import asyncio
import ssl
import time
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from advisor.context.errors import SourceFailed
from advisor.context.fetching import LARGEST, Ask, fetch_all

PRIVATE = [
    "http://127.0.0.1/",
    "http://localhost/",
    "http://[::1]/",
    "http://10.0.0.7/",
    "http://192.168.1.1/",
    "http://172.16.0.1/",
    "http://169.254.169.254/latest/meta-data",
    "http://100.64.0.1/",
    "http://0.0.0.0/",
    "http://[::ffff:127.0.0.1]/",
    "http://[fe80::1]/",
    "http://[fc00::1]/",
    "http://224.0.0.1/",
    "http://2130706433/",
    "http://0x7f.1/",
]


def ask(url: str, **changes) -> bytes | SourceFailed:
    (answer,) = fetch_all([Ask(url=url, **{"is_private": True} | changes)], seconds=changes.pop("seconds", 2))
    return answer


def code(answer: bytes | SourceFailed) -> str:
    assert isinstance(answer, SourceFailed), answer
    return answer.code


def test_the_body_of_a_good_answer(feed):
    assert ask(feed.show("/a", {"v": 1})) == b'{"v": 1}'


def test_keys_travel_in_header_and_query_and_nowhere_else(feed):
    ask(feed.show("/a", {}) + "?limit=1", headers={"X-Key": "k1"}, query={"api_key": "k2 &"})

    (seen,) = feed.seen
    assert seen.query == {"limit": "1", "api_key": "k2 &"}
    assert (seen.headers["x-key"], seen.headers["accept-encoding"]) == ("k1", "identity")
    assert seen.headers["host"] == feed.url.removeprefix("http://")


def test_keys_are_not_in_what_is_printed():
    assert "k1" not in repr(Ask(url="https://a.test/", headers={"X": "k1"}, query={"k": "k1"}, proxy="http://u:k1@p"))


@pytest.mark.parametrize("url", PRIVATE)
def test_ones_own_house_is_not_asked(feed, url):
    assert code(ask(url, is_private=False)) in ("not_public", "unreachable")
    assert feed.seen == []


@pytest.mark.parametrize("url", [*PRIVATE[:9], "http://intranet/"])
def test_nor_is_a_proxy_sent_there(feed, url):
    assert code(ask(url, is_private=False, proxy=feed.url)) == "not_public"
    assert feed.seen == []


def test_an_address_that_is_allowed_to_be_near_is_asked(feed):
    assert ask(feed.show("/a", {"v": 1}), is_private=True) == b'{"v": 1}'


def test_a_redirect_is_a_failure_and_not_followed(feed):
    elsewhere = feed.show("/elsewhere", {"v": 1})

    assert code(ask(feed.show("/a", b"", status=302, headers={"Location": elsewhere}))) == "redirected"
    assert feed.paths() == ["/a"]


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ({"status": 404}, "http_404"),
        ({"status": 401}, "http_401"),
        ({"status": 500}, "http_500"),
        ({"status": 204}, "http_204"),
        ({"headers": {"Content-Encoding": "gzip"}}, "compressed"),
        ({"length": 100}, "connection_lost"),
    ],
)
def test_each_bad_answer_has_its_name(feed, page, expected):
    assert code(ask(feed.show("/a", b"x", **page))) == expected


def test_a_source_that_asks_to_wait_says_how_long(feed):
    answer = ask(feed.show("/a", b"", status=429, headers={"Retry-After": "90"}))

    assert code(answer) == "rate_limited"
    assert answer.retry_after == timedelta(seconds=90)


def test_a_megabyte_is_read_and_not_a_byte_more(feed):
    assert len(ask(feed.show("/a", b"x" * LARGEST))) == LARGEST
    assert code(ask(feed.show("/b", b"x" * (LARGEST + 1)))) == "too_large"


def test_nobody_at_home():
    assert code(ask("http://127.0.0.1:1/")) == "unreachable"
    assert code(ask("http://no-such-host.invalid/")) == "unreachable"


@pytest.mark.parametrize("url", ["http://", "http://a b/", "http://127.0.0.1:99999999/", "gopher://127.0.0.1/"])
def test_an_address_that_is_none(url):
    assert code(ask(url)) in ("not_sendable", "unreachable", "connection_lost")


def test_silence_and_dripping_are_over_at_the_deadline_and_cost_the_others_nothing(feed):
    silent, dripping = feed.show("/s", b"", silent=True), feed.show("/d", b"x" * 1000, drip=0.1)
    good = feed.show("/g", {"v": 1})
    began = time.monotonic()

    answers = fetch_all([Ask(url=url, is_private=True) for url in (silent, dripping, good)], seconds=1)

    assert time.monotonic() - began < 3
    assert [code(answer) for answer in answers[:2]] == ["timeout", "timeout"]
    assert answers[2] == b'{"v": 1}'


def test_nothing_to_ask():
    assert fetch_all([], seconds=1) == []


class _Secure(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_) -> None:
        return


@pytest.fixture
def secure(tmp_path, monkeypatch):
    """The port of a TLS server for feeds.test, to whose address every name here leads."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "feeds.test")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(days=1), now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("feeds.test")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    chain = tmp_path / "chain.pem"
    chain.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Secure)
    here = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    here.load_cert_chain(chain)
    server.socket = here.wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    client, resolve = httpx2.AsyncClient, asyncio.BaseEventLoop.getaddrinfo
    trusting = ssl.create_default_context(cafile=str(chain))
    monkeypatch.setattr(httpx2, "AsyncClient", lambda **kwargs: client(verify=trusting, **kwargs))
    monkeypatch.setattr(
        asyncio.BaseEventLoop, "getaddrinfo", lambda loop, _host, port, **kw: resolve(loop, "127.0.0.1", port, **kw)
    )
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_certificate_must_be_of_the_name_though_the_address_is_asked(secure):
    assert ask(f"https://feeds.test:{secure}/") == b"ok"
    assert code(ask(f"https://other.test:{secure}/")) == "unreachable"


def test_a_public_name_that_leads_into_ones_own_house_is_not_asked(secure):
    assert code(ask(f"https://feeds.test:{secure}/", is_private=False)) == "not_public"
