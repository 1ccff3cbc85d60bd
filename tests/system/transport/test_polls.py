"""What is asked by polling, and how a poll ends."""

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
def test_what_no_client_asks_for_is_refused(server: Server, method: str, path: str) -> None:
    with Tcp(server.url) as tcp:
        tcp.request(method, path)
        assert tcp.head().startswith("HTTP/1.1 400 ")


def test_a_poll_whose_session_ends_is_told_nothing_in_proper_form(server: Server) -> None:
    """An empty body is no payload: clients report a broken one, and not the end."""
    eventually(lambda: end_of_a_poll(server) in NOOPS, what="no poll was under way")


def end_of_a_poll(server: Server) -> tuple[str, bytes]:
    """Say goodbye while a poll waits, and return its answer: 400 if it came too late to wait."""
    path = f"{ENGINE}polling&sid={open_session(server.url)}"
    with Tcp(server.url) as poll, Tcp(server.url) as post:
        poll.request("GET", path, Connection="close")
        post.request("POST", path, "1")
        assert " 200 " in post.head()
        head, _, body = poll.rest().partition(b"\r\n\r\n")
    assert body not in (b"", b"0\r\n\r\n"), "nothing is no payload"
    return head.split()[1].decode(), body
