"""Unsupported requests are refused, and a poll ends with its session."""

from __future__ import annotations

import pytest

from tests.support.raw import ENGINE, Tcp, open_session
from tests.support.server import Server
from tests.support.waiting import eventually

pytestmark = pytest.mark.system

NOOPS = [("200", b"6"), ("200", b"1\r\n6\r\n0\r\n\r\n")]  # whole, or in one chunk


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/socket.io/?EIO=4"),
        ("POST", "/socket.io/?EIO=4"),
        ("PUT", f"{ENGINE}polling"),
        ("OPTIONS", f"{ENGINE}polling"),
        ("POST", f"{ENGINE}polling"),
        ("GET", f"{ENGINE}pigeon"),
    ],
)
def test_an_unsupported_request_is_refused(server: Server, method: str, path: str) -> None:
    with Tcp(server.url) as tcp:
        tcp.request(method, path)
        assert tcp.head().startswith("HTTP/1.1 400 ")


def test_a_poll_receives_a_noop_when_its_session_ends(server: Server) -> None:
    """An empty body is not a payload: clients report it as invalid, not as the end."""
    eventually(lambda: end_of_a_poll(server) in NOOPS, what="no poll was waiting")


def end_of_a_poll(server: Server) -> tuple[str, bytes]:
    """Close a session while a poll waits; return the answer: 400 if the poll came too late."""
    path = f"{ENGINE}polling&sid={open_session(server.url)}"
    with Tcp(server.url) as poll, Tcp(server.url) as post:
        poll.request("GET", path, Connection="close")
        post.request("POST", path, "1")
        assert " 200 " in post.head()
        head, _, body = poll.rest().partition(b"\r\n\r\n")
    assert body not in (b"", b"0\r\n\r\n"), "an empty body is not a payload"
    return head.split()[1].decode(), body
