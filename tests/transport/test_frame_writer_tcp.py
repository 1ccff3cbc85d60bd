"""A writer on a real TCP connection, in both async modes: several write while the reader stalls in
the middle of a frame, reads one byte at a time, or vanishes."""

from __future__ import annotations

import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import eventlet
import pytest
from eventlet.green import socket as green_socket

from app.transport import tcp
from app.transport.frame_writer import FrameWriter
from app.transport.frames import encode_frame

BUDGET = 10_000_000
WRITERS = 4
FRAMES = 300  # of each of them
LIMIT_SECONDS = 60.0


class Mode(NamedTuple):
    """How tasks are started in an async mode, how they wait, and its sockets."""

    start: Callable[..., Any]
    join: Callable[[Any], None]
    sleep: Callable[[float], None]
    listen: Callable[[], Any]


def start_thread(task: Callable[..., None], *args: Any) -> threading.Thread:
    thread = threading.Thread(target=task, args=args, daemon=True)
    thread.start()
    return thread


def listen_green() -> Any:
    listener = green_socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(1)
    return listener


MODES = {
    "threading": Mode(
        start_thread,
        lambda thread: thread.join(LIMIT_SECONDS),
        time.sleep,
        lambda: socket.create_server(("127.0.0.1", 0)),
    ),
    "eventlet": Mode(eventlet.spawn, lambda thread: thread.wait(), eventlet.sleep, listen_green),
}


class Connection(NamedTuple):
    """Both ends of a TCP connection: ours, and the reader's, which a thread of its own reads."""

    mode: Mode
    ours: Any
    reader: socket.socket


@pytest.fixture(params=MODES)
def connection(request: pytest.FixtureRequest) -> Iterator[Connection]:
    """A connection whose kernel buffers little."""
    mode = MODES[request.param]
    listener = mode.listen()
    with socket.socket() as reader:
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        reader.settimeout(LIMIT_SECONDS)
        reader.connect(listener.getsockname())
        ours, _ = listener.accept()
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        tcp.set_timeout(ours, LIMIT_SECONDS)
        yield Connection(mode, ours, reader)
        ours.close()
    listener.close()


def write_all(writer: FrameWriter, mode: Mode, number: int) -> None:
    """Write numbered frames of many sizes."""
    chance = random.Random(number)
    for count in range(FRAMES):
        size = chance.choice((10, 100, 1000, 30_000 if count % 50 == 0 else 10))
        assert writer.write(encode_frame(f"{number},{count}," + "a" * size))
        if chance.random() < 0.1:
            mode.sleep(0.001)


def whole(connection: socket.socket, size: Callable[[], int], pause: Callable[[], None]) -> bytes:
    """Read to the end, `size()` bytes at a time."""
    data = bytearray()
    while part := connection.recv(size()):
        data += part
        pause()
    return bytes(data)


def parse(data: bytes) -> list[str]:
    """Return the texts of frames, which must be whole."""
    texts, at = [], 0
    while at < len(data):
        assert data[at] == 0x81, "not the beginning of a frame"
        length, head = data[at + 1], 2
        if length == 126:
            length, head = int.from_bytes(data[at + 2 : at + 4]), 4
        assert len(data) >= at + head + length, "the last frame is cut off"
        texts.append(data[at + head : at + head + length].decode())
        at += head + length
    return texts


def stall() -> None:
    """Pause now and then, wherever the frame is."""
    if random.random() < 0.02:
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("size", "pause"),
    [
        (lambda: 65_536, lambda: None),
        (lambda: random.choice((1, 7, 5000)), stall),
        (lambda: 1, lambda: None),
    ],
    ids=["quick", "stalling", "byte by byte"],
)
def test_frames_of_several_writers_arrive_whole_and_in_order(
    connection: Connection, size: Callable[[], int], pause: Callable[[], None]
) -> None:
    mode = connection.mode
    writer = FrameWriter(connection.ours, BUDGET, mode.start)
    received: list[bytes] = []
    reading = threading.Thread(
        target=lambda: received.append(whole(connection.reader, size, pause)), daemon=True
    )
    reading.start()
    for writing in [mode.start(write_all, writer, mode, each) for each in range(WRITERS)]:
        mode.join(writing)
    last = encode_frame("the last one")
    writer.close(last)
    while reading.is_alive():
        mode.sleep(0.01)
    assert received[0].endswith(last)
    texts = [text.split(",") for text in parse(received[0].removesuffix(last))]
    for number in range(WRITERS):
        counts = [int(text[1]) for text in texts if text[0] == str(number)]
        assert counts == list(range(FRAMES))
    assert writer.waiting_bytes == 0


def test_a_reader_that_vanishes_leaves_nothing_behind(connection: Connection) -> None:
    mode = connection.mode
    tasks: list[Any] = []
    writer = FrameWriter(connection.ours, BUDGET, lambda task: tasks.append(mode.start(task)))
    frame = encode_frame("a" * 50_000)
    for _ in range(10):
        assert writer.write(frame)
        mode.sleep(0)
    assert writer.waiting_bytes > 50_000
    connection.reader.recv(1000)
    tcp.reset(connection.reader)
    connection.reader.close()
    for task in tasks:
        mode.join(task)
    assert writer.waiting_bytes == 0
    assert writer.write(frame)
    assert writer.waiting_bytes == 0, "something waits for a reader that has gone"
    assert len(tasks) == 1


def test_a_caller_never_waits_for_a_reader_that_reads_nothing(connection: Connection) -> None:
    """Nothing is started here, so only the caller could wait."""
    tasks: list[Any] = []
    writer = FrameWriter(connection.ours, 100_000, tasks.append)
    frame = encode_frame("a" * 1000)
    count = 0
    while writer.write(frame):
        count += 1
    assert count > 50
    assert len(tasks) == 1
    assert writer.waiting_bytes <= 100_000


def test_a_timeout_ends_a_reader_that_stalls_for_too_long(connection: Connection) -> None:
    tcp.set_timeout(connection.ours, 0.2)
    tasks: list[Any] = []
    writer = FrameWriter(
        connection.ours, BUDGET, lambda task: tasks.append(connection.mode.start(task))
    )
    for _ in range(20):
        writer.write(encode_frame("a" * 50_000))
    for task in tasks:
        connection.mode.join(task)
    assert writer.waiting_bytes == 0
    connection.ours.close()
    with pytest.raises(ConnectionResetError):
        whole(connection.reader, lambda: 65_536, lambda: None)
