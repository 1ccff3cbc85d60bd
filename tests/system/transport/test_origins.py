"""A browser can connect from the app's own pages only, and no response runs as a script."""

from __future__ import annotations

import pytest

from tests.support.raw import ENGINE, RawWebSocket, Tcp
from tests.support.server import Server
from tests.system.transport.conftest import Start

pytestmark = pytest.mark.system

FOREIGN = {
    "another site": "http://evil.example",
    "another port": "http://127.0.0.1:1",
    "another scheme": "https://{host}",
    "nobody": "null",
    "a longer name": "http://{host}.evil.example",
    "everyone": "*",
}


def status(url: str, transport: str, **headers: str) -> str:
    """Return the status of a handshake."""
    if transport == "websocket":
        with RawWebSocket(url, **headers) as ws:
            return ws.answer.split()[1]
    with Tcp(url) as tcp:
        tcp.request("GET", f"{ENGINE}polling", **headers)
        return tcp.head().split()[1]


@pytest.mark.parametrize("transport", ["polling", "websocket"])
@pytest.mark.parametrize("origin", FOREIGN.values(), ids=FOREIGN)
def test_another_origin_is_refused(server: Server, transport: str, origin: str) -> None:
    own = server.url.removeprefix("http://")
    assert status(server.url, transport, Origin=origin.format(host=own)) == "400"


@pytest.mark.parametrize("transport", ["polling", "websocket"])
def test_forwarded_headers_are_not_trusted(server: Server, transport: str) -> None:
    forwarded = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http"}
    assert status(server.url, transport, Origin="http://evil.example", **forwarded) == "400"


@pytest.mark.parametrize(("transport", "code"), [("polling", "200"), ("websocket", "101")])
def test_the_own_origin_and_no_origin_are_admitted(
    server: Server, transport: str, code: str
) -> None:
    assert status(server.url, transport, Origin=server.url) == code
    assert status(server.url, transport) == code


def test_responses_have_no_cors_headers(server: Server) -> None:
    with Tcp(server.url) as tcp:
        tcp.request("GET", f"{ENGINE}polling")
        assert "access-control" not in tcp.head().lower()


@pytest.mark.parametrize("index", ["0", "", "x"])
def test_jsonp_is_refused(server: Server, index: str) -> None:
    with Tcp(server.url) as tcp:
        tcp.request("GET", f"{ENGINE}polling&j={index}")
        assert " 400 " in tcp.head()


def test_behind_a_proxy_the_forwarded_host_is_the_own_origin(start: Start) -> None:
    server = start(TRUSTED_PROXIES="1")
    outer = {"X-Forwarded-Host": "chat.example.org", "X-Forwarded-Proto": "https"}
    own, inner = "https://chat.example.org", server.url
    assert status(server.url, "websocket", Origin=own, **outer) == "101"
    assert status(server.url, "websocket", Origin=inner, **outer) == "400"
