"""A connection that one worker hands over to another goes on there, with what was read of it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.server.handover import Handover

LINE = b"GET /socket.io/?EIO=4&transport=polling&sid=abc-_9.2 HTTP/1.1\r\n"


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[tuple[Handover, Handover]]:
    workers = Handover(tmp_path, 1), Handover(tmp_path, 2)
    yield workers
    for worker in workers:
        worker.close()


@pytest.fixture
def connection() -> Iterator[tuple[socket.socket, socket.socket]]:
    """A connection: the client's end, and the server's."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        served, _ = listener.accept()
    with client, served:
        yield client, served


@pytest.mark.parametrize(
    ("line", "owner"),
    [
        (LINE, 2),
        (LINE.replace(b"&transport=polling&sid=abc-_9.2", b"&sid=x.2&transport=polling"), 2),
        (LINE.replace(b"9.2", b"9.1"), None),  # its own
        (LINE.replace(b"9.2", b"9.3"), None),  # there is no such worker
        (LINE.replace(b"9.2", b"9"), None),
        (LINE.replace(b"9.2", b"9.2x"), None),
        (LINE.replace(b"9.2", b"9.99999999999999999999"), None),
        (LINE.replace(b"9.2", b"../../2.2"), None),
        (LINE.replace(b"&sid=", b"&other="), None),
        (b"GET / HTTP/1.1\r\n", None),
        (b"", None),
    ],
)
def test_a_sessions_id_names_its_worker(
    workers: tuple[Handover, Handover], line: bytes, owner: int | None
) -> None:
    assert workers[0].owner_of(line) == owner


def test_an_id_of_a_worker_is_recognized_by_the_other(workers: tuple[Handover, Handover]) -> None:
    here, there = workers
    line = f"GET /socket.io/?sid={there.name('abc')} HTTP/1.1\r\n".encode()
    assert here.owner_of(line) == 2
    assert there.owner_of(line) is None


def test_the_other_worker_reads_on_where_the_first_has_stopped(
    workers: tuple[Handover, Handover], connection: tuple[socket.socket, socket.socket]
) -> None:
    here, there = workers
    client, served = connection
    client.sendall(LINE + b"Host: x\r\n")
    read = b""
    while len(read) < len(LINE):
        read += served.recv(len(LINE) - len(read))
    assert here.give(2, served, read)
    assert served.fileno() == -1, "it is not closed for the client, only for this process"
    given, address = there.accept()
    with given, given.makefile("rb", 4) as stream:
        assert address == client.getsockname()
        assert stream.readline() == LINE
        assert stream.readline() == b"Host: x\r\n"
        given.sendall(b"answer")
        assert client.recv(100) == b"answer"
        client.shutdown(socket.SHUT_WR)
        assert stream.read() == b""


def test_a_worker_that_has_ended_is_given_nothing(
    workers: tuple[Handover, Handover], connection: tuple[socket.socket, socket.socket]
) -> None:
    here, there = workers
    client, served = connection
    there.close()
    assert not here.give(2, served, b"")
    served.sendall(b"still here")
    assert client.recv(100) == b"still here"


def test_the_next_process_of_a_worker_takes_its_place(
    workers: tuple[Handover, Handover],
    connection: tuple[socket.socket, socket.socket],
    tmp_path: Path,
) -> None:
    here, there = workers
    there.close()
    again = Handover(tmp_path, 2)
    assert here.give(2, connection[1], b"")
    given, address = again.accept()
    given.close()
    again.close()
    assert address == connection[0].getsockname()


def test_a_worker_that_takes_nothing_is_given_up(
    workers: tuple[Handover, Handover],
    connection: tuple[socket.socket, socket.socket],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("app.server.handover.BUSY_SECONDS", 0.0)
    here, _ = workers
    copy = connection[1].dup()
    while here.give(2, copy, b"x" * 1000):
        copy = connection[1].dup()
    assert copy.fileno() > 0, "it is still this process's"
    copy.close()
