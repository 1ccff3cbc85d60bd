"""What the kernel holds of a connection, and its reset."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from app.transport import tcp
from app.transport.tcp import SEND_BUFFER_BYTES, TCP_SOCKET
from tests.support.waiting import eventually

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    """The server's and the client's side of a TCP connection."""
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.create_connection(listener.getsockname(), timeout=10) as client,
        listener.accept()[0] as server,
    ):
        yield server, client


def test_the_send_buffer_is_limited(pair: Pair) -> None:
    assert tcp.connection_of({TCP_SOCKET: pair[0]}) is pair[0]
    # Linux doubles it, for its own bookkeeping.
    assert pair[0].getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) == 2 * SEND_BUFFER_BYTES


def test_without_a_server_there_is_no_connection() -> None:
    assert tcp.connection_of({}) is None
    assert tcp.unsent_bytes(None) == 0


def test_bytes_are_unsent_until_the_peer_has_room(pair: Pair) -> None:
    server, client = pair
    server.setblocking(False)
    with pytest.raises(BlockingIOError):
        while True:
            server.send(bytes(65536))
    assert tcp.unsent_bytes(server) > 0
    server.shutdown(socket.SHUT_WR)
    while client.recv(65536):
        pass
    eventually(lambda: tcp.unsent_bytes(server) == 0)


def test_a_closed_connection_has_nothing_unsent(pair: Pair) -> None:
    pair[0].close()
    assert tcp.unsent_bytes(pair[0]) == 0
    tcp.reset(pair[0])


def test_a_reset_ends_both_sides(pair: Pair) -> None:
    server, client = pair
    tcp.reset(server)
    assert server.recv(1) == b"", "who receives on it is not woken"
    server.close()
    with pytest.raises(ConnectionError):
        while True:
            client.sendall(b"a")
