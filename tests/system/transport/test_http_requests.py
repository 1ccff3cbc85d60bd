"""Requests by HTTP: malformed heads, bodies of unknown or wrong length, and what an error tells."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest

from tests.support.raw import ENGINE, Tcp, open_session
from tests.support.server import Server
from tests.system.transport.conftest import Memory, answer_seconds

pytestmark = pytest.mark.system

HOST = "Host: {host}\r\n"
MALFORMED = {
    "no colon": f"GET /healthz HTTP/1.1\r\n{HOST}nonsense\r\n\r\n",
    "no name": f"GET /healthz HTTP/1.1\r\n{HOST}: x\r\n\r\n",
    "a space before the colon": f"GET /healthz HTTP/1.1\r\n{HOST}X-Name : x\r\n\r\n",
    "a space in the name": f"GET /healthz HTTP/1.1\r\n{HOST}X Name: x\r\n\r\n",
    "a folded line": f"GET /healthz HTTP/1.1\r\n{HOST}X: a\r\n b\r\n\r\n",
    "a folded first line": f"GET /healthz HTTP/1.1\r\n X: a\r\n{HOST}\r\n",
    "NUL": f"GET /healthz HTTP/1.1\r\n{HOST}X: a\0b\r\n\r\n",
    "a line feed alone": f"GET /healthz HTTP/1.1\r\n{HOST}X: a\n\r\n",
    "line feeds alone": "GET /healthz HTTP/1.1\nHost: {host}\n\n",
    "a carriage return alone": f"GET /healthz HTTP/1.1\r\n{HOST}X: a\rY: b\r\n\r\n",
    "two hosts": f"GET /healthz HTTP/1.1\r\n{HOST}{HOST}\r\n",
    "no host": "GET /healthz HTTP/1.1\r\nX: a\r\n\r\n",
    "no header": "GET /healthz HTTP/1.1\r\n\r\n",
    "a host with a path": "GET /healthz HTTP/1.1\r\nHost: a/b\r\n\r\n",
    "a host with a user": "GET /healthz HTTP/1.1\r\nHost: a@b\r\n\r\n",
    "an empty host": "GET /healthz HTTP/1.1\r\nHost:\r\n\r\n",
    "a host with an empty label": "GET /login HTTP/1.1\r\nHost: a..b\r\n\r\n",
    "a host with a long label": f"GET /login HTTP/1.1\r\nHost: {'a' * 64}\r\n\r\n",
    "an address without a host": f"GET http:///healthz HTTP/1.1\r\n{HOST}\r\n",
    "an address with a malformed host": f"GET http://[ HTTP/1.1\r\n{HOST}\r\n",
    "a fragment": f"GET /healthz#a HTTP/1.1\r\n{HOST}\r\n",
    "two spaces": f"GET  /healthz HTTP/1.1\r\n{HOST}\r\n",
    "NUL in the address": f"GET /healthz\0 HTTP/1.1\r\n{HOST}\r\n",
    "HTTP/0.9": "GET /healthz\r\n\r\n",
}
MEGABYTE = 1_000_000
FLOOD_MEGABYTES = 60
LOGIN = "/login"
CHUNKED = {"Transfer_Encoding": "chunked"}
ENDLESS = {  # the beginning of the body, and the part that is repeated
    "a chunk's length": (b"", b"1"),
    "a chunk's extension": (b"1;", b"a"),
    "a line after a chunk": (b"1\r\na", b"b"),
    "a trailer": (b"0\r\n", b"a"),
    "trailers": (b"0\r\n", b"a: b\r\n"),
}
LIBRARIES = ("python", "werkzeug", "eventlet", "basehttp", "server:")
ODD_REQUESTS = {
    "a line without a version": b"GET /a-secret of mine\r\n\r\n",
    "an unknown version": b"GET /a-secret HTTP/9.9\r\n\r\n",
    "a word": b"a-secret\r\n\r\n",
    "bytes": b"\x16\x03\x01a-secret\xff\r\n\r\n",
    "too many headers": b"GET / HTTP/1.1\r\n" + b"a-secret: 1\r\n" * 200 + b"\r\n",
    "a malformed length": b"POST /a-secret HTTP/1.1\r\nContent-Length: a-secret\r\n\r\n",
}


@pytest.mark.parametrize("head", MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_head_is_refused_and_the_connection_closed(server: Server, head: str) -> None:
    with Tcp(server.url) as tcp:
        tcp.sock.sendall(head.replace("{host}", tcp.host).encode())
        answer = tcp.head()
        assert answer.startswith("HTTP/1.1 400 ")
        assert "connection: close" in answer.lower()
        assert tcp.is_over(1)


@pytest.mark.parametrize(
    "head",
    [
        "GET /healthz HTTP/1.1\r\nHost: {host}\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nhost:\t{host} \r\nX-Empty:\r\nX: \xe9\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nHost: [::1]:5000\r\n\r\n",
        "GET /healthz HTTP/1.0\r\n\r\n",
        "GET http://{host}/healthz HTTP/1.1\r\nHost: {host}\r\n\r\n",
        "GET HTTP://elsewhere.example:1/healthz?a HTTP/1.1\r\nHost: {host}\r\n\r\n",
        "\r\nGET /healthz HTTP/1.1\r\nHost: a.b.\r\n\r\n",
    ],
)
def test_a_well_formed_head_is_not(server: Server, head: str) -> None:
    with Tcp(server.url) as tcp:
        tcp.sock.sendall(head.replace("{host}", tcp.host).encode("latin-1"))
        assert " 200 " in tcp.head()


def test_the_names_of_methods_are_case_sensitive(server: Server) -> None:
    with Tcp(server.url) as tcp:
        tcp.request("get", "/healthz")
        assert " 501 " in tcp.head()
        assert tcp.is_over(1)


@pytest.mark.parametrize("beginning", ["", "GET /healthz HTTP/1.1\r\nHost: {host}\r\nX: "])
def test_a_head_that_drips_is_closed_by_a_deadline(server: Server, beginning: str) -> None:
    with Tcp(server.url) as tcp:
        tcp.sock.sendall(beginning.replace("{host}", tcp.host).encode())
        assert 1 < seconds_of_dripping(tcp) < 6  # SILENCE_SECONDS is 2


@pytest.mark.parametrize("where", ["/login", "engine"])
def test_a_body_that_drips_is_closed_by_a_deadline(server: Server, where: str) -> None:
    if where == "engine":
        where = f"{ENGINE}polling&sid={open_session(server.url)}"
    with Tcp(server.url) as tcp:
        form = "application/x-www-form-urlencoded"  # which the page reads
        tcp.request("POST", where, Content_Length="1000", Content_Type=form)
        assert 1 < seconds_of_dripping(tcp) < 6  # SILENCE_SECONDS is 2


def seconds_of_dripping(tcp: Tcp) -> float:
    """Send a letter each quarter of a second; return after how long the server has closed."""
    began = time.monotonic()
    tcp.sock.settimeout(0.25)
    with suppress(ConnectionError):
        while time.monotonic() - began < 8:
            tcp.sock.sendall(b"a")
            with suppress(TimeoutError):
                if not tcp.sock.recv(4096):
                    break
    return time.monotonic() - began


def flood(caller: Tcp, what: bytes) -> None:
    """Send as much as the server takes, up to a limit."""
    megabyte = what * (MEGABYTE // len(what))
    with suppress(OSError):  # the server reads no more
        for _ in range(FLOOD_MEGABYTES):
            caller.sock.sendall(megabyte)


@pytest.mark.parametrize("length", ["-1", "-0", "+1", "1.0", "", "\xb2", "1_0", "9" * 5000])
def test_an_invalid_length_is_refused(server: Server, length: str) -> None:
    path = f"{ENGINE}polling&sid={open_session(server.url)}"
    with Tcp(server.url) as caller:
        head = f"POST {path} HTTP/1.1\r\nHost: {caller.host}\r\nContent-Length: {length}\r\n\r\n"
        caller.sock.sendall(head.encode("latin-1"))
        assert " 400 " in caller.head()
        assert caller.is_over(1)


def test_two_lengths_are_refused(server: Server) -> None:
    with Tcp(server.url) as caller:
        caller.request("POST", LOGIN, "a=bc", Content_Length="4\r\nContent-Length: 3")
        assert " 400 " in caller.head()
        assert caller.is_over(1)


def test_a_body_of_negative_length_is_not_read(server: Server, memory: Memory) -> None:
    path = f"{ENGINE}polling&sid={open_session(server.url)}"
    before = memory()
    with Tcp(server.url) as caller:
        caller.request("POST", path, Content_Length="-1")
        flood(caller, b"a")
        assert memory() - before < 10 * MEGABYTE


@pytest.mark.parametrize("path", [LOGIN, "/healthz"])
@pytest.mark.parametrize("endless", ENDLESS.values(), ids=ENDLESS)
def test_a_chunked_body_is_not_read(
    server: Server, memory: Memory, path: str, endless: tuple[bytes, bytes]
) -> None:
    """By itself eventlet reads a line of any length into memory and parses it as a number."""
    before = memory()
    with Tcp(server.url) as caller:
        head = f"POST {path} HTTP/1.1\r\nHost: {caller.host}\r\nTransfer-Encoding: chunked\r\n\r\n"
        caller.sock.sendall(head.encode() + endless[0])
        flood(caller, endless[1])
        assert memory() - before < 10 * MEGABYTE
        assert answer_seconds(server) < 1


@pytest.mark.parametrize("encoding", ["chunked", "gzip", "gzip, chunked", "identity", "x"])
def test_a_body_without_a_length_is_refused(server: Server, encoding: str) -> None:
    with Tcp(server.url) as caller:
        head = f"POST {LOGIN} HTTP/1.1\r\nHost: {caller.host}\r\nTransfer-Encoding: {encoding}\r\n"
        caller.sock.sendall(head.encode() + b"\r\n")
        assert " 411 " in caller.head()
        assert caller.is_over(1), "the body must not be parsed as a request"


def test_a_body_that_no_view_reads_takes_no_memory(server: Server, memory: Memory) -> None:
    """By itself werkzeug's server reads ten megabytes of it at a time."""
    before = memory()
    with Tcp(server.url) as caller:
        caller.request("POST", LOGIN, Content_Length=str(10**9))
        flood(caller, b"a")
        assert memory() - before < 5 * MEGABYTE


@pytest.mark.parametrize("request_bytes", ODD_REQUESTS.values(), ids=ODD_REQUESTS)
def test_malformed_requests_are_not_logged(server: Server, request_bytes: bytes) -> None:
    with Tcp(server.url) as caller:
        caller.sock.sendall(request_bytes)
        answer = caller.rest().decode("latin-1").lower()
    assert answer.startswith("http/1.") and answer.split()[1][0] in "45"
    assert "a-secret" not in answer
    assert not [library for library in LIBRARIES if library in answer]
    assert "a-secret" not in server.output


@pytest.mark.parametrize("path", ["/healthz", "/login", "/nowhere", "/socket.io/"])
def test_no_response_names_a_library(server: Server, path: str) -> None:
    with Tcp(server.url) as caller:
        caller.request("GET", path, Connection="close")
        head = caller.head().lower()
    assert head.startswith("http/1.1 ")
    assert not [library for library in LIBRARIES if library in head]
