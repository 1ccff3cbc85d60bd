"""Requests whose head or body is not as RFC 9112 says are refused, and their connection closed."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest

from tests.support.raw import ENGINE, Tcp, open_session
from tests.support.server import Server

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
