"""The network that the tests play: it must do to connections what its names say."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from tests.support.proxy import Proxy

PATIENCE_SECONDS = 5.0
GATHER_SECONDS = 0.2


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    """A proxy before a server that says everything back."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_serve, args=(listener,), daemon=True).start()
        proxy = Proxy("http://{}:{}".format(*listener.getsockname()))
        yield proxy
        proxy.close()
        listener.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def reader(proxy: Proxy) -> Iterator[socket.socket]:
    """A connection through the proxy, of which the server knows."""
    with _connect(proxy) as reader:
        assert _said_back(reader, b"hello")
        yield reader


def test_stalled_bytes_wait_and_come_whole(proxy: Proxy, reader: socket.socket) -> None:
    proxy.stall()
    assert not _said_back(reader, b"wait", GATHER_SECONDS)
    proxy.resume()
    assert reader.recv(4) == b"wait"


def test_a_cut_resets_connections_and_new_ones_until_restored(
    proxy: Proxy, reader: socket.socket
) -> None:
    proxy.cut()
    with pytest.raises(ConnectionResetError):
        reader.recv(1)
    with pytest.raises(ConnectionResetError), _connect(proxy) as other:
        other.recv(1)
    proxy.restore()
    with _connect(proxy) as third:
        assert _said_back(third, b"again")


def test_what_begins_in_a_given_way_is_held_until_released(
    proxy: Proxy, reader: socket.socket
) -> None:
    proxy.hold(b"GET /slow")
    with _connect(proxy) as slow, _connect(proxy) as other:
        assert not _said_back(slow, b"GET /slowly", GATHER_SECONDS)
        assert _said_back(other, b"GET /fast")
        assert _said_back(reader, b"GET /slow, too, but it is an old one")
        proxy.release()
        assert slow.recv(99) == b"GET /slowly"


def test_a_half_open_connection_is_silent(proxy: Proxy, reader: socket.socket) -> None:
    proxy.half_open()
    for _ in range(3):
        assert not _said_back(reader, b"anybody?", GATHER_SECONDS)
    with _connect(proxy) as other:
        assert _said_back(other, b"hello")


def test_slices_come_whole_and_delays_take_their_time(proxy: Proxy, reader: socket.socket) -> None:
    proxy.network.piece_bytes = 1
    assert _said_back(reader, bytes(range(256)))
    proxy.network.piece_bytes = 99
    proxy.network.delay = GATHER_SECONDS
    started = time.monotonic()
    assert _said_back(reader, b"slowly")
    assert time.monotonic() - started > 2 * GATHER_SECONDS


def _connect(proxy: Proxy) -> socket.socket:
    address, port = proxy.url.removeprefix("http://").split(":")
    return socket.create_connection((address, int(port)), PATIENCE_SECONDS)


def _said_back(reader: socket.socket, words: bytes, seconds: float = PATIENCE_SECONDS) -> bool:
    reader.sendall(words)
    reader.settimeout(seconds)
    heard = b""
    try:
        while len(heard) < len(words):
            heard += reader.recv(len(words) - len(heard))
    except TimeoutError:
        return False
    finally:
        reader.settimeout(PATIENCE_SECONDS)
    return heard == words


def _serve(listener: socket.socket) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=_echo, args=(connection,), daemon=True).start()


def _echo(connection: socket.socket) -> None:
    with connection:
        try:
            while words := connection.recv(4096):
                connection.sendall(words)
        except OSError:
            return
