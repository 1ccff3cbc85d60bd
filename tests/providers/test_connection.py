"""The connection to a model's server: TLS, proxies and time limits."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from app.config import ConfigError
from app.providers import connection, errors, http_request
from app.providers.base import TimeLimitError, TransientError
from app.providers.call import TimeLimits
from tests.providers.conftest import KEY, Ask
from tests.providers.reading import chunk, content_of, in_eventlet, read, recording
from tests.support.fake_model import FakeModel
from tests.support.fake_streams import Body

SHORT = TimeLimits(connect=5, read=0.5, total=60)
SLACK_SECONDS = 30.0  # for a busy machine; these servers would send bytes for an hour
TEXT = content_of(recording("openai-text"))


def test_an_encrypted_answer_is_read(ask: Ask, tls: FakeModel) -> None:
    assert read(ask("openai:openai-text")).content == TEXT
    tls.bodies["large"] = Body(
        b"".join(b"data: %s\n\n" % chunk({"content": "x" * 900_000}).encode() for _ in range(3))
        + b"data: [DONE]\n\n"
    )
    assert len(read(ask("openai:large")).text) == 2_700_000


@pytest.mark.usefixtures("quick")
def test_an_untrusted_certificate_is_refused(
    ask: Ask, tls: FakeModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", f"https://127.0.0.1:{tls.server_port}/v1")
    error = read(ask("openai:openai-text")).error
    assert isinstance(error, TransientError)
    assert error.sentence == connection.UNREACHABLE


@contextmanager
def serving(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    """Listen on a port; call `serve` with each connection, in a thread."""

    def accept() -> None:
        with suppress(OSError):
            while True:
                connected, _ = listener.accept()
                threading.Thread(target=handle, args=(connected,), daemon=True).start()

    def handle(connected: socket.socket) -> None:
        with connected, suppress(OSError, ssl.SSLError):
            serve(connected)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=accept, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


def drip(connected: socket.socket, data: bytes) -> None:
    """Send `data` a byte at a time."""
    for number in range(len(data)):
        connected.sendall(data[number : number + 1])
        time.sleep(0.02)


def dripping_record(context: ssl.SSLContext) -> Callable[[socket.socket], None]:
    """Return a server that starts an answer, then sends one TLS record byte by byte."""

    def serve(connected: socket.socket) -> None:
        received, to_send = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = context.wrap_bio(received, to_send, server_side=True)

        def until_done(operation: Callable[[], object]) -> None:
            while True:
                with suppress(ssl.SSLWantReadError):
                    operation()
                    connected.sendall(to_send.read())
                    return
                connected.sendall(to_send.read())
                received.write(connected.recv(65_536))

        until_done(tls.do_handshake)
        until_done(lambda: tls.read(65_536))
        tls.write(b"HTTP/1.1 200 OK\r\n\r\ndata: x\n\n")
        connected.sendall(to_send.read())
        tls.write(b"data: " + b"x" * 16_000)
        drip(connected, to_send.read())

    return serve


@pytest.mark.parametrize("where", ["handshake", "record"])
@pytest.mark.parametrize("mode", ["threads", "greenlets"])
def test_a_tls_record_sent_byte_by_byte_times_out(
    where: str, mode: str, ask: Ask, server_side: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    handshake = b"\x16\x03\x03\x40\x00" + b"\x02\x00\x3f\xfc" + b"\x03" * 16_000
    serve = dripping_record(server_side)
    if where == "handshake":
        serve = lambda connected: drip(connected, handshake)  # noqa: E731
    with serving(serve) as port:
        monkeypatch.setenv("OPENAI_BASE_URL", f"https://localhost:{port}/v1")
        started = time.monotonic()
        if mode == "threads":
            error = type(read(ask("openai:m", limits=SHORT)).error).__name__
        else:
            error, _ = in_eventlet("time_out", "openai:m")
        assert error == TimeLimitError.__name__
        assert time.monotonic() - started < SLACK_SECONDS


def tunnel(connected: socket.socket) -> None:
    """Serve as a proxy that connects to the requested address."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += connected.recv(1)
    assert b"Proxy-Authorization: Basic dXNlcjpwYXNz" in head
    host, _, port = head.split()[1].decode().partition(":")
    with socket.create_connection((host, int(port))) as server:
        connected.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
        threading.Thread(target=relay, args=(server, connected), daemon=True).start()
        relay(connected, server)


def relay(here: socket.socket, there: socket.socket) -> None:
    with suppress(OSError):
        while data := here.recv(65_536):
            there.sendall(data)


def test_an_encrypted_answer_is_read_through_a_proxy(
    ask: Ask, tls: FakeModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(tunnel) as port:
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:pass@127.0.0.1:{port}")
        assert read(ask("openai:openai-text")).content == TEXT


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("answer", [b"HTTP/1.1 407 No\r\n\r\n", b"nonsense\r\n\r\n", b""])
def test_a_proxy_that_does_not_connect_is_an_error(
    ask: Ask, tls: FakeModel, monkeypatch: pytest.MonkeyPatch, answer: bytes
) -> None:
    def refuse(connected: socket.socket) -> None:
        connected.recv(65_536)
        connected.sendall(answer)

    with serving(refuse) as port:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
        error = read(ask("openai:openai-text")).error
    assert error and error.sentence == errors.LOST
    assert tls.requests == []


def test_a_proxy_forwards_unencrypted_requests(
    ask: Ask, fake: FakeModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://model.invalid/v1")
    monkeypatch.setenv("HTTP_PROXY", fake.url)
    assert read(ask("openai:openai-text")).content == TEXT
    assert fake.requests[0].path == "http://model.invalid/v1/chat/completions"


def test_no_proxy_is_used_for_excluded_addresses(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    assert read(ask("openai:openai-text")).content == TEXT


def test_a_name_and_a_password_in_the_address_are_sent(
    ask: Ask, fake: FakeModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = fake.url.replace("http://", "http://olive:p%40ss@")
    monkeypatch.setenv("OPENAI_BASE_URL", f"{address}/v1/?version=1")
    assert read(ask("openai:openai-text")).content == TEXT
    assert fake.requests[0].path == "/v1/chat/completions?version=1"
    assert fake.requests[0].headers["Authorization"] == "Basic b2xpdmU6cEBzcw=="
    assert KEY not in str(fake.requests[0].headers)


@pytest.mark.parametrize(
    "url",
    ["http://", "nonsense", "ftp://127.0.0.1/v1", "http://[::1/v1", "http://h:99999", "http://ü"],
)
def test_an_invalid_address_is_an_error(
    url: str, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", url)
    with pytest.raises(ConfigError, match=r"^OPENAI_BASE_URL must "):
        ask("openai:m")


@pytest.mark.parametrize("url", ["http://", "ftp://127.0.0.1", "http://h:99999", "http://ü"])
def test_an_invalid_address_of_a_proxy_is_an_error(
    url: str, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://model.invalid/v1")
    monkeypatch.setenv("HTTP_PROXY", url)
    error = read(ask("openai:openai-text")).error
    assert error and error.sentence == http_request.BAD_ADDRESS
