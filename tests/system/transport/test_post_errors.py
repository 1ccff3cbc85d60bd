"""An invalid POST ends its session, is answered at once, and holds no thread."""

from __future__ import annotations

import pytest

from tests.support.raw import ENGINE, Tcp, open_session
from tests.support.server import Server
from tests.system.transport.conftest import answer_seconds

pytestmark = pytest.mark.system

POSTS = 1100
BODIES = {"ping": "2", "unknown packet": "9", "no packet": "abc", "not UTF-8": "4\udcff"}


@pytest.mark.slow
def test_many_invalid_posts_are_all_answered(server: Server) -> None:
    """Unpatched, each of them keeps a thread, until the server has none left."""
    callers = []
    try:
        for number in range(POSTS):
            session = open_session(server.url)
            callers.append(Tcp(server.url))
            path = f"{ENGINE}polling&sid={session}"
            if number % 3 == 2:
                callers[-1].request("POST", path, Content_Length="300000")
            else:
                callers[-1].request("POST", path, "29"[number % 3])
        assert {caller.head().split()[1] for caller in callers} == {"400"}
        assert answer_seconds(server) < 1
    finally:
        for caller in callers:
            caller.sock.close()


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_an_invalid_post_ends_the_session(server: Server, body: str) -> None:
    session = open_session(server.url)
    path = f"{ENGINE}polling&sid={session}"
    with Tcp(server.url) as caller:
        data = body.encode("utf-8", "surrogateescape")
        head = f"POST {path} HTTP/1.1\r\nHost: {caller.host}\r\nContent-Length: {len(data)}\r\n\r\n"
        caller.sock.sendall(head.encode() + data)
        assert " 400 " in caller.head()
    with Tcp(server.url) as caller:
        caller.request("GET", path)
        assert " 400 " in caller.head()


def test_a_body_that_never_arrives_times_out(server: Server) -> None:
    session = open_session(server.url)
    with Tcp(server.url) as caller:
        caller.request("POST", f"{ENGINE}polling&sid={session}", Content_Length="1000")
        assert caller.is_over(5)
