"""Responses don't name the libraries, and malformed requests are not logged."""

from __future__ import annotations

import pytest

from tests.support.raw import Tcp
from tests.support.server import Server

pytestmark = pytest.mark.system

LIBRARIES = ("python", "werkzeug", "eventlet", "basehttp", "server:")
MALFORMED = {
    "a line without a version": b"GET /a-secret of mine\r\n\r\n",
    "an unknown version": b"GET /a-secret HTTP/9.9\r\n\r\n",
    "a word": b"a-secret\r\n\r\n",
    "bytes": b"\x16\x03\x01a-secret\xff\r\n\r\n",
    "too many headers": b"GET / HTTP/1.1\r\n" + b"a-secret: 1\r\n" * 200 + b"\r\n",
    "a malformed length": b"POST /a-secret HTTP/1.1\r\nContent-Length: a-secret\r\n\r\n",
}


@pytest.mark.parametrize("request_bytes", MALFORMED.values(), ids=MALFORMED)
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
