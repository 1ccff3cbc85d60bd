"""A body without a valid Content-Length is not read."""

from __future__ import annotations

from contextlib import suppress

import pytest

from tests.support.raw import ENGINE, Tcp, open_session
from tests.support.server import Server
from tests.system.transport.conftest import Memory, answer_seconds

pytestmark = pytest.mark.system

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
