"""Frames leave whole and in order, whoever writes them: the caller, or the task for what waits.

Hypothesis chooses when the reader reads, how little, when the task runs, and what is written in
between. The same is tried on real TCP connections, with threads and with green threads, in
`test_frame_writer_tcp.py`.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import pytest
from greenlet import greenlet
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from app.transport.backlog import OBJECT_BYTES
from app.transport.frame_writer import AT_ONCE_BYTES, FrameWriter
from tests.proof.hypothesis_settings import random_search

BUDGET = 6000
CLOSE_FRAME = b"\x88\x02\x03\xe8"


class FakeConnection:
    """A TCP connection whose kernel has room for what the reader has read."""

    def __init__(self) -> None:
        self.received = bytearray()
        self.room = 0
        self.is_gone = False
        self.shut: list[int] = []
        self._is_being_written = False

    def sendmsg(self, frames: list[bytes], _ancillary: object, flags: int) -> int:
        assert flags == socket.MSG_DONTWAIT
        assert not self._is_being_written, "two write at the same time"
        if not self.room and not self.is_gone:
            raise BlockingIOError
        return self._take(frames[0])

    def sendall(self, data: memoryview) -> None:
        """Wait, in a task, for the test to go on with it."""
        assert not self._is_being_written, "two write at the same time"
        self._is_being_written = True
        while data:
            data = data[self._take(data) :]
            if data:
                greenlet.getcurrent().parent.switch()
        self._is_being_written = False

    def setsockopt(self, *_: object) -> None:
        """It has no kernel."""

    def shutdown(self, how: int) -> None:
        if self.is_gone:
            raise OSError("not connected")
        self.shut.append(how)

    def _take(self, data: bytes | memoryview) -> int:
        if self.is_gone:
            raise ConnectionResetError
        taken = bytes(data[: self.room])
        self.received += taken
        self.room -= len(taken)
        return len(taken)


class Writing(RuleBasedStateMachine):
    """Frames are numbered, so that what was received says which ones."""

    def __init__(self) -> None:
        super().__init__()
        self.connection = FakeConnection()
        self.tasks: list[greenlet] = []
        self.writer = FrameWriter(self.connection, BUDGET, self._start)  # type: ignore[arg-type]
        self.frames: list[bytes] = []  # that must arrive, unless the reader has gone
        self.written = 0
        self.is_over = False
        self.is_over_budget = False

    def _start(self, task: Callable[[], None]) -> None:
        self.tasks.append(greenlet(task))

    @rule(size=st.one_of(st.integers(0, 300), st.just(4000)))
    def write(self, size: int) -> None:
        self.written += 1
        frame = b"%05d,%05d:" % (self.written, size) + b"a" * size
        waiting = self.writer.waiting_bytes
        if self.writer.write(frame):
            assert not self.is_over_budget
            if not self.is_over:
                self.frames.append(frame)
        else:
            counted = OBJECT_BYTES + min(len(frame), BUDGET * 3 // 8)
            assert self.is_over_budget or waiting + counted > BUDGET
            self.is_over = self.is_over_budget = True  # it must not be followed by another one

    @rule(size=st.one_of(st.just(1), st.integers(1, 500), st.just(100_000)))
    def read(self, size: int) -> None:
        self.connection.room += size

    @precondition(lambda self: self.tasks)
    @rule()
    def run_task(self) -> None:
        self.tasks[-1].switch()
        self.tasks = [task for task in self.tasks if not task.dead]

    @rule()
    def drop(self) -> None:
        before = self.writer.taken_bytes
        self.writer.drop_backlog()
        dropped = self.writer.taken_bytes - before  # of the last frames, each as a whole
        while dropped:
            dropped -= len(self.frames.pop())
            assert dropped >= 0

    @rule()
    def close(self) -> None:
        self.writer.close(CLOSE_FRAME)
        if not self.is_over and not self.connection.is_gone:
            self.frames.append(CLOSE_FRAME)
        self.is_over = True

    @rule()
    def vanish(self) -> None:
        self.connection.is_gone = True

    @invariant()
    def what_arrived_is_a_beginning_of_what_was_written(self) -> None:
        assert b"".join(self.frames).startswith(bytes(self.connection.received))

    @invariant()
    def something_waits_while_there_is_a_task_and_within_the_budget(self) -> None:
        assert len(self.tasks) <= 1
        assert bool(self.tasks) == bool(self.writer.waiting_bytes)
        assert 0 <= self.writer.waiting_bytes <= BUDGET
        left = self.writer.put_bytes - self.writer.taken_bytes
        assert (left > 0) == (self.writer.waiting_bytes > 0)

    def teardown(self) -> None:
        """A reader that reads on gets everything; one that has gone leaves nothing behind."""
        self.connection.room = 10**9
        for _ in range(3):
            for task in self.tasks:
                task.switch()
            self.tasks = [task for task in self.tasks if not task.dead]
        assert not self.tasks and not self.writer.waiting_bytes
        if not self.connection.is_gone:
            assert b"".join(self.frames) == bytes(self.connection.received)
            assert self.connection.shut == [socket.SHUT_WR] * self.is_over


TestWriting = Writing.TestCase
TestWriting.settings = random_search(examples=150, steps=40)


@pytest.fixture
def connection() -> FakeConnection:
    return FakeConnection()


def writer_for(connection: Any, start: Callable[[Any], Any], budget: int = BUDGET) -> FrameWriter:
    return FrameWriter(connection, budget, start)


def test_small_frames_that_wait_are_written_together(connection: FakeConnection) -> None:
    tasks: list[Any] = []
    writer = writer_for(connection, tasks.append, 10 * AT_ONCE_BYTES)
    sent: list[int] = []
    connection.sendall = lambda data: sent.append(len(data))  # type: ignore[method-assign]
    half = b"a" * (AT_ONCE_BYTES // 2)
    for frame in (b"in hand", half, half, b"b" * (AT_ONCE_BYTES + 1), b"c", b"d"):
        writer.write(frame)
    (task,) = tasks
    task()
    assert sent == [7, 2 * len(half), AT_ONCE_BYTES + 1, 2]


def test_where_no_task_can_be_started_the_connection_ends(connection: FakeConnection) -> None:
    def start(_: object) -> None:
        raise RuntimeError("can't start new thread")

    writer = writer_for(connection, start)
    assert writer.write(b"a frame")
    assert writer.waiting_bytes == 0
    assert connection.shut == [socket.SHUT_RDWR]
    connection.room = 100
    writer.write(b"another")
    assert not connection.received, "it followed a frame that was lost"
