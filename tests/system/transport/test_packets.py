"""Packets and polls that no reader sends."""

from __future__ import annotations

import pytest

from tests.support.cast import Cast
from tests.support.raw import BINARY, ENGINE, RawWebSocket, Tcp, open_session
from tests.support.server import Server
from tests.support.waiting import eventually
from tests.system.transport.conftest import KEPT, Memory, answer_seconds

pytestmark = pytest.mark.system

PACKETS = {
    "a binary event": '451-/conversations,["join",{"_placeholder":true,"num":0}]',
    "a binary event of a thousand": '451000-/conversations,["join"]',
    "an ack": "43/conversations,1[]",
    "a binary ack": "461-/conversations,1[]",
    "a refusal": "44/conversations,{}",
    "of unknown type": "47/conversations,",
    "an event with attachments": '421-/conversations,["join"]',
    "an event without a name": "42/conversations,[]",
    "an event whose name is a number": "42/conversations,[1]",
    "an event that is not a list": '42/conversations,{"join":1}',
    "an event without data": "42/conversations,",
    "the reserved event connect": '42/conversations,["connect",{"token":"x"}]',
    "the reserved event disconnect": '42/conversations,["disconnect"]',
    "broken JSON": '42/conversations,["join"',
    "JSON that is too deep": "42/conversations," + "[" * 100_000,
    "a number with too many digits": "42/conversations,[" + "1" * 5_000 + "]",
    "an id with too many digits": "42/conversations," + "1" * 200 + '["join"]',
    "nothing": "4",
    "JSON alone": '4{"a":1}',
    "a word": "4hello",
}
POSTS = 150
BODIES = {"ping": "2", "unknown packet": "9", "no packet": "abc", "not UTF-8": "4\udcff"}
ATTACHMENTS, ATTACHMENT_BYTES = 20, 250_000  # to a connection that has announced 1,000
NOOPS = [("200", b"6"), ("200", b"1\r\n6\r\n0\r\n\r\n")]  # whole, or in one chunk


@pytest.mark.parametrize("packet", PACKETS.values(), ids=PACKETS)
def test_a_malformed_packet_closes_the_connection(server: Server, cast: Cast, packet: str) -> None:
    with RawWebSocket(server.url) as ws:
        ws.sign_in(cast.olive.token)
        ws.frame(packet)
        assert ws.is_over(1)


def test_attachments_do_not_accumulate(server: Server, cast: Cast, memory: Memory) -> None:
    send_attachments(server, cast)  # the first sign-in and the first large frame need memory, too
    before = memory()
    for _ in range(15):
        send_attachments(server, cast)
    sent = 15 * ATTACHMENTS * ATTACHMENT_BYTES
    assert memory() - before < sent / KEPT


def send_attachments(server: Server, cast: Cast) -> None:
    with RawWebSocket(server.url) as ws:
        ws.sign_in(cast.olive.token)
        ws.frame('451000-/conversations,["join"]')
        for _ in range(ATTACHMENTS):
            try:
                ws.frame(b"a" * ATTACHMENT_BYTES, BINARY)
            except OSError:
                break


@pytest.mark.slow
def test_many_invalid_posts_are_all_answered(server: Server) -> None:
    """Unpatched, each of them keeps a thread and gets no answer."""
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
